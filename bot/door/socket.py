"""Slack knocks through a socket that we opened (Socket Mode): an envelope is acknowledged when it is committed."""

import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.door.events import Events

log = structlog.get_logger()


class SocketDoor(AsyncSocketModeHandler):
    """The door for Socket Mode; events never reach Bolt."""

    def __init__(self, app_token: str, events: Events, bolt: AsyncApp) -> None:
        super().__init__(bolt, app_token)
        self._events = events

    async def connect(self) -> None:
        """Open the socket; it keeps itself open from then on."""
        await self.client.connect()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped

    async def close(self) -> None:
        """Close the socket."""
        await self.client.close()  # type: ignore[no-untyped-call]  # as above

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]  # Bolt's base names a wider type than it passes
        """Take in one envelope; one that is not acknowledged is sent again by Slack."""
        if req.type != "events_api":
            await super().handle(client, req)
            return
        try:
            await self._events.take(req.payload)
        except Exception as error:  # noqa: BLE001 - whatever it was, Slack sends the event again
            log.warning("event refused", cause=type(error).__name__, detail=str(error)[:200])
            return
        await client.send_socket_mode_response(SocketModeResponse(envelope_id=req.envelope_id))
