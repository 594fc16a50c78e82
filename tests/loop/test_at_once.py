"""Two processes at the same moment on PostgreSQL: nothing is lost, comes back, or keeps another waiting for good."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot import postings, weeks
from bot.channels.cures import look_for_tokens
from bot.digests.close import close_due_weeks
from bot.installs import leave
from bot.installs.rotate import rotate
from bot.keys import KeyRing
from bot.nudges.due import write_due_nudges
from bot.postings import Draft
from bot.postings.claims import Claim, Claims, Waits
from bot.privacy import mine
from bot.replies import arrive, volunteer
from bot.replies.arrive import New, Told
from bot.slack.faces import Message
from bot.store.direct import Direct
from bot.store.engine import Database
from bot.store.tables import Channel, Workspace
from tests.host import Host, a_host
from tests.installs.test_install import installed
from tests.ledger.scenes import BOARD
from tests.team import SECRET, Team

pytestmark = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)

KEYS = KeyRing(SECRET)


@pytest.fixture
async def host(database_url: str) -> AsyncIterator[Host]:
    async with a_host(database_url) as host:
        yield host


@asynccontextmanager
async def another(db: Database) -> AsyncIterator[AsyncSession]:
    """A transaction of another process."""
    async with db.write() as session:
        yield session


async def until_waiting(db: Database, many: int = 1) -> None:
    """Return when so many connections wait for another's lock."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with asyncio.timeout(5):
        while True:
            async with db.read() as session:
                if int(await session.scalar(text(waiting)) or 0) >= many:
                    return
            await asyncio.sleep(0.01)


async def channel_of(session: AsyncSession) -> Channel:
    return (await session.scalars(select(Channel))).one()


# Replies -------------------------------------------------------------------------------------------------


async def test_a_reply_that_comes_just_as_its_nudge_is_recorded_is_ours(team: Team, postgres_url: str) -> None:
    await team.set_up()
    await team.cut_off()

    def record(*told: Any) -> None:
        """Let another process record where the nudge stands, between two looks of this one."""
        if "DISTINCT postings.state" in told[2]:
            with psycopg.connect(postgres_url) as other:
                stands = (
                    "UPDATE postings SET state = 'posted', ts = %s, send_at = NULL WHERE kind = 'nudge' AND ts IS NULL"
                )
                other.execute(stands, [team.last.ts])

    event.listen(team.bot.db.engine.sync_engine, "before_cursor_execute", record)
    for name, words in zip(("ada", "ben"), BOARD, strict=False):
        await team.reply(name, team.last, words)
    assert await team.count("postings", "kind = 'nudge' AND ts IS NOT NULL") == 1
    assert await team.count("replies", "text IS NOT NULL") == 2


async def test_what_is_said_under_a_channels_new_id_before_we_are_told_of_it_is_found(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    old = team.channel.id
    team.standin.mischief.drop_events = True
    team.workspace.change_id(team.channel)
    await team.standin.settle()
    team.standin.mischief.drop_events = False
    await team.reply("ada", nudge, BOARD[0])
    team.workspace.tell_of_id(team.channel, old)
    await team.standin.settle()
    await team.reply("ben", nudge, BOARD[1])
    assert await team.count("replies", "text IS NOT NULL") >= 1, "what is said since then is ours at once"
    while team.bot.gaps.waits():
        await team.bot.gaps.heal(team.clock())
    assert await team.count("replies", "text IS NOT NULL") == 2


async def test_the_same_replies_in_another_order_are_no_deadlock(team: Team) -> None:
    await team.set_up()
    ways = team.bot.db.direct, Direct(team.bot.db.engine, asyncio.Lock(), 5.0)
    told = [Told(team.channel.id, f"{n}.0", "0.5", f"{n}.0", "U0ADA", "", BOARD[0]) for n in (1, 2)]
    async with another(team.bot.db) as session:
        channel = await channel_of(session)
        await arrive.store(session, channel, told[0], "somebody", known_member=True)
        news = [New(channel.id, "somebody", one) for one in told]
        batches = [
            asyncio.create_task(arrive.store_new(reads, order))
            for reads, order in zip(ways, (news, news[::-1]), strict=True)
        ]
        await until_waiting(team.bot.db, 2)
        await arrive.store(session, channel, told[1], "somebody", known_member=True)
    await asyncio.gather(*batches)
    await ways[1].close()
    assert await team.count("replies") == 2


# The week closes -----------------------------------------------------------------------------------------


def closing(team: Team, at: datetime) -> "asyncio.Task[int]":
    return asyncio.create_task(close_due_weeks(team.bot.db, KEYS, team.bot.language, at))


async def test_a_message_that_is_let_count_just_as_its_week_closes_is_no_deadlock(team: Team) -> None:
    await team.set_up()
    now = team.clock()
    ts = f"{now.timestamp():.6f}"
    async with another(team.bot.db) as session:
        channel = await channel_of(session)
        assert channel.week_ends_at is not None
        await weeks.open_week(session, KEYS, channel, now)
        closed = closing(team, channel.week_ends_at)
        await until_waiting(team.bot.db)
        message = Told(team.channel.id, ts, ts, ts, "U0ADA", "", BOARD[0])
        await volunteer.count_this(session, KEYS, channel, message, "U0ADA", now)
    assert await closed == 1
    assert await team.count("replies") == 1


@pytest.mark.parametrize("how", ["deleted", "all of mine"])
async def test_what_is_deleted_just_as_its_week_closes_leaves_no_word_in_a_theme(team: Team, how: str) -> None:
    await team.set_up()
    nudge = await team.nudged()
    said = await team.reply("ada", nudge, "We can't release before the zanzibar has signed.")
    await team.answer("ben", BOARD[0])
    await team.serve()  # it is read before the week ends
    async with another(team.bot.db) as session:
        ends = (await channel_of(session)).week_ends_at
        assert ends is not None
        await session.execute(text("SELECT id FROM private_answers FOR UPDATE"))  # which the closing deletes at its end
        closed = closing(team, ends)
        await until_waiting(team.bot.db)
        if how == "deleted":
            deleting = asyncio.create_task(team["ada"].delete(said))
        else:
            deleting = asyncio.create_task(delete_all_of(team, "ada"))
        await until_waiting(team.bot.db, 2)
    assert await closed == 1
    await deleting
    await team.standin.settle()
    assert await team.count("themes") == 1
    assert await team.count("replies", "text IS NOT NULL") == 0
    assert await team.count("themes", "CAST(parts AS text) LIKE '%zanzibar%'") == 0


async def delete_all_of(team: Team, name: str) -> None:
    async with another(team.bot.db) as session:
        channel = await channel_of(session)
        who = await mine.me(session, KEYS, channel, team[name].id)
        await mine.delete_mine(session, channel, who, team.clock())


# Uninstalled ---------------------------------------------------------------------------------------------


async def uninstall(session: AsyncSession, host: Host, enterprise: str, team: str) -> None:
    now = host.clock()
    forget_at = now + timedelta(hours=24)
    assert await leave.left(session, (enterprise, team), leave.UNINSTALLED, now, forget_at)


async def test_nobody_brings_back_what_an_uninstall_ended_while_it_was_being_said(host: Host) -> None:
    workspace, _ = await installed(host)
    db = host.bot.db
    async with db.write() as session:
        channel = await channel_of(session)
        draft = Draft(postings.DIGEST, postings.on_request(), host.clock(), Message("What was heard here"))
        await postings.write_down(session, channel.id, draft)
    claims = Claims(db, Waits(), host.bot.slack.pace, _nothing)
    claim = await _claimed(claims, channel.workspace_id)
    async with another(db) as session:
        await uninstall(session, host, "", workspace.team.id)
    await claims.put_back(claim, "due", 1.0)  # Slack had said when to come back
    assert await host.rows("SELECT state, send_at FROM postings WHERE kind = 'digest'") == [("refused", None)]


async def _claimed(claims: Claims, workspace: int) -> Claim:
    taken = await claims.take(workspace, 8, late=lambda _: False)
    return next(claim for claim in taken if claim.posting.kind == postings.DIGEST)


async def _nothing(*_: Any) -> None:
    """Find no words."""


async def test_a_refusal_at_the_moment_of_the_uninstall_is_no_deadlock(host: Host) -> None:
    workspace, _ = await installed(host)
    due = await host.bot.next_moment("nudge")
    assert due is not None
    db = host.bot.db
    async with db.write() as session:
        channel = await channel_of(session)
        early = Draft(postings.HAT, "early", host.clock() - timedelta(days=9), Message("later"), to="U", planned=True)
        await postings.write_down(session, channel.id, early)
    host.clock.move_to(due)
    assert await write_due_nudges(db, host.bot.shelf.packs, host.clock()) == 1
    workspace.team.token_error = "account_inactive"
    host.standin.mischief.delay = 0.5
    saying = asyncio.create_task(host.bot.postman.deliver())
    while not await host.count("postings", "state = 'sending'"):  # noqa: ASYNC110 - a row makes no event
        await asyncio.sleep(0.01)
    async with another(db) as parked:
        await parked.execute(text("SELECT id FROM postings WHERE due = 'early' FOR UPDATE"))
        leaving = asyncio.create_task(_leaves(host, workspace.team.id))
        await until_waiting(db, 2)
    await asyncio.gather(saying, leaving)
    assert await host.count("postings", "kind = 'nudge' AND state = 'refused'") == 1


async def _leaves(host: Host, team: str) -> None:
    async with another(host.bot.db) as session:
        await uninstall(session, host, "", team)


async def test_a_token_that_worked_just_before_the_uninstall_keeps_nothing(host: Host) -> None:
    workspace, _ = await installed(host)
    db = host.bot.db
    async with db.write() as session:
        channel = await channel_of(session)
        channel.paused_at, channel.pause_reason = host.clock(), "missing_scope"
    host.standin.mischief.delay = 0.5
    looking = asyncio.create_task(look_for_tokens(db, host.bot.slack, host.clock() + timedelta(days=14)))
    await asyncio.sleep(0.2)
    await _leaves(host, workspace.team.id)
    await looking
    assert await host.count("workspaces", "forget_at IS NOT NULL") == 1
    assert await host.count("channels", "pause_reason = 'missing_scope'") == 1


async def test_no_workspace_of_an_organisation_appears_while_that_leaves(host: Host) -> None:
    host.workspace("East", "E0ORG")
    west = host.workspace("West", "E0ORG")
    await host.install("E0ORG")
    async with another(host.bot.db) as session:
        await uninstall(session, host, "E0ORG", "")
        finding: asyncio.Task[Workspace | None] = asyncio.create_task(host.bot.tenants.find("E0ORG", west.team.id))
        await asyncio.sleep(0.5)
    assert await finding is None
    assert await host.count("workspaces", "forget_at IS NULL") == 0


# A new secret --------------------------------------------------------------------------------------------


async def test_a_new_secret_waits_for_no_reply_and_no_reply_for_it(team: Team) -> None:
    await team.set_up()
    async with another(team.bot.db) as session:
        channel = await channel_of(session)
        told = Told(team.channel.id, "1.0", "0.5", "1.0", "U0ADA", "", BOARD[0])
        await arrive.store(session, channel, told, "somebody", known_member=True)
        async with asyncio.timeout(5):
            assert await rotate(team.bot.db, KeyRing(f"a new secret of the tests that is long enough,{SECRET}"))
