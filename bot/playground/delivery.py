"""Delivery to the app, by Socket Mode or signed HTTP: events with Slack's retries, people's doings once."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.playground.journal import Attempt, Delivery, Journal
from bot.playground.mischief import Mischief
from bot.playground.sockets import NoConnection, Sockets
from bot.playground.world import JSON, App, Team

RETRIES = (1.0, 60.0, 300.0)
"""Seconds before each retry: near-immediate, a minute, five (docs.slack.dev/apis/events-api)."""
DELAYED_RETRIES = (3600.0,) * 24
"""What the Delayed Events setting adds."""
ACK_SECONDS = 3.0

_OK = range(200, 300)
_A_MOMENT = 0.02  # seconds that the overtaking event gets to arrive first


@dataclass(frozen=True, slots=True)
class Answer:
    """What the app answered: `body` is its JSON or text, None when it said nothing."""

    outcome: str
    body: Any = None
    no_retry: bool = False

    @property
    def acked(self) -> bool:
        """Whether the app took it."""
        return self.outcome == "200"


class Post:
    """Delivers to apps and keeps the record.

    Args:
        sockets: the WebSockets.
        journal: the record.
        mischief: may lose, double or hold back events.

    """

    def __init__(self, sockets: Sockets, journal: Journal, mischief: Mischief) -> None:
        self._sockets = sockets
        self._journal = journal
        self._mischief = mischief
        self.retry_scale = 1.0
        """Multiplies the waits before retries; tests make it small."""
        self.ack_seconds = ACK_SECONDS
        self._tasks: set[asyncio.Task[Any]] = set()
        self._held: set[asyncio.Event] = set()
        self._session: aiohttp.ClientSession | None = None

    # Events ------------------------------------------------------------------------------------------------

    def send_event(self, team: Team, envelope: JSON) -> None:
        """Start delivering an event; retries go on in the background."""
        event = envelope["event"]
        name = ".".join(filter(None, (event["type"], event.get("subtype"))))
        delivery = Delivery("events_api", name, team.id, envelope, envelope["event_id"])
        self._journal.deliver(delivery)
        if self._mischief.drop_events:
            delivery.state = "given up"
            return
        twice = self._mischief.happens(self._mischief.duplicate_events)
        for _ in range(2 if twice else 1):
            overtaken = self._mischief.happens(self._mischief.reorder_events)
            self._start(self._deliver(team.app, delivery, overtaken=overtaken))

    async def _deliver(self, app: App, delivery: Delivery, *, overtaken: bool) -> None:
        await (self._hold_back() if overtaken else self._overtake())
        waits = RETRIES + (DELAYED_RETRIES if app.delayed_events else ())
        for number, wait in enumerate((0.0, *waits)):
            if wait:
                await asyncio.sleep(wait * self.retry_scale)
            reason = delivery.attempts[-1].outcome if number else ""
            answer = await self._attempt(app, delivery, number, reason)
            if answer.acked:
                delivery.state = "acked"
                return
            if answer.no_retry:
                break
        if delivery.state != "acked":
            delivery.state = "given up"

    async def _hold_back(self) -> None:
        """Wait until a later event has gone ahead, or for the longest time that is allowed."""
        gone_ahead = asyncio.Event()
        self._held.add(gone_ahead)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(gone_ahead.wait(), self._mischief.hold_seconds)
        self._held.discard(gone_ahead)
        await asyncio.sleep(_A_MOMENT)

    async def _overtake(self) -> None:
        for held in self._held:
            held.set()

    # What people do ----------------------------------------------------------------------------------------

    async def send_once(self, team: Team, kind: str, name: str, payload: JSON) -> Answer:
        """Deliver a command or an interaction, which Slack never sends again, and return the app's answer."""
        delivery = Delivery(kind, name, team.id, payload)
        self._journal.deliver(delivery)
        answer = await self._attempt(team.app, delivery, 0, "")
        delivery.state = "acked" if answer.acked else "given up"
        delivery.answer = answer.body
        return answer

    async def verify_url(self, app: App) -> bool:
        """Send the challenge that Slack sends when a request URL is entered; say whether it came back."""
        payload = {
            "type": "url_verification",
            "token": app.verification_token,
            "challenge": secrets.token_hex(16),
        }
        delivery = Delivery("events_api", "url_verification", "", payload)
        answer = await self._by_http(app, app.request_url or "", delivery, {})
        came_back = answer.body.get("challenge") if isinstance(answer.body, dict) else answer.body
        return answer.acked and came_back == payload["challenge"]

    # One attempt -------------------------------------------------------------------------------------------

    async def _attempt(self, app: App, delivery: Delivery, number: int, reason: str) -> Answer:
        if app.request_url is None:
            answer = await self._by_socket(app, delivery, number, reason)
        else:
            answer = await self._by_http(app, app.request_url, delivery, _retry_headers(number, reason))
        delivery.attempts.append(Attempt(answer.outcome))
        return answer

    async def _by_socket(self, app: App, delivery: Delivery, number: int, reason: str) -> Answer:
        envelope: JSON = {
            "type": delivery.kind,
            "payload": delivery.payload,
            "accepts_response_payload": delivery.kind != "events_api",
        }
        if delivery.kind == "events_api":
            envelope |= {"retry_attempt": number, "retry_reason": reason}
        try:
            ack = await self._sockets.send(app, envelope, self.ack_seconds)
        except NoConnection as none:
            return Answer(str(none))
        except TimeoutError:
            return Answer("timeout")
        return Answer("200", ack.get("payload"))

    async def _by_http(self, app: App, url: str, delivery: Delivery, headers: dict[str, str]) -> Answer:
        body, kind = _as_body(delivery)
        headers = {"Content-Type": kind, **headers, **sign(app.signing_secret, body)}
        timeout = aiohttp.ClientTimeout(total=self.ack_seconds)
        try:
            async with self._http().post(
                url, data=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                no_retry = response.headers.get("X-Slack-No-Retry") == "1"
                outcome = "200" if response.status in _OK else f"http_error {response.status}"
                return Answer(outcome, _read(await response.text(), response.content_type), no_retry)
        except TimeoutError:
            return Answer("http_timeout")
        except aiohttp.ClientError:
            return Answer("connection_failed")

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session

    # Life --------------------------------------------------------------------------------------------------

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Wait until every event is acknowledged or given up, those that come up meanwhile included."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def close(self) -> None:
        """Stop delivering."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()


def sign(secret: str, body: bytes) -> dict[str, str]:
    """Return the headers that prove a request to be Slack's, by the real clock."""
    stamp = str(int(time.time()))
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


def _retry_headers(number: int, reason: str) -> dict[str, str]:
    if not number:
        return {}
    return {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason.partition(" ")[0]}


def _as_body(delivery: Delivery) -> tuple[bytes, str]:
    if delivery.kind == "events_api":
        return json.dumps(delivery.payload).encode(), "application/json"
    form = delivery.payload if delivery.kind == "slash_commands" else {"payload": json.dumps(delivery.payload)}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


def _read(text: str, content_type: str) -> object:
    if not text:
        return None
    with contextlib.suppress(ValueError):  # what claims to be JSON and is not, is text
        return json.loads(text) if content_type == "application/json" else text
    return text
