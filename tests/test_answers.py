"""Whatever answers in Slack's place is told apart from Slack: nothing trips over it, and it is told no more."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from bot.slack import answers
from bot.slack.client import Busy, NoTokens, Slack, Unclear
from bot.slack.faces import Message

JSON = "application/json"


@asynccontextmanager
async def answering(handle: Callable[[web.Request], web.Response]) -> AsyncIterator[tuple[Slack, str]]:
    """A Slack whose every address answers so, and where that is."""

    async def served(request: web.Request) -> web.Response:
        await request.read()
        return handle(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", served)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    slack = Slack(url, NoTokens())
    try:
        yield slack, url
    finally:
        await slack.close()
        await runner.cleanup()


NO_ANSWERS = {
    "half of one": (200, JSON, b'{"ok": tr'),
    "an error without JSON": (500, JSON, b"{oops"),
    "a list": (200, JSON, b"[1]"),
    "a word": (200, JSON, b'"ok"'),
    "no UTF-8": (200, JSON, b'{"ok": "\xff"}'),
    "a pit": (200, JSON, b"[" * 100_000),
    "plain words": (200, "text/plain", b"Please log in to the guest network."),
    "a page": (200, "text/html", b"<html>"),
}


@pytest.mark.parametrize("what", NO_ANSWERS)
async def test_what_is_no_answer_of_slacks_is_unclear(what: str) -> None:
    status, kind, body = NO_ANSWERS[what]
    async with answering(lambda _: web.Response(status=status, content_type=kind, body=body)) as (slack, _):
        with pytest.raises(Unclear):
            await slack.call_with("xoxb-1", "auth.test")


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [("7", 7), ("soon", 30), ("Wed, 21 Oct 2026 07:28:00 GMT", 30), ("-5", 30), ("nan", 30), ("inf", 3600)],
)
@pytest.mark.parametrize("body", [b'{"ok": false, "error": "ratelimited"}', b"{oops"], ids=["JSON", "none"])
async def test_too_many_requests_are_told_whatever_stands_beside(asked: str, seconds: float, body: bytes) -> None:
    limited = web.Response(status=429, content_type=JSON, body=body, headers={"Retry-After": asked})
    async with answering(lambda _: limited) as (slack, _):
        with pytest.raises(Busy) as busy:
            await slack.call_with("xoxb-1", "auth.test")
    assert (busy.value.seconds, busy.value.limited) == (seconds, True)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_what_slack_was_asked_is_told_nobody_else(status: int) -> None:
    seen: list[str] = []

    def elsewhere(request: web.Request) -> web.Response:
        seen.append(request.path)
        return web.json_response({"ok": True})

    async with (
        answering(elsewhere) as (_, other),
        answering(lambda _: web.Response(status=status, headers={"Location": other})) as (slack, url),
    ):
        with pytest.raises(Unclear):
            await slack.call_with("", "oauth.v2.access", client_secret="secret")
        with pytest.raises(Unclear):
            await slack.upload(f"{url}upload", b"a chart")
        await slack.respond(f"{url}respond", Message("words"))
    assert seen == []


async def test_an_answer_that_is_too_large_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "LARGEST", 1000)
    sizes = iter((900, 2000))
    padded = lambda _: web.json_response({"ok": True, "padding": "x" * next(sizes)})  # noqa: E731 - a handler in a line
    async with answering(padded) as (slack, _):
        assert (await slack.call_with("xoxb-1", "auth.test"))["ok"]
        with pytest.raises(Unclear):
            await slack.call_with("xoxb-1", "auth.test")
