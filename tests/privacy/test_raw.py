"""After a simulated month the raw database is searched byte by byte for what must not be there."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, inspect, text

from bot.store.engine import Database
from bot.store.tables import Table
from tests.privacy.month import BOARD, Month, a_month
from tests.team import NAMES, Team, a_team

PAGE = Path(__file__).parents[2] / "docs" / "privacy.md"
MAY_NAME = {
    "workspaces.installed_by",
    "workspaces.bot_user_id",
    "channels.set_up_by",
    "channels.changed_by",
    "channels.hat_user",
    "profile_lines.author",
}
"""Where a Slack user id may stand; the bot's own is nobody's."""


@pytest.fixture
async def lived(database_url: str) -> AsyncIterator[tuple[Team, Month]]:
    async with a_team(database_url) as team:
        yield team, await a_month(team)


async def dump(db: Database) -> dict[str, list[str]]:
    """Return every value of every table, as a full dump of the database holds it: "table.column" to texts."""
    async with db.engine.connect() as connection:
        columns = await connection.run_sync(
            lambda sync: [
                (table, column["name"])
                for table in inspect(sync).get_table_names()
                for column in inspect(sync).get_columns(table)
            ]
        )
        found: dict[str, list[str]] = {}
        for table, column in columns:
            values = await connection.exec_driver_sql(f'SELECT "{column}" FROM "{table}"')  # noqa: S608 - its own names
            found[f"{table}.{column}"] = [_as_text(value) for (value,) in values if value is not None]
    return found


def _as_text(value: object) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return value if isinstance(value, str) else json.dumps(value, default=str)


async def test_a_full_dump_names_people_only_where_it_is_documented(lived: tuple[Team, Month]) -> None:
    team, month = lived
    columns = await dump(team.bot.db)
    ids = [team[name].id for name in NAMES]
    naming = {column for column, values in columns.items() for value in values for one in ids if one in value}
    assert naming == {"channels.set_up_by", "channels.changed_by", "channels.hat_user"}
    assert naming <= MAY_NAME
    everything = "\n".join(value for values in columns.values() for value in values)
    assert BOARD in everything
    for gone in (*month.private_words, *month.deleted_words, *(key.hex() for key in month.past_keys)):
        assert gone not in everything
    assert not [name for name in NAMES if re.search(rf"\b{name}\b", everything, re.IGNORECASE)]


async def test_what_is_still_open_is_there_so_that_the_search_can_find_things(lived: tuple[Team, Month]) -> None:
    team, month = lived
    everything = "\n".join(value for values in (await dump(team.bot.db)).values() for value in values)
    assert "hiddenword4cleo" in everything
    [key] = await team.rows("SELECT key FROM weeks WHERE closed_at IS NULL AND key IS NOT NULL")
    assert bytes(key[0]).hex() in everything
    assert len(month.past_keys) == 4


def raw_files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("opshat.db*")}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_files_of_sqlite_hold_none_of_it_either(lived: tuple[Team, Month], tmp_path: Path) -> None:
    """Freed pages and the write-ahead log included."""
    team, month = lived
    files = raw_files(tmp_path)
    assert {"opshat.db", "opshat.db-wal"} <= set(files)
    raw = b"".join(files.values())
    assert BOARD.encode() in raw
    assert b"hiddenword4cleo" in raw
    assert [word for word in month.private_words if word.encode() in raw] == []
    assert [key for key in month.past_keys if key in raw] == []
    never_named = [team[name].id for name in NAMES if name not in ("ada", "ben")]
    assert [one for one in never_named if one.encode() in raw] == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_sqlite_overwrites_what_it_frees(db: Database) -> None:
    async with db.write() as session:
        assert await session.scalar(text("PRAGMA secure_delete")) == 1


def test_every_table_and_column_with_something_personal_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_]+\.[a-z_]+)`", page))
    known = {f"{table.name}.{column.name}" for table in Table.metadata.sorted_tables for column in table.columns}
    assert named <= known, named - known
    assert {column for column in known if _is_personal(column)} <= named


def _is_personal(column: str) -> bool:
    """Say whether a column holds who somebody is, what they wrote, or what hashes them."""
    name = column.partition(".")[2]
    personal = {
        "person",
        "week_person",
        "author",
        "text",
        "what",
        "feels",
        "stops",
        "key",
        "token",
        "content",
        "payload",
    }
    kept_about = {"mark", "outcome", "parts", "label", "why"}
    about_somebody = name.endswith("_by") or name.startswith("hat_") or column == "replies.ts"
    return name in personal | kept_about or about_somebody


def test_no_column_can_hold_a_key_in_the_clear() -> None:
    """Keys and tokens are bytes that `KeyRing` wrapped; nothing else here is binary."""
    binary = {
        f"{table.name}.{column.name}"
        for table in Table.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert binary == {"workspaces.token", "channels.key", "weeks.key"}
