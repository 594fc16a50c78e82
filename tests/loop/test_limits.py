"""Many digests due at once drain as fast as the limits allow, and no faster, however many processes say them."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from bot import postings
from bot.app import Bot, Clock, build
from bot.keys import KeyRing
from bot.playground.standin import StandIn
from bot.playground.workspace import Workspace
from bot.playground.world import Channel as Room
from bot.postings import Draft
from bot.settings import Settings
from bot.slack.client import POST
from bot.slack.faces import Message
from bot.store.tables import Channel
from tests.monday import accepted, fill, hosted, refused, rooms, strict_slack, typed_meanwhile
from tests.team import SECRET, a_team

PER_MINUTE = 600  # scaled: Slack's several hundred, three times as fast


@asynccontextmanager
async def bots(database_url: str, standin: StandIn, place: Workspace, count: int = 1) -> AsyncIterator[list[Bot]]:
    """As many processes' worth of bots on one database, none of which ticks by itself."""
    settings = Settings.load(
        slack_bot_token=place.bot_token,
        slack_app_token=place.app_token,
        slack_api_url=standin.api_url,
        database_url=database_url,
        opshat_secret=SECRET,
        opshat_posts_per_minute=PER_MINUTE,
    )
    async with AsyncExitStack() as stack:
        started = [build(settings, now=Clock()) for _ in range(count)]
        for bot in started:
            stack.push_async_callback(bot.stop)
            await bot.start(ticks=False)
        await standin.connected(place.app)
        yield started


async def write(bot: Bot, channels: Sequence[Room], each: int = 1) -> None:
    """Let so many messages wait for each channel."""
    now = datetime.now(UTC)
    async with bot.db.write() as session:
        for channel in channels:
            row = Channel(workspace_id=1, slack_id=channel.id, key=b"", joined_at=now)
            session.add(row)
            await session.flush()
            moments = [now + timedelta(seconds=number) for number in range(each)]
            drafts = [Draft(postings.DIGEST, f"{moment}", moment, Message(f"said {moment}")) for moment in moments]
            await postings.write_many(session, [(row.id, draft) for draft in drafts])


async def drained(both: Sequence[Bot]) -> None:
    """Let them say all that waits: what was claimed too late for its turn is left to the next tick."""
    while await both[0].postman.waiting():
        await asyncio.gather(*(bot.postman.deliver() for bot in both))
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_monday_drains_at_nine_tenths_of_what_the_limits_allow_and_commands_are_answered(
    database_url: str,
) -> None:
    async with strict_slack(PER_MINUTE) as standin:
        place = standin.add_workspace("Monday")
        ada, channels = place.add_person("ada"), rooms(place, 80)
        async with bots(database_url, standin, place) as [bot]:
            await write(bot, channels)
            began = time.monotonic()
            draining = asyncio.create_task(bot.postman.deliver())
            waited = await typed_meanwhile(ada, channels[0], draining.done)
            await draining
            await drained([bot])
        allowed = len(channels) * 60 / PER_MINUTE
        assert time.monotonic() - began < allowed / 0.9 + 0.5, "the half second is the last call's"
        assert accepted(standin) == len(channels)
        assert max(waited) < 3, "Slack's limit for an answer"
        assert not refused(standin)


async def test_two_processes_together_keep_to_what_a_workspace_is_allowed(database_url: str) -> None:
    async with strict_slack(PER_MINUTE) as standin:
        place = standin.add_workspace("Monday")
        channels = rooms(place, 60)
        async with bots(database_url, standin, place, count=2) as both:
            await write(both[0], channels)
            began = time.monotonic()
            await drained(both)
            took = time.monotonic() - began
        assert accepted(standin) == len(channels)
        assert not refused(standin)
        assert took >= (len(channels) - 1) * 60 / PER_MINUTE
        assert took < len(channels) * 60 / PER_MINUTE * 1.5 + 2, "nor do they wait for each other in vain"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_workspace_in_which_nothing_waited_for_a_moment_waits_for_no_other(database_url: str) -> None:
    async with strict_slack(60) as standin:
        app = standin.add_app()
        busy, quiet = places = [standin.add_workspace(name, app=app) for name in ("Busy", "Quiet")]
        bot = build(hosted(standin, app, database_url, 60), now=Clock())
        for place in places:
            await fill(bot, KeyRing(SECRET), place, 5, datetime.now(UTC))
        await bot.start(ticks=False)
        await say_in(bot, range(1, 7))  # the sixth is the first of the quiet workspace
        delivering = asyncio.create_task(bot.postman.deliver())
        await standin.until(lambda: posts_in(quiet) == 1)
        await say_in(bot, [7])
        await standin.until(lambda: posts_in(quiet) == 2, seconds=3)
        assert posts_in(busy) < 5
        assert not delivering.done()
        await delivering
        await bot.stop()


async def say_in(bot: Bot, channels: Iterable[int]) -> None:
    draft = Draft(postings.DIGEST, postings.on_request(), datetime.now(UTC), Message("What was heard here"))
    async with bot.db.write() as session:
        await postings.write_many(session, [(channel, draft) for channel in channels])


def posts_in(place: Workspace) -> int:
    return sum(len(place.from_bot(channel)) for channel in place.team.channels.values())


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_two_processes_together_post_to_a_channel_once_a_second_and_in_order(database_url: str) -> None:
    async with strict_slack(PER_MINUTE) as standin:
        place = standin.add_workspace("Monday")
        [channel] = rooms(place, 1)
        async with bots(database_url, standin, place, count=2) as both:
            await write(both[0], [channel], each=10)
            first = asyncio.create_task(both[0].postman.deliver())
            await asyncio.sleep(2)  # the first has claimed as many as it says in six seconds
            await drained(both)
            await first
        times = [float(message.ts) for message in place.from_bot(channel)]
        words = [message.text for message in place.from_bot(channel)]
        assert len(words) == 10
        assert words == sorted(words)
        # On a busy machine one may arrive late, and the next too soon after it; without turns half of them would.
        assert refused(standin) <= 1
        assert all(later - earlier > 0.9 for earlier, later in pairwise(times))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_retry_after_is_kept_for_its_method_and_workspace_alone(database_url: str) -> None:
    async with a_team(database_url) as team:
        await team.set_up()
        team.standin.mischief.fail_next("chat.postMessage", "429", retry_after=30)
        moment = await team.bot.next_moment("nudge")
        assert moment is not None
        team.clock.move_to(moment)
        await team.bot.tick()
        calls = len(team.standin.journal.calls(POST))
        await team.bot.tick()
        assert len(team.standin.journal.calls(POST)) == calls, "nothing is posted before the time that Slack named"
        assert team.bot.slack.held(1, POST) > 25
        assert not team.bot.slack.held(2, POST)
        seen = await team["ada"].slash(team.channel, "/opshat")
        assert "The next question comes" in seen.text
