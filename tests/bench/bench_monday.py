"""A Monday at nine: many digests due at once in many workspaces, against what the limits allow.

`python -m tests.bench.bench_monday [--digests 5000] [--workspaces 25] [--per-minute 200]`. The stand-in for Slack
keeps one message a second for each channel and refuses what comes too fast; it shares the process, and so the core.
Prints how long the weeks' closings took (at midnight), how long the digests took beside the shortest time that the
limits allow, and how long somebody waited who typed `/opshat` meanwhile. Goal: 90 % of what the limits allow.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import make_url, update

from bot.app import Bot, Clock, build
from bot.cli.logs import configure_logs
from bot.keys import KeyRing
from bot.playground.standin import StandIn
from bot.playground.workspace import Workspace as Place
from bot.store.migrate import migrate
from bot.store.tables import Channel
from tests.monday import accepted, fill, hosted, refused, strict_slack, typed_meanwhile
from tests.team import SECRET, served


async def measure(digests: int, workspaces: int, per_minute: int, database_url: str) -> float:
    """Return the share of what the limits allow."""
    async with strict_slack(per_minute) as standin:
        app = standin.add_app()
        bot = build(hosted(standin, app, database_url, per_minute), now=Clock())
        places = [standin.add_workspace(f"w{number}", app=app) for number in range(workspaces)]
        await fall_due(bot, places, digests // workspaces)
        async with served(bot) as url:
            app.request_url = url
            share = await drain(bot, standin, places[0], digests, (digests // workspaces - 1) * 60 / per_minute)
        await bot.stop()
    return share


async def fall_due(bot: Bot, places: Sequence[Place], each: int) -> None:
    """Let last week's digest be due in all channels of all workspaces."""
    keys, now = KeyRing(SECRET), datetime.now(UTC)
    for place in places:
        place.add_person("ada")
        await fill(bot, keys, place, each, now)
    await bot.start(ticks=False)
    began = time.perf_counter()
    await bot.tick()
    print(f"{len(places) * each:,} weeks closed in {time.perf_counter() - began:.1f} s")  # noqa: T201 - a command prints
    async with bot.db.write() as session:
        due = {"digest_on": now.date(), "digest_at": datetime.now(UTC)}
        await session.execute(update(Channel).where(Channel.week_ends_at.is_not(None)).values(due))


async def drain(bot: Bot, standin: StandIn, place: Place, digests: int, allowed: float) -> float:
    """Let the bot tick until all stand in Slack; tell how long that took, and return the share of what is allowed."""
    began, used = time.perf_counter(), time.process_time()
    bot.carrier.start()
    bot.ticker.start()
    room = next(iter(place.team.channels.values()))
    waited = await typed_meanwhile(place.person("ada"), room, lambda: accepted(standin) >= digests)
    took, used = time.perf_counter() - began, time.process_time() - used
    print(  # noqa: T201 - as above
        f"{digests:,} digests in {len(standin.workspaces)} workspaces: {took:.1f} s, {allowed / took:.0%} of what the "
        f"limits allow ({allowed:.1f} s), {used / digests * 1000:.1f} ms of the processor each, the stand-in's too; "
        f"{refused(standin)} refused for haste; "
        f"`/opshat` answered within {statistics.median(waited) * 1000:.0f} ms (median), {max(waited) * 1000:.0f} ms at most"
    )
    return allowed / took


def main() -> None:
    """Measure on an SQLite database of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--digests", type=int, default=5_000)
    parser.add_argument("--workspaces", type=int, default=25)
    parser.add_argument("--per-minute", type=int, default=200)
    given = parser.parse_args()
    configure_logs("text")  # as in life: a traceback that is drawn for a terminal takes seconds
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'monday.db'}"
        migrate(make_url(url))
        asyncio.run(measure(given.digests, given.workspaces, given.per_minute, url))


if __name__ == "__main__":
    main()
