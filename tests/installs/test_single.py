"""One workspace by its token: what Slack kept for us while we were down may be older than the token that works now."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from tests.team import Team, a_team


@pytest.fixture
async def team(database_url: str) -> AsyncIterator[Team]:
    async with a_team(database_url) as team:
        yield team


def uninstalled(team: Team) -> dict[str, Any]:
    """What Slack tells of an uninstall at this moment."""
    place = {"team_id": team.workspace.team.id, "enterprise_id": None}
    return {
        **place,
        "authorizations": [place],
        "event_time": int(team.clock().timestamp()),
        "event": {"type": "app_uninstalled"},
    }


async def test_an_uninstall_before_the_token_that_works_is_over(team: Team) -> None:
    await team.set_up()
    told = uninstalled(team)
    team.clock.offset += timedelta(minutes=1)
    await team.restart()
    await team.bot.events.take(told)
    assert await team.bot.next_moment("nudge") is not None
    assert await team.rows("SELECT 1 FROM workspaces WHERE forget_at IS NOT NULL") == []


async def test_an_uninstall_since_then_stops_everything(team: Team) -> None:
    await team.set_up()
    await team.restart()
    await team.bot.events.take(uninstalled(team))
    assert await team.bot.next_moment("nudge") is None
    assert len(await team.rows("SELECT 1 FROM workspaces WHERE forget_at IS NOT NULL")) == 1


async def test_a_token_that_works_is_not_to_be_forgotten_also_where_no_channel_is_set_up(team: Team) -> None:
    await team.bot.events.take(uninstalled(team))
    assert len(await team.rows("SELECT 1 FROM workspaces WHERE forget_at IS NOT NULL")) == 1
    await team.restart()
    assert await team.rows("SELECT 1 FROM workspaces WHERE forget_at IS NOT NULL") == []
