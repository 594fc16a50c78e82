"""Many replies by one statement, written or looked for: each once, and none of somebody who opted out."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot.replies.arrive import New, Place, Told, are_stored, is_stored_here, store_new
from bot.store.direct import Here
from bot.store.engine import Database
from bot.store.tables import Channel, OptOut, Reply, Workspace

NOW = datetime(2026, 3, 2, tzinfo=UTC)
WORDS = 'We can\'t: "no" \\ {"a": 1}\nž 🙂 %s ?'


@pytest.fixture
async def stored(db: Database) -> Database:
    async with db.write() as session:
        session.add(Workspace(id=1, team_id="T1", bot_user_id="U0BOT", bot_id="B1", installed_at=NOW))
        await session.flush()
        session.add(Channel(id=1, workspace_id=1, slack_id="C1", key=b"k", joined_at=NOW))
        await session.flush()
        session.add(OptOut(channel_id=1, person="gone"))
    return db


def new(ts: str, person: str = "ada", text: str = WORDS) -> New:
    return New(1, person, Told("C1", ts, "1.000000", ts, "U1", "T1", text))


async def rows(db: Database) -> list[tuple[str, str | None, str | None, str | None, bool]]:
    async with db.read() as session:
        every = await session.scalars(select(Reply).order_by(Reply.ts))
        return [(row.ts, row.thread_ts, row.person, row.text, row.known_member) for row in every]


async def test_each_is_stored_as_it_was_said(stored: Database) -> None:
    await store_new(stored.direct, [new("2.000000"), new("3.000000", "ben", "")])
    assert await rows(stored) == [
        ("2.000000", "1.000000", "ada", WORDS, True),
        ("3.000000", "1.000000", "ben", "", True),
    ]
    async with stored.read() as session:
        every = (await session.scalars(select(Reply))).all()
    assert {(row.version == row.ts, row.english, row.read_with, row.erased_at) for row in every} == {
        (True, True, None, None)
    }


async def test_one_that_comes_twice_is_stored_once_also_within_a_batch(stored: Database) -> None:
    await store_new(stored.direct, [new("2.000000", text="first"), new("2.000000", text="again")])
    await store_new(stored.direct, [new("2.000000", text="once more"), new("3.000000", text="another")])
    assert [(row[0], row[3]) for row in await rows(stored)] == [("2.000000", "first"), ("3.000000", "another")]


async def test_nothing_is_stored_of_who_opted_out(stored: Database) -> None:
    await store_new(stored.direct, [new("2.000000", "gone"), new("3.000000")])
    assert [row[0] for row in await rows(stored)] == ["3.000000"]


async def test_what_waited_is_known_and_keeps_its_words(stored: Database) -> None:
    async with stored.write() as session:
        for ts, person in (("2.000000", "ada"), ("3.000000", "ben")):
            waits = Reply(channel_id=1, ts=ts, version=ts, person=person, text="kept", known_member=False)
            session.add(waits)
    await store_new(stored.direct, [new("2.000000"), new("3.000000")])
    assert [(row[0], row[3], row[4]) for row in await rows(stored)] == [
        ("2.000000", "kept", True),
        ("3.000000", "kept", False),  # somebody else's
    ]


async def looked_up(db: Database, places: list[Place]) -> list[bool]:
    """Look as the door does: on SQLite each by itself, on PostgreSQL all at once."""
    if isinstance(db.direct_reads, Here):
        return [await is_stored_here(db.direct_reads, place) for place in places]
    return await are_stored(db.direct_reads, places)


async def test_many_are_looked_up_each_where_it_stands(stored: Database) -> None:
    await store_new(stored.direct, [new("2.000000"), new("3.000000")])
    places = [(1, "C1", "3.000000"), (1, "C1", "4.000000"), (2, "C1", "2.000000"), (1, "C2", "2.000000")]
    assert await looked_up(stored, [*places, places[0]]) == [True, False, False, False, True]


async def test_a_look_does_not_wait_for_a_commit(stored: Database) -> None:
    async with stored.write() as session:
        session.add(OptOut(channel_id=1, person="ben"))
        await session.flush()
        assert await looked_up(stored, [(1, "C1", "2.000000")]) == [False]
