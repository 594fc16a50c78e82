"""What every test shares: a migrated database of each kind, and a Slack, both fresh for every test."""

import itertools
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings
from sqlalchemy import make_url

from bot.playground.standin import StandIn
from bot.playground.workspace import Workspace
from bot.settings import Settings
from bot.store.engine import Database
from bot.store.migrate import migrate
from tests import postgres
from tests.slack import TestClock, running_slack, small_team

settings.register_profile(
    "opshat", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
settings.load_profile("opshat")

# Tracebacks without the values of variables: drawing those takes seconds, and Slack waits for three.
structlog.configure([structlog.processors.format_exc_info, structlog.dev.ConsoleRenderer(colors=False)])

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    with postgres.running() as server:
        server.sql("CREATE DATABASE migrated")
        migrate(Settings.load(database_url=server.url("migrated")).database)
        yield server


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    migrate(make_url(f"sqlite:///{path}"))
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a database of its own, migrated; every test that asks for it runs on both kinds."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    path = tmp_path / "opshat.db"
    shutil.copy(migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres_server: postgres.Server) -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    postgres_server.sql(f"CREATE DATABASE {name} TEMPLATE migrated STRATEGY WAL_LOG")
    yield postgres_server.url(name)
    postgres_server.sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(Settings.load(database_url=database_url).database)
    yield database
    await database.close()


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
async def slack(clock: TestClock) -> AsyncIterator[StandIn]:
    async with running_slack(clock) as standin:
        yield standin


@pytest.fixture
def team(slack: StandIn) -> Workspace:
    return small_team(slack)
