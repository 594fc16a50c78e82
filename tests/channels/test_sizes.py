"""Private voices are told by the size that a channel has when its week closes, counting those who could answer."""

from collections.abc import AsyncIterator

import pytest

from bot.playground.world import SCOPES
from tests.team import Team, a_team

BOARD = "We can't release before the harbour board has signed."
THREE = ("ada", "ben", "cleo")


@pytest.fixture
async def team(database_url: str) -> AsyncIterator[Team]:
    async with a_team(database_url) as team:
        yield team


async def answered(team: Team) -> None:
    await team.set_up()
    await team.nudged()
    for name in THREE:
        await team.answer(name, BOARD)


async def test_who_left_is_nobody_who_kept_silent(team: Team) -> None:
    await answered(team)
    for name in ("eva", "finn"):
        await team[name].leave(team.channel)
    assert "privately" not in (await team.digested()).text.replace("too few privately", "")
    assert await team.rows("SELECT members FROM channels") == [(4,)]


async def test_with_two_who_kept_silent_it_is_told(team: Team) -> None:
    await answered(team)
    await team["finn"].leave(team.channel)
    assert "Three answered privately." in (await team.digested()).text
    assert await team.rows("SELECT members FROM channels") == [(5,)]


async def test_other_bots_and_guests_kept_no_silence(team: Team) -> None:
    robot, guest = team.workspace.add_person("robot"), team.workspace.add_person("gus", guest=True)
    robot.user.is_bot = True
    team.channel.members += [robot.id, guest.id]
    for name in ("eva", "finn"):
        await team[name].leave(team.channel)
    await answered(team)
    assert "privately" not in (await team.digested()).text.replace("too few privately", "")
    assert await team.rows("SELECT members FROM channels") == [(4,)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_without_users_read_everybody_but_the_bot_itself_counts(database_url: str) -> None:
    async with a_team(database_url, scopes=[scope for scope in SCOPES if scope != "users:read"]) as team:
        await answered(team)
        await team.digested()
        assert await team.rows("SELECT members FROM channels") == [(6,)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_where_slack_does_not_tell_the_week_closes_all_the_same(team: Team) -> None:
    await answered(team)
    team.standin.mischief.fail_sometimes("conversations.info", "500", 1.0)
    assert "Three answered privately." in (await team.digested()).text
