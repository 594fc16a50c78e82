"""What digests are made of, read for many channels at once: asking the database costs more than what it answers."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import postings
from bot.store.beside import Ground, grounds, marks_of
from bot.store.tables import Channel, Posting, ProfileLine, Try, Watch, Week, Workspace

WEEKS_ASKED: Final = 8
"""Closed weeks whose questions are looked at: twice as many as questions that matter, some weeks have none."""

Row = TypeVar("Row", ProfileLine, Try, Watch)


@dataclass(frozen=True, slots=True)
class Told:
    """A digest that was written down: the due date it serves, whether it counts as said, and when it was said.

    `said_at` is None where it does not stand in the channel.
    """

    due: str
    due_at: datetime
    week: str | None
    counts: bool
    said_at: datetime | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was written down; `ts` is empty where it does not stand in the channel."""

    due_at: datetime
    prompt: str | None
    ts: str


@dataclass(frozen=True, slots=True)
class Record:
    """What the tables hold of a channel, as far as a digest tells of it.

    Attributes:
        url: the workspace's, for links.
        known: what the closed weeks told, the one to tell last.
        marks: by theme, for the lines of that week.
        tries: all of them, ended ones too, oldest first.
        watches: those that nobody ended, oldest first.

    """

    channel: Channel
    url: str
    known: Ground
    marks: Mapping[int, Counter[str]]
    digests: Sequence[Told]
    questions: Sequence[Asked]
    profile: Sequence[ProfileLine]
    tries: Sequence[Try]
    watches: Sequence[Watch]

    @property
    def week(self) -> Week | None:
        """The week to tell; None where none has closed."""
        return self.known.weeks[-1] if self.known.weeks else None

    @property
    def open_tries(self) -> list[Try]:
        """The tries that nobody has ended, those to look at first in front."""
        return sorted((one for one in self.tries if one.outcome == ""), key=lambda one: (one.look_on, one.id))

    def was_served(self, due: date) -> bool:
        """Say whether a digest was written down for a local due date, or the reason for none."""
        return any(told.due == due.isoformat() for told in self.digests)

    def stands(self, due_at: datetime) -> bool:
        """Say whether the digest of a moment stands in the channel."""
        return any(told.said_at for told in self.digests if told.due_at == due_at)

    def last_due(self, until: datetime) -> Told | None:
        """Return the last digest that was due by a moment."""
        return max((told for told in self.digests if told.due_at <= until), key=lambda told: told.due_at, default=None)


async def records_of(session: AsyncSession, until: Mapping[Channel, datetime]) -> list[Record]:
    """Read the records of channels, each with the weeks that had ended by a moment of its own."""
    ids = [channel.id for channel in until]
    grounds_of = await grounds(session, ids, max(until.values(), default=None))
    known = {channel.id: grounds_of[channel.id].until(moment) for channel, moment in until.items()}
    marks = await marks_of(session, {theme for ground in known.values() for theme in _told_themes(ground)})
    urls = await _urls(session, {channel.workspace_id for channel in until})
    digests = await _digests(session, ids)
    questions = await _questions(session, known)
    profile = await _all_of(session, ProfileLine, ids)
    tries = await _all_of(session, Try, ids)
    watches = await _all_of(session, Watch, ids, Watch.ended_at.is_(None))
    return [
        Record(
            channel=channel,
            url=urls[channel.workspace_id],
            known=known[channel.id],
            marks=marks,
            digests=digests[channel.id],
            questions=questions[channel.id],
            profile=profile[channel.id],
            tries=tries[channel.id],
            watches=watches[channel.id],
        )
        for channel in until
    ]


def _told_themes(ground: Ground) -> list[int]:
    lines = (ground.weeks[-1].content or {}).get("lines", []) if ground.weeks else []
    return [ground.root_of.get(line["theme"], line["theme"]) for line in lines]


async def _urls(session: AsyncSession, workspaces: Collection[int]) -> dict[int, str]:
    rows = await session.execute(select(Workspace.id, Workspace.url).where(Workspace.id.in_(workspaces)))
    return {workspace: url for workspace, url in rows}  # noqa: C416 - `dict` would need rows to be tuples


async def _digests(session: AsyncSession, channels: Collection[int]) -> defaultdict[int, list[Told]]:
    rows = await session.execute(
        select(Posting.channel_id, Posting.due, Posting.due_at, Posting.week, Posting.state, Posting.ts).where(
            Posting.channel_id.in_(channels), Posting.kind == postings.DIGEST
        )
    )
    digests: defaultdict[int, list[Told]] = defaultdict(list)
    for channel, due, due_at, week, state, ts in rows:
        said_at = datetime.fromtimestamp(float(ts), UTC) if ts else None
        digests[channel].append(Told(due, due_at, week, counts=state in postings.SAID, said_at=said_at))
    return digests


async def _questions(session: AsyncSession, known: Mapping[int, Ground]) -> defaultdict[int, list[Asked]]:
    """Return what was asked since the first of the weeks looked at began."""
    questions: defaultdict[int, list[Asked]] = defaultdict(list)
    began = [week.starts_at for ground in known.values() for week in ground.weeks[-WEEKS_ASKED:]]
    if not began:
        return questions
    rows = await session.execute(
        select(Posting.channel_id, Posting.due_at, Posting.prompt_id, Posting.ts)
        .where(Posting.channel_id.in_(known), Posting.kind.in_(postings.ASKING), Posting.due_at >= min(began))
        .order_by(Posting.due_at)
    )
    for channel, due_at, prompt, ts in rows:
        questions[channel].append(Asked(due_at, prompt, ts or ""))
    return questions


async def _all_of(
    session: AsyncSession, table: type[Row], channels: Collection[int], *where: ColumnElement[bool]
) -> defaultdict[int, list[Row]]:
    rows: defaultdict[int, list[Row]] = defaultdict(list)
    for row in await session.scalars(select(table).where(table.channel_id.in_(channels), *where).order_by(table.id)):
        rows[row.channel_id].append(row)
    return rows
