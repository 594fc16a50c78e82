# ruff: noqa: S608, S603, T201 - a script that prints, starts what it measures, and writes SQL of its own words
"""What ten thousand workspaces cost beside a hundredth of them, on PostgreSQL.

`python -m tests.bench.bench_scale [--workspaces 10000] [--rounds 5]`. Ten channels of one workspace live eight weeks by
the bot's own code; the first of them is then multiplied: ten channels a workspace, about a hundred replies a channel.
The same is measured at a hundredth of that size, in the same run: start-up and memory of `worker` and `web`, a tick
with nothing due and one with a hundred due, one week closed and its digest written, App Home with ten channels, and
`/opshat constraints`. Goal: none takes more than 1.5 times as long. Then the eight weeks of one channel are read with
and without their index, and are to be 500 times as fast with it.
"""

import argparse
import asyncio
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text, update

from bot import weeks
from bot.channels import join
from bot.constraints.find import load_detector
from bot.constraints.themes import load_themes
from bot.digests.close import Language, close_due_weeks
from bot.digests.tell import write_due_digests
from bot.home import page
from bot.keys import KeyRing
from bot.ledger.page import page as constraints
from bot.ledger.visit import Visitor, begin
from bot.nudges.due import write_due_nudges
from bot.prompts import OWN_PACKS
from bot.prompts.shelf import PackShelf
from bot.readings import read_replies
from bot.settings import Settings
from bot.store.engine import Database
from bot.store.migrate import migrate
from bot.store.tables import Channel, Posting, Reply, Table, Workspace
from bot.store.types import slack_ts
from tests import postgres

ROOT = Path(__file__).parents[2]
SECRET = "a secret of the bench that is long enough"
CHANNELS, WEEKS, REPLIES = 10, 8, 12
"""Channels in a workspace, closed weeks of a channel, replies in a week (of the open week, too)."""
DUE = 100
PEOPLE = [f"U0PERSON{number}" for number in range(7)]
SAID = (
    "We can't release before the harbour board has signed.",
    "Nobody has time to write the runbooks.",
    "Everyone has to follow the change process.",
    "It went well, we shipped on Tuesday.",
    "We're not mature enough to do that yet.",
    "Only the platform team may touch production.",
)
_CHUNK = 5_000

# A workspace that lives ---------------------------------------------------------------------------------------


async def live(db: Database, keys: KeyRing, language: Language, now: datetime) -> None:
    """Let ten channels of one workspace be asked, answer and close eight weeks."""
    began = (now - timedelta(weeks=WEEKS, days=now.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    async with db.write() as session:
        scopes = "chat:write,commands,channels:history"
        session.add(
            Workspace(team_id="T1", bot_user_id="U0BOT", bot_id="B0", installed_at=began, scopes=scopes, heard_at=now)
        )
    for number in range(1, CHANNELS + 1):
        async with db.write() as session:
            workspace = await session.get_one(Workspace, 1)
            channel = await join.know(session, keys, workspace, f"C{number}", began)
            channel.zone, channel.nudge_days, channel.nudge_time, channel.members = "UTC", "2", "10:00", 8
            channel.digest_day, channel.digest_time, channel.kept = 1, "10:00", "keep"
            channel.set_up_at = began
            channel.week_ends_at = (await weeks.week_at(session, keys, channel, began)).ends_at
    for week in range(WEEKS + 1):
        await _week(db, keys, began + timedelta(weeks=week), week)
        while await read_replies(db, language.detector):
            pass
        if week < WEEKS:
            await close_due_weeks(db, keys, language, began + timedelta(weeks=week + 1))
    far = now + timedelta(days=30)
    async with db.write() as session:
        await session.execute(
            update(Channel).values(nudge_at=far, nudge_on=far.date(), digest_at=far, digest_on=far.date())
        )


async def _week(db: Database, keys: KeyRing, monday: datetime, week: int) -> None:
    async with db.write() as session:
        for number in range(1, CHANNELS + 1):
            channel = await session.get_one(Channel, number)
            asked = monday + timedelta(days=1, hours=10)
            ts = slack_ts(asked)
            posting = {"channel_id": number, "due": asked.date().isoformat(), "due_at": asked, "state": "posted"}
            session.add(Posting(id=f"{number:08}{week:024}", kind="nudge", ts=ts, question="What stops us?", **posting))
            for reply in range(REPLIES):
                said = slack_ts(asked + timedelta(minutes=reply + 1))
                person = keys.person(channel.key, weeks.about_channel(1), PEOPLE[(reply + week) % len(PEOPLE)])
                words = SAID[(reply * 5 + week + number) % len(SAID)]
                row = {"channel_id": number, "ts": said, "version": said, "thread_ts": ts}
                session.add(Reply(**row, person=person, text=words))


# ... and is multiplied ----------------------------------------------------------------------------------------

OWN = {
    "weeks": {"channel_id": "g"},
    "themes": {"channel_id": "g", "same_as": "NULL"},
    "postings": {"channel_id": "g", "id": "md5(m.id || '/' || g)", "theme_id": "NULL"},
    "replies": {"channel_id": "g"},
    "theme_weeks": {"theme_id": "{themes} + t.r"},
    "findings": {"reply_id": "{replies} + p.r", "theme_id": "{themes} + t.r"},
}
"""What a copy for channel `g` has of its own, beside its id; `{table}` is where that table's copies begin."""
_THEIRS = {
    "theme_weeks": "JOIN model_themes t ON t.id = m.theme_id",
    "findings": "JOIN model_replies p ON p.id = m.reply_id LEFT JOIN model_themes t ON t.id = m.theme_id",
}
_OF_ONE = {
    "theme_weeks": "theme_id IN (SELECT id FROM themes WHERE channel_id = 1)",
    "findings": "reply_id IN (SELECT id FROM replies WHERE channel_id = 1)",
}


async def multiply(db: Database, workspaces: int) -> None:
    """Copy the first channel, until there are ten in each of so many workspaces."""
    tables = Table.metadata.tables
    async with db.engine.begin() as session:  # not `write`, which breaks off what takes longer than a minute
        await session.execute(text("SET LOCAL session_replication_role = replica"))  # every reference is known to hold
        first, last = CHANNELS + 1, workspaces * CHANNELS
        await _copy(
            session,
            "workspaces",
            {"id": "g", "team_id": "'T' || g"},
            f"m.id = 1 AND g BETWEEN 2 AND {workspaces}",
            workspaces,
        )
        own = {"id": "g", "slack_id": "'C' || g", "workspace_id": f"(g - 1) / {CHANNELS} + 1"}
        await _copy(session, "channels", own, f"m.id = 1 AND g >= {first}", last)
        begins: dict[str, str] = {}
        for name, columns in OWN.items():
            of_one = _OF_ONE.get(name, "channel_id = 1")
            model = f"CREATE TEMP TABLE model_{name} AS SELECT *, row_number() OVER (ORDER BY id) AS r FROM {name} WHERE {of_one}"
            await session.execute(text(model))
            [(count, highest)] = await session.execute(
                text(
                    f"SELECT (SELECT count(*) FROM model_{name}), {'0' if name == 'postings' else f'(SELECT max(id) FROM {name})'}"
                )
            )
            begins[name] = f"{highest} + (g - {first})::bigint * {count}"
            own = {"id": f"{begins[name]} + m.r", **{key: value.format(**begins) for key, value in columns.items()}}
            names = [column.name for column in tables[name].columns]
            chosen = ", ".join(own.get(column, f'm."{column}"') for column in names)
            quoted = ", ".join(f'"{column}"' for column in names)
            for start in range(first, last + 1, _CHUNK):
                span = f"generate_series({start}, {min(start + _CHUNK - 1, last)}) g"
                await session.execute(
                    text(
                        f"INSERT INTO {name} ({quoted}) SELECT {chosen} FROM {span} CROSS JOIN model_{name} m {_THEIRS.get(name, '')}"
                    )
                )
        for name in ("workspaces", "channels", *OWN):
            if name != "postings":
                latest = f"setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))"
                await session.execute(text(f"SELECT {latest}"))
    async with db.engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("VACUUM ANALYZE"))


async def _copy(session: Any, name: str, own: dict[str, str], where: str, last: int) -> None:
    names = [column.name for column in Table.metadata.tables[name].columns]
    chosen = ", ".join(own.get(column, f'm."{column}"') for column in names)
    quoted = ", ".join(f'"{column}"' for column in names)
    await session.execute(
        text(f"INSERT INTO {name} ({quoted}) SELECT {chosen} FROM {name} m, generate_series(1, {last}) g WHERE {where}")
    )


# What is measured ---------------------------------------------------------------------------------------------


async def timed(
    rounds: int, prepare: Callable[[], Awaitable[object]] | None, do: Callable[[], Awaitable[object]]
) -> float:
    """Return the median of milliseconds, the first time left out."""
    times = []
    for _ in range(rounds + 1):
        if prepare is not None:
            await prepare()
        began = time.perf_counter()
        await do()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times[1:])


async def within(db: Database, keys: KeyRing, language: Language, rounds: int, now: datetime) -> dict[str, float]:
    """Return what things take in a process of its own kind, in milliseconds."""
    shelf, numbers = PackShelf([OWN_PACKS]), itertools.count(CHANNELS + 1, DUE)

    async def run(statement: str, **values: object) -> None:
        async with db.write() as session:
            await session.execute(text(statement), values)

    async def a_hundred_due() -> None:
        first = next(numbers)
        at = "UPDATE channels SET nudge_at = :at, nudge_on = :on WHERE id >= :first AND id < :first + :due"
        await run(at, at=now, on=now.date(), first=first, due=DUE)

    async def served() -> None:
        assert await write_due_nudges(db, shelf.packs, now + timedelta(seconds=1)) == DUE

    def nothing_due() -> Awaitable[int]:
        return write_due_nudges(db, shelf.packs, now - timedelta(days=1))

    ends = itertools.count(1)

    async def a_week_ends() -> None:
        # Each round closes the open week of another of the ten channels that lived.
        number = next(ends)
        await run("UPDATE weeks SET ends_at = :at WHERE channel_id = :id AND closed_at IS NULL", at=now, id=number)
        await run("UPDATE channels SET week_ends_at = :at, digest_at = :at, digest_on = :on WHERE id = :id",
                  at=now, on=now.date(), id=number)  # fmt: skip

    async def told() -> None:
        assert await close_due_weeks(db, keys, language, now + timedelta(seconds=1)) == 1
        assert await write_due_digests(db, shelf.packs(), now + timedelta(seconds=1), lambda: None) == 1

    async def home() -> None:
        async with db.read() as session:
            assert len(await page.rooms(session, keys, 1, [f"C{n}" for n in range(1, 11)], PEOPLE[0], now)) == CHANNELS

    async def listed() -> None:
        async with db.write() as session:
            channel = await session.get_one(Channel, CHANNELS)
            visit = await begin(session, keys, channel, Visitor(PEOPLE[0]), now, acts=False)
            assert (await constraints(visit)).blocks

    return {
        "a tick with nothing due": await timed(rounds, None, nothing_due),
        "a tick with a hundred due": await timed(rounds, a_hundred_due, served),
        "App Home with ten channels": await timed(rounds, None, home),
        "`/opshat constraints`": await timed(rounds, None, listed),
        "a week closed, its digest written": await timed(min(rounds, CHANNELS - 2), a_week_ends, told),
    }


def processes(url: str, rounds: int) -> dict[str, float]:
    """Return how long `worker` and `web` take to start, in ms, and how much memory they hold then, in MB."""
    measured: dict[str, float] = {}
    for command in ("worker", "web"):
        times, sizes = [], []
        for _ in range(min(rounds, 3)):
            seconds, size = _start(command, url)
            times.append(seconds * 1000)
            sizes.append(size)
        measured[f"start of `{command}`"] = statistics.median(times)
        measured[f"memory of `{command}`, MB"] = statistics.median(sizes)
    return measured


def _start(command: str, url: str) -> tuple[float, float]:
    settings = {
        "SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "c", "SLACK_SIGNING_SECRET": "s" * 32, "PORT": "0",
        "SLACK_API_URL": f"http://127.0.0.1:{postgres.free_port()}/api/", "DATABASE_URL": url, "OPSHAT_SECRET": SECRET,
    }  # fmt: skip
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", str(ROOT)), **settings}
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", command],
            env=environment,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdout is not None
        assert b"running" in process.stdout.readline()
        seconds = time.perf_counter() - began
        time.sleep(2)
        status = Path(f"/proc/{process.pid}/status").read_text()
        process.terminate()
        process.wait(30)
    [resident] = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")]
    return seconds, int(resident) / 1024


async def eight_weeks(db: Database, rounds: int) -> tuple[float, float]:
    """Return the milliseconds in which one channel's eight weeks are read, with and without their index."""
    query = text("SELECT person, thread_ts, text FROM replies WHERE channel_id = 5 AND ts >= '1' ORDER BY ts")
    async with db.engine.connect() as connection:

        async def read() -> None:
            assert len((await connection.execute(query)).all()) == REPLIES * (WEEKS + 1)

        quick = await timed(rounds * 4, None, read)
        await connection.execute(text("ALTER TABLE replies DROP CONSTRAINT uq_replies_channel_id_ts"))
        slow = await timed(2, None, read)
        await connection.rollback()
    return quick, slow


async def measure(url: str, workspaces: int, rounds: int, only: str) -> tuple[dict[str, float], tuple[float, float]]:
    """Fill a database and measure in it."""
    now, keys, language = datetime.now(UTC), KeyRing(SECRET), Language(load_detector(), load_themes())
    address = Settings.load(database_url=url).database
    migrate(address)
    db = Database(address)
    began = time.perf_counter()
    await live(db, keys, language, now)
    await multiply(db, workspaces)
    async with db.read() as session:
        counts = [
            f"{await session.scalar(text(f'SELECT count(*) FROM {name}')):,} {name}"
            for name in ("workspaces", "channels", "replies", "findings")
        ]
    print(f"filled in {time.perf_counter() - began:.0f} s: {', '.join(counts)}", flush=True)
    found = processes(url, rounds) if only != "within" else {}
    found |= await within(db, keys, language, rounds, now) if only != "processes" else {}
    print("; ".join(f"{name} {value:.1f}" for name, value in found.items()), flush=True)
    weeks_read = await eight_weeks(db, rounds)
    await db.close()
    return found, weeks_read


def main() -> None:
    """Measure both sizes, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspaces", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=["processes", "within"], default="")
    given = parser.parse_args()
    with postgres.running() as server:
        sizes: list[dict[str, float]] = []
        enough = DUE * (given.rounds + 1) // CHANNELS + 1
        for workspaces in (max(enough, given.workspaces // 100), given.workspaces):
            server.sql(f"CREATE DATABASE scale_{workspaces}")
            found, (quick, slow) = asyncio.run(
                measure(server.url(f"scale_{workspaces}"), workspaces, given.rounds, given.only)
            )
            sizes.append(found)
    small, large = sizes
    for name, value in large.items():
        print(f"{name}: {small[name]:.1f} -> {value:.1f}, {value / small[name]:.2f} times")
    print(f"eight weeks of a channel: {quick:.2f} ms, without the index {slow:.0f} ms, {slow / quick:,.0f} times")


if __name__ == "__main__":
    main()
