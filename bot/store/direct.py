"""One statement straight to the driver, on a connection of its own: what the door does for every reply and edit.

There SQLAlchemy's session, its transaction and its check of the connection cost several times what the database does.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.libpq import Statements

Rows = Iterable[Sequence[Any]]
_Execute = Callable[[str, Sequence[str]], Awaitable[Rows]]
_HARDLY_SECONDS = 0.05  # while another process repairs a log that was left, say: an event that waits for it comes again


class Direct:
    """A connection that stays open; each statement on it is a transaction.

    Args:
        engine: opens the connection, as all others of this database are.
        turn: held while a statement runs.
        longest: seconds after which a statement is broken off, and raises `TimeoutError`.

    """

    def __init__(self, engine: AsyncEngine, turn: asyncio.Lock, longest: float) -> None:
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._engine = engine
        self._turn = turn
        self._longest = longest
        self._driver: Any = None  # the driver's own connection: aiosqlite's or psycopg's
        self._execute: _Execute | None = None
        self._statements: Statements | None = None  # of PostgreSQL's

    async def run(self, statement: str, *parameters: str) -> Rows:
        """Run a statement, in the database's own words; it is committed when this returns its rows.

        It runs again on a new connection where the one that was kept is lost, as after a restart of the database:
        it must do no harm when it runs twice.
        """
        async with self._turn:
            try:
                async with asyncio.timeout(self._longest):
                    return await self._run_again(statement, parameters)
            except (TimeoutError, asyncio.CancelledError):
                await self._close()  # nobody knows what it still waits for
                raise

    async def close(self) -> None:
        """Let go of the connection."""
        async with self._turn:
            await self._close()

    async def _run_again(self, statement: str, parameters: Sequence[str]) -> Rows:
        try:
            return await self._run(statement, parameters)
        except Exception:
            if not self._is_lost():
                raise
            await self._close()
            return await self._run(statement, parameters)

    async def _run(self, statement: str, parameters: Sequence[str]) -> Rows:
        execute = self._execute or await self._open()
        try:
            return await execute(statement, parameters)
        except Exception as error:
            leave_out_the_row(error)
            raise

    async def _open(self) -> _Execute:
        pooled = await self._engine.raw_connection()
        self._driver = pooled.driver_connection
        pooled.detach()
        if self.is_sqlite:  # each call of it is a message to another thread: this one takes a single one
            self._execute = self._driver.execute_fetchall
        else:
            await self._driver.set_autocommit(True)
            self._statements = Statements(self._driver)
            self._execute = self._statements.execute
        assert self._execute is not None  # noqa: S101 - has just been set
        return self._execute

    def _is_lost(self) -> bool:
        return self._driver is not None and bool(getattr(self._driver, "closed", False))

    async def _close(self) -> None:
        driver, self._driver, self._execute = self._driver, None, None
        if self._statements is not None:
            self._statements.leave()
            self._statements = None
        if driver is not None:
            with contextlib.suppress(OSError):
                await driver.close()


class Here:
    """Looks things up in SQLite on the thread that asks: that takes microseconds, a message to another one a hundred.

    Readers of a write-ahead log wait for no writer, so that it holds up nothing.

    Args:
        path: the database's file.

    """

    is_sqlite = True

    def __init__(self, path: str) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    async def run(self, statement: str, *parameters: str) -> Rows:
        """Run a statement that changes nothing, in SQLite's own words, and return its rows."""
        if self._connection is None:
            self._connection = sqlite3.connect(self._path, timeout=_HARDLY_SECONDS, isolation_level=None)
        return self._connection.execute(statement, parameters).fetchall()

    async def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def leave_out_the_row(error: BaseException) -> None:
    """Shorten a database's sentence: errors end up in logs, which never hold what somebody wrote."""
    # PostgreSQL adds the refused row to it ("DETAIL: Failing row contains ..."), words and hashes included.
    if error.args:
        error.args = (str(error.args[0]).partition("\nDETAIL:")[0], *error.args[1:])
