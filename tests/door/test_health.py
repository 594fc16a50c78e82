"""The pages for those who run the bot: alive, able to do its job, and in numbers that name nobody."""

import asyncio
import json
import re
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import make_url

from bot.door.health import MEANINGS, Acks, Health, in_text
from bot.playground.delivery import sign
from bot.store.engine import Database
from tests.host import Host, a_host
from tests.installs.test_install import installed
from tests.team import MONDAY, a_team


async def numbers(host: Host) -> dict[str, float]:
    page = await host.get(f"{host.url}/metrics")
    lines = (line.rsplit(" ", 1) for line in page.text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in lines}


async def send(host: Host, body: bytes, secret: str, content: str = "application/json") -> int:
    url = f"{host.url}/slack/events"
    async with (
        aiohttp.ClientSession() as web,
        web.post(url, data=body, headers={"Content-Type": content, **sign(secret, body)}) as answer,
    ):
        return answer.status


@pytest.fixture
async def host(database_url: str) -> AsyncIterator[Host]:
    async with a_host(database_url) as host:
        yield host


async def answered_once(host: Host) -> None:
    """Let a question be asked in one workspace, and one person answer in its thread."""
    place, channel = await installed(host)
    await host.walk.to_next("nudge")
    nudge = next(post for post in place.from_bot(channel) if "Answer in the thread" in post.text)
    await place.person("ada").say(channel, "We can't release before the board signs.", thread_ts=nudge.ts)
    await host.standin.settle()


async def test_the_numbers_tell_of_acks_replies_refusals_postings_and_lateness(host: Host) -> None:
    await answered_once(host)
    before = await numbers(host)
    assert await send(host, b"{}", "another secret") == 401
    assert await send(host, b"[", host.app.signing_secret) == 400
    assert await send(host, b'{"type": "event_callback", "event": {}}', host.app.signing_secret) == 200
    assert await send(host, b"payload=1", host.app.signing_secret, "application/x-www-form-urlencoded") == 400
    told = await numbers(host)
    assert told['opshat_replies_total{what="new"}'] == 1
    assert told['opshat_refused_total{why="signature"}'] == before['opshat_refused_total{why="signature"}'] + 1
    assert told['opshat_refused_total{why="shape"}'] == before['opshat_refused_total{why="shape"}'] + 2
    assert told["opshat_events_passed_by_total"] == before["opshat_events_passed_by_total"] + 1
    assert told['opshat_ack_seconds_bucket{le="+Inf"}'] == told["opshat_ack_seconds_count"] > 0
    assert told['opshat_postings_last_day{kind="nudge",state="posted"}'] == 1
    assert 0 <= told["opshat_nudge_lateness_seconds_median"] <= told["opshat_nudge_lateness_seconds_max"] < 60
    assert told["opshat_oldest_waiting_posting_seconds"] == told["opshat_overdue_seconds"] == 0


async def test_a_posting_that_waits_and_a_reply_that_nobody_read_show_their_age(host: Host) -> None:
    await answered_once(host)
    host.clock.move_to(await host.bot.next_moment("nudge") or host.clock())
    told = await numbers(host)
    assert told["opshat_oldest_unread_reply_seconds"] > 3600
    assert told["opshat_overdue_seconds"] > 3600, "the week should have been closed"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_they_name_nobody_and_each_says_what_it_means(host: Host) -> None:
    place = host.workspace("One")
    await host.install(place.team.id)
    channel = place.add_channel("secret-plans")
    await place.person("ada").invite_bot(channel)
    await host.serve()
    text = (await host.get(f"{host.url}/metrics")).text
    assert not any(name in text for name in (place.team.id, channel.id, "secret-plans"))
    described = re.findall(r"^# HELP (\S+) ", text, re.MULTILINE)
    assert len(described) == len(set(described))
    assert set(described) <= set(MEANINGS)
    assert re.findall(r"^# TYPE (\S+) (?:counter|gauge|histogram)$", text, re.MULTILINE) == described


async def test_a_database_that_is_gone_makes_it_unready_not_dead(tmp_path: Path) -> None:
    db = Database(make_url(f"sqlite+aiosqlite:///{tmp_path}/no/such/folder.db"))
    health = Health(db, lambda: None, list, dict)  # type: ignore[arg-type, return-value]  # no clock is asked
    assert (await health.alive(None)).status_code == 200  # type: ignore[arg-type]  # nothing is read of a request
    answer = await health.ready(None)  # type: ignore[arg-type]  # as above
    assert (answer.status_code, json.loads(bytes(answer.body))) == (503, {"ok": False, "database": "OperationalError"})
    acks = Acks()
    numbered = Health(db, lambda: MONDAY, acks.lines, dict)
    told = await numbered.metrics(None)  # type: ignore[arg-type]  # as above
    assert told.status_code == 200
    assert bytes(told.body).decode() == in_text(acks.lines()), "its own numbers, and none of the database's"
    await db.close()
    # The driver ends the thread of a connection that could not be opened when it gets round to it, and tells this loop.
    for thread in [one for one in threading.enumerate() if "_connection_worker_thread" in one.name]:
        await asyncio.to_thread(thread.join, 10)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_silent_socket_and_ticks_that_hang_make_it_unready(database_url: str) -> None:
    async with a_team(database_url) as team:
        assert team.bot._amiss() == {}  # noqa: SLF001 - what the page asks
        assert team.bot._socket is not None  # noqa: SLF001 - as above
        assert team.bot._socket._watch is not None  # noqa: SLF001 - as above
        team.bot._socket._watch.cancel()  # noqa: SLF001 - it would open the socket anew
        team.bot._socket._heard = time.time() - 60  # noqa: SLF001 - a minute of silence
        team.bot._socket.client.last_ping_pong_time = None  # noqa: SLF001 - as above
        team.bot.ticker._scheduler = AsyncIOScheduler()  # noqa: SLF001 - it runs, and its last tick began an hour ago
        team.bot.ticker._ended_at -= 3600  # noqa: SLF001 - as above
        amiss = team.bot._amiss()  # noqa: SLF001 - as above
        team.bot.ticker._scheduler = None  # noqa: SLF001 - nothing to be stopped
        team.bot._socket._heard = time.time()  # noqa: SLF001 - and it speaks again
    assert set(amiss) == {"socket", "ticks"}


async def test_a_form_of_a_wrong_shape_is_counted_on_the_socket_too(database_url: str) -> None:
    async with a_team(database_url) as team:
        team.standin.set_retries(scale=0.0005, ack_seconds=0.3)
        before = team.bot._acks.refused["shape"]  # noqa: SLF001 - what the page tells
        await team["ada"]._stage.post.send_once(team.workspace.team, "slash_commands", "/opshat", {"text": "x"})  # noqa: SLF001 - nobody in Slack's client can send it
        assert team.bot._acks.refused["shape"] == before + 1  # noqa: SLF001 - as above
