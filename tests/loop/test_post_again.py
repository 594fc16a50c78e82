"""*Post it* and `opshat doctor --resend`: a digest that nobody can find is posted again, within the noise budget."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.home.again import POSTED
from bot.playground.world import SCOPES
from bot.postings import DIGEST, NOTICE, Draft, on_request, write_down, write_many
from bot.postings.resend import lost_digests
from bot.slack.faces import Message
from tests.loop.asked import keeps_the_budget
from tests.team import Team, a_team

NO_HISTORY = [scope for scope in SCOPES if not scope.endswith(":history")]
BOARD = "We can't release anything until the harbour board says yes."


@pytest.fixture
async def team(database_url: str) -> AsyncIterator[Team]:
    """A team whose first digest was lost, on a Monday, after a question on Tuesday; ben is an admin."""
    async with a_team(database_url, scopes=NO_HISTORY, opshat_lease_seconds=1.5) as team:
        team["ben"].user.is_admin = True
        await team.set_up()
        await team.nudged()
        for name in ("cleo", "dov", "eva"):
            await team.answer(name, BOARD)
        team.standin.mischief.fail_next("chat.postMessage", "cut")
        await team.walk.to_next("digest")
        assert await team.count("postings", "kind = 'digest' AND state = 'uncertain'") == 1
        yield team


async def say(team: Team, lines: int) -> list[str]:
    """Say some lines in the channel where there is room; return their states."""
    async with team.bot.db.write() as session:
        for number in range(lines):
            await write_down(session, 1, Draft(NOTICE, on_request(), team.clock(), Message(f"line {number}")))
    await team.serve()
    rows = await team.rows("SELECT state FROM postings WHERE kind = 'notice' ORDER BY due_at, state DESC")
    return [row.state for row in rows[-lines:]]


async def post_it(team: Team) -> str:
    await team["ben"].open_home()
    await (await team["ben"].press("post_it", home=True)).something()
    said = str(team["ben"].view.blocks) if team["ben"].view else ""
    await team["ben"].close()
    await team.serve()
    return said


def digests(team: Team) -> int:
    return sum("What was heard here" in post.text for post in team.posts)


async def test_a_digest_that_counted_as_said_takes_the_place_that_was_kept_for_it(team: Team) -> None:
    assert sorted(await say(team, 2)) == ["posted", "skipped"], "the question, the digest, one line"
    assert POSTED in await post_it(team)
    assert digests(team) == 1
    assert await say(team, 1) == ["skipped"]
    assert keeps_the_budget(team.posts)


async def test_where_its_place_has_gone_it_waits_until_there_is_room(team: Team) -> None:
    await team.change("UPDATE channels SET nudge_at = NULL, digest_at = NULL")
    await team.walk.to(team.clock() + timedelta(days=9))
    assert await say(team, 3) == ["posted"] * 3
    assert "This digest fits on Wednesday 30 September." in await post_it(team)
    assert digests(team) == 0
    await team.walk.to(team.clock() + timedelta(days=7))
    assert POSTED in await post_it(team)
    assert digests(team) == 1
    assert keeps_the_budget(team.posts)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_nothing_is_posted_where_the_bot_is_paused(team: Team) -> None:
    await team["ada"].slash(team.channel, "/opshat pause")
    assert "Nothing is posted there for now: somebody paused it." in await post_it(team)
    await team["ada"].slash(team.channel, "/opshat resume")
    assert POSTED in await post_it(team)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_of_several_lost_digests_the_latest_comes_first(team: Team) -> None:
    async with team.bot.db.write() as session:
        for days, week in ((7, "2026-W38"), (-7, "2026-W36")):
            at = team.clock() + timedelta(days=days)
            await write_many(session, [(1, Draft(DIGEST, on_request(), at, Message("a digest"), week=week))])
    await team.change("UPDATE postings SET state = 'uncertain', send_at = NULL WHERE kind = 'digest'")
    async with team.bot.db.read() as session:
        assert [lost.week for lost in await lost_digests(session)] == ["2026-W38", "2026-W37", "2026-W36"]


async def test_doctor_posts_what_has_room_and_says_what_waits(team: Team, database_url: str) -> None:
    assert await resend(database_url) == "Digests to be posted again: 1.\n"
    await team.serve()
    assert digests(team) == 1
    await team.change("UPDATE postings SET state = 'uncertain', ts = NULL, payload = '{}' WHERE kind = 'digest'")
    await team["ada"].slash(team.channel, "/opshat pause")
    said = await resend(database_url)
    assert said.startswith("Digests to be posted again: 0.\ndigest of 2026-W37 for ")
    assert "Nothing is posted there for now: somebody paused it." in said


async def resend(database_url: str) -> str:
    environment = {"DATABASE_URL": database_url}
    done = await asyncio.to_thread(CliRunner().invoke, app, ["doctor", "--resend"], env=environment)
    return done.output
