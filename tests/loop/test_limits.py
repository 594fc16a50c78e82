"""Many digests due at once drain as fast as the limits allow, one workspace does not hold up another."""

import asyncio
import time
from datetime import UTC, datetime

import pytest

from bot import postings
from bot.app import Clock, build
from bot.playground.standin import StandIn
from bot.postings import Draft
from bot.settings import Settings
from bot.slack.client import POST
from bot.slack.faces import Message
from bot.store.tables import Channel
from tests.team import SECRET, a_team

PER_MINUTE = 600  # scaled: Slack's several hundred, three times as fast


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_monday_drains_at_nine_tenths_of_what_the_limits_allow_and_commands_are_answered(
    database_url: str,
) -> None:
    standin = StandIn(seed=1)
    standin.pace.enforced = True
    standin.pace.posts_per_minute = PER_MINUTE
    await standin.start()
    workspace = standin.add_workspace("Monday")
    ada = workspace.add_person("ada")
    channels = [workspace.add_channel(f"c{number}") for number in range(80)]
    for channel in channels:
        channel.members.append(workspace.team.bot.id)
    settings = Settings.load(
        slack_bot_token=workspace.bot_token,
        slack_app_token=workspace.app_token,
        slack_api_url=standin.api_url,
        database_url=database_url,
        opshat_secret=SECRET,
        opshat_posts_per_minute=PER_MINUTE,
    )
    bot = build(settings, now=Clock())
    await bot.start(ticks=False)
    try:
        await standin.connected(workspace.app)
        now = datetime.now(UTC)
        async with bot.db.write() as session:
            for channel in channels:
                row = Channel(workspace_id=1, slack_id=channel.id, key=b"", joined_at=now)
                session.add(row)
                await session.flush()
                draft = Draft(postings.DIGEST, "2026-11-23", now, Message("What was heard here"))
                await postings.write_down(session, row.id, draft)
        began = time.monotonic()
        draining = asyncio.create_task(bot.postman.deliver())
        slowest = 0.0
        while not draining.done():
            asked = time.monotonic()
            await ada.slash(channels[0], "/opshat")
            slowest = max(slowest, time.monotonic() - asked)
            await asyncio.sleep(0.2)
        await draining
        allowed = len(channels) * 60 / PER_MINUTE
        assert time.monotonic() - began < allowed / 0.9 + 0.5, "the half second is the last call's"
        assert len(standin.journal.calls(POST, accepted=True)) == len(channels)
        assert slowest < 3, "Slack's limit for an answer"
        assert not [call for call in standin.journal.calls(POST) if not call.accepted]
    finally:
        await bot.stop()
        await standin.stop()


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
