"""Two lines that people joined are counted as one at closing, and a person in both counts once: against tables."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot import cadence, postings
from bot.constraints.find import load_detector
from bot.constraints.themes import load_themes
from bot.digests.close import Language, close_due_weeks
from bot.keys import KeyRing
from bot.store.beside import ground
from bot.store.engine import Database
from bot.store.tables import Channel, Dismissal, Posting, Reply, Theme, Week, Workspace
from bot.store.types import slack_ts
from bot.weeks import about_week
from tests.ledger.scenes import BOARD, TRAINING

KEYS = KeyRing("a secret of the tests that is long enough")
LANGUAGE = Language(load_detector(), load_themes())
MONDAY = datetime(2026, 9, 7, tzinfo=UTC)
numbers = count(1)
people = st.sets(st.sampled_from("abcde"))
said_in_a_week = st.tuples(people, people)


async def a_channel(db: Database) -> int:
    async with db.write() as session:
        workspace = Workspace(team_id=f"T{next(numbers)}", bot_user_id="U", bot_id="B", installed_at=MONDAY)
        session.add(workspace)
        await session.flush()
        channel = Channel(
            workspace_id=workspace.id, slack_id="C1", key=KEYS.new_key("c"), zone="UTC", members=9, joined_at=MONDAY
        )
        session.add(channel)
        await session.flush()
        return channel.id


async def a_week(db: Database, channel_id: int, number: int, board: Iterable[str], training: Iterable[str]) -> Any:
    """Write one week's replies of people about two constraints, close it, and return what it froze."""
    starts = MONDAY + timedelta(weeks=number)
    span = cadence.week_of(starts, "UTC")
    said = [(person, BOARD[0]) for person in sorted(board)] + [(person, TRAINING[0]) for person in sorted(training)]
    async with db.write() as session:
        channel = await session.get_one(Channel, channel_id)
        name = span.name
        week = Week(channel_id=channel_id, name=name, starts_at=span.starts_at, ends_at=span.ends_at)
        week.key = KEYS.new_key(about_week(channel_id, name))
        if await session.scalar(select(Week.id).where(Week.channel_id == channel_id, Week.name == name)) is None:
            session.add(week)
        channel.week_ends_at = span.ends_at
        nudge = Posting(
            id=f"{channel_id}-{number}", channel_id=channel_id, kind=postings.NUDGE, due=name, due_at=starts
        )
        nudge.state, nudge.ts = "posted", slack_ts(starts)
        session.add(nudge)
        for place, (person, words) in enumerate(said, start=1):
            ts = slack_ts(starts + timedelta(minutes=place))
            session.add(Reply(channel_id=channel_id, ts=ts, version=ts, thread_ts=nudge.ts, person=person, text=words))
    await close_due_weeks(db, KEYS, LANGUAGE, span.ends_at)
    async with db.read() as session:
        return await session.scalar(select(Week.content).where(Week.channel_id == channel_id, Week.name == name))


async def join_all(db: Database, channel_id: int) -> None:
    async with db.write() as session:
        themes = list(await session.scalars(select(Theme).where(Theme.channel_id == channel_id).order_by(Theme.id)))
        for theme in themes[1:]:
            theme.same_as = themes[0].id


@settings(max_examples=5)
@given(before=st.lists(said_in_a_week, max_size=2), last=said_in_a_week)
async def test_joined_lines_have_the_voices_of_both_and_each_person_once(
    db: Database, before: list[tuple[set[str], set[str]]], last: tuple[set[str], set[str]]
) -> None:
    channel = await a_channel(db)
    await a_week(db, channel, 0, "ab", "bc")
    for number, (board, training) in enumerate(before, start=1):
        await a_week(db, channel, number, board, training)
    await join_all(db, channel)
    content = await a_week(db, channel, len(before) + 1, *last)
    voices = [len("abc"), *(len(board | training) for board, training in before), len(last[0] | last[1])]
    told = [line for line in content["lines"] if line["state"] == "recurring"]
    assert len(told) == bool(voices[-1])
    for line in told:
        assert line["thread_voices"] == voices[-1]
        assert line["weeks"] == [0] * (8 - len(voices)) + voices
        assert line["since"] == "2026-W37"


@settings(max_examples=5)
@given(new=st.lists(people, min_size=1, max_size=3), repeated=st.integers(1, 2))
async def test_three_new_voices_bring_back_what_two_people_hid_and_fewer_do_not(
    db: Database, new: list[set[str]], repeated: int
) -> None:
    channel = await a_channel(db)
    await a_week(db, channel, 0, "ab", "")
    async with db.write() as session:
        theme = await session.scalar(select(Theme).where(Theme.channel_id == channel))
        assert theme is not None
        theme.hidden_in = "2026-W38"
        session.add_all(Dismissal(theme_id=theme.id, person=person, week="2026-W38") for person in "ab")
    for number, voices in enumerate(new, start=1):
        await a_week(db, channel, number, [*voices] * repeated, "")
    heard: list[set[str]] = [set().union(*new[: place + 1]) for place in range(len(new))]
    async with db.read() as session:
        known = await ground(session, channel)
    assert (known.hidden() == set()) == any(len(voices) >= 3 for voices in heard)
    assert bool(known.dismissals) == bool(known.hidden())
