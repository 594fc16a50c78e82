"""The one door out to Slack: every call, its pace, and Slack's "no" as typed errors.

The SDK's retry on connection errors is off: it cannot know whether Slack took the first call, and would
post twice. What may have been accepted is told apart (`Unclear`) from what was not (`Refused`, `Busy`).
"""

import json
import ssl
from collections.abc import Mapping
from typing import Any, Protocol

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.answers import Answer, seconds_asked_for, stays_there
from bot.slack.faces import Message
from bot.slack.pace import Pace
from bot.slack.refusals import Refusals

POST = "chat.postMessage"


class Tokens(Protocol):
    """Gives the bot token of a workspace (by our id)."""

    async def token_of(self, workspace: int) -> str:
        """Return the token; raise `Refused` where there is none."""

    async def fresh(self, workspace: int, refused: str) -> str:
        """Return the token that took the place of a refused one, or the same where none did."""


TOKEN_GONE = frozenset({"account_inactive", "token_revoked", "invalid_auth", "not_authed", "token_expired"})
_NEVER_DONE = frozenset({"service_unavailable", "team_added_to_org", "request_timeout"})
_PERHAPS_DONE = frozenset({"internal_error", "fatal_error"})  # "part of the request may have succeeded", says Slack
_BAD_REQUEST = 400
_SERVER_ERROR = 500
_TOO_MANY = 429


log = structlog.get_logger()


class Refused(Exception):  # noqa: N818 - Slack refused; nothing of ours erred
    """Slack said no, for a reason in its own words (`not_in_channel`, `missing_scope`, ...)."""

    def __init__(self, method: str, reason: str, needed: str = "") -> None:
        super().__init__(f"{method}: {reason}")
        self.reason = reason
        self.needed = needed


class Busy(Exception):  # noqa: N818 - as above
    """Slack took nothing and may be asked again after `seconds`; `limited` where that is Slack's own Retry-After."""

    def __init__(self, method: str, seconds: float, *, limited: bool = False) -> None:
        super().__init__(f"{method}: come back in {seconds:g} s")
        self.seconds = seconds
        self.limited = limited


class Unclear(Exception):  # noqa: N818 - as above
    """Nobody can tell whether Slack took the call: the answer was lost, or was an error half-way."""


class NoTokens:
    """Speaks for no workspace: for calls that bring their own token."""

    async def token_of(self, workspace: int) -> str:
        """Refuse."""
        raise Refused(f"workspace {workspace}", "not_authed")

    async def fresh(self, workspace: int, refused: str) -> str:  # noqa: ARG002 - as `Tokens` has it
        """Know no other."""
        return refused


class Slack:
    """Slack's Web API for every workspace of this process.

    Args:
        api_url: the Web API's base, ending in "/".
        tokens: gives the bot token of a workspace.
        pace: how fast it may be spoken to.
        seconds: the longest that a call may take.

    """

    def __init__(self, api_url: str, tokens: Tokens, pace: Pace | None = None, seconds: float = 20.0) -> None:
        self.api_url = api_url
        self._tokens = tokens
        self.pace = pace or Pace(1.0, 0)
        self._seconds = seconds
        self._refusals = Refusals()
        self._session: aiohttp.ClientSession | None = None
        self._client: AsyncWebClient | None = None

    async def call(self, workspace: int, method: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """Call a Web API method for a workspace and return Slack's answer.

        Raises:
            Refused: Slack said no. Busy: not now. Unclear: it may have happened.

        """
        scope = self._refusals.needed(workspace, method, arguments)
        if scope is not None:
            raise Refused(method, "missing_scope", scope)
        token = await self._tokens.token_of(workspace)
        held = self.held(workspace, method)
        if held:
            raise Busy(method, held)
        try:
            return await self._call(workspace, token, method, arguments)
        except Refused as refusal:
            self._refusals.note(workspace, method, arguments, refusal.reason, refusal.needed)
            raise
        except Busy as busy:
            if busy.limited:
                self.pace.hold(workspace, method, busy.seconds)
            raise

    async def _call(self, workspace: int, token: str, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        try:
            return await self.call_with(token, method, **arguments)
        except Refused as refusal:
            # Another process may have been given a new token, which this one does not know yet.
            fresh = await self._tokens.fresh(workspace, token) if refusal.reason in TOKEN_GONE else token
            if fresh == token:
                raise
        return await self.call_with(fresh, method, **arguments)

    def rest(self, workspace: int, method: str, seconds: float) -> None:
        """Call a method no more for a while, in one workspace, because Slack allows it that rarely."""
        self.pace.rest(workspace, method, seconds)

    def held(self, workspace: int, method: str) -> float:
        """Return for how many seconds Slack has asked not to call a method for a workspace; 0 where it may be."""
        return self.pace.held(workspace, method)

    async def call_with(self, token: str, method: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """Call a method with a token that is not stored (yet), or with none; raises as `call` does."""
        answer = await self._answer(token, method, arguments)
        return dict(answer.data) if isinstance(answer.data, dict) else {}

    async def _answer(self, token: str, method: str, arguments: dict[str, Any]) -> AsyncSlackResponse:
        try:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            return await self.web().api_call(method, data=_form(arguments), headers=headers)
        except SlackApiError as error:
            raise _told(method, error) from None
        except (aiohttp.ClientConnectorError, ssl.SSLError) as error:
            raise Busy(method, 5) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unclear(f"{method}: {type(error).__name__}") from error
        except (AttributeError, ValueError, RecursionError) as error:
            # What is no JSON object at all trips the SDK: a proxy's words, or half an answer.
            raise Unclear(f"{method}: no answer of Slack's ({type(error).__name__})") from None

    async def who(self, token: str) -> tuple[dict[str, Any], str]:
        """Ask Slack whose token this is; return its answer and the scopes it was granted, with commas.

        Raises:
            Refused: Slack does not take the token. Busy, Unclear: it could not be asked.

        """
        answer = await self._answer(token, "auth.test", {})
        scopes = answer.headers.get("x-oauth-scopes") or answer.headers.get("X-OAuth-Scopes") or ""
        return dict(answer.data) if isinstance(answer.data, dict) else {}, str(scopes).replace(" ", "")

    async def scopes_of(self, workspace: int) -> str:
        """Ask Slack what a workspace's token may do now, with commas; raises as `who` does."""
        return (await self.who(await self._tokens.token_of(workspace)))[1]

    async def respond(self, response_url: str, message: Message) -> None:
        """Show words to the person who pressed something; sent once, and lost without harm."""
        body = {**message.payload(), "response_type": "ephemeral", "replace_original": False}
        self.web()
        assert self._session is not None  # noqa: S101 - `web` has just opened it
        try:
            async with self._session.post(response_url, json=body) as answer:
                if answer.status >= _BAD_REQUEST:
                    log.warning("words not shown", status=answer.status)
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("words not shown", cause=type(error).__name__)

    async def upload(self, url: str, body: bytes) -> None:
        """Send a file's bytes to the address that files.getUploadURLExternal gave; raises `Unclear`."""
        self.web()
        assert self._session is not None  # noqa: S101 - `web` has just opened it
        try:
            async with self._session.post(url, data=body) as answer:
                answer.raise_for_status()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unclear(f"upload: {type(error).__name__}") from error

    def web(self) -> AsyncWebClient:
        """Return the SDK's client, on one connection pool for the life of the process."""
        if self._client is None:
            timeout = aiohttp.ClientTimeout(total=self._seconds)
            self._session = aiohttp.ClientSession(
                timeout=timeout, trust_env=True, response_class=Answer, trace_configs=[stays_there()]
            )
            self._client = AsyncWebClient(
                base_url=self.api_url,
                session=self._session,
                retry_handlers=[],
                timeout=self._seconds,  # type: ignore[arg-type]  # the SDK hands it to aiohttp, which takes fractions
            )
        return self._client

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()


def _form(arguments: dict[str, Any]) -> dict[str, Any]:
    # Slack's reading methods take forms only; all others take them too, with JSON inside for what is nested.
    return {
        name: json.dumps(value) if isinstance(value, dict | list) else value
        for name, value in arguments.items()
        if value is not None
    }


def _told(method: str, error: SlackApiError) -> Exception:
    answer = error.response
    # The SDK hands on aiohttp's own response where the body is no JSON.
    is_read = isinstance(answer, AsyncSlackResponse)
    status = answer.status_code if is_read else answer.status
    data = answer.data if is_read and isinstance(answer.data, dict) else {}
    reason = str(data.get("error", ""))
    if status == _TOO_MANY or reason == "ratelimited":
        return Busy(method, seconds_asked_for(answer.headers.get("Retry-After", "1")), limited=True)
    if status >= _SERVER_ERROR or reason in _PERHAPS_DONE or not reason:
        return Unclear(f"{method}: {status} {reason}")
    if reason in _NEVER_DONE:
        return Busy(method, 30)
    return Refused(method, reason, str(data.get("needed", "")))


def next_cursor(answer: Mapping[str, Any]) -> str:
    """Return where the next page of a list of Slack's begins; nothing where this one was the last."""
    return str((answer.get("response_metadata") or {}).get("next_cursor") or "")
