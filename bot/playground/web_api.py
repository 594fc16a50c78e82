"""The Web API over HTTP: who calls, with which arguments, whether they may, and Slack-shaped answers."""

import asyncio
import json
from dataclasses import dataclass

from aiohttp import web

from bot.playground.journal import ApiCall, Journal
from bot.playground.methods import ALL
from bot.playground.methods.call import Call, Method, Parts
from bot.playground.methods.chat import checked_blocks
from bot.playground.methods.files import take_upload
from bot.playground.mischief import DONE, Failure, Mischief
from bot.playground.pace import Pace
from bot.playground.talk import Draft
from bot.playground.tickets import Return
from bot.playground.world import JSON, App, Refusal, Team

_NESTED = frozenset({"blocks", "attachments", "metadata", "view", "files"})
_SECRET = frozenset({"token", "client_secret", "code"})


@dataclass(frozen=True, slots=True)
class _Caller:
    app: App
    team: Team | None

    @property
    def team_id(self) -> str:
        return self.team.id if self.team else ""


class WebApi:
    """Serves `/api/<method>`, uploads and response_urls.

    Args:
        parts: what methods work on.
        journal: the record of calls.
        mischief: may let calls fail.
        pace: may refuse calls that come too fast.

    """

    def __init__(self, parts: Parts, journal: Journal, mischief: Mischief, pace: Pace) -> None:
        self._parts = parts
        self._journal = journal
        self._mischief = mischief
        self._pace = pace

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one call of a method."""
        name = request.match_info["method"]
        method = ALL.get(name)
        arguments = await _arguments(request, forms_only=method is not None and method.forms_only)
        token = _token(request, arguments)
        await asyncio.sleep(self._mischief.delay)
        failure = self._mischief.failure_of(name)
        if failure and failure.how not in DONE:
            self._note(name, token, arguments, {}, told=failure.how)
            return _not_done(request, failure)
        answer, headers = self._answer(name, method, token, arguments)
        self._note(name, token, arguments, answer, told=failure.how if failure else "answer")
        if failure:
            return await self._done_but_untold(request, failure)
        status = 429 if answer.get("error") == "ratelimited" else 200
        return web.json_response(answer, status=status, headers=headers)

    def _note(self, name: str, token: str, arguments: JSON, answer: JSON, told: str) -> None:
        team = self._parts.world.team_of_bot(token)
        shown = {key: value for key, value in arguments.items() if key not in _SECRET}
        accepted = bool(answer.get("ok"))
        self._journal.call(ApiCall(name, team.id if team else "", shown, answer, accepted, told))

    def _answer(self, name: str, method: Method | None, token: str, arguments: JSON) -> tuple[JSON, dict[str, str]]:
        headers: dict[str, str] = {}
        if method is None:
            return {"ok": False, "error": "unknown_method", "req_method": name}, headers
        try:
            caller = self._caller(token, method, arguments)
            headers = _scope_headers(caller.team, method)
            _check_scopes(caller.team, method)
            self._check_pace(caller, name, method, arguments)
            call = Call(self._parts, caller.app, caller.team, self._pace.cap(name, arguments))
            return {"ok": True, **method.run(call)}, headers
        except Refusal as refusal:
            if refusal.error == "ratelimited":
                headers["Retry-After"] = str(refusal.extra["retry_after"])
            return {"ok": False, "error": refusal.error, **refusal.extra}, headers

    def _caller(self, token: str, method: Method, arguments: JSON) -> _Caller:
        if method.token == "client":  # noqa: S105 - a kind of token, not one
            client = self._parts.world.app_of_client(str(arguments.get("client_id")))
            if client is None:
                raise Refusal("invalid_client_id")
            return _Caller(client, None)
        if not token:
            raise Refusal("not_authed")
        app = self._parts.world.app_of_token(token)
        if method.token == "app":  # noqa: S105 - a kind of token, not one
            return _Caller(self._parts.sockets.redeem(app), None)
        if app is not None:
            raise Refusal("not_allowed_token_type")
        opens = self._parts.tickets.team_of(str(arguments.get("trigger_id")))
        named = [str(arguments.get(name)) for name in ("channel", "user", "user_id")]
        opened_here = opens is not None and opens.bot_token == token
        team = opens if opened_here else self._parts.world.team_of_bot(token, named)
        if team is None:
            raise Refusal("invalid_auth")
        if team.token_error:
            raise Refusal(team.token_error)
        return _Caller(team.app, team)

    def _check_pace(self, caller: _Caller, name: str, method: Method, arguments: JSON) -> None:
        wait = self._pace.wait_for(caller.team_id, name, arguments, method.per_minute)
        if wait:
            raise Refusal("ratelimited", retry_after=wait)

    async def _done_but_untold(self, request: web.Request, failure: Failure) -> web.StreamResponse:
        if failure.how == "internal_error":
            return web.json_response({"ok": False, "error": "internal_error"})
        if failure.how == "hang":
            await asyncio.sleep(self._mischief.hang_seconds)
        return _cut(request)

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """Take the bytes of an upload, as a raw body or as a form."""
        content = await _uploaded(request)
        team = self._parts.world.teams.get(request.match_info["team"])
        try:
            take_upload(team, request.match_info["file"], content)
        except Refusal as refusal:
            return web.Response(status=400, text=refusal.error)
        return web.Response(text=f"OK - {len(content)}")

    async def respond(self, request: web.Request) -> web.StreamResponse:
        """Take an answer that comes through a response_url."""
        try:
            body = json.loads(await request.text())
            it = self._parts.tickets.use_return(request.match_info["key"])
            self._respond(it, body)
        except Refusal as refusal:
            status = 404 if refusal.error.endswith("_url") else 400
            self._journal.call(ApiCall("response_url", "", {}, {"error": refusal.error}, accepted=False))
            return web.json_response({"ok": False, "error": refusal.error, **refusal.extra}, status=status)
        except ValueError:
            return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
        self._journal.call(ApiCall("response_url", it.team.id, body, {"ok": True}, accepted=True))
        return web.json_response({"ok": True})

    def _respond(self, it: Return, body: JSON) -> None:
        if body.get("delete_original") and it.message:
            self._drop(it)
            return
        draft = Draft(str(body.get("text") or ""), checked_blocks(it.team, body), body.get("thread_ts"))
        if not draft.text and not draft.blocks:
            raise Refusal("no_text")
        talk, message = self._parts.talk, it.message
        if body.get("replace_original") and message and message.is_ephemeral:
            message.text, message.blocks = draft.text, talk.with_ids(draft.blocks)
            talk.changed()
        elif body.get("replace_original") and message:
            talk.edit(it.team, message, draft, it.team.bot)
        elif body.get("response_type") == "in_channel":
            talk.post(it.team, it.channel, it.team.bot, draft)
        else:
            talk.whisper(it.team, it.channel, it.user, draft)

    def _drop(self, it: Return) -> None:
        if it.message in it.user.ephemerals:
            it.user.ephemerals.remove(it.message)
            self._parts.talk.changed()
        elif it.message is not None:
            self._parts.talk.delete(it.team, it.message)


async def _arguments(request: web.Request, *, forms_only: bool) -> JSON:
    arguments: JSON = dict(request.query)
    if request.content_type == "application/json":
        body = await _json_object(request)
        return arguments if forms_only else arguments | body
    if request.can_read_body:
        arguments |= dict(await request.post())
    return {name: _nested(value) if name in _NESTED else value for name, value in arguments.items()}


async def _json_object(request: web.Request) -> JSON:
    try:
        body = json.loads(await request.text())
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _nested(value: object) -> object:
    """Return what a form field holds as JSON; what is none stays text, and the method refuses it."""
    try:
        return json.loads(value) if isinstance(value, str) and value else value
    except ValueError:
        return value


def _token(request: web.Request, arguments: JSON) -> str:
    header = request.headers.get("Authorization", "")
    return header.removeprefix("Bearer ").strip() or str(arguments.get("token") or "")


def _scope_headers(team: Team | None, method: Method) -> dict[str, str]:
    granted = ",".join(sorted(team.scopes)) if team else "connections:write"
    return {"X-OAuth-Scopes": granted, "X-Accepted-OAuth-Scopes": ",".join(method.scopes)}


def _check_scopes(team: Team | None, method: Method) -> None:
    if team is not None and method.scopes and not team.scopes.intersection(method.scopes):
        provided = ",".join(sorted(team.scopes))
        raise Refusal("missing_scope", needed=",".join(method.scopes), provided=provided)


def _not_done(request: web.Request, failure: Failure) -> web.StreamResponse:
    if failure.how in ("429", "ratelimited"):
        status = 429 if failure.how == "429" else 200
        headers = {"Retry-After": str(failure.retry_after)}
        return web.json_response({"ok": False, "error": "ratelimited"}, status=status, headers=headers)
    if failure.how == "500":
        return web.Response(status=500, text="Internal Server Error")
    return _cut(request)


def _cut(request: web.Request) -> web.Response:
    """Close the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _uploaded(request: web.Request) -> bytes:
    if not request.content_type.startswith("multipart/"):
        return await request.read()
    for value in (await request.post()).values():
        if isinstance(value, web.FileField):
            return value.file.read()
    return b""
