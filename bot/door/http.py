"""Slack knocks by HTTP: the signature is checked over the raw body before anything is parsed.

A raw ASGI application: events go straight to `Events`; commands, buttons and modals go on to Bolt.
"""

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

import orjson
import structlog
from slack_bolt.adapter.starlette.async_handler import to_starlette_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from structlog.contextvars import bound_contextvars

from bot.door import shapes
from bot.door.events import Events
from bot.door.health import Acks
from bot.door.triage import may_concern_us

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

PATH = "/slack/events"
LARGEST_BODY = 1_000_000
"""Bytes; Slack's largest request is a view of 250 kB, percent-encoded."""
MOST_AT_ONCE = 500
"""Requests of Slack's in work; what comes beyond is refused, and an event is sent again when we can breathe."""
SIGNATURE_SECONDS = 300
"""How old a signed request may be (Slack's own recommendation)."""

_OK = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]}
_NOTHING = {"type": "http.response.body", "body": b""}

log = structlog.get_logger()


def is_signed(secret: bytes, timestamp: bytes, signature: bytes, body: bytes, now: float) -> bool:
    """Say whether Slack signed this body within the last five minutes; compares in constant time."""
    if not timestamp.isdigit() or abs(now - int(timestamp)) > SIGNATURE_SECONDS:
        return False
    expected = "v0=" + hmac.new(secret, b"v0:" + timestamp + b":" + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature)


class HttpDoor:
    """The door for HTTP, in front of whatever else this process serves."""

    def __init__(self, secret: str, events: Events, bolt: AsyncApp, behind: Asgi, acks: Acks) -> None:
        self._secret = secret.encode()
        self._events = events
        self._bolt = bolt
        self._behind = behind
        self._acks = acks
        self._in_work = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST":
            await self._slack(scope, receive, send)
        else:
            await self._behind(scope, receive, send)

    async def _slack(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        body = await _read(receive)
        if body is None:
            await _answer(send, 413)
            return
        timestamp, signature = (
            headers.get(b"x-slack-request-timestamp", b""),
            headers.get(b"x-slack-signature", b""),
        )
        if not is_signed(self._secret, timestamp, signature, body, time.time()):
            await _answer(send, 401)
            return
        if self._in_work >= MOST_AT_ONCE:
            await _answer(send, 503)
            return
        self._in_work += 1
        try:
            if headers.get(b"content-type", b"").startswith(b"application/json"):
                await self._event(body, send)
            else:
                await self._person(scope, receive, send, headers, body)
        finally:
            self._in_work -= 1

    async def _event(self, body: bytes, send: Send) -> None:
        if not may_concern_us(body):
            await send(_OK)
            await send(_NOTHING)
            return
        since = time.perf_counter()
        try:
            payload = orjson.loads(body)
        except orjson.JSONDecodeError:
            await _answer(send, 400)
            return
        if not isinstance(payload, dict):
            await _answer(send, 400)
        elif payload.get("type") == "url_verification":
            await _answer(send, 200, str(payload.get("challenge", "")).encode())
        else:
            status = 200 if await self._taken(payload) else 500
            self._acks.note(since, status)
            await _answer(send, status)

    async def _taken(self, payload: dict[str, Any]) -> bool:
        try:
            await self._events.take(payload)
        except Exception as error:  # noqa: BLE001 - whatever it was, Slack is told to send the event again
            log.warning("event refused", cause=type(error).__name__, detail=str(error)[:200])
            return False
        return True

    async def _person(
        self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes], body: bytes
    ) -> None:
        if not _is_of_a_person(body):
            log.warning("request of an unknown shape")
            await _answer(send, 400)
            return
        request = AsyncBoltRequest(
            body=body.decode("utf-8", "replace"),
            headers={name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()},
        )
        with bound_contextvars(request=secrets.token_hex(4)):
            response = to_starlette_response(await self._bolt.async_dispatch(request))
        await response(scope, receive, send)


def _is_of_a_person(body: bytes) -> bool:
    """Say whether a form is what Slack sends when somebody does something (or looks at our certificate)."""
    try:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        told = json.loads(form["payload"]) if "payload" in form else form
    except ValueError:
        return False
    return "ssl_check" in form or (isinstance(told, dict) and shapes.is_of_a_person(told))


async def _read(receive: Receive) -> bytes | None:
    """Return a request's body, or None as soon as it is too large."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        part = message.get("body", b"")
        size += len(part)
        if size > LARGEST_BODY:
            return None
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


async def _answer(send: Send, status: int, body: bytes = b"") -> None:
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
