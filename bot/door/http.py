"""Slack knocks by HTTP: the signature is checked over the raw body before anything is parsed.

A raw ASGI application: events go straight to `Events`; commands, buttons and modals go on to Bolt.
"""

import asyncio
import json
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, MutableMapping
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
from bot.door.signature import Signatures, is_fresh
from bot.door.triage import is_chatter_unparsed

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

log = structlog.get_logger()

PATH = "/slack/events"
LARGEST_BODY = 1_000_000
"""Bytes; Slack's largest request is a view of 250 kB, percent-encoded."""
MOST_AT_ONCE = 500
"""Requests of Slack's in work; what comes beyond is refused, and an event is sent again when we can breathe."""
_LONG = len(str(LARGEST_BODY))  # digits
_PATIENCE_SECONDS = 3.0  # by then Slack itself has given up waiting for the answer

SERVER: Mapping[str, Any] = {
    "log_config": None,
    "access_log": False,  # paths and addresses are the router's to log
    "proxy_headers": False,  # nothing here asks who the client is
    "server_header": False,
    "lifespan": "off",
}
"""How uvicorn is to serve the door: nothing that a request would pay for and nobody needs."""

_OK = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]}
_NOTHING = {"type": "http.response.body", "body": b""}


class HttpDoor:
    """The door for HTTP, in front of whatever else this process serves."""

    def __init__(self, secret: str, events: Events, bolt: AsyncApp, behind: Asgi, acks: Acks) -> None:
        self._signatures = Signatures(secret.encode())
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
        timestamp = headers.get(b"x-slack-request-timestamp", b"")
        if not is_fresh(timestamp, time.time()):
            await self._refuse(send, 401, "signature")
            return
        try:
            body = await _read(receive, headers.get(b"content-length", b""))
        except TimeoutError:
            await self._refuse(send, 408, "slow")
            return
        if body is None:
            await self._refuse(send, 413, "size")
        elif not self._signatures.fits(timestamp, body, headers.get(b"x-slack-signature", b"")):
            await self._refuse(send, 401, "signature")
        elif not headers.get(b"content-type", b"").startswith(b"application/json"):
            await self._in_turn(send, self._person(scope, receive, send, headers, body))
        elif is_chatter_unparsed(body):
            self._acks.passed_by += 1
            await _ok(send)
        else:
            await self._event(body, send)

    async def _in_turn(self, send: Send, work: Coroutine[Any, Any, None]) -> None:
        """Do the work of a request, unless there is too much of it already."""
        if self._in_work >= MOST_AT_ONCE:
            work.close()
            await self._refuse(send, 503, "overload")
            return
        self._in_work += 1
        try:
            await work
        finally:
            self._in_work -= 1

    async def _refuse(self, send: Send, status: int, why: str) -> None:
        self._acks.refused[why] += 1
        await _answer(send, status)

    async def _event(self, body: bytes, send: Send) -> None:
        try:
            payload = orjson.loads(body)
        except orjson.JSONDecodeError:
            payload = None
        if not isinstance(payload, dict):
            await self._refuse(send, 400, "shape")
        elif payload.get("type") == "url_verification":
            await _answer(send, 200, str(payload.get("challenge", "")).encode())
        elif self._events.pass_by(payload):
            self._acks.passed_by += 1
            await _ok(send)
        else:
            await self._in_turn(send, self._take(payload, send))

    async def _take(self, payload: Mapping[str, Any], send: Send) -> None:
        since = time.perf_counter()
        taken = await self._events.try_to_take(payload, self._acks)
        self._acks.note(since)
        await (_ok(send) if taken else _answer(send, 500))

    async def _person(
        self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes], body: bytes
    ) -> None:
        told = _told(body)
        if told is not None and not shapes.is_for_us(told):
            await _ok(send)
            return
        if told is None or not shapes.is_of_a_person(told):
            log.warning("request of an unknown shape")
            await self._refuse(send, 400, "shape")
            return
        request = AsyncBoltRequest(
            body=body.decode("utf-8", "replace"),
            headers={name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()},
        )
        with bound_contextvars(request=secrets.token_hex(4)):
            response = to_starlette_response(await self._bolt.async_dispatch(request))
        await response(scope, receive, send)


def _told(body: bytes) -> dict[str, Any] | None:
    """Return what a form tells, as Slack sends one when somebody does something; None where it is none of its."""
    try:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        told = json.loads(form["payload"]) if "payload" in form else form
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


async def _read(receive: Receive, announced: bytes = b"") -> bytes | None:
    """Return a request's body, or None as soon as it is too large; `announced` is the length that it claims.

    Raises:
        TimeoutError: it came in pieces, and not to its end.

    """
    if len(announced) >= _LONG and (len(announced) > _LONG or int(announced) > LARGEST_BODY):
        return None  # the server has seen to it that it is a number
    first = await receive()
    if first["type"] == "http.request" and not first.get("more_body") and len(first["body"]) <= LARGEST_BODY:
        return bytes(first["body"])  # nearly all of them come in one piece
    return await _read_on(first, receive)


async def _read_on(message: MutableMapping[str, Any], receive: Receive) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while message["type"] == "http.request":
            part = message.get("body", b"")
            size += len(part)
            if size > LARGEST_BODY:
                return None
            parts.append(part)
            if not message.get("more_body"):
                return b"".join(parts)
            message = await receive()
    return None


async def _ok(send: Send) -> None:
    await send(_OK)
    await send(_NOTHING)


async def _answer(send: Send, status: int, body: bytes = b"") -> None:
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
