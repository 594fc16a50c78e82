"""Socket Mode: the app's WebSockets, what goes through them, and the acknowledgements that come back."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from bot.playground.ids import Ids
from bot.playground.mischief import Mischief
from bot.playground.world import JSON, App, Refusal

MOST_CONNECTIONS = 10
"""Slack's limit of WebSockets for one app."""


@dataclass(eq=False)
class _Connection:
    app: App
    socket: web.WebSocketResponse
    waiting: dict[str, asyncio.Future[JSON]] = field(default_factory=dict)

    def is_open(self) -> bool:
        return not self.socket.closed


class NoConnection(Exception):  # noqa: N818 - a fact about the app, no error of ours
    """No WebSocket is open, or it closed before the acknowledgement."""


class Sockets:
    """All WebSockets of all apps.

    Args:
        ids: for envelope ids.
        mischief: may silence the sockets.
        on_connect: called when a client has connected.

    """

    def __init__(self, ids: Ids, mischief: Mischief, on_connect: Callable[[], None]) -> None:
        self._ids = ids
        self._mischief = mischief
        self._tickets: dict[str, App] = {}
        self._open: list[_Connection] = []
        self._on_connect = on_connect

    def ticket(self, app: App) -> str:
        """Return a ticket that opens one WebSocket of an app."""
        ticket = self._ids.uuid()
        self._tickets[ticket] = app
        return ticket

    def count(self, app: App) -> int:
        """Return how many WebSockets an app has open."""
        return len(self._of(app))

    def _of(self, app: App) -> list[_Connection]:
        return [connection for connection in self._open if connection.app is app and connection.is_open()]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Hold one WebSocket until it closes."""
        app = self._tickets.pop(request.query.get("ticket", ""), None)
        if app is None:
            return web.Response(status=404)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        if self.count(app) >= MOST_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        connection = _Connection(app, socket)
        self._open.append(connection)
        try:
            await self._greet(connection)
            await self._listen(connection)
        finally:
            self._forget(connection)
        return socket

    async def _greet(self, connection: _Connection) -> None:
        await self._say(
            connection,
            {
                "type": "hello",
                "num_connections": self.count(connection.app),
                "debug_info": {"host": "playground", "approximate_connection_time": 18060},
                "connection_info": {"app_id": connection.app.id},
            },
        )
        self._on_connect()

    async def _listen(self, connection: _Connection) -> None:
        async for frame in connection.socket:
            if self._mischief.silent_sockets:
                continue
            if frame.type == WSMsgType.PING:
                await connection.socket.pong(frame.data)
            elif frame.type == WSMsgType.TEXT:
                self._take_ack(connection, frame.data)

    @staticmethod
    def _take_ack(connection: _Connection, text: str) -> None:
        ack = json.loads(text)
        waiting = connection.waiting.pop(str(ack.get("envelope_id")), None)
        if waiting is not None and not waiting.done():
            waiting.set_result(ack)

    def _forget(self, connection: _Connection) -> None:
        self._open.remove(connection)
        for waiting in connection.waiting.values():
            if not waiting.done():
                waiting.set_exception(NoConnection("connection_closed"))

    async def _say(self, connection: _Connection, payload: JSON) -> None:
        if not self._mischief.silent_sockets:
            await connection.socket.send_json(payload)

    async def send(self, app: App, envelope: JSON, seconds: float) -> JSON:
        """Send an envelope through any of an app's WebSockets and return its acknowledgement.

        Raises:
            NoConnection: none is open, or it closed meanwhile.
            TimeoutError: nothing came back in time.

        """
        open_ones = self._of(app)
        if not open_ones:
            raise NoConnection("no_connection")
        connection = self._ids.random.choice(open_ones)
        envelope_id = self._ids.uuid()
        waiting: asyncio.Future[JSON] = asyncio.get_running_loop().create_future()
        connection.waiting[envelope_id] = waiting
        try:
            await self._say(connection, {"envelope_id": envelope_id, **envelope})
            return await asyncio.wait_for(waiting, seconds)
        except ConnectionError as gone:
            raise NoConnection("connection_closed") from gone
        finally:
            connection.waiting.pop(envelope_id, None)

    async def refresh(self, app: App | None = None, reason: str = "refresh_requested") -> None:
        """Ask the clients of an app (or of all) to connect anew, as Slack does every few hours."""
        for connection in [c for c in self._open if app in (None, c.app)]:
            await self._say(connection, {"type": "disconnect", "reason": reason})
            if reason != "warning":
                await connection.socket.close()

    async def close(self, app: App | None = None) -> None:
        """Close the WebSockets of an app (or of all) without a word."""
        for connection in [c for c in self._open if app in (None, c.app)]:
            await connection.socket.close()

    def redeem(self, app: App | None) -> App:
        """Return the app of an app-level token.

        Raises:
            Refusal: invalid_auth.

        """
        if app is None:
            raise Refusal("invalid_auth")
        return app
