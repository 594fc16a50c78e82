"""Many rows as one parameter of one statement: what they cost is then the database's work alone."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import orjson
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession


class RowsStatement:
    """A statement in the databases' own words that reads its rows from JSON.

    Args:
        statement: reads from `{rows}`, a table of that name; `{present}` is the present moment by the database's clock.
        columns: of the rows, with their types in PostgreSQL; SQLite takes values as they come.

    """

    def __init__(self, statement: str, **columns: str) -> None:
        typed = ", ".join(f"{name} {type_}" for name, type_ in columns.items())
        taken = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in columns)
        from_json = f"(SELECT {taken} FROM json_each(:rows)) AS rows"  # noqa: S608 - names of columns in our own code
        self._postgres = _filled(
            statement, f"json_to_recordset(CAST(:rows AS json)) AS rows({typed})", "clock_timestamp()"
        )
        self._sqlite = _filled(statement, from_json, r"strftime('%Y-%m-%d %H\:%M\:%f000', 'now')")

    async def run(self, session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it for all of these rows, in the session's transaction."""
        is_sqlite = session.get_bind().dialect.name == "sqlite"
        told = orjson.dumps(rows, partial(_in_time, is_sqlite=is_sqlite), orjson.OPT_PASSTHROUGH_DATETIME).decode()
        # On the connection: the session would first look for objects that the statement could concern.
        connection = await session.connection()
        await connection.execute(self._sqlite if is_sqlite else self._postgres, {"rows": told})


def _filled(statement: str, rows: str, present: str) -> TextClause:
    return text(statement.replace("{rows}", rows).replace("{present}", present))


def _in_time(value: object, *, is_sqlite: bool) -> str:
    """Write a moment as `UtcDateTime` keeps it, or a date."""
    if isinstance(value, datetime):
        at = value.astimezone(UTC)
        return (at.replace(tzinfo=None) if is_sqlite else at).isoformat(" ", "microseconds")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no column holds {type(value).__name__}")
