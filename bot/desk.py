"""Which journey serves what a person did: the table of commands, buttons and modals.

Each handler opens one transaction, finds the channel, checks rights where settings change, and lets the
journey do the rest. Nothing is decided here.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot import weeks
from bot.channels import find, hat, join, keep, profile, profile_words, schedule, unannounced
from bot.channels import words as channel_words
from bot.constraints.find import Detector
from bot.digests import words as digest_words
from bot.digests.tell import last_digest
from bot.door.members import Members
from bot.door.people import Handler, Routes
from bot.errors import Problem
from bot.home import again
from bot.home import page as home
from bot.home import words as home_words
from bot.keys import KeyRing
from bot.ledger.acts import Acts
from bot.ledger.visit import Visit, Visitor, begin
from bot.nudges import extra
from bot.nudges import words as nudge_words
from bot.privacy import handing, mine
from bot.privacy import words as privacy_words
from bot.prompts import Packs
from bot.replies import answer, volunteer
from bot.replies import words as reply_words
from bot.replies.arrive import Told
from bot.slack.beside import OUTCOMES
from bot.slack.client import Busy, Slack, Unclear
from bot.slack.faces import Message, Modal
from bot.slack.knock import Knock
from bot.store.engine import Database
from bot.store.tables import Channel, Workspace


@dataclass(frozen=True, slots=True)
class Desk:
    """The handlers of everything that people can do, as `routes` lists them."""

    db: Database
    keys: KeyRing
    slack: Slack
    packs: Callable[[], Packs]
    now: Callable[[], datetime]
    rights: find.Rights
    members: Members
    detector: Detector
    retention_days: int

    def routes(self) -> Routes:
        """Return who answers what."""
        ledger = Acts(self._visit)
        return Routes(
            commands=self._announced(
                {
                    "": self.overview,
                    "help": self.overview,
                    "answer": self.answer,
                    "nudge": self.nudge,
                    "digest": self.digest,
                    "constraints": ledger.page,
                    "schedule": self.schedule,
                    "pause": self.pause,
                    "resume": self.resume,
                    "profile": self.profile,
                    "hat": self.hat,
                    "privacy": self.privacy,
                }
            ),
            buttons={
                channel_words.SET_UP: self.schedule,
                nudge_words.ANSWER: self.answer_here,
                again.POST_IT: self.post_it,
                nudge_words.NOT_THIS_WEEK: self.not_this_week,
                nudge_words.WATCH: ledger.watch_nudge,
                digest_words.MARK: ledger.open,
                digest_words.WATCH: ledger.watch,
                digest_words.TRY: ledger.ask_to_try,
                digest_words.WHY: ledger.why,
                digest_words.DISMISS: ledger.dismiss,
                digest_words.MORE: chosen({digest_words.WHY: ledger.why, digest_words.DISMISS: ledger.dismiss}),
                **{f"{digest_words.LOOK} {outcome}": ledger.look_back for outcome in OUTCOMES},
                **ledger.buttons(),
                **{f"{digest_words.KEEP} {what}": self.keep for what in digest_words.CHOICES},
                profile_words.TAKE: self.take_hat,
                profile_words.PASS: self.pass_hat,
                profile_words.PUT_DOWN: self.put_hat_down,
                privacy_words.DELETE: self.ask_to_delete,
                privacy_words.SURELY: self.delete_mine,
                privacy_words.OPT_OUT: self.opt_out,
                privacy_words.OPT_IN: self.opt_in,
                privacy_words.EXPORT: self.export_mine,
                privacy_words.SEND: self.send_mine,
                home_words.PRIVACY: self.privacy_from_home,
            },
            modals={
                channel_words.SCHEDULE: self.save_schedule,
                reply_words.ANSWER: self.store_answer,
                **ledger.modals(),
                profile_words.PROFILE: self.save_profile,
                profile_words.HAT: self.save_hat,
                profile_words.OFFER: self.offer_hat,
            },
            shortcuts={reply_words.COUNT_THIS: self.count_this},
        )

    def _announced(self, commands: Mapping[str, Handler]) -> Mapping[str, Handler]:
        """Let every command first learn of a channel that nobody told us of."""

        def after_learning(handler: Handler) -> Handler:
            async def handle(knock: Knock) -> Message | Modal | None:
                await self._meet(knock)
                return await handler(knock)

            return handle

        return {word: after_learning(handler) for word, handler in commands.items()}

    @asynccontextmanager
    async def _in_channel(self, knock: Knock, *, settings: bool = False) -> AsyncIterator[tuple[AsyncSession, Channel]]:
        asker = await self._asker(knock) if settings else find.Asker()
        async with self.db.write() as session:
            channel = await find.channel_of(session, knock)
            if settings:
                find.check_rights(self.rights, knock, channel, asker)
            yield session, channel

    async def _asker(self, knock: Knock) -> find.Asker:
        async with self.db.read() as session:
            workspace = await find.workspace_of(session, knock.enterprise, knock.team)
        who = await self.members.who(workspace.id, knock.user) if workspace else None
        return find.Asker(guest=who is not None and who.standing == "guest", admin=who is not None and who.admin)

    async def _meet(self, knock: Knock) -> None:
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

    async def overview(self, knock: Knock) -> Message:
        """`/opshat` alone, and `/opshat help`."""
        async with self._in_channel(knock) as (_, channel):
            return channel_words.overview(schedule.next_words(channel))

    # Answering -------------------------------------------------------------------------------------------

    async def answer(self, knock: Knock) -> Modal:
        """`/opshat answer [text]`: to the channel's latest question."""
        await self._check_answers(knock)
        members = await self._count_members(knock)
        async with self._in_channel(knock) as (session, channel):
            channel.members = members or channel.members
            return answer.modal(channel, await answer.latest_nudge(session, channel), self.packs(), knock.text)

    async def answer_here(self, knock: Knock) -> Modal:
        """*Answer privately*: to the question whose button was pressed."""
        await self._check_answers(knock)
        members = await self._count_members(knock)
        async with self._in_channel(knock) as (session, channel):
            channel.members = members or channel.members
            nudge = await answer.nudge_at(session, channel, knock.message_ts, self.now())
            return answer.modal(channel, nudge, self.packs())

    async def _count_members(self, knock: Knock) -> int | None:
        """Ask how many are in a channel now: what is told of private answers depends on it."""
        async with self._in_channel(knock) as (_, channel):
            pass
        return (await schedule.facts_of(self.slack, channel)).members

    async def store_answer(self, knock: Knock) -> Modal:
        """Keep a private answer."""
        await self._check_answers(knock)
        async with self.db.write() as session:
            channel = await self._meant(session, knock)
            given = answer.Given(
                id=str(knock.memo["answer"]),
                nudge=str(knock.memo["nudge"]),
                user=knock.user,
                text=str(knock.fields[reply_words.ANSWER] or ""),
            )
            await answer.store(session, self.keys, channel, given, self.now())
        return reply_words.stored()

    async def count_this(self, knock: Knock) -> Message:
        """The shortcut *Count this*, on a message."""
        await self._check_answers(knock)
        ts = knock.message_ts
        message = Told(knock.channel, ts, knock.thread_ts, version=ts, user=knock.author, text=knock.text)
        async with self._in_channel(knock) as (session, channel):
            return await volunteer.count_this(session, self.keys, channel, message, knock.user, self.now())

    async def _check_answers(self, knock: Knock) -> None:
        """Refuse words of people of other organisations, and of guests who were not let in, before they are stored."""
        if knock.outside:
            raise Problem(reply_words.OUTSIDE)
        if "channel" not in knock.memo:
            await self._meet(knock)
        async with self.db.read() as session:
            channel = await self._meant(session, knock)
        standing = (await self.members.who(channel.workspace_id, knock.user)).standing
        if standing == "unknown":
            raise Problem(reply_words.WHO_ARE_YOU)
        if standing == "guest" and not channel.guests:
            raise Problem(reply_words.NO_GUESTS)

    # Asking and telling ----------------------------------------------------------------------------------

    async def nudge(self, knock: Knock) -> Message:
        """`/opshat nudge`: one question more."""
        async with self._in_channel(knock, settings=True) as (session, channel):
            return await extra.extra_nudge(session, channel, self.packs, self.now())

    async def not_this_week(self, knock: Knock) -> Message:
        """*Not this week*."""
        async with self._in_channel(knock) as (_, channel):
            return extra.not_this_week(channel, self.now())

    async def digest(self, knock: Knock) -> Message:
        """`/opshat digest`: the last one again, for the asker alone."""
        async with self._in_channel(knock) as (session, channel):
            person = self.keys.person(channel.key, weeks.about_channel(channel.workspace_id), knock.user)
            return await last_digest(session, channel, self.now(), person)

    async def post_it(self, knock: Knock) -> Message:
        """*Post it*, in Home: a digest of which nobody knows whether it was posted."""
        asker = await self._asker(knock)
        async with self.db.write() as session:
            workspace = await find.workspace_of(session, knock.enterprise, knock.team)
            admin = knock.user in self.rights.admins if self.rights.admins else asker.admin
            return await again.post_it(session, workspace.id if workspace else 0, knock.text, admin=admin)

    @asynccontextmanager
    async def _visit(self, knock: Knock, *, acts: bool = True) -> AsyncIterator[Visit]:
        if knock.channel:
            await self._meet(knock)
        asker = await self._asker(knock) if acts else find.Asker()
        visitor = Visitor(knock.user, outside=knock.outside, guest=asker.guest)
        async with self.db.write() as session:
            channel = await self._meant(session, knock)
            yield await begin(session, self.keys, channel, visitor, self.now(), acts=acts)

    async def keep(self, knock: Knock) -> Message:
        """*Keep / Less / Stop*, in a digest."""
        async with self._in_channel(knock, settings=True) as (session, channel):
            return await keep.choose(session, channel, knock.text, knock.user, self.now())

    # Profile and hat -------------------------------------------------------------------------------------

    async def profile(self, knock: Knock) -> Modal:
        """`/opshat profile`."""
        async with self._in_channel(knock, settings=True) as (session, channel):
            return await profile.modal(session, channel)

    async def save_profile(self, knock: Knock) -> Modal:
        """Keep the profile."""
        asker = await self._asker(knock)
        async with self.db.write() as session:
            channel = await self._meant(session, knock)
            find.check_rights(self.rights, knock, channel, asker)
            return await profile.save(session, channel, knock.fields, knock.user, self.detector, self.now())

    async def hat(self, knock: Knock) -> Modal:
        """`/opshat hat`."""
        async with self._in_channel(knock) as (_, channel):
            return hat.modal(channel, knock.user)

    async def take_hat(self, knock: Knock) -> Modal:
        """*Take it*, in the modal or in an offer."""
        async with self.db.write() as session:
            channel = await self._meant(session, knock)
            find.check_member(knock)
            return hat.take(channel, knock.user, self.now())

    async def put_hat_down(self, knock: Knock) -> Modal:
        """*Put it down*."""
        async with self.db.write() as session:
            return hat.put_down(await self._meant(session, knock), knock.user)

    async def pass_hat(self, knock: Knock) -> Modal:
        """*Pass it on*: ask to whom."""
        return profile_words.passing(knock.memo)

    async def offer_hat(self, knock: Knock) -> Modal:
        """Offer the hat to the person that was chosen."""
        async with self.db.read() as session:
            channel = await self._meant(session, knock)
        note = await hat.offer(self.slack, channel, knock.user, str(knock.fields["to"]))
        async with self.db.write() as session:
            return hat.put_down(await self._meant(session, knock), knock.user, note)

    async def save_hat(self, knock: Knock) -> Modal:
        """Keep what the wearer says of their experience."""
        async with self.db.write() as session:
            return hat.save(await self._meant(session, knock), knock.user, knock.fields)

    # Privacy ---------------------------------------------------------------------------------------------

    async def privacy(self, knock: Knock, note: str = "") -> Modal:
        """`/opshat privacy`: what is kept of the asker in this channel."""
        async with self._mine(knock) as (session, channel, who):
            kept = await mine.kept(session, channel, who)
        memo = {"channel": str(channel.id), "where": channel.slack_id}
        return privacy_words.overview(kept, memo, self.retention_days, note)

    async def privacy_from_home(self, knock: Knock) -> Modal:
        """*Privacy*, beside a channel in Home: only of channels that the presser is in at this moment."""
        async with self.db.read() as session:
            workspace = await find.workspace_of(session, knock.enterprise, knock.team)
        if workspace is None:
            raise Problem(home_words.LEFT)
        try:
            theirs = await home.channels_of(self.slack, workspace, knock.user)
        except (Busy, Unclear):
            raise Problem(home_words.NOT_NOW) from None
        async with self.db.read() as session:
            channel = await home.room_of(session, workspace.id, knock.text, theirs or ())
        if channel is None:
            raise Problem(home_words.LEFT)
        return await self.privacy(replace(knock, memo={"channel": str(channel.id)}))

    async def ask_to_delete(self, knock: Knock) -> Modal:
        """*Delete mine*: asked once more."""
        return privacy_words.sure(knock.memo)

    async def delete_mine(self, knock: Knock) -> Modal:
        """*Delete*: it goes now."""
        async with self._mine(knock) as (session, channel, who):
            await mine.delete_mine(session, channel, who, self.now())
        await self.db.forget_the_log()
        return await self.privacy(knock, privacy_words.DELETED)

    async def opt_out(self, knock: Knock) -> Modal:
        """*Opt out*."""
        async with self._mine(knock) as (session, channel, who):
            await mine.opt_out(session, channel, who)
        return await self.privacy(knock, privacy_words.OUT)

    async def opt_in(self, knock: Knock) -> Modal:
        """*Opt in again*."""
        async with self._mine(knock) as (session, channel, who):
            await mine.opt_in(session, channel, who)
        return await self.privacy(knock, privacy_words.IN)

    async def export_mine(self, knock: Knock) -> Modal:
        """*Export mine*: as JSON, to copy."""
        async with self._mine(knock) as (session, channel, who):
            workspace = await session.get_one(Workspace, channel.workspace_id)
            files = "files:write" in workspace.scopes.split(",")
            return privacy_words.export(await mine.kept(session, channel, who), knock.memo, files=files)

    async def send_mine(self, knock: Knock) -> Modal:
        """*Send me the file*."""
        async with self._mine(knock) as (session, channel, who):
            kept = await mine.kept(session, channel, who)
        await handing.send_file(self.slack, channel, knock.user, kept)
        return privacy_words.sent(knock.memo, privacy_words.SENT)

    @asynccontextmanager
    async def _mine(self, knock: Knock) -> AsyncIterator[tuple[AsyncSession, Channel, mine.Me]]:
        async with self.db.write() as session:
            channel = await self._meant(session, knock)
            yield session, channel, await mine.me(session, self.keys, channel, knock.user, self.now())

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
        who = await self.members.who(channel.workspace_id, knock.user)
        facts = await schedule.facts_of(self.slack, channel)
        names = self.packs().names()
        return schedule.modal(channel, schedule.zone_or_utc(who.zone), facts, names, guests_told=who.told)

    async def save_schedule(self, knock: Knock) -> Modal:
        """Keep a schedule."""
        async with self.db.read() as session:
            channel = await self._meant(session, knock)
        asker, facts = await self._asker(knock), await schedule.facts_of(self.slack, channel)
        async with self.db.write() as session:
            channel = await session.get_one(Channel, channel.id, with_for_update=True)
            find.check_rights(self.rights, knock, channel, asker)
            change = schedule.Change(knock.user, knock.fields, facts, self.now())
            return await schedule.save(session, self.keys, channel, change)

    async def pause(self, knock: Knock) -> Message:
        """`/opshat pause`."""
        async with self._in_channel(knock, settings=True) as (session, channel):
            return await schedule.pause(session, channel, self.now())

    async def resume(self, knock: Knock) -> Message:
        """`/opshat resume`."""
        async with self._in_channel(knock, settings=True) as (session, channel):
            return await schedule.resume(session, channel, self.now())


def chosen(handlers: Mapping[str, Handler]) -> Handler:
    """Return the handler of a menu: its value names one of these, and after a colon what it is about."""

    async def handle(knock: Knock) -> Message | Modal | None:
        name, _, rest = knock.text.partition(":")
        return await handlers[name](replace(knock, text=rest))

    return handle
