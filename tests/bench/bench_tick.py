"""A tick with 100 due among many schedules, against APScheduler's SQLAlchemyJobStore with a job for each channel.

`python -m tests.bench.bench_tick [--most 1000000] [--rounds 5]`. Same machine, same run, medians; ratios are what
counts. Ours does what is due up to the written postings (noise budget, holidays, next moments); APScheduler has a
CronTrigger a job and an executor that does nothing. What a job would do comes after: how long it takes to choose what
a hundred channels are asked, in claims of eight as a postman makes them, stands beside it. Every commit is on the disk.
Goals: 20 times on SQLite, 10 times on PostgreSQL, and a tick among a million at most 1.5 times one among ten thousand.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

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


async def ours(url: Any, channels: int, rounds: int) -> tuple[float, float]:
    """Return the median seconds of a tick, and those of choosing what its hundred channels are asked."""
    now = datetime.now(UTC)
    fill(url, channels, now)
    db, shelf = Database(url), PackShelf([OWN_PACKS])
    times, chosen = [], []
    for round_ in range(rounds + 1):
        first = round_ * DUE + 1
        async with db.write() as session:
            await session.execute(
                text(f"UPDATE channels SET nudge_at = :at WHERE id >= {first} AND id < {first + DUE}"),  # noqa: S608 - numbers
                {"at": now.replace(tzinfo=None) if db.is_sqlite else now},
            )
        began = time.perf_counter()
        served = await write_due_nudges(db, shelf.packs, now + timedelta(seconds=1))
        times.append(time.perf_counter() - began)
        assert served == DUE
        chosen.append(await choose(db, shelf))
    await db.close()
    return statistics.median(times[1:]), statistics.median(chosen[1:])


async def choose(db: Database, shelf: PackShelf) -> float:
    """Choose what the channels are asked that are due, and return how many seconds that took."""
    waiting = select(Posting, Channel).join(Channel).where(Posting.state == "due", Posting.payload.is_(None))
    began, served = time.perf_counter(), 0
    while True:
        async with db.write() as session:
            nudges = [(posting, channel) for posting, channel in await session.execute(waiting.limit(8))]
            if not nudges:
                break
            await choose_questions(shelf.packs, session, nudges)
            served += len(nudges)
    assert served == DUE
    return time.perf_counter() - began


def theirs(url: Any, jobs: int, rounds: int) -> float:
    """Return the median seconds in which APScheduler works off 100 due jobs."""
    engine = create_engine(sync_url(url))
    scheduler = BackgroundScheduler(timezone=UTC, jobstores={"default": SQLAlchemyJobStore(engine=engine)})
    scheduler.add_executor(Idle(), "default")
    scheduler.start(paused=True)
    scheduler.state = STATE_RUNNING  # without waking its thread: the measurement wakes it
    store: Any = scheduler._jobstores["default"]  # noqa: SLF001 - filled at once; job by job would take minutes
    trigger = CronTrigger(day_of_week="tue", hour=10, timezone="Europe/Paris")
    far = datetime.now(UTC) + timedelta(days=30)
    model = scheduler.add_job(nothing, trigger, id="model", next_run_time=far, misfire_grace_time=None)
    state = model.__getstate__()
    import pickle

    with engine.begin() as connection:
        rows = [
            {
                "id": f"j{number}",
                "next_run_time": far.timestamp() + number,
                "job_state": pickle.dumps({**state, "id": f"j{number}"}, pickle.HIGHEST_PROTOCOL),
            }
            for number in range(jobs)
        ]
        for start in range(0, jobs, _CHUNK):
            connection.execute(insert(store.jobs_t), rows[start : start + _CHUNK])
    times = []
    for round_ in range(rounds + 1):
        due_at = datetime.now(UTC) - timedelta(seconds=1)
        with engine.begin() as connection:
            for number in range(round_ * DUE, (round_ + 1) * DUE):
                job_state = pickle.dumps(
                    {**state, "id": f"j{number}", "next_run_time": due_at}, pickle.HIGHEST_PROTOCOL
                )
                connection.execute(
                    store.jobs_t.update()
                    .where(store.jobs_t.c.id == f"j{number}")
                    .values(next_run_time=due_at.timestamp(), job_state=job_state)
                )
        began = time.perf_counter()
        scheduler._process_jobs()  # noqa: SLF001 - one wake-up, without the thread
        times.append(time.perf_counter() - began)
    scheduler.shutdown(wait=False)
    engine.dispose()
    return statistics.median(times[1:])


def main() -> None:
    """Measure, and print one line for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
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
                seconds, chosen = asyncio.run(ours(url, size, given.rounds))
                small = small or seconds
                line = f"{kind}, {size:,}: {seconds * 1000:.1f} ms ({seconds / small:.2f} times that among 10,000)"
                if size <= 100_000:
                    other = theirs(make_url(place(f"theirs_{size}")).set(drivername=url.drivername), size, given.rounds)
                    line += f"; APScheduler {other * 1000:.0f} ms, {other / seconds:.1f} times ours"
                line += f"; choosing {chosen * 1000:.0f} ms"
                print(line, flush=True)  # noqa: T201 - a command prints


if __name__ == "__main__":
    main()
