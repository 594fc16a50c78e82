"""Everything in the database as lines of JSON, and back: the way between SQLite and PostgreSQL, in a stream.

The first line says which shape the tables have, then come the rows, table by table in the order that their
references need, and the last line says how many there were. Read in one consistent state, written in one
transaction: an import is whole, or nothing.
"""

import base64
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import URL, Connection, Date, LargeBinary, Table, create_engine, func, insert, select, text, update
from sqlalchemy.types import TypeEngine

from bot.errors import Problem
from bot.store.migrate import check_migrated, revision_of, sync_url
from bot.store.tables import Table as Base
from bot.store.types import UtcDateTime

_TABLES = Base.metadata.sorted_tables
_BATCH = 500
_DAMAGED = "This is no export of Ops Hat, or a damaged one: {}. Nothing was imported."

Progress = Callable[[int], None]


def count_rows(url: URL) -> int:
    """Return how many rows there are to move."""
    engine = create_engine(sync_url(url))
    try:
        with engine.connect() as connection:
            return sum(_count(connection, table) for table in _TABLES)
    finally:
        engine.dispose()


def _count(connection: Connection, table: Table) -> int:
    return int(connection.scalar(select(func.count()).select_from(table)) or 0)


def export_lines(url: URL, progress: Progress) -> Iterator[bytes]:
    """Give the database's content, line by line; `progress` hears how many rows went.

    Raises:
        Problem: the database is not of this version's shape.

    """
    check_migrated(url)
    options = {} if url.get_backend_name() == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    engine = create_engine(sync_url(url), **options)
    total = 0
    try:
        with engine.connect().execution_options(yield_per=_BATCH) as connection:
            if url.get_backend_name() == "sqlite":
                connection.exec_driver_sql("BEGIN")  # the driver would read each table in a state of its own
            yield _line({"opshat": revision_of(url)})
            for table in _TABLES:
                for row in connection.execute(select(table).order_by(*table.primary_key.columns)):
                    yield _line({"table": table.name, "row": [_plain(value) for value in row]})
                    total += 1
                    progress(1)
            yield _line({"rows": total})
    finally:
        engine.dispose()


def import_lines(url: URL, lines: Iterable[bytes], progress: Progress) -> int:
    """Write what `export_lines` gave into an empty database of the same shape; return how many rows.

    Raises:
        Problem: the database is not empty, or of another shape than the export; the export is cut off or none.

    """
    check_migrated(url)
    source = iter(lines)
    head = _read(next(source, b""))
    if head.get("opshat") != revision_of(url):
        raise Problem(
            f"This export is of revision {head.get('opshat', '(none)')}, the database of {revision_of(url)}: "
            "export with the same version of Ops Hat, or migrate before."
        )
    engine = create_engine(sync_url(url))
    try:
        with engine.begin() as connection:
            if any(_count(connection, table) for table in _TABLES):
                raise Problem("The database is not empty: import into a fresh one, made with `opshat migrate`.")
            total = _Import(connection, progress).take(source)
            if url.get_backend_name() == "postgresql":
                _count_on(connection)
            return total
    finally:
        engine.dispose()


class _Import:
    """Writes rows in batches; references within a table are set when all of its rows are there."""

    def __init__(self, connection: Connection, progress: Progress) -> None:
        self._connection = connection
        self._progress = progress
        self._rows: list[dict[str, Any]] = []
        self._table: Table | None = None
        self._later: list[tuple[Table, str, dict[str, Any]]] = []

    def take(self, lines: Iterator[bytes]) -> int:
        for total, raw in enumerate(lines):
            line = _read(raw)
            if "rows" in line:
                self._write()
                self._set_later()
                if line["rows"] == total:
                    return total
                break
            self._take_row(*_row_of(line))
            self._progress(1)
        raise Problem("The export is cut off: its last line is missing or counts other rows. Nothing was imported.")

    def _take_row(self, table: Table, row: dict[str, Any]) -> None:
        if table is not self._table or len(self._rows) >= _BATCH:
            self._write()
            self._table = table
        for column in table.c:
            own = any(key.column.table is table for key in column.foreign_keys)
            if own and row[column.name] is not None:
                self._later.append((table, column.name, {"id": row["id"], column.name: row[column.name]}))
                row[column.name] = None
        self._rows.append(row)

    def _write(self) -> None:
        if self._table is not None and self._rows:
            self._connection.execute(insert(self._table), self._rows)
        self._rows = []

    def _set_later(self) -> None:
        for table, column, row in self._later:
            self._connection.execute(update(table).where(table.c.id == row["id"]).values({column: row[column]}))


def _count_on(connection: Connection) -> None:
    """Let PostgreSQL number new rows after the imported ones."""
    for table in _TABLES:
        column = table.autoincrement_column
        if column is not None:
            name = f"'{table.name}', '{column.name}'"
            highest = f"SELECT max({column.name}) FROM {table.name}"  # noqa: S608 - names of our own tables
            connection.execute(text(f"SELECT setval(pg_get_serial_sequence({name}), ({highest}))"))


def _line(content: dict[str, Any]) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE)


def _read(line: bytes) -> dict[str, Any]:
    try:
        content = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise Problem(_DAMAGED.format("a line of it is not JSON")) from None
    return content if isinstance(content, dict) else {}


def _row_of(line: dict[str, Any]) -> tuple[Table, dict[str, Any]]:
    try:
        table = Base.metadata.tables[line["table"]]
        columns = zip(table.c, line["row"], strict=True)
        return table, {column.name: _typed(column.type, value) for column, value in columns}
    except (KeyError, TypeError, ValueError):
        raise Problem(_DAMAGED.format("a line of it is no row of a table here")) from None


def _plain(value: Any) -> Any:  # noqa: ANN401 - a column's value
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, date) else value


def _typed(kind: TypeEngine[Any], value: Any) -> Any:  # noqa: ANN401 - as above
    if value is None:
        return None
    if isinstance(kind, LargeBinary):
        return base64.b64decode(value)
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value
