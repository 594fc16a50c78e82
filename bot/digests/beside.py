"""What lies beside a digest when it is told: marks, watches, tries, and what people said is no constraint."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import postings
from bot.constraints import standing as rules
from bot.digests.words import Beside, Seen, Tried
from bot.prompts import Line, Packs, next_line
from bot.slack.beside import Watched
from bot.store.beside import Ground, ground, heard_since, marks_of, name_of, open_tries, open_watches
from bot.store.tables import Channel, Posting, Try, Watch, Week

LET_GO_AFTER = 2
"""Digests after the one that asked, by which an unanswered try is let go (product.md, "Try")."""


async def content_and_beside(
    session: AsyncSession, channel: Channel, week: Week, at: datetime, packs: Packs, person: str = ""
) -> tuple[dict[str, Any], Beside]:
    """Return a closed week's content without what is hidden, and what lies beside it when it is told `at` a moment.

    `packs` have the wordings that take turns. `person` is whoever reads it alone, by the channel's hash, or "" where it
    is told to the channel.
    """
    day = at.astimezone(ZoneInfo(channel.zone or "UTC")).date()
    known = await ground(session, channel.id, week.ends_at)
    content = dict(week.content or {})
    lines = rules.told_lines(content.get("lines", []), known.root_of, known.hidden(person))
    content["lines"] = _as_called_before(lines, known, week)
    earlier = await _told_before(session, channel, week)
    listens = earlier == 0
    asked = await _asked_before(session, channel, at)
    beside = Beside(
        listens=listens,
        quiet_line=_in_turn(packs.quiet_lines, earlier, channel.id),
        asks_of_try=_in_turn(packs.look_backs, asked, channel.id),
        marks=await marks_of(session, [line["theme"] for line in content["lines"]]),
        watched=await _watched(session, channel, week, known),
        tried=[_as_written(one) for one in await _tried(session, channel, week, day)],
        look=None if listens else await _look(session, channel, day),
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


async def _told_before(session: AsyncSession, channel: Channel, week: Week) -> int:
    """Count the digests of earlier weeks that were told here."""
    told = Posting.channel_id == channel.id, Posting.kind == postings.DIGEST, Posting.state.in_(postings.SAID)
    earlier = Posting.week.is_not(None), Posting.week < week.name
    return await session.scalar(select(func.count(Posting.id)).where(*told, *earlier)) or 0


async def _asked_before(session: AsyncSession, channel: Channel, at: datetime) -> int:
    """Count the tries that a digest has asked about before a moment."""
    asked = Try.channel_id == channel.id, Try.asked_at < at
    return await session.scalar(select(func.count(Try.id)).where(*asked)) or 0


def _in_turn(lines: Sequence[Line], before: int, channel: int) -> str:
    """Return the wording whose turn it is after so many others, each channel in an order of its own; "" for none."""
    said: list[str] = []
    for _ in range(before % len(lines) if lines else 0):
        said.append(next_line(lines, said, str(channel)).id)
    return next_line(lines, said, str(channel)).text if lines else ""


async def _watched(session: AsyncSession, channel: Channel, week: Week, known: Ground) -> list[Seen]:
    seen = []
    hidden = known.hidden()
    for watch in await open_watches(session, channel.id, week.name):
        if watch.theme_id is not None and known.root_of[watch.theme_id] in hidden:
            continue
        thread, private = await heard_since(session, known, watch)
        name = await name_of(session, known, watch, channel.zone)
        ends = rules.weeks_between(watch.since, week.name) == rules.WATCHED_WEEKS - 1
        seen.append(Seen(Watched(name, thread, private), ends=ends))
    return seen


async def _tried(session: AsyncSession, channel: Channel, week: Week, day: date) -> list[Try]:
    """Return the tries that wait for their look, and those that people ended in the week."""
    waits = (Try.outcome == "") & Try.asked_at.is_(None) & (Try.look_on > day)
    ended = Try.outcome.not_in(("", "let go")) & (Try.ended_at >= week.starts_at) & (Try.ended_at < week.ends_at)
    tries = select(Try).where(Try.channel_id == channel.id, or_(waits, ended)).order_by(Try.id)
    return list(await session.scalars(tries))


async def _look(session: AsyncSession, channel: Channel, day: date) -> Tried | None:
    """Return the try whose look is due and that no digest has asked about, the oldest first: one at a time."""
    due = [one for one in await open_tries(session, channel.id) if one.look_on <= day and one.asked_at is None]
    return _as_written(due[0]) if due else None


def _as_written(one: Try) -> Tried:
    return Tried(one.id, one.what, one.look_on, one.outcome)


async def has_asked(session: AsyncSession, look: Tried, now: datetime) -> None:
    """Keep that a digest carries the question what came of a try."""
    (await session.get_one(Try, look.id)).asked_at = now


async def end_what_is_over(session: AsyncSession, channel: Channel, week: Week, now: datetime) -> None:
    """End watches of eight weeks, and let go of tries that two further digests found unanswered, saying nothing."""
    going = await session.scalars(select(Watch).where(Watch.channel_id == channel.id, Watch.ended_at.is_(None)))
    for watch in going:
        if rules.weeks_between(watch.since, week.name) >= rules.WATCHED_WEEKS - 1:
            watch.ended_at = now
    for one in await open_tries(session, channel.id):
        if one.asked_at is not None and await _digests_since(session, channel, one.asked_at) >= LET_GO_AFTER:
            one.outcome, one.ended_at = "let go", now


async def _digests_since(session: AsyncSession, channel: Channel, moment: datetime) -> int:
    told = Posting.channel_id == channel.id, Posting.kind == postings.DIGEST, Posting.state.in_(postings.SAID)
    return await session.scalar(select(func.count(Posting.id)).where(*told, Posting.due_at > moment)) or 0
