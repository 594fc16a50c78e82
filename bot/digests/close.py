"""A week ends: its findings join themes, are counted, and everything private under it goes, in one transaction.

Nothing reopens a closed week. What is told later is told from the content that is frozen here.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import postings, weeks
from bot.constraints.find import Detector
from bot.constraints.standing import roots
from bot.constraints.themes import Known, Parts, Themes
from bot.digests.count import Count, Heard, Voices, count
from bot.digests.evidence import bring_back, join_evidence
from bot.keys import KeyRing
from bot.readings import read_channel
from bot.store.engine import Database
from bot.store.tables import Channel, Finding, Posting, PrivateAnswer, Reply, Theme, ThemeWeek, Week
from bot.store.types import slack_ts

MEMBERS_KEPT = 12
"""Structures of how many members a theme keeps, to compare later findings with."""


WEEKS_LOOKED_BACK = 26


@dataclass(frozen=True, slots=True)
class Language:
    """What reads and groups constraint language."""

    detector: Detector
    themes: Themes


async def close_due_weeks(db: Database, keys: KeyRing, language: Language, now: datetime) -> int:
    """Close every week that has ended; return how many."""
    closed = 0
    while await _close_one(db, keys, language, now):
        closed += 1
    if closed:
        await db.forget_the_log()
    return closed


async def _close_one(db: Database, keys: KeyRing, language: Language, now: datetime) -> bool:
    async with db.write() as session:
        channel = await session.scalar(
            select(Channel)
            .where(Channel.week_ends_at <= now)
            .order_by(Channel.week_ends_at)
            .limit(1)
            # Whoever only refers to the channel, as a reply does, goes on: they may hold what we have to wait for.
            .with_for_update(skip_locked=True, key_share=True)
        )
        if channel is None:
            return False
        week = await session.scalar(
            select(Week)
            .where(Week.channel_id == channel.id, Week.closed_at.is_(None))
            .order_by(Week.starts_at)
            .limit(1)
            .with_for_update()
        )
        if week is not None and week.ends_at <= now:
            await read_channel(session, language.detector, channel.id)
            week.content = await _Closing(session, language, channel, week).content()
            await session.execute(delete(PrivateAnswer).where(PrivateAnswer.week_id == week.id))
            week.key, week.closed_at = None, now
        following = await weeks.week_at(session, keys, channel, week.ends_at if week else now)
        channel.week_ends_at = following.ends_at
        return True


@dataclass(slots=True)
class _Said:
    """A finding of this week on its way to a theme."""

    voice: str
    parts: Parts
    probed: int | None = None
    finding: Finding | None = None
    theme: str = ""

    @property
    def asked(self) -> bool:
        """Whether the nudge that it answers had asked about this very constraint."""
        return self.probed is not None and self.theme == str(self.probed)


@dataclass(slots=True)
class _Closing:
    """The closing of one week of one channel: what is gathered on the way to its content."""

    session: AsyncSession
    language: Language
    channel: Channel
    week: Week
    known: dict[str, list[Parts]] = field(default_factory=dict)
    rows: dict[str, Theme] = field(default_factory=dict)
    root_of: dict[int, int] = field(default_factory=dict)
    since: dict[str, str] = field(default_factory=dict)

    async def content(self) -> dict[str, Any]:
        """Join, count and keep the numbers; return what the digest will tell, as plain JSON."""
        await self._load_themes()
        thread = await self._thread_findings()
        private, private_voices = await self._private_findings()
        await self._join_thread(thread)
        self._join_private(private)
        await join_evidence(self.session, self.language.themes, self._known_rows(), self._this_week())
        thread_voices = await self._thread_voices()
        nudged = await self._weeks_with_a_nudge()
        heard = [*await self._heard_before(), *_heard(thread, self.week.name)]
        published = await self._published()
        counted = count(
            self.week.name,
            nudged,
            [*heard, *_heard(private, self.week.name, private=True)],
            self.channel.members,
            Voices(thread_voices, private_voices),
            published=published,
            since=self.since,
        )
        await self._keep(thread, counted)
        now_private = {(line.theme, self.week.name): line.private_voices for line in counted.lines}
        by_id = {row.id: row for row in self.rows.values()}
        await bring_back(self.session, by_id, heard, {**published, **now_private})
        return {**await self._told(counted), "asked": self.week.name in nudged}

    # Themes ----------------------------------------------------------------------------------------------

    async def _load_themes(self) -> None:
        for theme in await self.session.scalars(
            select(Theme).where(Theme.channel_id == self.channel.id).order_by(Theme.id)
        ):
            self.rows[str(theme.id)] = theme
        self.root_of = roots({row.id: row.same_as for row in self.rows.values()})
        for theme in self.rows.values():
            self._know(theme)

    def _know(self, theme: Theme) -> None:
        """Compare later findings with a theme's members, those of whatever people joined to it among them."""
        root = str(self.root_of.setdefault(theme.id, theme.id))
        members = self.known.setdefault(root, [])
        members += [parts for parts in map(Parts.from_json, theme.parts) if parts not in members]
        self.since[root] = min(theme.since, self.since.get(root, theme.since))

    def _known(self) -> list[Known]:
        return [Known(theme, tuple(parts)) for theme, parts in self.known.items()]

    def _known_rows(self) -> list[Known]:
        return [theme for theme in self._known() if theme.id in self.rows]

    async def _join_thread(self, thread: Sequence[_Said]) -> None:
        for said in thread:
            joined = self.language.themes.join(said.parts, self._known())
            if joined is None:
                joined = await self._new_theme(said.parts)
            said.theme = joined
            theme, members = self.rows[joined], self.known[joined]
            if said.parts not in members and len(members) < MEMBERS_KEPT:
                members.append(said.parts)
                theme.parts = [parts.to_json() for parts in members]
            theme.label = self.language.themes.label(members)
            if said.finding is not None:
                said.finding.theme_id = theme.id

    async def _new_theme(self, parts: Parts) -> str:
        theme = Theme(
            channel_id=self.channel.id,
            kind=parts.kind,
            label=self.language.themes.label([parts]),
            parts=[parts.to_json()],
            since=self.week.name,
        )
        self.session.add(theme)
        await self.session.flush()
        self.rows[str(theme.id)] = theme
        self._know(theme)
        return str(theme.id)

    def _join_private(self, private: Sequence[_Said]) -> None:
        """Join private findings to themes that the threads made; what they share beyond that waits in `~` themes.

        A `~` theme becomes a row only where the private rule lets its number be told (`_keep`): no structure
        of what fewer than three said outlives the closing.
        """
        for said in private:
            joined = self.language.themes.join(said.parts, self._known())
            if joined is None:
                joined = f"~{len(self.known)}"
                self.known[joined] = []
            said.theme = joined
            if joined.startswith("~"):
                self.known[joined].append(said.parts)

    # What was said ---------------------------------------------------------------------------------------

    async def _thread_findings(self) -> list[_Said]:
        rows = await self.session.execute(
            select(Reply.person, Reply.text, Posting.theme_id, Finding)
            .join(Finding, Finding.reply_id == Reply.id)
            .outerjoin(Posting, _is_thread_of(Posting))
            .where(*self._this_week(), ~Finding.against)
            .order_by(Reply.ts, Finding.id)
        )
        parts = self.language.themes.parts
        return [
            _Said(str(person), parts(str(words)[finding.start : finding.end], finding.kind), probed, finding)
            for person, words, probed, finding in rows
        ]

    def _this_week(self) -> tuple[Any, ...]:
        return (
            Reply.channel_id == self.channel.id,
            Reply.ts >= slack_ts(self.week.starts_at),
            Reply.ts < slack_ts(self.week.ends_at),
            Reply.text.is_not(None),
            Reply.known_member,
        )

    async def _private_findings(self) -> tuple[list[_Said], frozenset[str]]:
        rows = await self.session.execute(
            select(PrivateAnswer.week_person, PrivateAnswer.text, Posting.question, Posting.theme_id)
            .outerjoin(Posting, Posting.id == PrivateAnswer.posting_id)
            .where(PrivateAnswer.week_id == self.week.id)
            # Their ids are random and they have no time: by their words, the same answers make the same themes.
            .order_by(PrivateAnswer.text)
        )
        said: list[_Said] = []
        voices: set[str] = set()
        for week_person, words, question, probed in rows:
            voices.add(week_person)
            for finding in self.language.detector.read(words, question).findings:
                parts = self.language.themes.parts(words[finding.start : finding.end], finding.kind)
                said.append(_Said(week_person, parts, probed))
        return said, frozenset(voices)

    async def _thread_voices(self) -> frozenset[str]:
        people = await self.session.scalars(select(Reply.person).where(*self._this_week()).distinct())
        return frozenset(person for person in people if person)

    async def _weeks_with_a_nudge(self) -> list[str]:
        """Return the names of the weeks up to this in which a nudge was posted, oldest first."""
        nudged = (
            Posting.channel_id == Week.channel_id,
            Posting.due_at >= Week.starts_at,
            Posting.due_at < Week.ends_at,
        )
        said = Posting.kind.in_(postings.ASKING), Posting.ts.is_not(None)
        names = await self.session.scalars(
            select(Week.name)
            .where(
                Week.channel_id == self.channel.id,
                Week.starts_at <= self.week.starts_at,
                select(Posting.id).where(*nudged, *said).exists(),
            )
            .order_by(Week.starts_at)
        )
        return list(names)

    async def _heard_before(self) -> list[Heard]:
        """Return the voices of the last half year's closed weeks; how far back counts is `count`'s affair."""
        spans = list(
            await self.session.scalars(
                select(Week)
                .where(Week.channel_id == self.channel.id, Week.ends_at <= self.week.starts_at)
                .order_by(Week.starts_at.desc())
                .limit(WEEKS_LOOKED_BACK)
            )
        )
        heard: list[Heard] = []
        for span in spans:
            rows = await self.session.execute(
                select(Finding.theme_id, Reply.person, Posting.theme_id)
                .join(Reply, Reply.id == Finding.reply_id)
                .outerjoin(Posting, _is_thread_of(Posting))
                .where(
                    Reply.channel_id == self.channel.id,
                    Reply.ts >= slack_ts(span.starts_at),
                    Reply.ts < slack_ts(span.ends_at),
                    Finding.theme_id.is_not(None),
                    ~Finding.against,
                )
                .distinct()
            )
            heard += [
                Heard(str(self.root_of[theme]), str(person), span.name, private=False, asked=theme == probed)
                for theme, person, probed in rows
                if theme is not None
            ]
        return heard

    async def _published(self) -> dict[tuple[str, str], int]:
        rows = await self.session.execute(
            select(ThemeWeek.theme_id, ThemeWeek.week, ThemeWeek.private_voices)
            .join(Theme, Theme.id == ThemeWeek.theme_id)
            .where(Theme.channel_id == self.channel.id, ThemeWeek.private_voices > 0)
        )
        published: dict[tuple[str, str], int] = {}
        for theme, week, voices in rows:
            # What was counted apart may be the same people: the larger number holds, never the sum.
            key = str(self.root_of[theme]), week
            published[key] = max(voices, published.get(key, 0))
        return published

    # What is kept and told -------------------------------------------------------------------------------

    async def _keep(self, thread: Sequence[_Said], counted: Count) -> None:
        """Keep the week's numbers, and make rows of the private themes that may be told."""
        voices: Counter[str] = Counter()
        for theme, people in _people(thread).items():
            voices[theme] = len(people)
        private = {line.theme: line.private_voices for line in counted.lines if line.private_voices}
        for theme in [*voices, *(name for name in private if name not in voices)]:
            if theme.startswith("~"):
                concepts_only = self.known[theme][0].without_words()
                self.rows[theme] = self.rows[await self._new_theme(concepts_only)]
            row = ThemeWeek(
                theme_id=self.rows[theme].id,
                week=self.week.name,
                thread_voices=voices[theme],
                private_voices=private.get(theme, 0),
            )
            self.session.add(row)
        await self.session.flush()

    async def _told(self, counted: Count) -> dict[str, Any]:
        not_read = await self.session.scalar(
            select(func.count()).select_from(Reply).where(*self._this_week(), ~Reply.english)
        )
        return {
            "week": self.week.name,
            "thread_voices": counted.thread_voices,
            "private_voices": counted.private_voices,
            "not_read": not_read or 0,
            "lines": [
                {
                    "theme": self.rows[line.theme].id,
                    "kind": self.rows[line.theme].kind,
                    "label": self.rows[line.theme].label,
                    "state": line.state,
                    "thread_voices": line.thread_voices,
                    "private_voices": line.private_voices,
                    "weeks": list(line.weeks),
                    "private_weeks": list(line.private_weeks),
                    "since": line.since,
                    "quiet_for": line.quiet_for,
                    "volunteered": line.volunteered,
                    "threads": await self._threads(self.rows[line.theme].id),
                }
                for line in counted.lines
            ],
        }

    async def _threads(self, theme: int) -> list[str]:
        """Return the ts of the nudges under which a theme was heard this week, latest first."""
        rows = await self.session.scalars(
            select(Reply.thread_ts)
            .join(Finding, Finding.reply_id == Reply.id)
            .where(*self._this_week(), Finding.theme_id == theme, ~Finding.against)
            .distinct()
        )
        return sorted((ts for ts in rows if ts), reverse=True)


def _people(said: Iterable[_Said]) -> dict[str, set[str]]:
    people: dict[str, set[str]] = defaultdict(set)
    for one in said:
        people[one.theme].add(one.voice)
    return people


def _heard(said: Iterable[_Said], week: str, *, private: bool = False) -> list[Heard]:
    return [Heard(one.theme, one.voice, week, private=private, asked=one.asked) for one in said]


def _is_thread_of(posting: type[Posting]) -> ColumnElement[bool]:
    return (posting.channel_id == Reply.channel_id) & (posting.ts == Reply.thread_ts)
