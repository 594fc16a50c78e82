"""The database goes away under load and comes back: the processes go on by themselves, nothing is lost or doubled."""

import asyncio
import time
from pathlib import Path
from typing import Any

from sqlalchemy import make_url, text

from bot.settings import Settings
from bot.store.engine import Database
from tests import postgres, proxy
from tests.chaos.storm import Storm


class Outages(Storm):
    """A storm in which nobody dies: outages come and go instead."""

    blows: tuple[Any, ...]

    async def strike(self) -> None:
        """Let the next outage begin, last for two seconds, and end."""
        await self.standin.connected(self.workspace.app)  # a process that only starts may end: it finds no database
        begins, ends = self.blows[self.books.kills % len(self.blows)]
        self.books.kills += 1
        await asyncio.to_thread(begins)
        await asyncio.sleep(2.0)
        await asyncio.to_thread(ends)
        await self.posts_again()


def at(url: str, port: int) -> str:
    return make_url(url).set(port=port).render_as_string(hide_password=False)


async def test_a_partition_between_processes_and_postgresql(
    postgres_server: postgres.Server, postgres_url: str, tmp_path: Path
) -> None:
    async with proxy.running(postgres_server.port) as way:
        outages = Outages(postgres_url, ["web", "worker"], 1, tmp_path, through=at(postgres_url, way.port))
        loop = asyncio.get_running_loop()
        calls = {name: getattr(way, name) for name in ("cut", "fall_silent", "heal")}
        now: Any = {name: lambda call=call: loop.call_soon_threadsafe(call) for name, call in calls.items()}
        outages.blows = (now["cut"], now["heal"]), (now["fall_silent"], now["heal"])
        books = await outages.rage(2)
    assert not books.faults, books
    assert books.nudges
    assert books.replies


async def test_postgresql_is_stopped_and_started(
    postgres_server: postgres.Server, postgres_url: str, tmp_path: Path
) -> None:
    outages = Outages(postgres_url, ["run"], 1, tmp_path)
    outages.blows = (
        (lambda: postgres_server.stop("immediate"), postgres_server.start),
        (lambda: postgres_server.stop("fast"), postgres_server.start),
    )
    books = await outages.rage(2)
    assert not books.faults, books
    assert books.nudges
    assert books.replies


async def test_a_server_that_stays_silent_is_left_after_a_while(
    postgres_server: postgres.Server, postgres_url: str
) -> None:
    """So it is on the connection that replies are written on; both at once, for the driver takes its time."""
    async with proxy.running(postgres_server.port) as way:
        url = Settings.load(database_url=at(postgres_url, way.port)).database
        db = Database(url, longest=0.5)
        await asyncio.gather(_select(db), db.direct.run("SELECT 1"))
        way.fall_silent()
        began = time.monotonic()
        errors = await asyncio.gather(_select(db), db.direct.run("SELECT 1"), return_exceptions=True)
        assert [type(error) for error in errors] == [TimeoutError, TimeoutError]
        assert time.monotonic() - began < 20, "the driver waits ten seconds more for the server to take it back"
        way.heal()
        await asyncio.gather(_select(db), db.direct.run("SELECT 1"))
        way.cut()
        way.heal()
        await db.direct.run("SELECT 1")
        await db.close()


async def _select(db: Database) -> None:
    async with db.write() as session:
        assert await session.scalar(text("SELECT 1")) == 1
