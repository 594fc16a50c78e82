"""Slack knocks through a socket that we opened (Socket Mode): an envelope is acknowledged when it is committed.

A socket that says nothing any more is opened anew; one that stays silent all the same ends the process, so that
whatever supervises it can start it elsewhere.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from aiohttp import WSMessage
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from structlog.contextvars import bound_contextvars

from bot.door import shapes
from bot.door.events import Events
from bot.door.health import Acks
from bot.door.http import MOST_AT_ONCE

_LAST_ANSWERS_SECONDS = 3.0
"""What Slack waits for, and so the longest that an answer is worth waiting for when the process ends."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a socket may say nothing, in seconds; it answers our pings, three of them in `silent`.

    Attributes:
        silent: after this it is opened anew.
        dead: after this the process gives up.

    """

    silent: float = 30.0
    dead: float = 150.0


class SocketDoor(AsyncSocketModeHandler):
    """The door for Socket Mode; events never reach Bolt.

    Args:
        app_token: opens the socket.
        events: take what Slack tells.
        bolt: answers what people do.
        back: called when the socket speaks again after it was away.
        acks: notes how long Slack waited.
        patience: how long it may be silent.

    """

    def __init__(
        self,
        app_token: str,
        events: Events,
        bolt: AsyncApp,
        back: Callable[[], None],
        acks: Acks,
        patience: Patience | None = None,
    ) -> None:
        self._patience = patience or Patience()
        super().__init__(bolt, app_token, ping_interval=self._patience.silent / 3)
        self._events = events
        self._back = back
        self._acks = acks
        self._heard = time.time()
        self._greeted: object = None
        self._in_work: set[asyncio.Task[Any]] = set()
        self._closing = False
        self._watch: asyncio.Task[None] | None = None
        self.dead: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.client.on_message_listeners.append(self._hear)

    async def connect(self) -> None:
        """Open the socket; it keeps itself open from then on."""
        await self.client.connect()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
        self._heard = time.time()
        self._watch = asyncio.create_task(self._keep_watch())

    async def close(self) -> None:
        """Take in nothing more, answer what is being worked on, and close the socket."""
        if self._watch is not None:
            self._watch.cancel()
        self.dead.cancel()
        self._closing = True
        if self._in_work:
            await asyncio.wait(self._in_work, timeout=_LAST_ANSWERS_SECONDS)
        await self.client.close()  # type: ignore[no-untyped-call]  # as above

    # What comes in ---------------------------------------------------------------------------------------

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]  # Bolt's base names a wider type than it passes
        """Take in one envelope; one that is not acknowledged is sent again by Slack."""
        if self._closing:
            return
        if len(self._in_work) >= MOST_AT_ONCE:
            log.warning("too much at once: an envelope is left to Slack")
            self._acks.refused["overload"] += 1
            return
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - this is a coroutine
        # The SDK keeps no reference to its tasks; without one the collector may take them away half-way.
        self._in_work.add(task)
        try:
            await self._handle(client, req)
        finally:
            self._in_work.discard(task)

    async def _handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:
        if req.type != "events_api":
            if not shapes.is_for_us(req.payload):
                await client.send_socket_mode_response(SocketModeResponse(envelope_id=req.envelope_id))
                return
            if not shapes.is_of_a_person(req.payload):
                log.warning("request of an unknown shape")
                self._acks.refused["shape"] += 1
                return
            with bound_contextvars(request=secrets.token_hex(4)):
                await super().handle(client, req)
            return
        passed = self._events.pass_by(req.payload)
        if passed:
            self._acks.passed_by += 1
        since = time.perf_counter()
        if not passed and not await self._events.try_to_take(req.payload, self._acks):
            return
        await client.send_socket_mode_response(SocketModeResponse(envelope_id=req.envelope_id))
        if not passed:
            self._acks.note(since)

    # Silence ---------------------------------------------------------------------------------------------

    async def _hear(self, _: WSMessage) -> None:
        self._greeted = self.client.current_session
        self._note(time.time())

    def _note(self, at: float) -> None:
        away = at - self._heard
        self._heard = max(self._heard, at)
        if away > self._patience.silent / 2:
            log.info("the socket is back", seconds_away=round(away))
            self._back()

    def age(self) -> float:
        """Return how many seconds ago the socket last said anything, an answer to a ping included."""
        ponged = self.client.last_ping_pong_time
        # On a socket that never greeted us the SDK dates its own ping, which proves nothing.
        if ponged is not None and self.client.current_session is self._greeted and ponged > self._heard:
            self._note(ponged)
        return time.time() - self._heard

    def is_silent(self) -> bool:
        """Say whether the socket has said nothing for longer than it may."""
        return self.age() > self._patience.silent

    async def _keep_watch(self) -> None:
        tried_at = 0.0
        while not self.dead.done():
            await asyncio.sleep(self._patience.silent / 10)
            age = self.age()
            if age > self._patience.dead:
                log.error("the socket stays silent", seconds=round(age))
                self.dead.set_exception(ConnectionError(f"Slack's socket said nothing for {age:.0f} seconds"))
            elif age > self._patience.silent and time.time() - tried_at > self._patience.silent:
                tried_at = time.time()
                log.warning("the socket is silent: opened anew", seconds=round(age))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(
                        self.client.connect_to_new_endpoint(force=True),
                        self._patience.silent / 2,
                    )
