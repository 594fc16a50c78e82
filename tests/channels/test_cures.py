"""What stopped is looked at again, in its own time: one workspace that cannot be helped holds up nobody's."""

import asyncio
from datetime import timedelta

import pytest

from bot.channels.cures import look_at_channels
from bot.channels.schedule import OUT_OF_REACH
from tests.host import Host, a_host
from tests.installs.test_leave import lived_in
from tests.team import Team, a_team


async def stop(host: Host, reason: str) -> None:
    why = f"pause_reason = '{reason}', paused_at = week_ends_at"
    await change(host, f"UPDATE channels SET {why}, nudge_at = NULL, digest_at = NULL")  # noqa: S608 - ours


async def change(host: Host, statement: str) -> None:
    async with host.bot.db.write() as session:
        connection = await session.connection()
        await connection.exec_driver_sql(statement)
    host.bot.tenants.changed()


async def test_a_token_that_cannot_be_read_stops_neither_retention_nor_others_cures(database_url: str) -> None:
    async with a_host(database_url) as host:
        await lived_in(host, "Unreadable")
        await lived_in(host, "Well")
        assert await host.count("replies", "text IS NOT NULL") == 4
        await stop(host, "token_revoked")
        unreadable = "x'00'" if host.bot.db.is_sqlite else r"'\x00'"
        await change(host, f"UPDATE workspaces SET token = {unreadable} WHERE id = 1")  # noqa: S608 - ours
        host.clock.offset += timedelta(days=91)
        await host.bot.tick()
        assert await host.count("replies") == 0
        assert await host.rows("SELECT workspace_id FROM channels WHERE paused_at IS NULL") == [(2,)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_channel_that_was_never_set_up_is_not_asked_about(database_url: str) -> None:
    async with a_team(database_url) as team:
        await team["ada"].invite_bot(team.channel)
        await team.serve()
        await team.change("UPDATE channels SET pause_reason = 'not_in_channel', paused_at = joined_at")
        before = len(team.standin.journal.calls("conversations.info"))
        await look_at_channels(team.bot.db, team.bot.slack, OUT_OF_REACH, team.clock())
        assert len(team.standin.journal.calls("conversations.info")) == before
        assert await team.count("channels", "paused_at IS NOT NULL AND nudge_at IS NULL") == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_slack_that_hangs_over_what_stopped_does_not_delay_the_closing_of_weeks(database_url: str) -> None:
    async with a_team(database_url) as team:
        await team.set_up()
        await team.change("UPDATE channels SET pause_reason = 'not_in_channel', paused_at = week_ends_at")
        team.clock.offset += timedelta(days=8)
        team.standin.mischief.hang_seconds = 5.0
        team.standin.mischief.fail_next("conversations.info", "hang")
        team.bot.mender.start()
        await asked(team)
        await asyncio.wait_for(team.bot.tick(), 4)
        assert await team.count("weeks", "closed_at IS NOT NULL") == 1


async def asked(team: Team) -> None:
    before = len(team.standin.journal.calls("conversations.info"))
    await team.standin.until(lambda: len(team.standin.journal.calls("conversations.info")) > before, 10)
