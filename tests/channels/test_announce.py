"""Of several who change settings at the same moment, everybody's line is told, in one message."""

import asyncio
from datetime import timedelta

import pytest

from bot import postings
from bot.channels.announce import AFTER, announce
from bot.store.tables import Channel
from tests.team import Team

HOLDS_FOR = 0.3
"""Seconds for which each transaction stays open after its line was written down: the others come meanwhile."""

pytestmark = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


async def change(team: Team, subject: str) -> None:
    async with team.bot.db.write() as session:
        channel = await session.get_one(Channel, 1)
        await announce(session, channel, subject, f"{subject} changed", team.clock())
        await asyncio.sleep(HOLDS_FOR)


async def notices(team: Team) -> list[set[str]]:
    """What was announced since set-up: the lines of each message."""
    await team.walk.forward(1)
    return [set(post.text.split("\n")) for post in team.posts if "changed" in post.text]


async def quiet(team: Team) -> None:
    """Set up a channel in which everything has room."""
    await team.set_up()
    await team.change("DELETE FROM postings")
    await team.change("UPDATE channels SET nudge_at = NULL, digest_at = NULL")


async def test_who_changes_something_first_at_once(team: Team) -> None:
    await quiet(team)
    await asyncio.gather(*(change(team, subject) for subject in ("schedule", "profile", "pause")))
    assert await notices(team) == [{"schedule changed", "profile changed", "pause changed"}]


async def test_who_adds_to_a_line_that_waits_at_once(team: Team) -> None:
    await quiet(team)
    await change(team, "schedule")
    await asyncio.gather(change(team, "profile"), change(team, "pause"))
    assert await notices(team) == [{"schedule changed", "profile changed", "pause changed"}]


async def test_a_line_that_comes_while_the_first_begins_to_be_said_is_not_lost(team: Team) -> None:
    await quiet(team)
    await change(team, "schedule")
    team.clock.offset += AFTER + timedelta(seconds=1)
    late = asyncio.create_task(change(team, "profile"))
    await asyncio.sleep(HOLDS_FOR / 2)
    await postings.release(team.bot.db, team.clock())
    await team.bot.postman.deliver()
    await late
    assert set.union(*await notices(team)) == {"schedule changed", "profile changed"}
