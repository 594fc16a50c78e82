"""The page's endpoints: what one person sees, as JSON, and what they do. Loopback only."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import structlog
from aiohttp import web

from bot.playground import page_state, trouble
from bot.playground.forms import CannotSubmit
from bot.playground.people import NotPossible, Person
from bot.playground.world import JSON, Channel, Message, Refusal

if TYPE_CHECKING:
    from bot.playground.standin import StandIn
    from bot.playground.workspace import Workspace

_FILES = Path(__file__).parent / "page"
_KINDS = {
    "index.html": "text/html",
    "page.css": "text/css",
    "page.js": "text/javascript",
    "server.js": "text/javascript",
    "messages.js": "text/javascript",
    "modal.js": "text/javascript",
    "trouble.js": "text/javascript",
    "blocks.js": "text/javascript",
    "mrkdwn.js": "text/javascript",
    "dom.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
_LOOPBACK = frozenset({"127.0.0.1", "localhost"})
_BEAT_SECONDS = 15
_FAILED_ON_THE_WAY = "Something failed on the way: the log in the terminal says what."
_DAY_HOURS = 24
_POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"

Act = Callable[["_Doing"], Awaitable[object]]

log = structlog.get_logger()


class Page:
    """Serves the page.

    Args:
        standin: what it shows.

    """

    def __init__(self, standin: "StandIn") -> None:
        self._standin = standin
        self._walking = asyncio.Lock()
        self._said = ""

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the page's routes."""
        router.add_get("/", _to_page)
        router.add_get("/playground", _to_page)
        router.add_get("/playground/", self._file)
        router.add_get("/playground/state", self._state)
        router.add_get("/playground/changes", self._changes)
        router.add_post("/playground/act", self._act)
        router.add_post("/playground/time", self._time)
        router.add_post("/playground/trouble", self._trouble)
        router.add_get("/playground/files/{id}", self._upload)
        router.add_get("/playground/{name}", self._file)
        router.add_get("/archives/{channel}/p{digits:\\d{16}}", _to_message)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info.get("name", "index.html")
        if name not in _KINDS:
            raise web.HTTPNotFound
        text = (_FILES / name).read_text("utf-8")
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}
        return web.Response(text=text, content_type=_KINDS[name], headers=headers)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        file = self._workspace().team.files.get(request.match_info["id"])
        if file is None or file.content is None:
            raise web.HTTPNotFound
        return web.Response(body=file.content, content_type=str(file.as_json()["mimetype"]))

    def _workspace(self) -> "Workspace":
        if not self._standin.workspaces:
            raise web.HTTPNotFound
        return self._standin.workspaces[0]

    # What is seen ------------------------------------------------------------------------------------------

    async def _state(self, request: web.Request) -> web.StreamResponse:
        _check_host(request)
        workspace = self._workspace()
        wanted = page_state.Wanted(
            person=request.query.get("as", ""),
            channel=request.query.get("channel", ""),
            thread=request.query.get("thread", ""),
        )
        state = page_state.state(workspace, wanted)
        state["number"] = self._standin.changes.number
        state["time"] = self._time_facts()
        state["trouble"] = trouble.facts(self._standin.mischief, workspace.team)
        return web.json_response(state)

    def _time_facts(self) -> JSON:
        control = self._standin.time
        return {
            "now": (control.now() if control else self._standin.world.now()).timestamp(),
            "can_move": control is not None,
            "walking": self._walking.locked(),
            "said": self._said,
        }

    async def _changes(self, request: web.Request) -> web.StreamResponse:
        """Say each change as a server-sent event, and a beat when there is none."""
        _check_host(request)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        number = -1
        with contextlib.suppress(ConnectionError):  # the browser went away
            while not self._standin.stopping:
                number = await self._standin.changes.after(number, _BEAT_SECONDS)
                await response.write(f"data: {number}\n\n".encode())
        return response

    # What is done ------------------------------------------------------------------------------------------

    async def _act(self, request: web.Request) -> web.StreamResponse:
        body = await _read(request)
        act = _ACTS.get(str(body.get("do")))
        if act is None:
            return _problem("There is no such thing to do.")
        try:
            await act(_Doing(self._workspace(), body))
        except CannotSubmit as cannot:
            return web.json_response({"errors": cannot.errors}, status=422)
        except (NotPossible, LookupError) as problem:
            return _problem(str(problem.args[0] if problem.args else problem))
        except Refusal as refusal:
            return _problem(f"Slack refuses that: {refusal.error}.")
        return web.json_response({"ok": True})

    async def _time(self, request: web.Request) -> web.StreamResponse:
        body = await _read(request)
        control = self._standin.time
        if control is None:
            return _problem("Nobody moves the clock here.")
        if self._walking.locked():
            return _problem("Time is passing already.")
        async with self._walking:
            self._standin.changes.note()
            to = body.get("to")
            try:
                if to == "nudge" or to == "digest":  # noqa: PLR1714 - so that the type checker knows the word
                    self._said = await control.to_next(to)
                else:
                    self._said = await control.forward(_DAY_HOURS)
            except ExceptionGroup:
                self._said = _FAILED_ON_THE_WAY
                log.exception("time stopped half-way")
        self._standin.changes.note()
        return web.json_response({"said": self._said})

    async def _trouble(self, request: web.Request) -> web.StreamResponse:
        """Turn a switch of a bad day, have the socket opened anew, or calm everything down."""
        body = await _read(request)
        mischief, team = self._standin.mischief, self._workspace().team
        name = str(body.get("turn"))
        if name == "calm":
            trouble.calm(mischief, team)
        elif name == "refresh":
            await self._standin.refresh_sockets(team.app)
        elif name in trouble.SWITCHES:
            trouble.SWITCHES[name].turn(mischief, team, bool(body.get("on")))
        else:
            return _problem("There is no such trouble.")
        self._standin.changes.note()
        return web.json_response({"ok": True})


class _Doing:
    """One thing that somebody does on the page, and where."""

    def __init__(self, workspace: "Workspace", body: JSON) -> None:
        self._team = workspace.team
        self.body = body
        self.person: Person = workspace.person(str(body.get("as")))

    def text(self, name: str) -> str:
        """Return a field as text, "" where there is none."""
        return str(self.body.get(name) or "")

    @property
    def value(self) -> Any:  # noqa: ANN401 - text, or what a field holds
        """What was entered, where something was."""
        return self.body.get("value")

    @property
    def channel(self) -> Channel:
        """Where it is done."""
        return self._team.channel(self.text("channel"))

    @property
    def message(self) -> Message:
        """What it is done to."""
        own = next((m for m in self.person.ephemerals(self.channel) if m.ts == self.text("ts")), None)
        return own or self.channel.messages[self.text("ts")]


async def _say(doing: _Doing) -> None:
    text, thread = doing.text("text"), doing.text("thread") or None
    if text.startswith("/"):
        if thread:
            raise NotPossible("Slash commands do not work in threads: use the channel's own field.")
        await doing.person.slash(doing.channel, text)
    elif text.strip():
        await doing.person.say(doing.channel, text, thread, broadcast=bool(doing.body.get("broadcast")))


async def _click(doing: _Doing) -> None:
    await doing.person.click(doing.channel, doing.text("ts"), doing.text("action"), doing.value)


async def _press(doing: _Doing) -> None:
    await doing.person.press(doing.text("action"), doing.value, home=bool(doing.body.get("home")))


async def _submit(doing: _Doing) -> None:
    await doing.person.submit(doing.body.get("values") or {})


async def _dismiss(doing: _Doing) -> None:
    doing.person.dismiss(doing.message)


_ACTS: dict[str, Act] = {
    "say": _say,
    "edit": lambda doing: doing.person.edit(doing.message, doing.text("text")),
    "delete": lambda doing: doing.person.delete(doing.message),
    "dismiss": _dismiss,
    "click": _click,
    "press": _press,
    "submit": _submit,
    "close": lambda doing: doing.person.close(),
    "home": lambda doing: doing.person.open_home(),
    "shortcut": lambda doing: doing.person.shortcut(doing.text("callback"), doing.message),
    "invite": lambda doing: doing.person.invite_bot(doing.channel),
}


async def _to_page(_: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/playground/")


async def _to_message(request: web.Request) -> web.StreamResponse:
    """Lead from a permalink to the page, with the message's thread open."""
    digits = request.match_info["digits"]
    thread = request.query.get("thread_ts", f"{digits[:10]}.{digits[10:]}")
    place = urlencode({"channel": request.match_info["channel"], "thread": thread})
    raise web.HTTPFound(f"/playground/?{place}")


async def _read(request: web.Request) -> JSON:
    """Return what the page sent; to send JSON, another site's page would have to ask first."""
    _check_host(request)
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    try:
        body = json.loads(await request.text())
    except ValueError:
        raise web.HTTPBadRequest from None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest
    return body


def _check_host(request: web.Request) -> None:
    """Refuse names that merely resolve to this machine: a hostile page could have chosen one."""
    if request.host.rpartition(":")[0] not in _LOOPBACK:
        raise web.HTTPForbidden


def _problem(words: str) -> web.Response:
    return web.json_response({"problem": words}, status=409)
