"""However quiet the weeks are, and where only what there is to tell is told: what was tried and watched is not lost."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.team import Team, a_team

BOARD = "We can't release before the harbour board has signed."


@pytest.fixture
async def team(database_url: str) -> AsyncIterator[Team]:
    """A channel that named a limit twice, has chosen less, and of which nothing is heard since."""
    async with a_team(database_url) as team:
        await team.set_up()
        for _ in range(2):
            nudge = await team.nudged()
            for name in ("ada", "ben"):
                await team.reply(name, nudge, BOARD)
            await team.digested()
        await team.change("UPDATE channels SET kept = 'less', nudge_at = NULL, nudge_on = NULL")
        await team.walk.to(team.clock() + timedelta(days=14))
        yield team


async def test_an_ended_try_is_told(team: Team) -> None:
    await team.change(
        "INSERT INTO tries (channel_id, theme_id, person, what, feels, stops, look_on, since, outcome, ended_at) "
        "VALUES (1, 1, 'x', 'ask the board by chat', '', '', '2026-12-01', '2026-W40', 'taught', :at)",
        at=team.clock(),
    )
    assert await told_in(team, 4) == ["Tried: “ask the board by chat”. Taught us something."]


async def test_the_end_of_a_watch_is_told(team: Team) -> None:
    await team.change("INSERT INTO watches (channel_id, theme_id, since) VALUES (1, 1, '2026-W39')")
    [watched] = await told_in(team, 10)
    assert watched.endswith("The watch ends here.")


async def test_the_goal_is_told_beside_the_question_about_it(team: Team) -> None:
    await team["ada"].slash(team.channel, "/opshat profile")
    await team.submit("ada", {"system": "", "serves": "", "goal": "Ship safely.", "motion": "not sure"})
    await team.change("UPDATE channels SET kept = 'keep'")
    await team["ada"].slash(team.channel, "/opshat nudge")
    goal = next(iter(team.bot.shelf.packs().goal_questions))
    await team.change(f"UPDATE postings SET prompt_id = '{goal.id}' WHERE kind = 'extra'")  # noqa: S608 - a pack's id
    await team.change("UPDATE channels SET kept = 'less'")
    [line] = [line for line in await told_in(team, 3) if "Ship safely." in line]
    assert line.startswith("The profile has claimed since")


async def told_in(team: Team, weeks: int) -> list[str]:
    """Walk through some weeks; return what their digests told of what lies beside: the third line of each."""
    before = len(team.posts)
    for _ in range(weeks):
        await team.walk.to_next("digest")
    digests = [post.text for post in team.posts[before:] if "What was heard here" in post.text]
    return [digest.splitlines()[2] for digest in digests]
