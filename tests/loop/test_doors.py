"""The two ways in: signed HTTP and Socket Mode; what is refused, and what is stored before Slack hears "ok"."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
import pytest
from sqlalchemy import event

from bot.door.http import LARGEST_BODY, MOST_AT_ONCE, HttpDoor
from bot.playground.delivery import sign
from tests.slack import RETRY_SCALE
from tests.team import Team, a_team

WORDS = "We can't release before the harbour board has signed."
JSON_BODY = {"Content-Type": "application/json"}


@pytest.fixture
async def by_http(sqlite_url: str) -> AsyncIterator[Team]:
    """A team reached by HTTP; the door itself knows no database, so that one kind shows it."""
    async with a_team(sqlite_url, http=True) as team:
        yield team


async def post(team: Team, body: bytes, **headers: str) -> tuple[int, str]:
    """Send what Slack, or somebody else, might send; signed unless a header says otherwise."""
    url = team.workspace.app.request_url
    assert url is not None
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    signed = {**JSON_BODY, **sign(team.workspace.signing_secret, body), **named}
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=signed) as answer:
        return answer.status, await answer.text()


def reply_of(team: Team, thread_ts: str, **fields: Any) -> dict[str, Any]:
    """The envelope of a reply, as Slack would write it."""
    event = {
        "type": "message",
        "channel": team.channel.id,
        "user": team["ben"].id,
        "team": team.workspace.team.id,
        "text": WORDS,
        "ts": f"{team.clock().timestamp():.6f}",
        "thread_ts": thread_ts,
        **fields,
    }
    return {"type": "event_callback", "team_id": team.workspace.team.id, "event": event}


async def test_the_whole_loop_goes_by_http_too(database_url: str) -> None:
    async with a_team(database_url, http=True) as team:
        await team.set_up()
        nudge = await team.nudged()
        await team.reply("ada", nudge, WORDS)
        for name in ("cleo", "dov", "eva"):
            await team.answer(name, WORDS)
        assert "One person answered in the thread, three privately." in (await team.digested()).text
        assert {delivery.state for delivery in team.standin.journal.deliveries()} == {"acked"}


async def test_slacks_question_for_the_address_is_answered(by_http: Team) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1a"}).encode()
    assert await post(by_http, body) == (200, "3eZbrw1a")


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Slack_Signature": "v0=" + "0" * 64},
        {"X_Slack_Signature": ""},
        {"X_Slack_Request_Timestamp": "1700000000"},
        {"X_Slack_Request_Timestamp": "soon"},
        {"X_Slack_Request_Timestamp": "9" * 5000},
    ],
)
async def test_a_bad_or_stale_signature_is_refused_before_anything_is_read(
    by_http: Team, headers: dict[str, str]
) -> None:
    assert (await post(by_http, b"{not even json", **headers))[0] == 401


async def test_yesterdays_signature_is_stale_although_it_is_right(
    by_http: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = b"{}"
    with monkeypatch.context() as yesterday:
        yesterday.setattr("time.time", lambda: 1_700_000_000.0)
        old = sign(by_http.workspace.signing_secret, body)
    names = {name.replace("-", "_"): value for name, value in old.items()}
    assert (await post(by_http, body, **names))[0] == 401


async def test_a_request_that_is_too_large_is_not_read_to_its_end(by_http: Team) -> None:
    assert (await post(by_http, b" " * (LARGEST_BODY + 1)))[0] == 413


async def test_who_announces_too_much_or_comes_too_late_is_answered_before_sending_it(by_http: Team) -> None:
    fresh, too_much = str(int(time.time())), str(LARGEST_BODY + 1)
    for stamp, length, status in ((fresh, too_much, 413), (fresh, "9" * 30, 400), ("1700000000", "5", 401)):
        assert await begin(by_http, stamp, length) == status, (stamp, length)


async def test_nobody_waits_for_the_rest_of_a_body_longer_than_slack_waits_for_the_answer(by_http: Team) -> None:
    assert await begin(by_http, str(int(time.time())), "20", b"the first part") == 408


async def begin(by_http: Team, stamp: str, length: str, part: bytes = b"") -> int:
    """Begin a request, and return with what status it is answered before its end."""
    url = urlsplit(str(by_http.workspace.app.request_url))
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    head = f"POST {url.path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n"
    writer.write(f"{head}X-Slack-Request-Timestamp: {stamp}\r\n\r\n".encode() + part)
    async with asyncio.timeout(5):
        status = int((await reader.readline()).split()[1])
    writer.close()
    return status


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'"x"', b"\xff\xfe"])
async def test_what_is_no_event_is_a_bad_request(by_http: Team, body: bytes) -> None:
    assert (await post(by_http, body))[0] == 400


async def test_events_of_unknown_kinds_teams_and_shapes_are_taken_and_forgotten(by_http: Team) -> None:
    envelope = reply_of(by_http, "1.000001")
    for odd in (
        {},
        {"type": "event_callback"},
        {"type": "event_callback", "event": None},
        {**envelope, "team_id": "T0STRANGER"},
        {**envelope, "event": {"type": "reaction_added"}},
        {**envelope, "event": {"type": "message"}},
    ):
        assert (await post(by_http, json.dumps(odd).encode()))[0] == 200
    assert await by_http.count("replies") == 0


async def test_another_bots_reply_is_not_stored_and_a_persons_is(by_http: Team) -> None:
    team = by_http
    await team.set_up()
    nudge = await team.nudged()
    await post(team, json.dumps(reply_of(team, nudge.ts, bot_id="B0THER")).encode())
    await post(team, json.dumps(reply_of(team, nudge.ts, subtype="bot_message")).encode())
    assert await team.count("replies") == 0
    await post(team, json.dumps(reply_of(team, nudge.ts)).encode())
    assert await team.count("replies") == 1


async def test_what_the_bot_itself_wrote_is_no_reply_even_where_slack_names_only_its_user(by_http: Team) -> None:
    team = by_http
    await team.set_up()
    nudge = await team.nudged()
    bot = team.workspace.team.bot.id
    said = reply_of(team, nudge.ts, user=bot, subtype="file_share")
    edit = {"type": "message", "user": bot, "ts": said["event"]["ts"], "thread_ts": nudge.ts, "text": WORDS}
    edit["edited"] = {"user": bot, "ts": f"{team.clock().timestamp() + 1:.6f}"}
    changed = reply_of(team, nudge.ts, subtype="message_changed", message=edit)
    for envelope in (said, changed):
        assert (await post(team, json.dumps(envelope).encode()))[0] == 200
    assert await team.count("replies") == 0


async def test_more_events_at_once_than_may_be_in_work_are_left_to_slack(by_http: Team) -> None:
    team = by_http
    door = team.bot.asgi
    assert isinstance(door, HttpDoor)
    door._in_work = MOST_AT_ONCE  # noqa: SLF001 - a flood, without the five hundred requests
    envelope = json.dumps(reply_of(team, "1.000001")).encode()
    assert (await post(team, envelope))[0] == 503
    door._in_work = 0  # noqa: SLF001 - as above
    assert (await post(team, envelope))[0] == 200


async def test_forms_that_are_no_request_of_slacks_do_no_harm(by_http: Team) -> None:
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    assert (await post(by_http, urlencode({"ssl_check": "1"}).encode(), **form))[0] == 200
    for body in (b"", b"payload=", b"payload=[]", urlencode({"payload": "{"}).encode(), b"payload=" + b"[" * 100_000):
        assert (await post(by_http, body, **form))[0] == 400
    assert await by_http.count("replies") == 0


@pytest.mark.parametrize("http", [True, False], ids=["http", "socket"])
async def test_an_event_whose_write_fails_is_refused_and_stored_when_it_comes_again(
    database_url: str, *, http: bool
) -> None:
    async with a_team(database_url, http=http) as team:
        await team.set_up()
        nudge = await team.nudged()
        team.standin.set_retries(scale=RETRY_SCALE * 10, ack_seconds=0.3)
        await team.change("ALTER TABLE replies RENAME TO away")
        said = await team["ben"].say(team.channel, WORDS, thread_ts=nudge.ts)
        delivery = team.standin.journal.deliveries("message")[-1]
        await team.standin.until(lambda: len(delivery.attempts) >= 1)
        await team.change("ALTER TABLE away RENAME TO replies")
        await team.standin.settle()
        assert delivery.attempts[0].outcome == ("http_error 500" if http else "timeout")
        assert delivery.state == "acked"
        assert [row.ts for row in await team.rows("SELECT ts FROM replies")] == [said.ts]


async def test_a_socket_that_slack_renews_or_cuts_is_opened_again(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    app = team.workspace.app
    await team.standin.refresh_sockets(app)
    await team.standin.connected(app, seconds=15)
    await team.reply("ben", nudge, WORDS)
    assert await team.count("replies") == 1


async def test_the_process_says_that_it_is_alive(by_http: Team) -> None:
    url = by_http.workspace.app.request_url
    assert url is not None
    healthy = url.replace("/slack/events", "/healthz")
    async with aiohttp.ClientSession() as session, session.get(healthy) as answer:
        assert (answer.status, await answer.json()) == (200, {"ok": True})


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_full_disk_refuses_and_what_was_refused_is_stored_when_there_is_room(database_url: str) -> None:
    async with a_team(database_url) as team:
        await team.set_up()
        nudge = await team.nudged()
        team.standin.set_retries(scale=RETRY_SCALE * 20, ack_seconds=0.3)
        disk = FullDisk(team)
        said = await team["ben"].say(team.channel, WORDS * 100, thread_ts=nudge.ts)
        delivery = team.standin.journal.deliveries("message")[-1]
        await team.standin.until(lambda: len(delivery.attempts) >= 1)
        assert delivery.attempts[0].outcome == "timeout"
        assert await team.count("replies") == 0
        await disk.make_room()
        await team.standin.settle()
        assert delivery.state == "acked"
        assert [row.ts for row in await team.rows("SELECT ts FROM replies")] == [said.ts]


class FullDisk:
    """Lets a team's SQLite database find no page to grow by, until there is room."""

    def __init__(self, team: Team) -> None:
        self.pages = 1  # SQLite takes what it has for the least
        self._db = team.bot.db
        event.listen(self._db.engine.sync_engine, "checkout", self._limit)

    async def make_room(self) -> None:
        self.pages = 1_000_000
        await self._db.direct.run(f"PRAGMA max_page_count = {self.pages}")  # its connection is open already

    def _limit(self, connection: Any, *_: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA max_page_count = {self.pages}")
        cursor.close()
