"""How a request reaches a journey: one transaction, at the channel that somebody means, with their rights checked."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot import readings
from bot.channels import find, join, schedule, unannounced, words
from bot.constraints.find import Detector
from bot.door.members import Members
from bot.errors import Problem
from bot.keys import KeyRing
from bot.ledger.visit import Visit, Visitor, begin
from bot.privacy import mine
from bot.prompts import Packs
from bot.slack.client import Slack
from bot.slack.knock import Knock
from bot.store.engine import Database
from bot.store.tables import Channel


@dataclass(frozen=True, slots=True)
class Reception:
    """What every handler starts from."""

    db: Database
    keys: KeyRing
    slack: Slack
    packs: Callable[[], Packs]
    now: Callable[[], datetime]
    rights: find.Rights
    members: Members
    detector: Detector
    retention_days: int

    @asynccontextmanager
    async def in_channel(self, knock: Knock, *, settings: bool = False) -> AsyncIterator[tuple[AsyncSession, Channel]]:
        """Open a transaction at the channel where a command or button was used; `settings` need the right to change."""
        asker = await self.asker(knock) if settings else find.Asker()
        facts = await self.size_of(await self.channel_of(knock), knock, asker) if settings else schedule.Facts()
        async with self.db.write() as session:
            channel = await find.channel_of(session, knock)
            if settings:
                facts.note(channel)
                find.check_rights(self.rights, knock, channel, asker)
            yield session, channel

    async def size_of(self, channel: Channel, knock: Knock, asker: find.Asker) -> schedule.Facts:
        """Ask Slack how large a channel is now, where it depends on that whether somebody may change settings.

        Raises:
            Problem: Slack is late, and nothing is known from before.

        """
        if asker.admin or knock.user in self.rights.admins:
            return schedule.Facts()
        facts = await schedule.facts_of(self.slack, channel)
        if channel.members is None:
            facts.check()
        return facts

    async def channel_of(self, knock: Knock) -> Channel:
        """Return the channel where a command or button was used, for what changes nothing."""
        async with self.db.read() as session:
            return await find.channel_of(session, knock)

    async def asker(self, knock: Knock) -> find.Asker:
        """Return what Slack says of whoever asks."""
        async with self.db.read() as session:
            workspace = await find.workspace_of(session, knock.enterprise, knock.team)
        who = await self.members.who(workspace.id, knock.user) if workspace else None
        if who is None:
            return find.Asker()
        return find.Asker(guest=who.standing == "guest", admin=who.admin, unknown=who.standing == "unknown")

    async def meet(self, knock: Knock) -> None:
        """Know a channel of whose invitation we were not told: for want of a scope, or while we were away."""
        async with self.db.read() as session:
            workspace = await find.workspace_of(session, knock.enterprise, knock.team)
            if workspace is None or await find.is_known(session, workspace, knock.channel):
                return
        invited = await join.is_invited(self.slack, workspace, knock.channel)
        if invited is None:
            invited = await unannounced.is_there(self.slack, workspace.id, knock)
        if invited:
            async with self.db.write() as session:
                await join.joined(session, self.keys, workspace, knock.channel, self.packs(), self.now())

    @asynccontextmanager
    async def visit(self, knock: Knock, *, acts: bool = True) -> AsyncIterator[Visit]:
        """Begin a visit of the channel's constraints; whoever `acts` has to be let act."""
        if knock.channel:
            await self.meet(knock)
        asker = await self.asker(knock) if acts else find.Asker()
        visitor = Visitor(knock.user, outside=knock.outside, guest=asker.guest)
        async with self.db.write() as session:
            channel = await self.meant(session, knock)
            if not visitor.guest:  # a guest hears it in the words of this journey
                find.check_let_in(channel, asker)
            yield await begin(session, self.keys, channel, visitor, self.now(), acts=acts)

    @asynccontextmanager
    async def mine_of(self, knock: Knock) -> AsyncIterator[tuple[AsyncSession, Channel, mine.Me]]:
        """Open a transaction at a channel, with whoever asks as their hashes there."""
        async with self.db.write() as session:
            channel = await self.meant(session, knock)
            yield session, channel, await mine.me(session, self.keys, channel, knock.user)

    async def meant(self, session: AsyncSession, knock: Knock) -> Channel:
        """Return the channel that a modal was opened for, else the one where the command was typed."""
        if "channel" not in knock.memo:
            return await find.channel_of(session, knock)
        channel = await find.channel_by_id(session, knock, str(knock.memo["channel"]))
        if channel is None:
            raise Problem(words.GONE)
        return channel

    def hear(self, texts: Iterable[str]) -> list[str]:
        """Return what the detector hears in somebody's own words."""
        return readings.limits_in(self.detector, texts)
