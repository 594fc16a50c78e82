"""The long form: `python -m tests.chaos.full --kills 200` on SQLite with one process and PostgreSQL with three.

First a process is killed before every statement of a posting and of a week's closing, then at random moments under
load. Prints one line for each run, and exits 1 where anything was lost or came twice. `--seed` repeats a run.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import make_url

from bot.settings import Settings
from bot.store.migrate import migrate
from tests import postgres
from tests.chaos.statements import go_through
from tests.chaos.storm import Books, Storm


def main() -> None:
    """Run both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    given = parser.parse_args()
    logs = Path(tempfile.mkdtemp(prefix="opshat-chaos-"))
    faults: list[str] = []
    if given.only != "postgres":
        migrate(make_url(f"sqlite:///{logs / 'statements.db'}"))
        faults += _statements("SQLite", f"sqlite:///{logs / 'statements.db'}")
        migrate(make_url(f"sqlite:///{logs / 'opshat.db'}"))
        faults += _report(
            "SQLite, one process", Storm(f"sqlite:///{logs / 'opshat.db'}", ["run"], given.seed, logs), given.kills
        )
    if given.only != "sqlite":
        with postgres.running() as server:
            for name in ("statements", "chaos"):
                server.sql(f"CREATE DATABASE {name}")
                migrate(Settings.load(database_url=server.url(name)).database)
            faults += _statements("PostgreSQL", server.url("statements"))
            commands = ["web", "worker", "run"]
            faults += _report("PostgreSQL, three", Storm(server.url("chaos"), commands, given.seed, logs), given.kills)
    sys.exit(1 if faults else 0)


def _statements(name: str, database_url: str) -> list[str]:
    began = time.perf_counter()
    try:
        deaths = asyncio.run(go_through(database_url))
    except AssertionError as error:
        return [f"{name}, between two statements: {error!r}"]
    print(  # noqa: T201 - a command prints
        f"{name}, between any two statements, {time.perf_counter() - began:.0f} s: {deaths.total()} kills, "
        f"{dict(deaths)}; faults 0",
        flush=True,
    )
    return []


def _report(name: str, storm: Storm, kills: int) -> list[str]:
    began = time.perf_counter()
    books: Books = asyncio.run(storm.rage(kills))
    print(f"{name}, {time.perf_counter() - began:.0f} s: {books}", flush=True)  # noqa: T201 - a command prints
    for fault in books.faults:
        print(f"  {fault}", flush=True)  # noqa: T201 - as above
    return books.faults


if __name__ == "__main__":
    main()
