"""How often 100 due things happen when several processes share one PostgreSQL: APScheduler's job store, and ours.

`python -m tests.bench.bench_once` starts two processes with APScheduler's SQLAlchemyJobStore on the same table, and
eight `opshat worker` on one database. Every job and every nudge should happen once.
"""

import asyncio
import contextlib
import logging
import os
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import create_engine, text

from bot.app import Clock, build
from bot.channels import join
from bot.keys import KeyRing
from bot.playground.standin import StandIn
from bot.settings import Settings
from bot.slack.client import POST
from bot.store.migrate import migrate, sync_url
from bot.store.tables import Workspace
from tests import postgres
from tests.chaos import forked
from tests.team import SECRET

DUE = 100
_SECONDS = 15.0


def fire(url: str, number: int) -> None:
    """Do what a job does: say that it happened."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO fired (job, process) VALUES (:job, :process)"), _who(number))
    engine.dispose()


def _who(number: int) -> dict[str, int]:
    return {"job": number, "process": os.getpid()}


def schedule(url: str) -> None:
    """Be one process of APScheduler for a while."""
    logging.disable()
    scheduler = BackgroundScheduler(timezone=UTC, jobstores={"default": SQLAlchemyJobStore(url=url)})
    scheduler.start()
    time.sleep(_SECONDS)
    scheduler.shutdown(wait=True)


def theirs(url: str) -> tuple[int, int]:
    """Return how often jobs fired, and how many of them did."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE fired (job int, process int)"))
    scheduler = BackgroundScheduler(timezone=UTC, jobstores={"default": SQLAlchemyJobStore(engine=engine)})
    scheduler.start(paused=True)
    at = datetime.now(UTC) + timedelta(seconds=5)
    for number in range(DUE):
        scheduler.add_job(
            fire, IntervalTrigger(hours=1, start_date=at), [url, number], id=f"j{number}", misfire_grace_time=None
        )
    scheduler.shutdown()
    processes = [forked.start(schedule, url) for _ in range(2)]
    for process in processes:
        process.join()
    with engine.connect() as connection:
        fired, jobs = connection.execute(text("SELECT count(*), count(DISTINCT job) FROM fired")).one()
    engine.dispose()
    return int(fired), int(jobs)


async def ours(database_url: str, workers: int = 8) -> tuple[int, int]:
    """Return how often nudges were posted, and in how many channels."""
    standin = StandIn(seed=1)
    await standin.start()
    place = standin.add_workspace("Once")
    given = {
        "SLACK_BOT_TOKEN": place.bot_token,
        "SLACK_APP_TOKEN": place.app_token,
        "SLACK_API_URL": standin.api_url,
        "DATABASE_URL": database_url,
        "OPSHAT_SECRET": SECRET,
        "OPSHAT_TICK_SECONDS": "0.2",
        "OPSHAT_POSTS_PER_MINUTE": "1000",
    }
    bot = build(Settings.load(**{name.lower(): value for name, value in given.items()}), now=Clock())
    await bot.start(doors=False, ticks=False)
    at = (datetime.now(UTC) + timedelta(seconds=80)).replace(second=0, microsecond=0)
    async with bot.db.write() as session:
        workspace = await session.get_one(Workspace, 1)
        for number in range(DUE):
            slack_channel = place.add_channel(f"c{number}")
            slack_channel.members.append(place.team.bot.id)
            channel = await join.know(session, KeyRing(SECRET), workspace, slack_channel.id, at)
            channel.zone, channel.nudge_days, channel.nudge_time = "UTC", "1", f"{at:%H:%M}"
            channel.digest_day, channel.digest_time = 1, "10:00"
            channel.nudge_on, channel.nudge_at = at.date(), at
    await bot.stop()
    with tempfile.TemporaryDirectory() as folder:
        processes = [forked.start(forked.opshat, "worker", given, Path(folder) / f"{n}.log") for n in range(workers)]
        with contextlib.suppress(TimeoutError):
            await standin.until(lambda: len(standin.journal.calls(POST, accepted=True)) >= DUE, 120)
        await asyncio.sleep(5)  # time enough for a second one, if there were any
        for process in processes:
            process.terminate()
            await forked.ended(process)
    posts = [len(place.from_bot(channel)) for channel in place.team.channels.values() if channel.kind != "im"]
    await standin.stop()
    return sum(posts), sum(count > 0 for count in posts)


def main() -> None:
    """Run both on one server."""
    with postgres.running() as server:
        for name in ("theirs", "ours"):
            server.sql(f"CREATE DATABASE {name}")
        url = sync_url(Settings.load(database_url=server.url("theirs")).database).render_as_string()
        fired, jobs = theirs(url)
        print(f"APScheduler, 2 processes, {DUE} jobs due: fired {fired} times, {jobs} of them")  # noqa: T201 - a command prints
        migrate(Settings.load(database_url=server.url("ours")).database)
        posted, channels = asyncio.run(ours(server.url("ours")))
        print(f"ours, 8 workers, {DUE} nudges due: posted {posted} times, in {channels} channels")  # noqa: T201 - as above


if __name__ == "__main__":
    main()
