"""What a channel's closed weeks told, and the marks, watches and tries that lie beside it, read from the tables.

Nothing of an open week is read here, so that no page built on it can show a private answer arrive.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import cadence
from bot.constraints import standing as rules
from bot.constraints.standing import Standing
from bot.store.tables import Dismissal, Finding, Mark, Posting, Reply, Theme, Try, Watch, Week
from bot.store.types import slack_ts

MARKS_SHOWN_AT = 3
"""People who marked a constraint, from whom on its marks are shown (product.md, "marks")."""

_WEEKS = 52


@dataclass(frozen=True, slots=True)
class Ground:
    """What a channel's closed weeks told: oldest first, with its themes and what people did with them.

    `dismissals` are theme, person (a hash) and week of each "not a constraint".
    """

    channel_id: int
    weeks: Sequence[Week]
    themes: dict[int, Theme]
    root_of: dict[int, int]
    dismissals: Collection[tuple[int, str, str]]

    @property
    def contents(self) -> list[dict[str, Any]]:
        """What the weeks' closings froze."""
        return [week.content for week in self.weeks if week.content]

    def standing(self) -> list[Standing]:
        """Return the constraints that may be shown, by their present labels."""
        shown = rules.standing(self.contents, self.root_of)
        return [replace(one, label=self.themes[one.theme].label) for one in shown if one.theme in self.themes]

    def hidden(self, person: str = "") -> set[int]:
        """Return the themes that are hidden for the channel, and those that this person hid for themselves."""
        own = {theme for theme, who, _ in self.dismissals if who == person}
        return own | {theme.id for theme in self.themes.values() if theme.hidden_in}

    def dismissed(self) -> tuple[int, int]:
        """Say how many of the last told lines somebody dismissed, and of how many."""
        hidden_in = {theme.id: theme.hidden_in for theme in self.themes.values() if theme.hidden_in}
        dismissed = {(theme, week) for theme, _, week in self.dismissals}
        return rules.dismissed_of_last(self.contents, self.root_of, hidden_in, dismissed)

    def until(self, moment: datetime) -> "Ground":
        """Return the same, without the weeks that ended later."""
        return replace(self, weeks=[week for week in self.weeks if week.ends_at <= moment])

    def group(self, theme: int) -> list[int]:
        """Return a root and all that people joined to it."""
        return [one for one, root in self.root_of.items() if root == theme]


async def ground(session: AsyncSession, channel_id: int) -> Ground:
    """Read what a channel's weeks told that have closed."""
    return (await grounds(session, [channel_id]))[channel_id]


async def grounds(session: AsyncSession, channels: Sequence[int], until: datetime | None = None) -> dict[int, Ground]:
    """Read for many channels what their weeks told that have closed, and ended by a moment if one is given."""
    weeks, themes = await _closed_weeks(session, channels, until), await _themes(session, channels)
    dismissals = await _dismissals(session, channels)
    return {
        channel: Ground(
            channel_id=channel,
            weeks=weeks[channel],
            themes=themes[channel],
            root_of=rules.roots({theme.id: theme.same_as for theme in themes[channel].values()}),
            dismissals=dismissals[channel],
        )
        for channel in channels
    }


async def _closed_weeks(
    session: AsyncSession, channels: Sequence[int], until: datetime | None
) -> defaultdict[int, list[Week]]:
    closed = Week.channel_id.in_(channels), Week.closed_at.is_not(None)
    ended = [Week.ends_at <= until] if until else []
    back = func.row_number().over(partition_by=Week.channel_id, order_by=Week.starts_at.desc())
    ranked = select(Week.id, back.label("back")).where(*closed, *ended).subquery()
    latest = select(Week).join(ranked, ranked.c.id == Week.id).where(ranked.c.back <= _WEEKS)
    weeks: defaultdict[int, list[Week]] = defaultdict(list)
    for week in await session.scalars(latest.order_by(Week.starts_at)):
        weeks[week.channel_id].append(week)
    return weeks


async def _themes(session: AsyncSession, channels: Sequence[int]) -> defaultdict[int, dict[int, Theme]]:
    themes: defaultdict[int, dict[int, Theme]] = defaultdict(dict)
    for theme in await session.scalars(select(Theme).where(Theme.channel_id.in_(channels))):
        themes[theme.channel_id][theme.id] = theme
    return themes


async def _dismissals(session: AsyncSession, channels: Sequence[int]) -> defaultdict[int, set[tuple[int, str, str]]]:
    rows = await session.execute(
        select(Theme.channel_id, Dismissal.theme_id, Dismissal.person, Dismissal.week)
        .join(Theme, Theme.id == Dismissal.theme_id)
        .where(Theme.channel_id.in_(channels))
    )
    dismissals: defaultdict[int, set[tuple[int, str, str]]] = defaultdict(set)
    for channel, theme, person, week in rows:
        dismissals[channel].add((theme, person, week))
    return dismissals


async def marks_of(session: AsyncSession, themes: Collection[int]) -> dict[int, Counter[str]]:
    """Return how many people marked each theme as what, where enough did for it to be shown."""
    counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
    marked = select(Mark.theme_id, Mark.mark).where(Mark.theme_id.in_(list(themes)))
    for theme, mark in await session.execute(marked) if themes else ():
        counts[theme][mark] += 1
    return {theme: counted for theme, counted in counts.items() if counted.total() >= MARKS_SHOWN_AT}


async def evidence_of(session: AsyncSession, known: Ground) -> Counter[int]:
    """Return in how many replies each constraint was rejected, had gone or was doubted; by root."""
    rows = await session.execute(
        select(Finding.theme_id, Finding.reply_id).where(Finding.theme_id.in_(known.themes), Finding.against).distinct()
    )
    return Counter(root for root, _ in {(known.root_of[theme], reply) for theme, reply in rows if theme})


async def open_watches(session: AsyncSession, channel_id: int, week: str) -> list[Watch]:
    """Return the watches that are open in a week, oldest first; after eight weeks one has ended by itself."""
    going = Watch.channel_id == channel_id, Watch.ended_at.is_(None)
    return open_in(week, await session.scalars(select(Watch).where(*going).order_by(Watch.id)))


def open_in(week: str, going: Iterable[Watch]) -> list[Watch]:
    """Select the watches that are open in a week, of those that have not been ended."""
    begun = (watch for watch in going if watch.since <= week)
    return [watch for watch in begun if rules.weeks_between(watch.since, week) < rules.WATCHED_WEEKS]


async def open_tries(session: AsyncSession, channel_id: int) -> list[Try]:
    """Return the tries that nobody has ended, those to look at first in front."""
    return list(
        await session.scalars(
            select(Try).where(Try.channel_id == channel_id, Try.outcome == "").order_by(Try.look_on, Try.id)
        )
    )


async def heard_since(session: AsyncSession, known: Ground, watch: Watch) -> tuple[list[int], list[int]]:
    """Return the voices by closed week since a watch began: in threads, and privately as far as was told."""
    weeks = [week for week in known.weeks if week.name >= watch.since and week.content]
    if watch.theme_id is not None:
        theme = known.root_of[watch.theme_id]
        told = rules.told_voices([week.content or {} for week in weeks], known.root_of, theme)
        return [thread for thread, _ in told], [private for _, private in told]
    return await _under_question(session, known, watch, weeks), []


async def name_of(session: AsyncSession, known: Ground, watch: Watch, zone: str | None) -> str:
    """Name what is watched: a constraint by its label, a question by its day."""
    if watch.theme_id is not None:
        return f"“{known.themes[known.root_of[watch.theme_id]].label}”"
    nudge = await session.get(Posting, watch.posting_id) if watch.posting_id else None
    if nudge is None:
        return "what a question raised"
    day = nudge.due_at.astimezone(cadence.zone_of(zone or "UTC"))
    return f"what the question of {day.day} {day:%B} raised"


async def _under_question(session: AsyncSession, known: Ground, watch: Watch, weeks: Sequence[Week]) -> list[int]:
    """Count who answered a question in its thread, and who said elsewhere what may be shown of it."""
    nudge = await session.get(Posting, watch.posting_id) if watch.posting_id else None
    if nudge is None or nudge.ts is None or not weeks:
        return [0] * len(weeks)
    here = (
        Reply.channel_id == known.channel_id,
        Reply.text.is_not(None),
        Reply.known_member,
        Reply.ts >= slack_ts(weeks[0].starts_at),
    )
    under = select(Reply.ts, Reply.person).where(*here, Reply.thread_ts == nudge.ts)
    said = [(ts, person) for ts, person in await session.execute(under)]
    themes = await _themes_under(session, known, nudge.ts)
    elsewhere = (
        select(Reply.ts, Reply.person)
        .join(Finding, Finding.reply_id == Reply.id)
        .where(*here, Finding.theme_id.in_(themes), ~Finding.against)
    )
    said += [(ts, person) for ts, person in await session.execute(elsewhere)]
    return [len({person for ts, person in said if _within(week, float(ts))}) for week in weeks]


async def _themes_under(session: AsyncSession, known: Ground, ts: str) -> list[int]:
    here = Reply.channel_id == known.channel_id, Reply.thread_ts == ts, ~Finding.against
    heard = await session.scalars(select(Finding.theme_id).join(Reply, Reply.id == Finding.reply_id).where(*here))
    found = {known.root_of[theme] for theme in heard if theme is not None}
    shown = found & {one.theme for one in known.standing()} - known.hidden()
    return [theme for root in sorted(shown) for theme in known.group(root)]


def _within(week: Week, at: float) -> bool:
    return week.starts_at.timestamp() <= at < week.ends_at.timestamp()
