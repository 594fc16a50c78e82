"""Private voices are told by the size that a channel has when its week closes, counting those who could answer."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.sizes import BATCH, refresh_sizes
from bot.playground.world import SCOPES
from bot.slack.client import Busy, Refused
from bot.store.engine import Database
from bot.store.tables import Channel, PrivateAnswer, Week, Workspace
from tests.team import Team, a_team

NOW = datetime(2026, 9, 14, tzinfo=UTC)
BOARD = "We can't release before the harbour board has signed."
THREE = ("ada", "ben", "cleo")


class FewAnswers:
    """Slack: the first workspace asks too often, the third's channels have gone, and the fourth's may not be asked."""

    def __init__(self) -> None:
        self.asked: Counter[int] = Counter()

    async def call(self, workspace: int, method: str, **_: object) -> dict[str, Any]:
        self.asked[workspace] += 1
        if workspace == 1:
            raise Busy(method, 30)
        if workspace in (3, 4):
            raise Refused(method, {3: "channel_not_found", 4: "missing_scope"}[workspace])
        return {"channel": {"num_members": 30}}


async def everybody(*_: object) -> bool:
    return True


def a_workspace(number: int) -> Workspace:
    return Workspace(
        id=number, team_id=f"T{number}", bot_user_id=f"U{number}", bot_id=f"B{number}", installed_at=NOW, token=None
    )


async def due_with_answers(session: AsyncSession, workspace: int, channel: int) -> None:
    """Add a channel of once six people, whose week has ended with three private answers."""
    start = NOW - timedelta(days=7)
    of_week = Channel(
        id=channel,
        workspace_id=workspace,
        slack_id=f"C{channel}",
        key=b"",
        members=6,
        joined_at=start,
        week_ends_at=NOW,
    )
    of_week.week_ends_at = NOW
    session.add(of_week)
    await session.flush()
    session.add(Week(id=channel, channel_id=channel, name="2026-W37", starts_at=start, ends_at=NOW))
    await session.flush()
    session.add_all(
        PrivateAnswer(id=f"{channel}-{one}", week_id=channel, week_person=str(one), text=BOARD) for one in range(3)
    )


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


async def test_strangers_of_a_shared_channel_kept_no_silence_although_guests_are_let_in(team: Team) -> None:
    gus = team.workspace.add_person("gus", guest=True)
    team.channel.members.append(gus.id)
    await answered(team)
    await team.change("UPDATE channels SET guests = true, shared = true")
    await team.digested()
    assert await team.rows("SELECT members FROM channels") == [(6,)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_without_users_read_everybody_but_the_bot_itself_counts(database_url: str) -> None:
    async with a_team(database_url, scopes=[scope for scope in SCOPES if scope != "users:read"]) as team:
        await answered(team)
        await team.digested()
        assert await team.rows("SELECT members FROM channels") == [(6,)]


@pytest.mark.parametrize("how", ["500", "ratelimited"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_where_slack_does_not_tell_private_voices_count_as_none(
    team: Team, how: Literal["500", "ratelimited"]
) -> None:
    await answered(team)
    team.standin.mischief.fail_sometimes("conversations.info", how, 1.0)
    assert "Three answered privately." not in (await team.digested()).text
    assert await team.rows("SELECT members FROM channels") == [(None,)]


async def test_a_busy_workspace_is_asked_once_and_the_others_all(db: Database) -> None:
    """More channels than one page holds; those of the workspace that is busy come first."""
    async with db.write() as session:
        for number, channels in ((1, 3), (2, BATCH + 5), (3, 1), (4, 1)):
            session.add(a_workspace(number))
            await session.flush()
            for one in range(channels):
                await due_with_answers(session, number, number * 1000 + one)
    slack = FewAnswers()
    assert await refresh_sizes(db, slack, everybody, NOW) == BATCH + 10  # type: ignore[arg-type]  # only `call` is used
    assert slack.asked == {1: 1, 2: BATCH + 5, 3: 1, 4: 1}
    async with db.read() as session:
        sizes = await session.execute(select(Channel.workspace_id, Channel.members).distinct())
        assert {(workspace, size) for workspace, size in sizes} == {(1, None), (2, 29), (3, None), (4, 6)}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_large_channel_whose_size_was_forgotten_is_changed_by_admins_alone(team: Team) -> None:
    await team.set_up()
    team.channel.members += [team.workspace.add_person(f"one{number}").id for number in range(100)]
    await team.change("UPDATE channels SET members = NULL")
    assert "more than a hundred people" in (await team["ben"].slash(team.channel, "/opshat pause")).text
