"""Restarts, corrected clocks and new rules of a zone, over the wire: nothing is repeated, and nothing forgotten."""

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import select

from bot.store.tables import Channel, Week
from bot.weeks import open_week, week_at
from tests.loop.asked import questions, skips
from tests.team import Team


async def test_new_rules_of_a_zone_move_what_was_planned(team: Team) -> None:
    """An earlier release, with an earlier `tzdata`, had planned all of it an hour off."""
    columns = "SELECT nudge_on, nudge_at, digest_on, digest_at, week_ends_at FROM channels"
    weeks = "SELECT name, starts_at, ends_at FROM weeks"
    await team.set_up()
    right = await team.rows(columns), await team.rows(weeks)
    async with team.bot.db.write() as session:
        channel = await session.get_one(Channel, 1)
        [week] = await session.scalars(select(Week))
        assert channel.nudge_at
        assert channel.digest_at
        channel.nudge_at -= timedelta(hours=1)
        channel.digest_at += timedelta(hours=1)
        week.ends_at = channel.week_ends_at = week.ends_at + timedelta(hours=1)
    await team.restart()
    await team.bot.tick()
    assert (await team.rows(columns), await team.rows(weeks)) == right


async def test_a_digest_that_was_put_off_stays_put_off(team: Team) -> None:
    await team.set_up()
    async with team.bot.db.write() as session:
        channel = await session.get_one(Channel, 1)
        assert channel.digest_at
        channel.digest_at += timedelta(days=1)
    planned = await team.rows("SELECT digest_at FROM channels")
    await team.restart()
    await team.bot.tick()
    assert await team.rows("SELECT digest_at FROM channels") == planned


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_clock_that_is_set_back_or_forward_repeats_nothing_and_leaves_no_hole(team: Team, hours: int) -> None:
    """Set every few hours for three weeks, also within the minute of a nudge, a digest and a week's end."""
    await team.set_up()
    await team.stay()
    for step in range(3 * 7 * 4):
        moment = await team.bot.next_moment()
        soon = team.clock() + timedelta(hours=6)
        team.clock.move_to(min(moment, soon) if moment else soon)
        await team.bot.tick()
        if step % 2 == (hours > 0):
            team.clock.offset += timedelta(hours=hours)  # somebody corrects the machine's clock
            await team.bot.tick()
    await team.serve()
    asked = await team.rows("SELECT due FROM postings WHERE kind = 'nudge' ORDER BY due")
    tuesdays = [date(2026, 9, 8) + timedelta(weeks=week) for week in range(len(asked))]
    assert [row.due for row in asked] == [day.isoformat() for day in tuesdays]
    assert len(asked) >= 2
    assert await skips(team) == [("digest", "nothing to tell")] * len(await skips(team))
    assert len(questions(team)) == len(asked)
    told = await team.rows("SELECT week FROM postings WHERE kind = 'digest' ORDER BY due")
    closed = await team.rows("SELECT name FROM weeks WHERE closed_at IS NOT NULL ORDER BY name")
    assert [row.week for row in told] == [row.name for row in closed][-len(told) :]
    assert len({row.name for row in closed}) == len(closed)


async def test_a_restart_at_every_step_repeats_and_forgets_nothing(team: Team) -> None:
    await team.set_up()
    await team.restart()
    nudge = await team.nudged()
    await team.restart()
    await team.serve()
    await team.reply("ada", nudge, "We can't release before the harbour board has signed.")
    await team.restart()
    for name in ("cleo", "dov", "eva"):
        await team.answer(name, "We can't release anything until the harbour board says yes.")
        await team.restart()
    digest = await team.digested()
    await team.restart()
    await team.serve()
    assert "One person answered in the thread, three privately." in digest.text
    assert len(team.posts) == 4  # introduction, announcement, question, digest


async def test_a_posting_that_was_cut_off_is_found_again_after_a_restart(team: Team) -> None:
    """Slack took the question, its answer and echo were lost, and the process died."""
    await team.set_up()
    await team.cut_off()
    await team.change("UPDATE postings SET send_at = :past WHERE state = 'sending'", past=datetime.now(UTC))
    await team.restart()
    await team.serve()
    assert len(questions(team)) == 1
    [row] = await team.rows("SELECT state, ts, payload FROM postings WHERE kind = 'nudge'")
    assert tuple(row)[:2] == ("posted", team.last.ts)
    assert row.payload is None


async def test_the_moment_between_two_weeks_belongs_to_the_later(team: Team) -> None:
    await team.set_up()
    async with team.bot.db.write() as session:
        channel = await session.get_one(Channel, 1)
        week = partial(week_at, session, team.bot.keys, channel)
        first = await week(team.clock())
        second = await week(first.ends_at)
        third = await week(second.ends_at)
        assert [first.ends_at, second.ends_at] == [second.starts_at, third.starts_at]
        assert await week(second.starts_at) is second


async def test_what_comes_when_another_process_has_closed_the_week_belongs_to_the_next(team: Team) -> None:
    await team.set_up()
    async with team.bot.db.write() as session:
        channel = await session.get_one(Channel, 1)
        week = await open_week(session, team.bot.keys, channel, team.clock())
        week.closed_at = team.clock()
        await session.flush()
        assert (await open_week(session, team.bot.keys, channel, team.clock())).starts_at == week.ends_at
