"""Told to stop in the middle of a rush: it ends in time, and every reply that Slack heard "ok" for is stored."""

import asyncio
import json
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot import weeks
from bot.app import build
from bot.keys import KeyRing
from bot.playground.delivery import sign
from bot.playground.standin import StandIn
from bot.playground.workspace import Workspace as Place
from bot.store.engine import Database
from bot.store.tables import Channel, Posting, Workspace
from tests.loop.test_processes import running, settings_of
from tests.postgres import free_port
from tests.team import SECRET, a_team

STOPS_WITHIN = 25.0
"""Seconds that a host gives a process to end (compose.yaml, "stop_grace_period")."""


async def asked(db: Database, place: Place, nudge_ts: str) -> None:
    """Let the channel have been asked, with guests let in, so that nobody is looked up."""
    now = datetime.now(UTC)
    team = place.team
    async with db.write() as session:
        session.add(
            Workspace(id=1, team_id=team.id, bot_user_id=team.bot.id, bot_id=team.bot_id, installed_at=now, scopes="")
        )
        await session.flush()
        key = KeyRing(SECRET).new_key(weeks.about_channel(1))
        session.add(Channel(id=1, workspace_id=1, slack_id="C0RUSH", key=key, joined_at=now, guests=True))
        await session.flush()
        due = now - timedelta(hours=1)
        posting = Posting(id="0" * 32, channel_id=1, kind="nudge", due="2026-01-01", due_at=due, state="posted")
        posting.ts = nudge_ts
        session.add(posting)


def reply(place: Place, number: int, nudge_ts: str) -> bytes:
    event: dict[str, Any] = {
        "type": "message",
        "channel": "C0RUSH",
        "user": "U0RUSH",
        "team": place.team.id,
        "ts": f"{time.time():.0f}.{number:06d}",
        "thread_ts": nudge_ts,
        "text": "in a rush",
    }
    return json.dumps({"type": "event_callback", "team_id": place.team.id, "event": event}).encode()


async def rush(url: str, place: Place, nudge_ts: str, acked: list[str]) -> None:
    """Send replies from twenty connections until nobody listens any more; note which were acknowledged."""
    numbers = iter(range(100_000))

    async def one(web: aiohttp.ClientSession) -> None:
        for number in numbers:
            body = reply(place, number, nudge_ts)
            headers = {"Content-Type": "application/json", **sign(place.signing_secret, body)}
            try:
                async with web.post(url, data=body, headers=headers) as answer:
                    if answer.status == 200:
                        acked.append(json.loads(body)["event"]["ts"])
            except aiohttp.ClientError:
                return

    async with aiohttp.ClientSession() as web:
        await asyncio.gather(*(one(web) for _ in range(20)))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_sigterm_in_a_rush_loses_nothing_that_was_acknowledged(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    standin, port = StandIn(seed=1), free_port()
    await standin.start()
    place = standin.add_workspace("Tests")
    nudge_ts = f"{time.time() - 3600:.6f}"
    await asked(db, place, nudge_ts)
    settings = settings_of(standin, place, database_url, PORT=str(port), SLACK_SIGNING_SECRET=place.signing_secret)
    del settings["SLACK_APP_TOKEN"]
    acked: list[str] = []
    async with running("run", cwd=tmp_path, **settings) as process:
        url = f"http://127.0.0.1:{port}"
        await answers(f"{url}/readyz")
        rushing = asyncio.create_task(rush(f"{url}/slack/events", place, nudge_ts, acked))
        while len(acked) < 100:  # noqa: ASYNC110 - another process gives us no event to wait for
            await asyncio.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(STOPS_WITHIN):
            assert await process.wait() == 0
        await rushing
    await standin.stop()
    async with db.engine.connect() as connection:
        stored = {ts for (ts,) in await connection.exec_driver_sql("SELECT ts FROM replies")}
    assert len(acked) >= 100
    assert not set(acked) - stored


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_slack_that_hangs_does_not_hold_up_the_stop_and_what_was_claimed_is_said_once(
    database_url: str,
) -> None:
    async with a_team(database_url, opshat_lease_seconds=300) as team:
        await team.set_up()
        await team.nudged()
        await team.walk.to_next("digest")
        await team.bot.gaps.note_all()  # there is a thread to be read, so that each ticker has a call that hangs
        said = len(team.posts)
        moment = await team.bot.next_moment("nudge")
        assert moment is not None
        team.standin.mischief.hang_seconds = 60.0
        team.standin.mischief.fail_next("chat.postMessage", "hang")
        team.standin.mischief.fail_next("conversations.replies", "hang")
        team.clock.move_to(moment)
        for ticker in (team.bot.carrier, team.bot.ticker, team.bot.healer):
            ticker.start()
        await team.standin.until(
            lambda: len(team.posts) > said and bool(team.standin.journal.calls("conversations.replies"))
        )
        began = time.monotonic()
        await team.bot.stop(within=0.3)
        assert time.monotonic() - began < 5
        team.bot = build(team.settings, now=team.clock, pace=0)
        await team.bot.start(ticks=False)
        await team.change("UPDATE postings SET send_at = '2026-01-01' WHERE state = 'sending'")  # the lease ends
        await team.bot.tick()
        assert await team.count("postings", "kind = 'nudge' AND state = 'posted'") == 2
        assert len(team.posts) == said + 1


async def answers(page: str) -> None:
    async with aiohttp.ClientSession() as web:
        for _ in range(600):
            try:
                async with web.get(page) as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)
    raise AssertionError(f"{page} did not answer")
