"""Which question a channel is asked next: mostly a prompt, now and then its goal, or one of its own constraints.

Everything is decided by what was asked and heard before, so the same history gives the same question.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import cadence, postings
from bot.constraints.standing import roots, told_lines
from bot.prompts import LENSES, Leaning, Packs, choose, next_line
from bot.store.tables import Channel, Posting, ProfileLine, Theme, Week

GOAL_EVERY_WEEKS = 8
"""How often the question about the goal comes (product.md, "The essay, as features")."""
PROBE_EVERY = 6
"""Nudges from one probe to the next, at least: a bot that asks about one thing only hears its own echo."""
PROBE_AFTER_WEEKS = 3
"""In how many weeks a constraint has to have been heard before the channel is asked about it."""
LEANS_ON_WEEKS = 4
"""How many closed weeks steer."""

_GOAL_LENS, _PROBE_LENS = "goal", "constraints"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: its id in the packs, its words, its lens' name, why it was chosen, and a probe's theme."""

    id: str
    words: str
    lens: str
    why: str
    theme: int | None = None


@dataclass(slots=True)
class Past:
    """What a channel was asked (prompt ids, oldest first), what it heard lately, and what its profile claims.

    `at` are the moments of what was asked. `probed` are the constraints that it was asked about, oldest first;
    `contents` leave out what is hidden there.
    """

    asked: list[str] = field(default_factory=list)
    at: list[datetime] = field(default_factory=list)
    probed: list[int] = field(default_factory=list)
    contents: list[Mapping[str, Any]] = field(default_factory=list)
    motion: str = "both"

    def kinds(self) -> tuple[str, ...]:
        """Return the kinds that recurred in the last weeks, most heard first."""
        heard = Counter(
            line["kind"] for content in self.contents for line in content["lines"] if line["state"] == "recurring"
        )
        return tuple(sorted(heard, key=lambda kind: (-heard[kind], kind)))

    def since(self, ids: Iterable[str]) -> int:
        """Return how many nudges ago one of these was asked, or how many there were if none was."""
        known = frozenset(ids)
        ago = (turn for turn, name in enumerate(reversed(self.asked)) if name in known)
        return next(ago, len(self.asked))


async def past_of(session: AsyncSession, channels: Sequence[int]) -> defaultdict[int, Past]:
    """Gather the past of many channels at once."""
    pasts: defaultdict[int, Past] = defaultdict(Past)
    asked = await session.execute(
        select(Posting.channel_id, Posting.prompt_id, Posting.theme_id, Posting.due_at)
        .where(
            Posting.channel_id.in_(channels),
            Posting.kind.in_(postings.ASKING),
            Posting.prompt_id.is_not(None),
            Posting.state.in_(postings.SAID),
        )
        # Not by its id, which is random: what was due at the same moment has one order wherever it is read.
        .order_by(Posting.due_at, Posting.kind, Posting.prompt_id)
    )
    known = await _joined_and_hidden(session, channels)
    for channel_id, prompt_id, theme, due_at in asked:
        pasts[channel_id].asked.append(str(prompt_id))
        pasts[channel_id].at.append(due_at)
        pasts[channel_id].probed += [known.root_of.get(theme, theme)] if theme else []
    weeks = await session.execute(
        select(Week.channel_id, Week.content)
        .where(Week.channel_id.in_(channels), Week.closed_at.is_not(None))
        .order_by(Week.ends_at)
    )
    for channel_id, content in weeks:
        lines = told_lines((content or {"lines": []})["lines"], known.root_of, known.hidden)
        pasts[channel_id].contents = [*pasts[channel_id].contents, {"lines": lines}][-LEANS_ON_WEEKS:]
    claims = await session.execute(
        select(ProfileLine.channel_id, ProfileLine.text)
        .where(ProfileLine.channel_id.in_(channels), ProfileLine.what == "motion")
        .order_by(ProfileLine.id)
    )
    for channel_id, motion in claims:
        pasts[channel_id].motion = motion if motion in {"scaling", "fixing"} else "both"
    return pasts


@dataclass(frozen=True, slots=True)
class _Known:
    """Themes that people joined to another, with that other; and those that two people said are no constraint."""

    root_of: Mapping[int, int]
    hidden: frozenset[int]


async def _joined_and_hidden(session: AsyncSession, channels: Sequence[int]) -> _Known:
    touched = or_(Theme.same_as.is_not(None), Theme.hidden_in.is_not(None))
    rows = (
        await session.execute(
            select(Theme.id, Theme.same_as, Theme.hidden_in).where(Theme.channel_id.in_(channels), touched)
        )
    ).all()
    return _Known(
        roots({theme: same_as for theme, same_as, _ in rows}),
        frozenset(theme for theme, _, hidden_in in rows if hidden_in),
    )


def next_question(packs: Packs, channel: Channel, past: Past, at: datetime) -> Question:
    """Choose what a channel is asked next, at a moment."""
    salt = str(channel.id)
    if goal_is_due(past, {line.id for line in packs.goal_questions}, at, channel.zone or "UTC"):
        line = next_line(packs.goal_questions, past.asked, salt)
        return Question(line.id, line.text, LENSES[_GOAL_LENS], f"Every {GOAL_EVERY_WEEKS} weeks the goal is asked.")
    probed = _probe(packs, past, salt)
    if probed is not None:
        return probed
    leaning = Leaning(past.motion, past.kinds(), experience(channel.hat_ops, channel.hat_product))
    pool = packs.pool([name for name in channel.packs.split(",") if name])
    chosen = choose(pool, past.asked, leaning, salt, _lens_of(packs))
    return Question(chosen.prompt.id, chosen.prompt.question, LENSES[chosen.prompt.lens], chosen.why)


def goal_is_due(past: Past, goals: Collection[str], at: datetime, zone: str) -> bool:
    """Say whether a nudge asks for the goal: first in the eighth week of asking, then eight weeks after the last time.

    Weeks count, not questions: a second one in a week changes nothing, and a week without any counts like the others.
    Where that week has none, the next question asks for the goal.
    """
    if not goals or not past.at:
        return False
    asked_for = [when for name, when in zip(past.asked, past.at, strict=True) if name in goals]
    since = _monday(asked_for[-1], zone) if asked_for else _monday(past.at[0], zone) - timedelta(weeks=1)
    return _monday(at, zone) - since >= timedelta(weeks=GOAL_EVERY_WEEKS)


def _monday(at: datetime, zone: str) -> date:
    day = at.astimezone(cadence.zone_of(zone)).date()
    return day - timedelta(days=day.weekday())


def _lens_of(packs: Packs) -> dict[str, str]:
    """Say which lens the questions speak from that are no prompts: it has had its turn with them."""
    goals = dict.fromkeys((line.id for line in packs.goal_questions), _GOAL_LENS)
    return goals | dict.fromkeys((probe.id for probe in packs.probes), _PROBE_LENS)


def experience(*claimed: str) -> str:
    """Return what the wearer's claims steer to: the one that all of those made agree on, else "both"."""
    said = {claim for claim in claimed if claim}
    return said.pop() if len(said) == 1 else "both"


def _probe(packs: Packs, past: Past, salt: str) -> Question | None:
    """Ask about a constraint that recurs, in a turn that may lean, and not too often.

    The one that was never asked about comes first, or longest ago; among equals the one that recurs longest.
    """
    may_lean = len(past.asked) % 2 == 1
    if not may_lean or not packs.probes or past.since(probe.id for probe in packs.probes) < PROBE_EVERY:
        return None
    lines = past.contents[-1]["lines"] if past.contents else []
    heard = [line for line in lines if line["state"] == "recurring" and _weeks_heard(line) >= PROBE_AFTER_WEEKS]
    if not heard:
        return None
    last = {theme: turn for turn, theme in enumerate(past.probed)}
    line = min(heard, key=lambda line: (last.get(line["theme"], -1), -_weeks_heard(line), line["theme"]))
    probe = next_line(packs.probes, past.asked, salt)
    why = f"“{line['label']}” was heard in {_weeks_heard(line)} of the last eight weeks."
    return Question(probe.id, probe.about(line["label"]), LENSES[_PROBE_LENS], why, line["theme"])


def _weeks_heard(line: Mapping[str, Any]) -> int:
    return sum(voices > 0 for voices in line["weeks"])
