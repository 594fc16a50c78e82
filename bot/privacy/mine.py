"""What is kept of one person in one channel: shown, handed out, deleted, or not kept any more.

Nobody's Slack id stands beside words, so whoever asks is found by hashing their id again under the channel's
key, and for private answers under the key of every week that is not closed yet: an outage may leave several.
"""

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import postings, weeks
from bot.constraints.standing import HIDES_AT
from bot.keys import KeyRing
from bot.readings import forget_words
from bot.store.engine import insert
from bot.store.tables import (
    ERASED,
    OWN_DELETION_FOR,
    TOMBSTONE_FOR,
    Channel,
    Dismissal,
    Finding,
    Mark,
    OptOut,
    Posting,
    PrivateAnswer,
    ProfileLine,
    Reply,
    Theme,
    Try,
    Watch,
    Watcher,
    Week,
)


@dataclass(frozen=True, slots=True)
class Me:
    """Who asks: their Slack id, and what was made of it: `person` in the channel, and `week_persons` by open week."""

    user: str
    person: str
    week_persons: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class OwnTry:
    """A try as its author wrote it; `outcome` is empty while it is open."""

    what: str
    feels: str
    stops: str
    look_on: date
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """Everything that is kept of somebody in a channel; texts oldest first.

    Attributes:
        replies: each with its moment's ts.
        private: answers of the open week, and of those that have ended and are not closed yet.
        findings: ts, kind and words of what was heard in the replies.
        marks: the line's label and what they hold it to be.
        watches: labels of lines, or the questions.
        tries: their own.
        dismissals: labels of the lines that they called no constraint.
        profile: lines of the channel's profile that they wrote, each with what it is about.
        experience: what they said of their own, while they wear the hat: in what, and how much.
        named: where their Slack id itself stands: "hat", "set up", "changed", "profile".
        opted_out: whether nothing is stored of them any more.

    """

    replies: tuple[tuple[str, str], ...] = ()
    private: tuple[str, ...] = ()
    findings: tuple[tuple[str, str, str], ...] = ()
    marks: tuple[tuple[str, str], ...] = ()
    watches: tuple[str, ...] = ()
    tries: tuple[OwnTry, ...] = ()
    dismissals: tuple[str, ...] = ()
    profile: tuple[tuple[str, str], ...] = ()
    experience: tuple[tuple[str, str], ...] = ()
    named: tuple[str, ...] = ()
    opted_out: bool = False

    @property
    def nothing(self) -> bool:
        """Whether nothing at all is kept of them, their name included."""
        texts = self.replies or self.private or self.tries or self.profile
        return not (texts or self.findings or self.marks or self.watches or self.dismissals or self.named)

    def to_json(self) -> dict[str, Any]:
        """Return all of it for somebody to keep."""
        return {
            "replies": [{"ts": ts, "text": text} for ts, text in self.replies],
            "private_answers_of_the_open_week": list(self.private),
            "findings_in_your_replies": [{"ts": ts, "kind": kind, "words": words} for ts, kind, words in self.findings],
            "marks": [{"line": label, "mark": mark} for label, mark in self.marks],
            "watches": list(self.watches),
            "tries": [{**asdict(one), "look_on": one.look_on.isoformat()} for one in self.tries],
            "lines_called_no_constraint": list(self.dismissals),
            "lines_of_the_profile_that_you_wrote": [{"about": what, "text": text} for what, text in self.profile],
            "what_you_said_of_your_experience": dict(self.experience),
            "your_slack_id_stands_in": list(self.named),
            "opted_out": self.opted_out,
        }


async def me(session: AsyncSession, keys: KeyRing, channel: Channel, user: str) -> Me:
    """Find somebody in a channel by hashing their Slack id again."""
    person = weeks.person_in(keys, channel, user)
    still_open = Week.channel_id == channel.id, Week.closed_at.is_(None)
    return Me(
        user,
        person,
        tuple(
            (week.id, keys.person(week.key, weeks.about_week(channel.id, week.name), user))
            for week in await session.scalars(select(Week).where(*still_open))
            if week.key is not None
        ),
    )


async def kept(session: AsyncSession, channel: Channel, who: Me) -> Kept:
    """Return everything that is kept of somebody in a channel."""
    replies = await session.execute(
        select(Reply.ts, Reply.text)
        .where(Reply.channel_id == channel.id, Reply.person == who.person, Reply.text.is_not(None))
        .order_by(Reply.ts)
    )
    private = await session.scalars(select(PrivateAnswer.text).where(_private(who)).order_by(PrivateAnswer.text))
    tries = await session.scalars(
        select(Try).where(Try.channel_id == channel.id, Try.person == who.person).order_by(Try.id)
    )
    profile = await session.execute(
        select(ProfileLine.what, ProfileLine.text)
        .where(ProfileLine.channel_id == channel.id, ProfileLine.author == who.user)
        .order_by(ProfileLine.id)
    )
    return Kept(
        replies=tuple((ts, str(words)) for ts, words in replies),
        private=tuple(private),
        findings=await _findings(session, channel, who),
        marks=await _marks(session, channel, who),
        watches=await _watches(session, channel, who),
        tries=tuple(OwnTry(one.what, one.feels, one.stops, one.look_on, one.outcome) for one in tries),
        dismissals=await _dismissals(session, channel, who),
        profile=tuple((what, text) for what, text in profile),
        experience=_experience(channel, who.user),
        named=tuple(await _named(session, channel, who.user)),
        opted_out=await session.get(OptOut, (channel.id, who.person)) is not None,
    )


async def _findings(session: AsyncSession, channel: Channel, who: Me) -> tuple[tuple[str, str, str], ...]:
    rows = await session.execute(
        select(Reply.ts, Reply.text, Finding.kind, Finding.start, Finding.end)
        .join(Finding, Finding.reply_id == Reply.id)
        .where(Reply.channel_id == channel.id, Reply.person == who.person, Reply.text.is_not(None))
        .order_by(Reply.ts, Finding.id)
    )
    return tuple((ts, kind, str(words)[start:end]) for ts, words, kind, start, end in rows)


async def _marks(session: AsyncSession, channel: Channel, who: Me) -> tuple[tuple[str, str], ...]:
    rows = await session.execute(
        select(Theme.label, Mark.mark)
        .join(Mark, Mark.theme_id == Theme.id)
        .where(Theme.channel_id == channel.id, Mark.person == who.person)
        .order_by(Theme.id)
    )
    return tuple((label, mark) for label, mark in rows)


async def _watches(session: AsyncSession, channel: Channel, who: Me) -> tuple[str, ...]:
    rows = await session.execute(
        select(Theme.label, Posting.question)
        .select_from(Watcher)
        .join(Watch, Watch.id == Watcher.watch_id)
        .outerjoin(Theme, Theme.id == Watch.theme_id)
        .outerjoin(Posting, Posting.id == Watch.posting_id)
        .where(Watcher.person == who.person, Watch.channel_id == channel.id)
        .order_by(Watch.id)
    )
    return tuple(label or question or "a question" for label, question in rows)


async def _dismissals(session: AsyncSession, channel: Channel, who: Me) -> tuple[str, ...]:
    labels = await session.scalars(
        select(Theme.label)
        .join(Dismissal, Dismissal.theme_id == Theme.id)
        .where(Theme.channel_id == channel.id, Dismissal.person == who.person)
        .order_by(Theme.id)
    )
    return tuple(labels)


def _experience(channel: Channel, user: str) -> tuple[tuple[str, str], ...]:
    said = {"operations": channel.hat_ops, "products": channel.hat_product}
    return tuple((what, much) for what, much in said.items() if much and channel.hat_user == user)


async def _named(session: AsyncSession, channel: Channel, user: str) -> list[str]:
    """Return where somebody's Slack id itself stands in a channel's settings."""
    columns = {"hat": channel.hat_user, "set up": channel.set_up_by, "changed": channel.changed_by}
    line = ProfileLine.channel_id == channel.id, ProfileLine.author == user
    wrote = await session.scalar(select(ProfileLine.id).where(*line).limit(1))
    return [where for where, name in columns.items() if name == user] + ["profile"] * (wrote is not None)


async def delete_mine(session: AsyncSession, channel: Channel, who: Me, now: datetime) -> None:
    """Delete texts, findings, marks, watches, tries and the open week's private answers; counts stay.

    A deleted reply keeps its empty row for as long as its thread may be read, so that neither a redelivery nor an edit
    nor a look at the thread brings it back.
    """
    await postings.in_turn(session, channel)  # a week that is just closing would keep words in its themes
    until = now + OWN_DELETION_FOR - TOMBSTONE_FOR
    mine = Reply.channel_id == channel.id, Reply.person == who.person
    of_mine = select(Reply.id).where(*mine)
    touched = (await session.scalars(select(Finding.theme_id).where(Finding.reply_id.in_(of_mine)).distinct())).all()
    await session.execute(delete(Finding).where(Finding.reply_id.in_(of_mine)))
    await session.execute(
        update(Reply)
        .where(*mine)
        .values(text=None, person=None, thread_ts=None, version=ERASED, read_with=None, erased_at=until)
    )
    # Of what others said, too, some words may be this person's.
    await forget_words(session, touched, said_by_others=True)
    in_channel = select(Theme.id).where(Theme.channel_id == channel.id)
    of_channel = select(Watch.id).where(Watch.channel_id == channel.id)
    await session.execute(delete(Mark).where(Mark.person == who.person, Mark.theme_id.in_(in_channel)))
    await _take_back_dismissals(session, who, in_channel)
    await session.execute(delete(Watcher).where(Watcher.person == who.person, Watcher.watch_id.in_(of_channel)))
    unwatched = select(Watcher.watch_id).where(Watcher.watch_id == Watch.id)
    await session.execute(delete(Watch).where(Watch.channel_id == channel.id, ~unwatched.exists()))
    await session.execute(delete(Try).where(Try.channel_id == channel.id, Try.person == who.person))
    await session.execute(delete(PrivateAnswer).where(_private(who)))


async def _take_back_dismissals(session: AsyncSession, who: Me, in_channel: Select[int]) -> None:
    """Delete somebody's dismissals, and show again what is hidden by too few others."""
    own = Dismissal.person == who.person, Dismissal.theme_id.in_(in_channel)
    touched = set(await session.scalars(select(Dismissal.theme_id).where(*own)))
    await session.execute(delete(Dismissal).where(*own))
    left = Counter(await session.scalars(select(Dismissal.theme_id).where(Dismissal.theme_id.in_(touched))))
    shown = [theme for theme in touched if left[theme] < HIDES_AT]
    await session.execute(update(Theme).where(Theme.id.in_(shown)).values(hidden_in=None))


async def opt_out(session: AsyncSession, channel: Channel, who: Me) -> None:
    """Store nothing of somebody from now on."""
    row = insert(session, OptOut).values(channel_id=channel.id, person=who.person)
    await session.execute(row.on_conflict_do_nothing())


async def opt_in(session: AsyncSession, channel: Channel, who: Me) -> None:
    """Store what somebody answers again."""
    await session.execute(delete(OptOut).where(OptOut.channel_id == channel.id, OptOut.person == who.person))


def _private(who: Me) -> ColumnElement[bool]:
    return tuple_(PrivateAnswer.week_id, PrivateAnswer.week_person).in_(who.week_persons)
