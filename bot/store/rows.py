"""Many rows as one parameter of one statement: what they cost is then the database's work alone."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache, partial
from typing import Any

import orjson
from sqlalchemy import ARRAY, ColumnElement, Integer, TextClause, bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped

from bot.store.engine import is_on_sqlite


class RowsStatement:
    """A statement in the databases' own words that reads its rows from JSON.

    Args:
        statement: reads from `{rows}`, a table of that name; `{present}` is the present moment by the database's clock.
        columns: of the rows, with their types in PostgreSQL; SQLite takes values as they come.

    """

    def __init__(self, statement: str, **columns: str) -> None:
        self._postgres = _filled(statement, in_postgres(":rows", columns), "clock_timestamp()")
        self._sqlite = _filled(statement, in_sqlite(":rows", columns), r"strftime('%Y-%m-%d %H\:%M\:%f000', 'now')")

    async def run(self, connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it for all of these rows, in the connection's transaction."""
        is_sqlite = is_on_sqlite(connection)
        told = orjson.dumps(rows, partial(_in_time, is_sqlite=is_sqlite), orjson.OPT_PASSTHROUGH_DATETIME).decode()
        await connection.execute(self._sqlite if is_sqlite else self._postgres, {"rows": told})


def in_postgres(mark: str, columns: Mapping[str, str]) -> str:
    """Return what a statement reads its rows from, a table named `rows`; `mark` is the parameter that holds them."""
    typed = ", ".join(f"{name} {type_}" for name, type_ in columns.items())
    return f"json_to_recordset(CAST({mark} AS json)) AS rows({typed})"


def in_sqlite(mark: str, columns: Iterable[str]) -> str:
    """Return the same for SQLite."""
    taken = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in columns)
    return f"(SELECT {taken} FROM json_each({mark})) AS rows"  # noqa: S608 - names of columns in our own code


def among(column: Mapped[int], name: str, *, is_sqlite: bool) -> ColumnElement[bool]:
    """Select the rows of many ids by one parameter: with one for each, planning them takes longer than reading them.

    The parameter's value is what `ids` makes of them.
    """
    if is_sqlite:
        return column.in_(select(func.json_each(bindparam(name)).table_valued("value").c.value))
    return column == func.any(bindparam(name, type_=ARRAY(Integer)))


def ids(numbers: Collection[int], *, is_sqlite: bool) -> str | list[int]:
    """Return many ids as one parameter."""
    return orjson.dumps(list(numbers)).decode() if is_sqlite else list(numbers)


def _filled(statement: str, rows: str, present: str) -> TextClause:
    return text(statement.replace("{rows}", rows).replace("{present}", present))


@lru_cache(maxsize=256)  # one moment in many rows
def _in_time(value: object, *, is_sqlite: bool) -> str:
    """Write a moment as `UtcDateTime` keeps it, or a date."""
    if isinstance(value, datetime):
        at = value.astimezone(UTC)
        return (at.replace(tzinfo=None) if is_sqlite else at).isoformat(" ", "microseconds")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no column holds {type(value).__name__}")
