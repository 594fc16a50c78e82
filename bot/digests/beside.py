"""What lies beside a digest when it is told: marks, watches, tries, and what people said is no constraint."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot import cadence
from bot.constraints import standing as rules
from bot.digests.record import Record
from bot.digests.words import Beside, Seen, Tried
from bot.prompts import Line, Packs, next_line
from bot.slack.beside import Watched
from bot.store.beside import Ground, heard_since, name_of, open_in
from bot.store.tables import Try, Week

LET_GO_AFTER = 2
"""Digests after the one that asked, by which an unanswered try is let go (product.md, "Try")."""


async def content_and_beside(
    session: AsyncSession, record: Record, at: datetime, packs: Packs, person: str = ""
) -> tuple[dict[str, Any], Beside]:
    """Return the content of the week to tell without what is hidden, and what lies beside it when it is told `at`.

    `packs` have the wordings that take turns. `person` is whoever reads it alone, by the channel's hash, or "" where it
    is told to the channel.
    """
    week, known, channel = record.week, record.known, record.channel
    if week is None:
        return {}, Beside()
    day = at.astimezone(cadence.zone_of(channel.zone or "UTC")).date()
    content = dict(week.content or {})
    lines = rules.told_lines(content.get("lines", []), known.root_of, known.hidden(person))
    content["lines"] = _as_called_before(lines, known, week)
    earlier = sum(told.counts for told in record.digests if told.week and told.week < week.name)
    listens = earlier == 0
    asked = sum(one.asked_at is not None and one.asked_at < at for one in record.tries)
    beside = Beside(
        listens=listens,
        quiet_line=_in_turn(packs.quiet_lines, earlier, channel.id),
        asks_of_try=_in_turn(packs.look_backs, asked, channel.id),
        marks=record.marks,
        watched=await _watched(session, record, week),
        tried=[_as_written(one) for one in record.tries if _is_told(one, week, day)],
        look=None if listens else _look(record, day),
        dismissed=known.dismissed(),
    )
    return content, beside


def _as_called_before(lines: Sequence[Mapping[str, Any]], known: Ground, week: Week) -> list[Mapping[str, Any]]:
    """Add to lines by what other label an earlier digest called them last: what is heard later can renew a label.

    Only what was told is repeated: a line that one person alone had said was called nothing in public.
    """
    called: dict[int, str] = {}
    for earlier in known.weeks:
        if earlier.starts_at < week.starts_at and earlier.content:
            told = (line for line in earlier.content["lines"] if line["state"] == "recurring")
            called |= {known.root_of.get(line["theme"], line["theme"]): line["label"] for line in told}
    return [
        {**line, "was": called[line["theme"]]} if called.get(line["theme"], line["label"]) != line["label"] else line
        for line in lines
    ]


def _in_turn(lines: Sequence[Line], before: int, channel: int) -> str:
    """Return the wording whose turn it is after so many others, each channel in an order of its own; "" for none."""
    said: list[str] = []
    for _ in range(before % len(lines) if lines else 0):
        said.append(next_line(lines, said, str(channel)).id)
    return next_line(lines, said, str(channel)).text if lines else ""


async def _watched(session: AsyncSession, record: Record, week: Week) -> list[Seen]:
    seen, known = [], record.known
    hidden = known.hidden()
    for watch in open_in(week.name, record.watches):
        if watch.theme_id is not None and known.root_of[watch.theme_id] in hidden:
            continue
        thread, private = await heard_since(session, known, watch)
        name = await name_of(session, known, watch, record.channel.zone)
        ends = rules.weeks_between(watch.since, week.name) == rules.WATCHED_WEEKS - 1
        seen.append(Seen(Watched(name, thread, private), ends=ends))
    return seen


def _is_told(one: Try, week: Week, day: date) -> bool:
    """Say whether a try is told: it waits for its look, or people ended it in the week."""
    if one.outcome == "":
        return one.asked_at is None and one.look_on > day
    return one.outcome != "let go" and one.ended_at is not None and week.starts_at <= one.ended_at < week.ends_at


def _look(record: Record, day: date) -> Tried | None:
    """Return the try whose look is due and that no digest has asked about, the oldest first: one at a time."""
    due = [one for one in record.open_tries if one.look_on <= day and one.asked_at is None]
    return _as_written(due[0]) if due else None


def _as_written(one: Try) -> Tried:
    return Tried(one.id, one.what, one.look_on, one.outcome)


def has_asked(record: Record, look: Tried, now: datetime) -> None:
    """Keep that a digest carries the question what came of a try."""
    next(one for one in record.tries if one.id == look.id).asked_at = now


def end_what_is_over(record: Record, week: Week, told_at: Sequence[datetime], now: datetime) -> None:
    """End watches of eight weeks, and let go of tries that two further digests found unanswered, saying nothing.

    `told_at` are the moments of all digests, this one too where it is said.
    """
    for watch in record.watches:
        if rules.weeks_between(watch.since, week.name) >= rules.WATCHED_WEEKS - 1:
            watch.ended_at = now
    for one in record.open_tries:
        asked_at = one.asked_at
        if asked_at is not None and sum(moment > asked_at for moment in told_at) >= LET_GO_AFTER:
            one.outcome, one.ended_at = "let go", now
