"""`opshat pause --all` and `resume --all`, on a bot that is running."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.digests.tell import write_due_digests
from bot.errors import Problem
from tests.team import Team, a_team


@pytest.fixture
async def team(database_url: str) -> AsyncIterator[Team]:
    async with a_team(database_url) as team:
        yield team


async def opshat(database_url: str, *words: str) -> tuple[int, str]:
    """Run a command beside the bot; return its exit code and what it printed, or the problem that it raised."""
    done = await asyncio.to_thread(CliRunner().invoke, app, words, env={"DATABASE_URL": database_url})
    return done.exit_code, str(done.exception) if isinstance(done.exception, Problem) else done.output


async def test_nothing_is_said_while_the_operator_paused_all_and_weeks_still_close(
    team: Team, database_url: str
) -> None:
    await team.set_up()
    await team.nudged()
    await team.answer("ben", "We can't.")
    quiet = team.workspace.add_channel("quiet")
    await team["ada"].invite_bot(quiet)
    await team.serve()
    before = len(team.posts)
    code, said = await opshat(database_url, "pause", "--all")
    assert (code, said) == (0, "Paused: 2 channels. `opshat resume --all` starts them again.\n")
    await team.walk.to(team.clock() + timedelta(days=15))
    assert len(team.posts) == before
    assert await team.count("private_answers") == 0
    assert await team.count("postings", "kind = 'nudge'") == 1
    seen = await team["ada"].slash(team.channel, "/opshat resume")
    assert "Whoever runs the bot paused it in every channel" in seen.text
    assert (await opshat(database_url, "resume", "--all"))[1].startswith("Going on: 1 channel. ")
    await team.serve()
    assert await team.count("channels", "nudge_at IS NOT NULL") == 1


async def test_a_digest_that_waited_is_told_afterwards(team: Team, database_url: str) -> None:
    await team.set_up()
    await team.nudged()
    await team.reply("ben", team.last, "We can't.")
    moment = await team.bot.next_moment("digest")
    assert moment
    await team.walk.to(moment - timedelta(minutes=1))
    team.clock.move_to(moment)
    await write_due_digests(team.bot.db, team.bot.shelf.packs(), moment, lambda: None)
    waiting = "kind = 'digest' AND state = 'due' AND payload IS NOT NULL AND send_at IS"
    assert await team.count("postings", f"{waiting} NOT NULL") == 1
    await opshat(database_url, "pause", "--all")
    await team.serve()
    assert await team.count("postings", f"{waiting} NULL") == 1
    await opshat(database_url, "resume", "--all")
    await team.serve()
    assert await team.count("postings", "kind = 'digest' AND state = 'posted'") == 1


async def test_a_change_that_waits_to_be_announced_is_not_told_either(team: Team, database_url: str) -> None:
    await team.set_up()
    before = len(team.posts)
    assert await team.count("postings", "kind = 'notice' AND state = 'planned'") == 1
    await opshat(database_url, "pause", "--all")
    await team.walk.to(team.clock() + timedelta(hours=1))
    assert len(team.posts) == before


async def test_what_a_person_paused_stays_paused_afterwards(team: Team, database_url: str) -> None:
    await team.set_up()
    await team["ada"].slash(team.channel, "/opshat pause")
    since = await team.rows("SELECT paused_at FROM channels")
    team.clock.offset += timedelta(minutes=1)
    await opshat(database_url, "pause", "--all")
    assert "paused it in every channel" in (await team["ada"].slash(team.channel, "/opshat pause")).text
    assert (await opshat(database_url, "pause", "--all"))[1].startswith("Paused: 0 channels.")
    assert (await opshat(database_url, "resume", "--all"))[1] == "Going on: 0 channels.\n"
    assert [tuple(row) for row in await team.rows("SELECT pause_reason, nudge_at FROM channels")] == [("", None)]
    assert await team.rows("SELECT paused_at FROM channels") == since
    assert "Running again." in (await team["ada"].slash(team.channel, "/opshat resume")).text


async def test_a_channel_that_is_joined_meanwhile_is_paused_too(team: Team, database_url: str) -> None:
    await team.set_up()
    await opshat(database_url, "pause", "--all")
    later = team.workspace.add_channel("later")
    await team["ada"].invite_bot(later)
    await team.serve()
    assert await team.count("channels", "pause_reason = 'operator'") == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_one_channel_is_not_meant(database_url: str) -> None:
    code, said = await opshat(database_url, "pause")
    assert (code, said) == (1, "Write `opshat pause --all`; one channel is changed there, with `/opshat pause`.")
