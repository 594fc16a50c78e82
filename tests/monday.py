"""A Monday at nine: channels whose week is to be told, a Slack that keeps its limits, and people who type meanwhile."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from bot import cadence, weeks
from bot.app import Bot
from bot.channels import join
from bot.installs.tenants import about_token
from bot.keys import KeyRing
from bot.playground.people import Person
from bot.playground.standin import StandIn
from bot.playground.workspace import Workspace as Place
from bot.playground.world import App
from bot.playground.world import Channel as Room
from bot.settings import Settings
from bot.slack.client import POST
from bot.store.tables import Posting, Workspace
from tests.team import SECRET


@asynccontextmanager
async def strict_slack(per_minute: int) -> AsyncIterator[StandIn]:
    """A stand-in by the real clock that refuses what comes too fast."""
    standin = StandIn(seed=1)
    standin.pace.enforced = True
    standin.pace.posts_per_minute = per_minute
    await standin.start()
    try:
        yield standin
    finally:
        await standin.stop()


def hosted(standin: StandIn, app: App, database_url: str, per_minute: int) -> Settings:
    """The settings of a bot that any workspace of a stand-in can install."""
    return Settings.load(
        slack_client_id=app.client_id,
        slack_client_secret=app.client_secret,
        slack_signing_secret=app.signing_secret,
        slack_api_url=standin.api_url,
        database_url=database_url,
        opshat_secret=SECRET,
        opshat_posts_per_minute=per_minute,
        opshat_tick_seconds=1,
    )


def rooms(place: Place, count: int) -> list[Room]:
    """Add channels of which the bot is a member."""
    added = [place.add_channel(f"c{number}") for number in range(count)]
    for room in added:
        room.members.append(place.team.bot.id)
    return added


async def fill(bot: Bot, keys: KeyRing, place: Place, channels: int, now: datetime) -> None:
    """Install the bot in a workspace whose channels have all been asked last week."""
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
        for room in rooms(place, channels):
            channel = await join.know(session, keys, workspace, room.id, now)
            channel.zone, channel.nudge_days, channel.nudge_time = "UTC", "2", "10:00"
            channel.digest_day, channel.digest_time = 1, "09:00"
            week = await weeks.week_at(session, keys, channel, last_week.starts_at)
            channel.week_ends_at = week.ends_at
            asked = last_week.starts_at + timedelta(days=1, hours=10)
            nudge = Posting(id=f"{channel.id:032}", channel_id=channel.id, kind="nudge", due="x", due_at=asked)
            nudge.state, nudge.ts = "posted", f"{asked.timestamp():.6f}"
            session.add(nudge)


async def typed_meanwhile(person: Person, room: Room, done: Callable[[], bool]) -> list[float]:
    """Let somebody type `/opshat` until all is done; return for how many seconds they waited each time."""
    waited = []
    while not done():
        asked = time.monotonic()
        await person.slash(room, "/opshat")
        waited.append(time.monotonic() - asked)
        await asyncio.sleep(0.2)
    return waited


def accepted(standin: StandIn) -> int:
    """Return how many messages stand."""
    return len(standin.journal.calls(POST, accepted=True))


def refused(standin: StandIn) -> int:
    """Return how many messages Slack did not take, for haste."""
    return len(standin.journal.calls(POST)) - accepted(standin)
