"""Statements on a connection of psycopg's by libpq itself: prepared once, then one packet there and one back.

psycopg's cursors watch the socket anew for each answer, and cost three times the processor time of what is done here.
"""

import asyncio
from collections.abc import Callable, Sequence

import psycopg
from psycopg import pq
from psycopg.pq.abc import PGresult

Row = Sequence[bytes | None]
_FINE = frozenset({pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK})
_ODD_STATE = b"XX000"  # PostgreSQL's "internal error", where a result does not say


class Statements:
    """Asks one statement after another; each is a transaction, and committed when its rows are returned.

    Whoever is cancelled while asking must close the connection: its answer may still come.

    Args:
        connection: an open one that commits by itself, and that nobody else uses.

    """

    def __init__(self, connection: psycopg.AsyncConnection) -> None:
        self._libpq = connection.pgconn
        self._loop = asyncio.get_running_loop()
        self._prepared: dict[str, bytes] = {}
        self._results: list[PGresult] = []
        self._answer: asyncio.Future[list[PGresult]] | None = None
        self._socket = self._libpq.socket
        self._watched = True
        self._loop.add_reader(self._socket, self._hear)

    def leave(self) -> None:
        """Look at the socket no more; to be called before the connection is closed."""
        if not self._watched:
            return  # libpq closes the socket of a lost connection, and its number may be another's by now
        self._watched = False
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)

    async def execute(self, statement: str, parameters: Sequence[str]) -> list[Row]:
        """Run a statement whose parameters are written $1, $2, and return its rows, as PostgreSQL writes them out.

        Raises:
            psycopg.Error: it was refused, of the kind that PostgreSQL says, or the connection is lost.

        """
        name = self._prepared.get(statement) or await self._prepare(statement)
        given = [parameter.encode() for parameter in parameters]
        [*_, last] = await self._ask(lambda: self._libpq.send_query_prepared(name, given))
        return [[last.get_value(row, column) for column in range(last.nfields)] for row in range(last.ntuples)]

    async def _prepare(self, statement: str) -> bytes:
        name = f"opshat_{len(self._prepared)}".encode()
        await self._ask(lambda: self._libpq.send_prepare(name, statement.encode()))
        self._prepared[statement] = name
        return name

    async def _ask(self, send: Callable[[], None]) -> list[PGresult]:
        self._results, self._answer = [], self._loop.create_future()
        send()
        if self._libpq.flush():  # more than the socket takes at once
            self._loop.add_writer(self._socket, self._send_on)
        results = await self._answer
        for result in results:
            if result.status not in _FINE:
                raise _error(result)
        return results

    def _send_on(self) -> None:
        try:
            waits = self._libpq.flush()
        except psycopg.Error as error:
            self._lose(error)
        else:
            if not waits:
                self._loop.remove_writer(self._socket)

    def _hear(self) -> None:
        try:
            self._libpq.consume_input()
            while not self._libpq.is_busy():
                result = self._libpq.get_result()
                if result is None:  # only now it is committed
                    self._told()
                    return
                self._results.append(result)
        except psycopg.Error as error:
            self._lose(error)

    def _told(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(self._results)

    def _lose(self, error: psycopg.Error) -> None:
        self.leave()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)


def _error(result: PGresult) -> psycopg.Error:
    """Return what PostgreSQL refused, without the row that it shows beside it."""
    state = result.error_field(pq.DiagnosticField.SQLSTATE) or _ODD_STATE
    said = result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or b""
    try:
        kind = psycopg.errors.lookup(state.decode())
    except KeyError:
        kind = psycopg.DatabaseError
    return kind(said.decode("utf-8", "replace"))
