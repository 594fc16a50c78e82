"""An export holds everything, and an import gives it back, whichever database it came from or goes to."""

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import URL, create_engine, insert, make_url, select
from typer.testing import CliRunner

from bot.cli import app as cli
from bot.errors import Problem
from bot.settings import Settings
from bot.store.migrate import sync_url
from bot.store.move import count_rows, export_lines, import_lines
from bot.store.tables import Table, Theme
from tests.team import a_team

if TYPE_CHECKING:
    from tests.postgres import Server

LIMIT = "We can't release before the harbour board has signed."


def content(url: URL) -> dict[str, list[Any]]:
    engine = create_engine(sync_url(url))
    with engine.connect() as connection:
        rows = {
            table.name: list(connection.execute(select(table).order_by(*table.primary_key.columns)))
            for table in Table.metadata.sorted_tables
        }
    engine.dispose()
    return rows


async def lived(database_url: str) -> URL:
    """Let a team live through a week and a bit."""
    async with a_team(database_url) as team:
        await team.set_up()
        nudge = await team.nudged()
        for name in ("ada", "ben"):
            await team.reply(name, nudge, f"{LIMIT} é “quoted” \u0000"[:-1])
        await team["ben"].delete(await team.reply("ben", nudge, "gone"))
        await team.digested()
        await team.nudged()
        await team.answer("cleo", LIMIT)
    url = Settings.load(database_url=database_url).database
    engine = create_engine(sync_url(url))
    with engine.begin() as connection:
        own = {"channel_id": 1, "kind": "process", "label": "a", "parts": [], "since": "2026-W37"}
        connection.execute(insert(Theme), [{**own, "id": 1001, "same_as": None}, {**own, "id": 1000, "same_as": 1001}])
    engine.dispose()
    return url


@pytest.fixture
def other_url(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> URL:
    """An empty, migrated database of the other kind."""
    if database_url.startswith("sqlite"):
        server: Server = request.getfixturevalue("postgres_server")
        server.sql("CREATE DATABASE moved TEMPLATE migrated STRATEGY WAL_LOG")
        return Settings.load(database_url=server.url("moved")).database
    shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "moved.db")
    return Settings.load(database_url=f"sqlite:///{tmp_path / 'moved.db'}").database


async def test_nothing_is_lost_between_the_two_kinds(database_url: str, other_url: URL) -> None:
    url = await lived(database_url)
    told: list[int] = []
    lines = list(export_lines(url, told.append))
    assert sum(told) == count_rows(url) == len(lines) - 2
    assert import_lines(other_url, lines, told.append) == len(lines) - 2
    before = content(url)
    assert content(other_url) == before
    assert {name for name, rows in before.items() if rows} >= {"postings", "replies", "private_answers", "theme_weeks"}
    with pytest.raises(Problem, match="not empty"):
        import_lines(other_url, lines, told.append)
    if other_url.get_backend_name() == "postgresql":
        engine = create_engine(sync_url(other_url))
        with engine.begin() as connection:
            own = {"channel_id": 1, "kind": "process", "label": "a", "parts": [], "since": "2026-W37"}
            assert connection.execute(insert(Theme).values(own).returning(Theme.id)).scalar_one() == 1002
        engine.dispose()


async def test_an_export_shows_one_state_though_somebody_writes_meanwhile(database_url: str) -> None:
    url = await lived(database_url)
    there = count_rows(url)
    lines = export_lines(url, lambda _: None)
    begun = [next(lines), next(lines)]
    engine = create_engine(sync_url(url))
    with engine.begin() as connection:
        own = {"channel_id": 1, "kind": "process", "label": "a", "parts": [], "since": "2026-W37"}
        connection.execute(insert(Theme).values(own))
    engine.dispose()
    assert len([*begun, *lines]) == there + 2


async def test_an_export_that_lost_a_row_imports_nothing(migrated_sqlite: Path, tmp_path: Path) -> None:
    shutil.copy(migrated_sqlite, tmp_path / "a.db")
    shutil.copy(migrated_sqlite, tmp_path / "b.db")
    *rows, _, last = export_lines(await lived(f"sqlite:///{tmp_path / 'a.db'}"), lambda _: None)
    into = make_url(f"sqlite:///{tmp_path / 'b.db'}")
    with pytest.raises(Problem, match="counts other rows"):
        import_lines(into, [*rows, last], lambda _: None)
    assert count_rows(into) == 0


@pytest.mark.parametrize("keep", [0, 1, -1])
async def test_an_export_that_is_cut_off_imports_nothing(migrated_sqlite: Path, tmp_path: Path, keep: int) -> None:
    shutil.copy(migrated_sqlite, tmp_path / "a.db")
    shutil.copy(migrated_sqlite, tmp_path / "b.db")
    url = await lived(f"sqlite:///{tmp_path / 'a.db'}") if keep == -1 else make_url(f"sqlite:///{tmp_path / 'a.db'}")
    lines = list(export_lines(url, lambda _: None))[:keep]  # -1: all but the last line, which counts them
    with pytest.raises(Problem):
        import_lines(
            make_url(f"sqlite:///{tmp_path / 'b.db'}"), lines[: max(len(lines) - 1, 0)] or lines, lambda _: None
        )
    with sqlite3.connect(tmp_path / "b.db") as connection:
        assert connection.execute("SELECT count(*) FROM workspaces").fetchone() == (0,)
    connection.close()


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b'{"rows":',
        b'{"x":1}',
        b'{"table":"moons","row":[]}',
        b'{"table":"workspaces","row":[1]}',
        b'{"table":"workspaces","row":null}',
        b'{"table":"used_states","row":["a","in May"]}',
    ],
)
def test_a_damaged_line_is_named_as_such(migrated_sqlite: Path, tmp_path: Path, line: bytes) -> None:
    shutil.copy(migrated_sqlite, tmp_path / "a.db")
    url = make_url(f"sqlite:///{tmp_path / 'a.db'}")
    head, *_ = export_lines(url, lambda _: None)
    with pytest.raises(Problem, match=r"or a damaged one: a line of it is .*Nothing was imported"):
        import_lines(url, [head, line], lambda _: None)


def test_a_database_that_is_not_migrated_is_told_and_leaves_no_file(tmp_path: Path) -> None:
    told = CliRunner().invoke(
        cli, ["export", str(tmp_path / "all")], env={"DATABASE_URL": f"sqlite:///{tmp_path}/a.db"}
    )
    assert isinstance(told.exception, Problem)
    assert "run `opshat migrate` first" in str(told.exception)
    assert not (tmp_path / "all").exists()


def test_an_export_that_finds_no_room_is_told_and_leaves_no_half_of_it(
    migrated_sqlite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Iterator[bytes]:
        yield b"{}\n"
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("bot.store.move.export_lines", full)
    told = CliRunner().invoke(
        cli, ["export", str(tmp_path / "all")], env={"DATABASE_URL": f"sqlite:///{migrated_sqlite}"}
    )
    assert isinstance(told.exception, Problem)
    assert "could not be written to its end (No space left on device): make room" in str(told.exception)
    assert not (tmp_path / "all").exists()
