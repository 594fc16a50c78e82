"""One question more, on request: of those who ask at once, only as many are told yes as there is room for."""

import asyncio

import pytest

from bot.errors import Problem
from bot.nudges import words
from bot.nudges.extra import extra_nudge
from bot.store.tables import Channel
from tests.team import Team, a_team

HOLDS_FOR = 0.3
"""Seconds for which each transaction stays open after its question was written down: the others ask meanwhile."""


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_who_asks_at_once_is_told_the_truth_about_the_room(database_url: str) -> None:
    async with a_team(database_url) as team:
        await team.set_up()
        await team.change("DELETE FROM postings")
        await team.change("UPDATE channels SET nudge_at = NULL, digest_at = NULL")
        said = await asyncio.gather(*(_asked(team) for _ in range(5)))
        assert await team.count("postings", "kind = 'extra' AND state = 'skipped'") == 0
        assert await team.count("postings", "kind = 'extra'") == said.count(words.ON_ITS_WAY) == 2
        [refused] = {one for one in said if one != words.ON_ITS_WAY}
        assert "Two questions in seven days" in refused


async def _asked(team: Team) -> str:
    try:
        async with team.bot.db.write() as session:
            channel = await session.get_one(Channel, 1)
            answer = await extra_nudge(session, channel, team.bot.shelf.packs, team.clock())
            await asyncio.sleep(HOLDS_FOR)
            return answer.text
    except Problem as problem:
        return str(problem)
