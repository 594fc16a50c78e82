import contextlib
import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, create_engine, make_url

from bot.errors import Problem
from bot.settings import Settings
from bot.store.migrate import check_migrated, migrate, sync_url
from bot.store.tables import Table


@pytest.fixture
def url(database_url: str) -> URL:
    return Settings.load(database_url=database_url).database


def test_every_revision_runs_up_and_down_and_up_again(url: URL) -> None:
    migrate(url, "base")
    with pytest.raises(Problem, match="empty: run `opshat migrate` first"):
        check_migrated(url)
    migrate(url)
    check_migrated(url)


def test_the_revisions_make_the_tables_that_the_code_expects(url: URL) -> None:
    engine = create_engine(sync_url(url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": False})
        assert compare_metadata(context, Table.metadata) == []
    engine.dispose()


@pytest.fixture
def newer(tmp_path: Path, migrated_sqlite: Path) -> URL:
    path = tmp_path / "newer.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    return Settings.load(database_url=f"sqlite:///{path}").database


def test_a_newer_database_is_left_alone(newer: URL) -> None:
    with pytest.raises(Problem, match="newer version of Ops Hat"):
        check_migrated(newer)
    with pytest.raises(Problem, match="newer version of Ops Hat"):
        migrate(newer)


def test_an_unreachable_database_is_named_without_its_password() -> None:
    url = Settings.load(database_url="postgres://me:hunter2@127.0.0.1:1/none").database
    with pytest.raises(Problem, match="check DATABASE_URL") as problem:
        check_migrated(url)
    assert "hunter2" not in str(problem.value)


def test_a_database_that_refuses_is_told_in_one_sentence(migrated_sqlite: Path, tmp_path: Path) -> None:
    path = tmp_path / "full.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    url = Settings.load(database_url=f"sqlite:///{path}").database
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Problem, match=r"refused what was asked \(database is locked\): check the room on its disk"):
            migrate(url, "base")
    check_migrated(url)


def test_nobody_but_its_owner_may_read_a_new_file(tmp_path: Path) -> None:
    made, kept = tmp_path / "made.db", tmp_path / "kept.db"
    for path in (made, kept):
        migrate(make_url(f"sqlite:///{path}"))
    assert made.stat().st_mode & 0o777 == 0o600
    kept.chmod(0o640)  # as its owner wants it
    migrate(make_url(f"sqlite:///{kept}"))
    assert kept.stat().st_mode & 0o777 == 0o640
