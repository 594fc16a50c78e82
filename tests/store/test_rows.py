"""Many rows by one statement: what goes in as JSON is what the tables would hold of each row by itself."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.store.engine import Database
from bot.store.rows import RowsStatement
from bot.store.tables import Channel, Workspace

NOW = datetime(2026, 3, 29, 0, 59, 59, 120, tzinfo=UTC)
MOVE = RowsStatement(
    "UPDATE channels SET nudge_on = rows.day, nudge_at = rows.at, hat_user = rows.wearer, set_up_at = {present}"
    " FROM {rows} WHERE channels.id = rows.channel",
    channel="int",
    day="date",
    at="timestamptz",
    wearer="varchar",
)


async def fill(db: Database, channels: int) -> None:
    async with db.write() as session:
        session.add(Workspace(id=1, team_id="T1", bot_user_id="U0BOT", bot_id="B0BOT", installed_at=NOW))
        await session.flush()
        session.add_all(
            Channel(id=number, workspace_id=1, slack_id=f"C{number}", key=b"k", joined_at=NOW)
            for number in range(1, channels + 1)
        )


async def moved(db: Database, *rows: dict[str, Any]) -> list[Channel]:
    async with db.write_rows() as connection:
        await MOVE.run(connection, rows)
    async with db.read() as session:
        return list(await session.scalars(select(Channel).order_by(Channel.id)))


async def test_every_row_is_written_and_no_other(db: Database) -> None:
    await fill(db, 3)
    at = datetime(2026, 3, 30, 10, tzinfo=timezone(timedelta(hours=2)))
    before = datetime.now(UTC)
    first, second, third = await moved(
        db,
        {"channel": 1, "day": date(2026, 3, 30), "at": at, "wearer": "U1"},
        {"channel": 3, "day": None, "at": None, "wearer": None},
    )
    assert (first.nudge_on, first.nudge_at, first.hat_user) == (date(2026, 3, 30), at.astimezone(UTC), "U1")
    assert (second.nudge_on, second.set_up_at) == (None, None)
    assert (third.nudge_on, third.nudge_at, third.hat_user) == (None, None, None)
    # The database's present moment may be told to the millisecond only.
    assert first.set_up_at
    assert before - timedelta(milliseconds=1) <= first.set_up_at <= datetime.now(UTC)


async def test_a_moment_is_found_as_one_that_was_written_by_itself(db: Database) -> None:
    await fill(db, 1)
    await moved(db, {"channel": 1, "day": NOW.date(), "at": NOW, "wearer": None})
    async with db.read() as session:
        found = select(Channel.id).where(Channel.nudge_at == NOW)
        assert await session.scalar(found) == 1


@given(words=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_words_come_back_as_they_were(db: Database, words: str) -> None:
    async with db.read() as session:
        is_filled = await session.get(Channel, 1)
    if not is_filled:
        await fill(db, 1)
    (channel,) = await moved(db, {"channel": 1, "day": None, "at": None, "wearer": words})
    assert channel.hat_user == words


async def test_what_no_column_holds_is_refused(db: Database) -> None:
    await fill(db, 1)
    with pytest.raises(TypeError, match="set"):
        await moved(db, {"channel": 1, "day": None, "at": None, "wearer": {"U1"}})
