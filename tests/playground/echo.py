"""A small Bolt app of the tests' own: it answers in ways that show the wire, and knows nothing of Ops Hat."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.standin import StandIn
from bot.playground.workspace import Workspace

MODAL: dict[str, Any] = {
    "type": "modal",
    "callback_id": "form",
    "title": {"type": "plain_text", "text": "A form"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "words",
            "label": {"type": "plain_text", "text": "Words"},
            "element": {"type": "plain_text_input", "action_id": "words", "max_length": 40},
        }
    ],
}


class Echo:
    """Records the events it hears, and answers commands, clicks and modals."""

    def __init__(self, standin: StandIn, workspace: Workspace) -> None:
        self.heard: list[dict[str, Any]] = []
        self.refuse_next = 0
        """How many of the next events are answered with an error."""
        self.on_submit: dict[str, Any] = {}
        """What a submitted modal is answered with."""
        client = AsyncWebClient(token=workspace.bot_token, base_url=standin.api_url)
        self.app = AsyncApp(client=client, signing_secret=workspace.signing_secret, ignoring_self_events_enabled=False)
        self.app.use(self._listen)
        self.app.event("message")(self._nothing)
        self.app.event("app_home_opened")(self._home)
        self.app.event("member_joined_channel")(self._nothing)
        for command in ("/echo", "/form", "/slow"):
            self.app.command(command)(self._command)
        self.app.action("press")(self._press)
        self.app.view("form")(self._submitted)
        self.app.shortcut("keep")(self._shortcut)

    async def _listen(self, body: dict[str, Any], next_: Any) -> None:
        if body.get("type") == "event_callback":
            if self.refuse_next:
                self.refuse_next -= 1
                raise RuntimeError("refused, as the test asked")
            self.heard.append(body)
        await next_()

    async def _nothing(self) -> None:
        """Take the event."""

    async def _home(self, event: dict[str, Any], client: AsyncWebClient) -> None:
        blocks = [{"type": "header", "text": {"type": "plain_text", "text": "Home"}}]
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    async def _command(self, ack: Any, command: dict[str, Any], client: AsyncWebClient) -> None:
        if command["command"] == "/form":
            await client.views_open(trigger_id=command["trigger_id"], view=MODAL)
            await ack()
        elif command["command"] == "/echo":
            await ack(text=f"you said {command['text']}")

    async def _press(self, ack: Any, respond: Any, action: dict[str, Any]) -> None:
        await ack()
        await respond(text=f"pressed {action.get('value', '')}", replace_original=False)

    async def _submitted(self, ack: Any) -> None:
        await ack(**self.on_submit)

    async def _shortcut(self, ack: Any, respond: Any, shortcut: dict[str, Any]) -> None:
        await ack()
        await respond(text=f"kept {shortcut['message']['text']}")

    def events(self, kind: str) -> list[dict[str, Any]]:
        """Return the events heard of a type, oldest first."""
        return [body["event"] for body in self.heard if body["event"]["type"] == kind]


@asynccontextmanager
async def by_socket(standin: StandIn, workspace: Workspace) -> AsyncIterator[Echo]:
    """Run the app in Socket Mode."""
    echo = Echo(standin, workspace)
    client = AsyncWebClient(token=workspace.app_token, base_url=standin.api_url)
    handler = AsyncSocketModeHandler(echo.app, workspace.app_token, web_client=client)
    await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt annotates it not
    try:
        await standin.connected(workspace.app)
        yield echo
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]  # as above


@asynccontextmanager
async def by_http(standin: StandIn, workspace: Workspace) -> AsyncIterator[Echo]:
    """Run the app behind a request URL."""
    echo = Echo(standin, workspace)

    async def take(request: web.Request) -> web.Response:
        headers: dict[str, str | Sequence[str]] = {name: [value] for name, value in request.headers.items()}
        answer = await echo.app.async_dispatch(
            AsyncBoltRequest(body=await request.text(), query=dict(request.query), headers=headers)
        )
        headers_back = {name: values[0] for name, values in answer.headers.items() if name != "content-type"}
        kind = answer.headers.get("content-type", ["text/plain"])[0].partition(";")[0]
        return web.Response(status=answer.status, text=answer.body, headers=headers_back, content_type=kind)

    app = web.Application()
    app.router.add_post("/slack/events", take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    workspace.app.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    try:
        yield echo
    finally:
        await runner.cleanup()
