"""Which journey serves what a person did: the table of commands, buttons and modals.

Each handler opens one transaction, finds the channel, checks rights where settings change, and lets the
journey do the rest. Nothing is decided here.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from bot import weeks
from bot.channels import find, hat, keep, profile, profile_words, schedule
from bot.channels import words as channel_words
from bot.channels.schedule import Facts
from bot.desk.private import Private
from bot.desk.reception import Reception
from bot.digests import words as digest_words
from bot.digests.tell import last_digest
from bot.door.people import Handler, Routes
from bot.errors import Problem
from bot.home import again
from bot.ledger.acts import Acts
from bot.nudges import extra
from bot.nudges import words as nudge_words
from bot.replies import answer, volunteer
from bot.replies import words as reply_words
from bot.replies.arrive import Told
from bot.slack.beside import OUTCOMES
from bot.slack.faces import Message, Modal
from bot.slack.knock import Knock
from bot.store.tables import Channel


@dataclass(frozen=True, slots=True)
class Desk(Reception):
    """The handlers of everything that people can do, as `routes` lists them."""

    def routes(self) -> Routes:
        """Return who answers what."""
        ledger, own = Acts(self.visit, self.hear), Private(self)
        commands = self._announced(
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
                "privacy": own.privacy,
            }
        )
        return Routes(
            commands=commands,
            buttons={
                **{action: commands[action.removeprefix("overview_")] for action in channel_words.ALONE},
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
                nudge_words.PUT_DOWN: self.put_hat_down_from_afar,
                **own.buttons(),
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
                await self.meet(knock)
                return await handler(knock)

            return handle

        return {word: after_learning(handler) for word, handler in commands.items()}

    async def overview(self, knock: Knock) -> Message:
        """`/opshat` alone, and `/opshat help`."""
        return channel_words.overview(schedule.next_words(await self.channel_of(knock)))

    # Answering -------------------------------------------------------------------------------------------

    async def answer(self, knock: Knock) -> Modal:
        """`/opshat answer [text]`: to the channel's latest question."""
        await self._check_answers(knock)
        members = await self._count_members(knock)
        async with self.in_channel(knock) as (session, channel):
            channel.members = members or channel.members
            return answer.modal(channel, await answer.latest_nudge(session, channel), self.packs(), knock.text)

    async def answer_here(self, knock: Knock) -> Modal:
        """*Answer privately*: to the question whose button was pressed."""
        await self._check_answers(knock)
        members = await self._count_members(knock)
        async with self.in_channel(knock) as (session, channel):
            channel.members = members or channel.members
            nudge = await answer.nudge_at(session, channel, knock.message_ts, self.now())
            return answer.modal(channel, nudge, self.packs())

    async def _count_members(self, knock: Knock) -> int | None:
        """Ask how many are in a channel now: what is told of private answers depends on it."""
        channel = await self.channel_of(knock)
        return (await schedule.facts_of(self.slack, channel)).members

    async def store_answer(self, knock: Knock) -> Modal:
        """Keep a private answer."""
        await self._check_answers(knock)
        async with self.db.write() as session:
            channel = await self.meant(session, knock)
            given = answer.Given(
                id=str(knock.memo["answer"]),
                nudge=str(knock.memo["nudge"]),
                user=knock.user,
                text=str(knock.fields[reply_words.ANSWER] or ""),
            )
            await answer.store(session, self.keys, channel, given, self.now())
            return reply_words.stored(channel.members)

    async def count_this(self, knock: Knock) -> Message:
        """The shortcut *Count this*, on a message."""
        await self._check_answers(knock)
        ts = knock.message_ts
        message = Told(knock.channel, ts, knock.thread_ts, version=ts, user=knock.author, text=knock.text)
        async with self.in_channel(knock) as (session, channel):
            return await volunteer.count_this(session, self.keys, channel, message, knock.user, self.now())

    async def _check_answers(self, knock: Knock) -> None:
        """Refuse words of people of other organisations, and of guests who were not let in, before they are stored."""
        if knock.outside:
            raise Problem(reply_words.OUTSIDE)
        if "channel" not in knock.memo:
            await self.meet(knock)
        async with self.db.read() as session:
            channel = await self.meant(session, knock)
        standing = (await self.members.who(channel.workspace_id, knock.user)).standing
        if standing == "unknown":
            raise Problem(reply_words.WHO_ARE_YOU)
        if standing == "guest" and not channel.guests:
            raise Problem(reply_words.NO_GUESTS)

    # Asking and telling ----------------------------------------------------------------------------------

    async def nudge(self, knock: Knock) -> Message:
        """`/opshat nudge`: one question more."""
        async with self.in_channel(knock, settings=True) as (session, channel):
            return await extra.extra_nudge(session, channel, self.packs, self.now())

    async def not_this_week(self, knock: Knock) -> Message:
        """*Not this week*."""
        find.check_member(knock)
        asker = await self.asker(knock)
        async with self.in_channel(knock) as (_, channel):
            find.check_let_in(channel, asker)
            return extra.not_this_week(channel, self.now())

    async def digest(self, knock: Knock) -> Message:
        """`/opshat digest`: the last one again, for the asker alone."""
        async with self.in_channel(knock) as (session, channel):
            person = weeks.person_in(self.keys, channel, knock.user)
            return await last_digest(session, channel, self.packs(), self.now(), person)

    async def post_it(self, knock: Knock) -> Message:
        """*Post it*, in Home: a digest of which nobody knows whether it was posted."""
        asker = await self.asker(knock)
        async with self.db.write() as session:
            workspace = await find.workspace_of(session, knock.enterprise, knock.team)
            named = bool(self.rights.admins)
            again.check_admin(admin=knock.user in self.rights.admins if named else asker.admin, named=named)
            return await again.post_it(session, workspace.id if workspace else 0, knock.text, self.now())

    async def keep(self, knock: Knock) -> Message:
        """*Keep / Less / Stop*, in a digest."""
        facts = await self._facts_now(knock) if knock.text == "keep" else Facts()
        async with self.in_channel(knock, settings=True) as (session, channel):
            return await keep.choose(session, channel, facts, knock.text, knock.user, self.now())

    # Profile and hat -------------------------------------------------------------------------------------

    async def profile(self, knock: Knock) -> Modal:
        """`/opshat profile`: to change, or to read for whoever may not change it."""
        asker, facts = await asyncio.gather(self.asker(knock), self._facts_now(knock))
        async with self.in_channel(knock) as (session, channel):
            facts.note(channel)
            why_not = find.why_not(self.rights, knock, channel, asker)
            return await profile.modal(session, channel, why_not)

    async def save_profile(self, knock: Knock) -> Modal:
        """Keep the profile."""
        asker = await self.asker(knock)
        async with self.db.read() as session:
            meant = await self.meant(session, knock)
        facts = await self.size_of(meant, knock, asker)
        async with self.db.write() as session:
            channel = await session.get_one(Channel, meant.id, with_for_update=True)
            facts.note(channel)
            find.check_rights(self.rights, knock, channel, asker)
            seen = int(str(knock.memo.get("seen") or 0))
            change = profile.Change(knock.user, knock.fields, seen, self.now())
            return await profile.save(session, channel, change, self.detector)

    async def hat(self, knock: Knock) -> Modal:
        """`/opshat hat`; it is nobody's once whoever wore it has left the channel, as far as Slack tells."""
        before = await self.channel_of(knock)
        left = before.hat_user != knock.user and await hat.wearer_left(self.slack, before)
        async with self.in_channel(knock) as (_, channel):
            if left and before.hat_user and channel.hat_user == before.hat_user:
                hat.put_down(channel, before.hat_user)
            return hat.modal(channel, knock.user)

    async def take_hat(self, knock: Knock) -> Modal:
        """*Take it*, in the modal or in an offer."""
        asker = await self.asker(knock)
        async with self.db.write() as session:
            channel = await self._alone(session, knock)
            find.check_member(knock)
            if not asker.guest:  # a guest hears it in the words of this journey
                find.check_let_in(channel, asker)
            return hat.take(channel, knock.user, self.now(), guest=asker.guest)

    async def put_hat_down(self, knock: Knock) -> Modal:
        """*Put it down*."""
        async with self.db.write() as session:
            return hat.put_down(await self._alone(session, knock), knock.user)

    async def put_hat_down_from_afar(self, knock: Knock) -> Modal:
        """*Put the hat down*, under the wearer's question."""
        return await self.put_hat_down(replace(knock, memo={"channel": knock.text}))

    async def pass_hat(self, knock: Knock) -> Modal:
        """*Pass it on*: ask to whom."""
        return profile_words.passing(knock.memo)

    async def offer_hat(self, knock: Knock) -> Modal:
        """Offer the hat to the person that was chosen."""
        async with self.db.read() as session:
            channel = await self.meant(session, knock)
        note = await hat.offer(self.slack, channel, knock.user, str(knock.fields["to"]))
        async with self.db.write() as session:
            return hat.put_down(await self._alone(session, knock), knock.user, note)

    async def save_hat(self, knock: Knock) -> Modal:
        """Keep what the wearer says of their experience."""
        async with self.db.write() as session:
            return hat.save(await self._alone(session, knock), knock.user, knock.fields)

    async def _alone(self, session: AsyncSession, knock: Knock) -> Channel:
        """Return the channel whose hat is meant; nobody else takes or puts it down before the session ends."""
        channel = await self.meant(session, knock)
        await session.refresh(channel, with_for_update=True)
        return channel

    # Settings --------------------------------------------------------------------------------------------

    async def schedule(self, knock: Knock) -> Modal:
        """`/opshat schedule` and *Set up*: the modal, filled in."""
        channel = await self.channel_of(knock)
        who = await self.members.who(channel.workspace_id, knock.user)
        asker, facts = await self.asker(knock), await schedule.facts_of(self.slack, channel)
        facts.note(channel)
        find.check_rights(self.rights, knock, channel, asker)
        names = self.packs().names()
        return schedule.modal(channel, schedule.zone_or_utc(who.zone), facts, names, guests_told=who.told)

    async def save_schedule(self, knock: Knock) -> Modal:
        """Keep a schedule."""
        async with self.db.read() as session:
            channel = await self.meant(session, knock)
        asks = schedule.facts_of(self.slack, channel, schedule.SAVES_WITHIN)
        asker, facts = await asyncio.gather(self.asker(knock), asks)
        facts.check()
        async with self.db.write() as session:
            channel = await session.get_one(Channel, channel.id, with_for_update=True)
            facts.note(channel)
            find.check_rights(self.rights, knock, channel, asker)
            seen = str(knock.memo.get("seen") or "")
            change = schedule.Change(knock.user, knock.fields, facts, self.now(), seen)
            saved = await schedule.save(session, self.keys, channel, change)
            # Once more: where Slack does not tell how many are there, it is known only now, as somebody typed it.
            find.check_rights(self.rights, knock, channel, asker)
            return saved

    async def pause(self, knock: Knock) -> Message:
        """`/opshat pause`."""
        async with self.in_channel(knock, settings=True) as (session, channel):
            return await schedule.pause(session, channel, self.now(), by=knock.user)

    async def resume(self, knock: Knock) -> Message:
        """`/opshat resume`."""
        facts = await self._facts_now(knock)
        async with self.in_channel(knock, settings=True) as (session, channel):
            facts.note(channel)
            return await schedule.resume(session, channel, facts, self.now(), by=knock.user)

    async def _facts_now(self, knock: Knock) -> Facts:
        """Ask what kind of channel it is now: it may be another than was known, or than stopped."""
        return await schedule.facts_of(self.slack, await self.channel_of(knock))


def chosen(handlers: Mapping[str, Handler]) -> Handler:
    """Return the handler of a menu: its value names one of these, and after a colon what it is about."""

    async def handle(knock: Knock) -> Message | Modal | None:
        name, _, rest = knock.text.partition(":")
        return await handlers[name](replace(knock, text=rest))

    return handle
