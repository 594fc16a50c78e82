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
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import make_url, update

from bot import cadence, weeks
from bot.app import Bot, Clock, build
from bot.channels import join
from bot.installs.tenants import about_token
from bot.keys import KeyRing
from bot.playground.standin import StandIn
from bot.playground.workspace import Workspace as Place
from bot.settings import Settings
from bot.slack.client import POST
from bot.store.migrate import migrate
from bot.store.tables import Channel, Posting, Workspace
from tests.team import SECRET, served


async def fill(bot: Bot, keys: KeyRing, place: Place, channels: int, now: datetime) -> None:
    """Let a workspace's channels have been asked last week."""
    last_week = cadence.week_of(now - timedelta(days=7), "UTC")
    team = place.team
    async with bot.db.write() as session:
        workspace = Workspace(
            team_id=team.id,
            bot_user_id=team.bot.id,
            bot_id=team.bot_id,
            installed_at=now,
            scopes="chat:write,commands",
            token=keys.wrap(team.bot_token.encode(), about_token("", team.id)),
        )
        session.add(workspace)
        await session.flush()
        for number in range(channels):
            slack_channel = place.add_channel(f"c{number}")
            slack_channel.members.append(team.bot.id)
            channel = await join.know(session, keys, workspace, slack_channel.id, now)
            channel.zone, channel.nudge_days, channel.nudge_time = "UTC", "2", "10:00"
            channel.digest_day, channel.digest_time = 1, "09:00"
            week = await weeks.week_at(session, keys, channel, last_week.starts_at)
            channel.week_ends_at = week.ends_at
            asked = last_week.starts_at + timedelta(days=1, hours=10)
            nudge = Posting(id=f"{channel.id:032}", channel_id=channel.id, kind="nudge", due="x", due_at=asked)
            nudge.state, nudge.ts = "posted", f"{asked.timestamp():.6f}"
            session.add(nudge)


async def measure(digests: int, workspaces: int, per_minute: int, database_url: str) -> float:
    """Return the share of what the limits allow."""
    standin = StandIn(seed=1)
    standin.pace.enforced = True
    standin.pace.posts_per_minute = per_minute
    await standin.start()
    app = standin.add_app()
    settings = Settings.load(
        slack_client_id=app.client_id,
        slack_client_secret=app.client_secret,
        slack_signing_secret=app.signing_secret,
        slack_api_url=standin.api_url,
        database_url=database_url,
        opshat_secret=SECRET,
        opshat_posts_per_minute=per_minute,
        opshat_tick_seconds=1,
    )
    bot, keys, now = build(settings, now=Clock()), KeyRing(SECRET), datetime.now(UTC)
    each = digests // workspaces
    places = [standin.add_workspace(f"w{number}", app=app) for number in range(workspaces)]
    for place in places:
        place.add_person("ada")
        await fill(bot, keys, place, each, now)
    await bot.start(ticks=False)
    began = time.perf_counter()
    await bot.tick()
    print(f"{digests:,} weeks closed in {time.perf_counter() - began:.1f} s")  # noqa: T201 - a command prints
    async with bot.db.write() as session:
        due = {"digest_on": now.date(), "digest_at": datetime.now(UTC)}
        await session.execute(update(Channel).where(Channel.week_ends_at.is_not(None)).values(due))
    async with served(bot) as url:
        app.request_url = url
        took, waited = await drain(bot, standin, places[0], digests)
    allowed = (each - 1) * 60 / per_minute
    refused = len([call for call in standin.journal.calls(POST) if not call.accepted])
    print(  # noqa: T201 - as above
        f"{digests:,} digests in {workspaces} workspaces at {per_minute} a minute: {took:.1f} s, "
        f"{allowed / took:.0%} of what the limits allow ({allowed:.1f} s); {refused} refused for haste; "
        f"`/opshat` answered within {statistics.median(waited) * 1000:.0f} ms (median), {max(waited) * 1000:.0f} ms at most"
    )
    await bot.stop()
    await standin.stop()
    return allowed / took


async def drain(bot: Bot, standin: StandIn, place: Place, digests: int) -> tuple[float, list[float]]:
    """Let the bot tick until all stand in Slack; return the seconds, and how long commands waited meanwhile."""
    channel = next(iter(place.team.channels.values()))
    waited = []
    began = time.perf_counter()
    bot.carrier.start()
    bot.ticker.start()
    while len(standin.journal.calls(POST, accepted=True)) < digests:
        asked = time.perf_counter()
        await place.person("ada").slash(channel, "/opshat")
        waited.append(time.perf_counter() - asked)
        await asyncio.sleep(0.2)
    return time.perf_counter() - began, waited


def main() -> None:
    """Measure on an SQLite database of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--digests", type=int, default=5_000)
    parser.add_argument("--workspaces", type=int, default=25)
    parser.add_argument("--per-minute", type=int, default=200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'monday.db'}"
        migrate(make_url(url))
        asyncio.run(measure(given.digests, given.workspaces, given.per_minute, url))


if __name__ == "__main__":
    main()
