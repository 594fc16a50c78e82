"""What happened while nobody listened is found by reading open threads again, as slowly as Slack asks."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from bot.app import build
from bot.door.socket import Patience
from bot.playground.world import SCOPES, Message
from tests.host import a_host
from tests.installs.test_install import set_up
from tests.team import Team, a_team

WORDS = "We can't release before the harbour board has signed."


@asynccontextmanager
async def asked(database_url: str) -> AsyncIterator[tuple[Team, Message]]:
    """A team, and the question that it was asked."""
    async with a_team(database_url) as team:
        await team.set_up()
        yield team, await team.nudged()


async def replied_before_a_gap(team: Team, nudge: Message, replies: int) -> list[Message]:
    """Let somebody answer that often before nothing more is heard of Slack."""
    said = [await team.reply("ada", nudge, f"{WORDS} {number}") for number in range(replies)]
    team.standin.mischief.drop_events = True
    return said


async def texts(team: Team) -> list[str]:
    rows = await team.rows("SELECT text FROM replies WHERE text IS NOT NULL ORDER BY ts")
    return [str(text) for (text,) in rows]


async def heal(team: Team) -> None:
    while team.bot.gaps.waits():
        await team.bot.gaps.heal(team.clock())


async def test_replies_edits_and_deletions_of_an_outage_are_found(database_url: str) -> None:
    async with asked(database_url) as (team, nudge):
        said = await replied_before_a_gap(team, nudge, 3)
        await team["ada"].edit(said[0], "on second thought")
        await team["ada"].delete(said[1])
        await team["ben"].say(team.channel, "said in the gap", thread_ts=nudge.ts)
        await team.standin.settle()
        assert await texts(team) == [f"{WORDS} 0", f"{WORDS} 1", f"{WORDS} 2"]
        await team.bot.gaps.note_all()
        await heal(team)
        assert await texts(team) == ["on second thought", f"{WORDS} 2", "said in the gap"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_private_channel_that_may_not_be_read_keeps_no_other_from_being_read(database_url: str) -> None:
    scopes = [scope for scope in SCOPES if scope != "groups:history"]
    async with a_team(database_url, scopes=scopes) as team:
        await team.set_up()
        secret = team.workspace.add_channel("secret", private=True)
        public, team.channel = team.channel, secret
        await team.set_up()
        team.channel = public
        nudge = await team.nudged()
        assert await team.count("postings", "kind = 'nudge' AND ts IS NOT NULL") == 2
        team.standin.mischief.drop_events = True
        await team["ben"].say(team.channel, "said in the gap", thread_ts=nudge.ts)
        # The private channel's thread is read first, and refused.
        await team.change(
            "UPDATE postings SET due_at = :later WHERE channel_id = 2", later=datetime(2026, 9, 9, tzinfo=UTC)
        )
        await team.bot.gaps.note_all()
        await heal(team)
        assert await texts(team) == ["said in the gap"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_long_thread_is_read_page_by_page_within_the_strictest_limit(database_url: str) -> None:
    async with a_team(database_url) as team:
        team.standin.pace.strict_histories = True
        await team.set_up()
        nudge = await team.nudged()
        team.standin.mischief.drop_events = True
        for number in range(40):
            await team["ada"].say(team.channel, f"reply {number}", thread_ts=nudge.ts)
        await team.bot.gaps.note_all()
        for _ in range(3):
            await heal_now(team)
        assert len(await texts(team)) == 14, "one page of fifteen, the nudge among them, and then a minute's rest"
        assert len(team.standin.journal.calls("conversations.replies")) == 2
        assert team.bot.slack.held(1, "conversations.replies") > 50


async def heal_now(team: Team) -> None:
    await team.bot.gaps.heal(team.clock())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_somebody_who_turns_out_to_be_a_guest_is_dropped_and_a_member_counted(database_url: str) -> None:
    async with asked(database_url) as (team, nudge):
        team["dov"].user.is_restricted = True
        team.standin.set_retries(scale=0.0001, ack_seconds=0.3)
        team.standin.mischief.fail_sometimes("users.info", "500", 1.0)
        for name in ("ben", "dov"):
            await team.reply(name, nudge, f"{WORDS} {name}")
        assert await team.count("replies", "NOT known_member") == 2
        team.standin.mischief.calm()
        await team.bot.gaps.note_unvetted()
        await heal(team)
        assert await texts(team) == [f"{WORDS} ben"]
        assert await team.count("replies", "NOT known_member") == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_slack_gave_up_on_is_read_some_minutes_after_it_was_refused(database_url: str) -> None:
    async with asked(database_url) as (team, nudge):
        team.standin.set_retries(scale=0.0001, ack_seconds=0.3)
        await team.change("ALTER TABLE replies RENAME TO away")
        await team["ben"].say(team.channel, WORDS, thread_ts=nudge.ts)
        await team.standin.settle()
        assert team.standin.journal.deliveries("message")[-1].state == "given up"
        await team.change("ALTER TABLE away RENAME TO replies")
        seconds = 0.0
        team.bot.gaps.clock = lambda: time.monotonic() + seconds
        await heal_now(team)
        assert await texts(team) == [], "Slack's own retries come first"
        seconds = 401
        await heal_now(team)
        await heal(team)
        assert await texts(team) == [WORDS]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_home_that_could_not_be_shown_has_no_thread_read_again(database_url: str) -> None:
    async with asked(database_url) as (team, _):
        await heal(team)
        team.standin.set_retries(scale=0.0001, ack_seconds=0.3)
        team.standin.mischief.fail_sometimes("views.publish", "500", 1.0)
        await team["ada"].open_home()
        assert team.standin.journal.deliveries("app_home_opened")[-1].state == "given up"
        team.bot.gaps.clock = lambda: time.monotonic() + 401
        await heal_now(team)
        assert not team.standin.journal.calls("conversations.replies")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_old_threads_have_their_turn_although_all_are_asked_for_again_and_again(database_url: str) -> None:
    async with a_team(database_url) as team:
        await team.set_up()
        nudges = {(await team.nudged()).ts, (await team.nudged()).ts}
        for _ in range(3):
            await team.bot.gaps.note_all()
            await heal_now(team)
        await heal(team)
        calls = team.standin.journal.calls("conversations.replies")
        assert {str(call.arguments["ts"]) for call in calls[:2]} == nudges


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_is_asked_for_while_a_thread_is_being_read_is_read_from_its_beginning(database_url: str) -> None:
    async with asked(database_url) as (team, nudge):
        said = await replied_before_a_gap(team, nudge, 20)
        await team.bot.gaps.note_all()
        await heal_now(team)
        await team["ada"].edit(said[0], "on second thought")
        await team.bot.gaps.note_all()
        await heal(team)
        assert (await texts(team))[0] == "on second thought"


async def test_a_workspace_whose_threads_cannot_be_read_holds_up_no_other(database_url: str) -> None:
    async with a_host(database_url) as host:
        places = [host.workspace(name) for name in ("One", "Two")]
        channels = []
        for place in places:
            await host.install(place.team.id)
            channels.append(await set_up(host, place))
        await host.walk.to_next("nudge")
        host.standin.mischief.drop_events = True
        for place, channel in zip(places, channels, strict=True):
            nudge = next(post for post in place.from_bot(channel) if "Answer in the thread" in post.text)
            await place.person("ben").say(channel, WORDS, thread_ts=nudge.ts)
        unreadable = "x'00'" if host.bot.db.is_sqlite else r"'\x00'"
        async with host.bot.db.write() as session:
            await session.execute(text(f"UPDATE channels SET key = {unreadable} WHERE workspace_id = 1"))  # noqa: S608 - ours
        await host.bot.gaps.note_all()
        for _ in range(2):
            await host.bot.gaps.heal(host.clock())
        assert await host.rows("SELECT workspace_id FROM replies JOIN channels ON channels.id = channel_id") == [(2,)]
        assert not host.bot.gaps.waits()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_socket_that_says_nothing_is_opened_anew_and_at_last_ends_the_process(database_url: str) -> None:
    async with a_team(database_url) as team:
        bot = build(team.bot._settings, now=team.clock, pace=0, patience=Patience(0.6, 2.5))  # noqa: SLF001 - the same again
        await bot.start(ticks=False)
        try:
            opened = len(team.standin.journal.calls("apps.connections.open"))
            failed = asyncio.create_task(bot.failed())
            await asyncio.sleep(1.5)
            assert not failed.done(), "answers to pings are signs of life"
            team.standin.mischief.silent_sockets = True
            with pytest.raises(Exception, match="said nothing for"):
                await asyncio.wait_for(failed, 20)
            assert len(team.standin.journal.calls("apps.connections.open")) > opened
        finally:
            team.standin.mischief.silent_sockets = False
            await bot.stop()
