"""The database: one engine, one way to read, one way to write."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import URL, event, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, ExceptionContext
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from bot.store.direct import Direct, Here, leave_out_the_row
from bot.store.tables import Table
from bot.store.types import UtcDateTime

_BUSY_SECONDS = 2
"""How long a writer waits for SQLite's lock: Slack gives us three seconds, and a person wants to be told."""
LONGEST_SECONDS = 60.0
"""How long a session may last, so that a server that stays silent is noticed; the longest of ours take a second."""
_POSTGRES = {
    "connect_timeout": 5,
    # A server that is gone without a word (a cable, a firewall, a failover) is noticed within half a minute.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


class Database:
    """An open database, SQLite or PostgreSQL; `close` it at the end.

    Args:
        url: with an async driver, as `Settings.database` gives it.

    Attributes:
        direct, direct_reads: for the statements of the door, which have to be cheap; reading waits for no commit.
        longest: seconds after which a session is broken off, and raises `TimeoutError`.

    """

    def __init__(self, url: URL, longest: float = LONGEST_SECONDS) -> None:
        self._longest = longest
        self.is_sqlite = url.get_backend_name() == "sqlite"
        options: dict[str, Any] = (
            {"connect_args": {"timeout": _BUSY_SECONDS}}
            if self.is_sqlite
            else {"connect_args": {**_POSTGRES, **url.query}, "pool_pre_ping": True}
        )
        # Errors end up in logs, which never hold what somebody wrote.
        self.engine = create_async_engine(url, hide_parameters=True, **options)
        event.listen(self.engine.sync_engine, "handle_error", _leave_out_the_row)
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)
        else:
            event.listen(self.engine.sync_engine, "connect", _prepare_postgres)
        # PostgreSQL would let every statement of a transaction see another state; SQLite keeps to the first.
        one_state = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._reading = self.engine.execution_options(**one_state)
        self._writing = self.engine.execution_options(opshat_writes=True)
        # SQLite has one writer, and makes others sleep and ask again; within a process they queue up instead.
        turn = asyncio.Lock()
        self._turn = turn if self.is_sqlite else contextlib.nullcontext()
        self.direct = Direct(self.engine, turn, longest)
        reads = Here(str(url.database)) if self.is_sqlite else Direct(self.engine, asyncio.Lock(), longest)
        self.direct_reads: Direct | Here = reads

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session that sees one consistent state and changes nothing."""
        async with asyncio.timeout(self._longest), AsyncSession(self._reading, expire_on_commit=False) as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A transaction: committed when the block ends, undone when it raises.

        On SQLite it holds the write lock from its first moment, so that what it reads cannot change under it.
        """
        async with (
            asyncio.timeout(self._longest),
            self._turn,
            AsyncSession(self._writing, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @asynccontextmanager
    async def write_rows(self) -> AsyncIterator[AsyncConnection]:
        """The same without objects, for statements that are ready: a fifth cheaper."""
        async with asyncio.timeout(self._longest), self._turn, self._writing.begin() as connection:
            yield connection

    async def forget_the_log(self) -> None:
        """Empty SQLite's write-ahead log, which still holds the pages that were just erased; nothing elsewhere."""
        if not self.is_sqlite:
            return
        async with self.engine.connect() as connection:
            await connection.rollback()
            driver = await connection.get_raw_connection()
            assert driver.driver_connection is not None  # noqa: S101 - it has just been opened
            await driver.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    async def close(self) -> None:
        """Let go of all connections."""
        await self.direct.close()
        await self.direct_reads.close()
        await self.engine.dispose()


def is_on_sqlite(place: AsyncSession | AsyncConnection) -> bool:
    """Say which of the two kinds of database a session or a connection is of."""
    bind = place.get_bind() if isinstance(place, AsyncSession) else place
    return bind.dialect.name == "sqlite"


async def present(session: AsyncSession) -> datetime:
    """Return the present moment by a clock that all processes of a database share, whatever their own clocks say.

    It is PostgreSQL's; where there is a file, this machine's, for the others are on it, too.
    """
    if is_on_sqlite(session):
        return datetime.now(UTC)
    # Not now(), which would be when the transaction began: it may have waited for a lock since.
    return (await session.execute(select(func.clock_timestamp(type_=UtcDateTime())))).scalar_one()


def insert(session: AsyncSession, table: type[Table]) -> "postgresql.Insert | sqlite.Insert":
    """An INSERT that can say ON CONFLICT, in the words of the session's database."""
    return sqlite.insert(table) if is_on_sqlite(session) else postgresql.insert(table)


def _leave_out_the_row(context: ExceptionContext) -> None:
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None:
            leave_out_the_row(error)


def _prepare_sqlite(connection: Any, _: ConnectionPoolEntry) -> None:  # noqa: ANN401 - the driver's own type
    # The driver would begin transactions by itself, late and without the lock; `_begin_sqlite` does it.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # NORMAL can lose a commit that Slack was told of
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA secure_delete = ON")  # erased words are overwritten, not just unlinked
    cursor.close()


def _prepare_postgres(connection: Any, _: ConnectionPoolEntry) -> None:  # noqa: ANN401 - the driver's own type
    # By default a look-up by key counts as on a disk that turns, and a hundred of them cost more than the whole table.
    # Not among the connection's options, which PgBouncer would refuse.
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("SET random_page_cost = 1.1")
    cursor.close()
    connection.autocommit = False


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("opshat_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
