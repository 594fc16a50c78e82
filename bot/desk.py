"""Which journey serves what a person did: the table of commands, buttons and modals.

Each handler opens one transaction, finds the channel, checks rights where settings change, and lets the
journey do the rest. Nothing is decided here.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels import find, join, schedule
from bot.channels import words as channel_words
from bot.digests.tell import last_digest
from bot.door.members import Members
from bot.door.people import Routes
from bot.errors import Problem
from bot.keys import KeyRing
from bot.nudges import extra
from bot.nudges import words as nudge_words
from bot.privacy import mine
from bot.privacy import words as privacy_words
from bot.prompts import Packs
from bot.replies import answer
from bot.replies import words as reply_words
from bot.slack.client import Slack
from bot.slack.faces import Message, Modal
from bot.slack.knock import Knock
from bot.store.engine import Database
from bot.store.tables import Channel


class Desk:
    """The handlers of everything that people can do, as `routes` lists them."""

    def __init__(
        self,
        db: Database,
        keys: KeyRing,
        slack: Slack,
        packs: Callable[[], Packs],
        now: Callable[[], datetime],
        rights: find.Rights,
        *,
        members: Members,
        retention_days: int,
    ) -> None:
        self._db = db
        self._keys = keys
        self._slack = slack
        self._packs = packs
        self._now = now
        self._rights = rights
        self._members = members
        self._retention_days = retention_days

    def routes(self) -> Routes:
        """Return who answers what."""
        return Routes(
            commands={
                "": self.overview,
                "help": self.overview,
                "answer": self.answer,
                "nudge": self.nudge,
                "digest": self.digest,
                "schedule": self.schedule,
                "pause": self.pause,
                "resume": self.resume,
                "privacy": self.privacy,
            },
            buttons={
                channel_words.SET_UP: self.schedule,
                nudge_words.ANSWER: self.answer_here,
                nudge_words.NOT_THIS_WEEK: self.not_this_week,
                privacy_words.DELETE: self.ask_to_delete,
                privacy_words.SURELY: self.delete_mine,
                privacy_words.OPT_OUT: self.opt_out,
                privacy_words.OPT_IN: self.opt_in,
                privacy_words.EXPORT: self.export_mine,
            },
            modals={channel_words.SCHEDULE: self.save_schedule, reply_words.ANSWER: self.store_answer},
            shortcuts={},
        )

    @asynccontextmanager
    async def _in_channel(self, knock: Knock, *, settings: bool = False) -> AsyncIterator[tuple[AsyncSession, Channel]]:
        await self._meet(knock)
        async with self._db.write() as session:
            channel = await find.channel_of(session, knock)
            if settings:
                find.check_rights(self._rights, knock, channel)
            yield session, channel

    async def _meet(self, knock: Knock) -> None:
        """Know a channel of whose invitation we were not told: for want of a scope, or while we were away."""
        async with self._db.read() as session:
            workspace = await find.workspace_of(session, knock.enterprise, knock.team)
            if workspace is None or await find.is_known(session, workspace, knock.channel):
                return
        invited = await join.is_invited(self._slack, workspace, knock.channel)
        async with self._db.write() as session:
            if invited:
                await join.joined(session, self._keys, workspace, knock.channel, self._packs(), self._now())
            elif invited is None:
                await join.know(session, self._keys, workspace, knock.channel, self._now())

    async def overview(self, knock: Knock) -> Message:
        """`/opshat` alone, and `/opshat help`."""
        async with self._in_channel(knock) as (_, channel):
            return channel_words.overview(schedule.next_words(channel))

    # Answering -------------------------------------------------------------------------------------------

    async def answer(self, knock: Knock) -> Modal:
        """`/opshat answer [text]`: to the channel's latest question."""
        members = await self._count_members(knock)
        async with self._in_channel(knock) as (session, channel):
            channel.members = members or channel.members
            return answer.modal(channel, await answer.latest_nudge(session, channel), knock.text)

    async def answer_here(self, knock: Knock) -> Modal:
        """*Answer privately*: to the question whose button was pressed."""
        members = await self._count_members(knock)
        async with self._in_channel(knock) as (session, channel):
            channel.members = members or channel.members
            return answer.modal(channel, await answer.nudge_at(session, channel, knock.message_ts, self._now()))

    async def _count_members(self, knock: Knock) -> int | None:
        """Ask how many are in a channel now: what is told of private answers depends on it."""
        async with self._in_channel(knock) as (_, channel):
            pass
        return await schedule.members_of(self._slack, channel)

    async def store_answer(self, knock: Knock) -> Modal:
        """Keep a private answer."""
        async with self._db.read() as session:
            channel = await self._meant(session, knock)
        if not channel.guests and await self._members.standing(channel.workspace_id, knock.user) == "guest":
            raise Problem(reply_words.GUEST)
        async with self._db.write() as session:
            channel = await self._meant(session, knock)
            given = answer.Given(
                id=str(knock.memo["answer"]),
                nudge=str(knock.memo["nudge"]),
                user=knock.user,
                text=str(knock.fields[reply_words.ANSWER] or ""),
            )
            await answer.store(session, self._keys, channel, given, self._now())
        return reply_words.stored()

    # Asking and telling ----------------------------------------------------------------------------------

    async def nudge(self, knock: Knock) -> Message:
        """`/opshat nudge`: one question more."""
        async with self._in_channel(knock, settings=True) as (session, channel):
            return await extra.extra_nudge(session, channel, self._packs, self._now())

    async def not_this_week(self, knock: Knock) -> Message:
        """*Not this week*."""
        async with self._in_channel(knock) as (_, channel):
            return extra.not_this_week(channel, self._now())

    async def digest(self, knock: Knock) -> Message:
        """`/opshat digest`: the last one again, for the asker alone."""
        async with self._in_channel(knock) as (session, channel):
            return await last_digest(session, channel, self._now())

    # Privacy ---------------------------------------------------------------------------------------------

    async def privacy(self, knock: Knock, note: str = "") -> Modal:
        """`/opshat privacy`: what is kept of the asker in this channel."""
        async with self._mine(knock) as (session, channel, who):
            kept = await mine.kept(session, channel, who)
        return privacy_words.overview(kept, {"channel": str(channel.id)}, self._retention_days, note)

    async def ask_to_delete(self, knock: Knock) -> Modal:
        """*Delete mine*: asked once more."""
        return privacy_words.sure(knock.memo)

    async def delete_mine(self, knock: Knock) -> Modal:
        """*Delete*: it goes now."""
        async with self._mine(knock) as (session, channel, who):
            await mine.delete_mine(session, channel, who, self._now())
        return await self.privacy(knock, privacy_words.DELETED)

    async def opt_out(self, knock: Knock) -> Modal:
        """*Opt out*."""
        async with self._mine(knock) as (session, channel, who):
            await mine.opt_out(session, channel, who)
        return await self.privacy(knock)

    async def opt_in(self, knock: Knock) -> Modal:
        """*Opt in again*."""
        async with self._mine(knock) as (session, channel, who):
            await mine.opt_in(session, channel, who)
        return await self.privacy(knock)

    async def export_mine(self, knock: Knock) -> Modal:
        """*Export mine*: as JSON, to copy."""
        async with self._mine(knock) as (session, channel, who):
            return privacy_words.export(await mine.kept(session, channel, who), knock.memo)

    @asynccontextmanager
    async def _mine(self, knock: Knock) -> AsyncIterator[tuple[AsyncSession, Channel, mine.Me]]:
        async with self._db.write() as session:
            channel = await self._meant(session, knock)
            yield session, channel, await mine.me(session, self._keys, channel, knock.user, self._now())

    async def _meant(self, session: AsyncSession, knock: Knock) -> Channel:
        """Return the channel that a modal was opened for, else the one where the command was typed."""
        if "channel" not in knock.memo:
            return await find.channel_of(session, knock)
        channel = await find.channel_by_id(session, knock, str(knock.memo["channel"]))
        if channel is None:
            raise Problem(reply_words.GONE)
        return channel

    # Settings --------------------------------------------------------------------------------------------

    async def schedule(self, knock: Knock) -> Modal:
        """`/opshat schedule` and *Set up*: the modal, filled in."""
        async with self._in_channel(knock, settings=True) as (_, channel):
            pass
        zone = channel.zone or await schedule.zone_of_person(self._slack, channel.workspace_id, knock.user)
        return schedule.modal(channel, zone, await schedule.members_of(self._slack, channel))

    async def save_schedule(self, knock: Knock) -> Modal:
        """Keep a schedule."""
        async with self._db.read() as session:
            channel = await self._meant(session, knock)
        members = await schedule.members_of(self._slack, channel)
        async with self._db.write() as session:
            channel = await session.get_one(Channel, channel.id, with_for_update=True)
            find.check_rights(self._rights, knock, channel)
            change = schedule.Change(knock.user, knock.fields, members, self._now())
            return await schedule.save(session, self._keys, channel, change)

    async def pause(self, knock: Knock) -> Message:
        """`/opshat pause`."""
        async with self._in_channel(knock, settings=True) as (session, channel):
            return await schedule.pause(session, channel, self._now())

    async def resume(self, knock: Knock) -> Message:
        """`/opshat resume`."""
        async with self._in_channel(knock, settings=True) as (session, channel):
            return await schedule.resume(session, channel, self._now())
