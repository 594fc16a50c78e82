"""A tick with 100 due among many schedules, against APScheduler's SQLAlchemyJobStore with a job for each channel.

`python -m tests.bench.bench_tick [--most 1000000] [--rounds 25]`. Same machine, one after the other in each round;
ratios are what counts. Ours does what is due up to the written postings (noise budget, holidays, next moments);
APScheduler has a CronTrigger a job and an executor that does nothing. What a job would do comes after: how long it takes
to choose what a hundred channels are asked, in claims of eight as a postman makes them, is told beside it. Every commit
is on the disk.
Goals: 20 times on SQLite, 10 times on PostgreSQL, and a tick among a million at most 1.5 times one among ten thousand.
"""

import argparse
import asyncio
import pickle
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import uvloop
from apscheduler.executors.base import BaseExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import STATE_RUNNING
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import create_engine, insert, make_url, select, text

from bot.nudges.asking import choose_questions
from bot.nudges.due import write_due_nudges
from bot.prompts import OWN_PACKS
from bot.prompts.shelf import PackShelf
from bot.settings import Settings
from bot.store.engine import Database
from bot.store.migrate import migrate, sync_url
from bot.store.tables import Channel, Posting, Workspace
from tests import postgres

DUE = 100
_CHUNK = 10_000


class Idle(BaseExecutor):
    """Takes jobs and does nothing."""

    def _do_submit_job(self, job: Any, run_times: Any) -> None:  # noqa: ARG002 - APScheduler's own signature
        self._run_job_success(job.id, [])


def nothing() -> None:
    """What every job runs."""


@contextmanager
def places(kind: str) -> Iterator[Any]:
    """Give a function that makes fresh databases of one kind."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield lambda name: f"sqlite:///{Path(folder) / name}.db"
        return
    with postgres.running(durable=True) as server:  # as SQLite is: every commit is on the disk

        def make(name: str) -> str:
            server.sql(f"CREATE DATABASE {name}")
            return server.url(name)

        yield make


def fill(url: Any, channels: int, now: datetime) -> None:
    """Add channels that are set up and due far from now."""
    engine = create_engine(sync_url(url))
    with engine.begin() as connection:
        connection.execute(
            insert(Workspace).values(id=1, team_id="T1", bot_user_id="U0", bot_id="B0", installed_at=now)
        )
        for start in range(0, channels, _CHUNK):
            rows = [
                {
                    "workspace_id": 1,
                    "slack_id": f"C{number}",
                    "key": b"k" * 60,
                    "zone": "Europe/Paris",
                    "nudge_days": "2",
                    "nudge_time": "10:00",
                    "nudge_on": (now + timedelta(days=30)).date(),
                    "nudge_at": now + timedelta(days=30, seconds=number % 86400),
                    "joined_at": now,
                }
                for number in range(start, min(start + _CHUNK, channels))
            ]
            connection.execute(insert(Channel), rows)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    engine.dispose()


async def measure(url: Any, other: Any, channels: int, rounds: int) -> tuple[list[float], list[float], float]:
    """Return the seconds of our ticks and of theirs, one after the other in each round, and of choosing afterwards."""
    now = datetime.now(UTC)
    fill(url, channels, now)
    db, shelf = Database(url), PackShelf([OWN_PACKS])
    ours, theirs = [], []
    with Theirs(other, channels) if other is not None else nullcontext() as their_tick:
        for round_ in range(rounds + 1):
            ours.append(await our_tick(db, shelf, round_, now))
            theirs += [their_tick(round_)] if their_tick is not None else []
    chosen = [await choose(db, shelf) for _ in range(rounds + 1)]
    await db.close()
    return ours[1:], theirs[1:], statistics.median(chosen[1:])


async def our_tick(db: Database, shelf: PackShelf, round_: int, now: datetime) -> float:
    first = round_ * DUE + 1
    async with db.write() as session:
        await session.execute(
            text(f"UPDATE channels SET nudge_at = :at WHERE id >= {first} AND id < {first + DUE}"),  # noqa: S608 - numbers
            {"at": now.replace(tzinfo=None) if db.is_sqlite else now},
        )
    began = time.perf_counter()
    served = await write_due_nudges(db, shelf.packs, now + timedelta(seconds=1))
    took = time.perf_counter() - began
    assert served == DUE
    return took


async def choose(db: Database, shelf: PackShelf) -> float:
    """Choose what a hundred of the channels are asked that are due, and return how many seconds that took."""
    waiting = select(Posting, Channel).join(Channel).where(Posting.state == "due", Posting.payload.is_(None))
    began, served = time.perf_counter(), 0
    while served < DUE:
        async with db.write() as session:
            most = min(8, DUE - served)
            nudges = [(posting, channel) for posting, channel in await session.execute(waiting.limit(most))]
            await choose_questions(shelf.packs, session, nudges)
            served += len(nudges)
    return time.perf_counter() - began


class Theirs:
    """APScheduler with a job for each channel; called, it works off 100 due jobs and returns the seconds."""

    def __init__(self, url: Any, jobs: int) -> None:
        self._engine = create_engine(sync_url(url))
        self._jobs = jobs
        store = SQLAlchemyJobStore(engine=self._engine)
        self._scheduler = BackgroundScheduler(timezone=UTC, jobstores={"default": store})
        self._scheduler.add_executor(Idle(), "default")
        self._table = store.jobs_t

    def __enter__(self) -> Self:
        self._scheduler.start(paused=True)
        self._scheduler.state = STATE_RUNNING  # without waking its thread: the measurement wakes it
        trigger = CronTrigger(day_of_week="tue", hour=10, timezone="Europe/Paris")
        far = datetime.now(UTC) + timedelta(days=30)
        model = self._scheduler.add_job(nothing, trigger, id="model", next_run_time=far, misfire_grace_time=None)
        self._model = model.__getstate__()
        rows = [
            {"id": f"j{number}", "next_run_time": far.timestamp() + number, "job_state": self._state(number)}
            for number in range(self._jobs)
        ]
        with self._engine.begin() as connection:  # filled at once; job by job would take minutes
            for start in range(0, self._jobs, _CHUNK):
                connection.execute(insert(self._table), rows[start : start + _CHUNK])
        return self

    def __exit__(self, *_: object) -> None:
        self._scheduler.shutdown(wait=False)
        self._engine.dispose()

    def _state(self, number: int, **change: Any) -> bytes:
        return pickle.dumps({**self._model, "id": f"j{number}", **change}, pickle.HIGHEST_PROTOCOL)

    def __call__(self, round_: int) -> float:
        due_at = datetime.now(UTC) - timedelta(seconds=1)
        with self._engine.begin() as connection:
            for number in range(round_ * DUE, (round_ + 1) * DUE):
                state = self._state(number, next_run_time=due_at)
                due = self._table.update().where(self._table.c.id == f"j{number}")
                connection.execute(due.values(next_run_time=due_at.timestamp(), job_state=state))
        began = time.perf_counter()
        self._scheduler._process_jobs()  # noqa: SLF001 - one wake-up, without the thread
        return time.perf_counter() - began


def main() -> None:
    """Measure, and print one line for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    given = parser.parse_args()
    for kind in ("sqlite", "postgres"):
        if given.only not in (None, kind):
            continue
        with places(kind) as place:
            small = 0.0
            for size in [size for size in (10_000, 100_000, 1_000_000) if size <= given.most]:
                url = Settings.load(database_url=place(f"ours_{size}")).database
                migrate(url)
                other = make_url(place(f"theirs_{size}")).set(drivername=url.drivername) if size <= 100_000 else None
                with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # as `opshat worker` has it
                    ours, theirs, chosen = runner.run(measure(url, other, size, given.rounds))
                seconds = statistics.median(ours)
                small = small or seconds
                line = f"{kind}, {size:,}: {seconds * 1000:.1f} ms ({seconds / small:.2f} times that among 10,000)"
                if theirs:
                    ratios = sorted(their / our for our, their in zip(ours, theirs, strict=True))
                    line += f"; APScheduler {statistics.median(theirs) * 1000:.0f} ms, {statistics.median(ratios):.1f} "
                    line += f"times ours [{ratios[0]:.1f}-{ratios[-1]:.1f}]"
                line += f"; choosing {chosen * 1000:.0f} ms"
                print(line, flush=True)  # noqa: T201 - a command prints


if __name__ == "__main__":
    main()
