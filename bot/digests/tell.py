"""A digest is due: the last closed week is told from its frozen content, once for each due date, however late."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import cadence, postings
from bot.digests import asides, words
from bot.digests.beside import content_and_beside, end_what_is_over, has_asked
from bot.digests.record import Record, records_of
from bot.digests.words import Beside
from bot.errors import Problem
from bot.postings import Draft
from bot.prompts import Packs
from bot.slack.faces import Message
from bot.store.engine import Database
from bot.store.tables import Channel, Week

BATCH = 50
"""Digests in one transaction: few, because a database with one writer lets nobody else write meanwhile."""
SILENT_AFTER = 3
"""Quiet digests in a row after which the bot says nothing until there is something to tell (product.md)."""


_WEEK_IS_CLOSED = Channel.week_ends_at > Channel.digest_at
"""Another process may be closing it just now, or closing it may have failed: then the digest waits."""


async def write_due_digests(db: Database, packs: Packs, now: datetime, written: Callable[[], None]) -> int:
    """Write down every digest that is due; return how many channels were served. `written` hears of each batch."""
    async with db.read() as session:
        found = select(Channel.id, Channel.workspace_id).where(*_is_due(now)).order_by(Channel.digest_at)
        due = in_turn((channel, workspace) for channel, workspace in await session.execute(found))
    served = 0
    for first in range(0, len(due), BATCH):
        served += await _write_batch(db, packs, due[first : first + BATCH], now)
        written()
    return served


def _is_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Channel.digest_at <= now, or_(_WEEK_IS_CLOSED, Channel.week_ends_at.is_(None))


def in_turn(channels: Iterable[tuple[int, int]]) -> list[int]:
    """Order channels, given with their workspaces, so that each workspace has its first before any has its second.

    A workspace takes some hundred messages a minute: all have to begin at once for all to end early.
    """
    before: Counter[int] = Counter()
    turns: list[tuple[int, int]] = []
    for channel, workspace in channels:
        turns.append((before[workspace], channel))
        before[workspace] += 1
    return [channel for _, channel in sorted(turns, key=itemgetter(0))]


async def _write_batch(db: Database, packs: Packs, due_channels: Sequence[int], now: datetime) -> int:
    async with db.write() as session:
        channels = await session.scalars(
            select(Channel)
            # Another process may have served some of them meanwhile.
            .where(Channel.id.in_(due_channels), *_is_due(now))
            .order_by(Channel.digest_at)
            .with_for_update(skip_locked=True)
        )
        due = {channel: _due(channel) for channel in channels}
        if not due:
            return 0
        records = await records_of(session, {channel: one.at for channel, one in due.items()})
        taken = await postings.said_around(session, [channel.id for channel in due], now)
        drafts: list[tuple[int, Draft]] = []
        for record in records:
            channel = record.channel
            draft = await _draft(session, record, due[channel], packs, taken[channel.id], now)
            drafts += [(channel.id, draft)] if draft else []
        # The channels' rows are ours until the end: nobody else can have been told that there is room.
        await postings.write_many(session, drafts)
    return len(due)


def _due(channel: Channel) -> cadence.Due:
    assert channel.digest_on  # noqa: S101 - set together with digest_at, by which it was found
    at = time.fromisoformat(channel.digest_time)
    return cadence.Due(channel.digest_on, cadence.moment(channel.digest_on, at, channel.zone or "UTC"))


async def _draft(
    session: AsyncSession, record: Record, due: cadence.Due, packs: Packs, taken: Sequence[datetime], now: datetime
) -> Draft | None:
    """Return the digest that is due, or None where it waits for room; move its channel on."""
    channel, week = record.channel, record.week
    asides.forget_what_nobody_read(record)
    less_now = asides.silence_means_less(record, due.at)
    content, beside = await content_and_beside(session, record, due.at, packs)
    if week:
        beside = _with_asides(record, week, beside, packs, due.at, less_now=less_now)
    skipped = _reason_to_skip(record, tells=less_now or words.tells_beside(beside))
    if not skipped and not postings.has_room(channel.zone, now, taken):
        _wait_for_room(channel, now)
        return None
    if less_now:
        asides.ask_no_more(channel)
    if week and not record.was_served(due.on):
        _keep_what_was_asked(record, week, beside, due.at, now, skipped=bool(skipped))
    following = next_digest(channel, now, due)
    channel.digest_on, channel.digest_at = following.on, following.at
    return Draft(
        kind=postings.DIGEST,
        due=due.on.isoformat(),
        due_at=due.at,
        message=None if skipped else _message(record, content, beside),
        week=week.name if week else None,
        skipped=skipped,
    )


def _with_asides(record: Record, week: Week, beside: Beside, packs: Packs, at: datetime, *, less_now: bool) -> Beside:
    claims = asides.claims_of(record, week, {line.id for line in packs.goal_questions})
    asks = "" if less_now else asides.question_of(record, at)
    # One question at a time: a look back waits for the next digest.
    return replace(beside, claims=claims, asks=asks, less_now=less_now, look=None if asks else beside.look)


def _reason_to_skip(record: Record, *, tells: bool) -> str:
    week = record.week
    if week is None or week.content is None:
        return "no closed week"
    if any(told.week == week.name for told in record.digests):
        return "told already"
    if tells or not words.is_quiet(week.content):
        return ""
    if not week.content["asked"]:
        return "nothing was asked"
    if record.channel.kept == asides.LESS:
        return "nothing to tell"
    before = [earlier.content for earlier in record.known.weeks[-1 - SILENT_AFTER : -1]]
    quiet = [content for content in before if content and words.is_quiet(content)]
    return "nothing to tell" if len(quiet) == SILENT_AFTER else ""


def _wait_for_room(channel: Channel, now: datetime) -> None:
    """Let a digest come on the first day that has room: it is never skipped for the noise budget."""
    zone = channel.zone or "UTC"
    tomorrow = now.astimezone(cadence.zone_of(zone)).date() + timedelta(days=1)
    channel.digest_at = cadence.moment(tomorrow, time.fromisoformat(channel.digest_time), zone)


def _keep_what_was_asked(
    record: Record, week: Week, beside: Beside, at: datetime, now: datetime, *, skipped: bool
) -> None:
    """Keep what a digest asks, and end what it is the last to tell."""
    if beside.look and not skipped:
        has_asked(record, beside.look, at)
    if beside.asks:
        asides.has_been_asked(record.channel, beside.asks, at)
    told_at = [told.due_at for told in record.digests if told.counts]
    end_what_is_over(record, week, told_at if skipped else [*told_at, at], now)


def _message(record: Record, content: Mapping[str, Any], beside: Beside) -> Message:
    links = {
        ts: f"{record.url}archives/{record.channel.slack_id}/p{ts.replace('.', '')}"
        for ts in (beside.claims.goal_thread, *(ts for line in content["lines"] for ts in line["threads"]))
        if record.url and ts
    }
    return words.digest(content, links, beside)


async def last_digest(session: AsyncSession, channel: Channel, packs: Packs, now: datetime, person: str) -> Message:
    """Return the channel's last digest, for the asker alone (`person`, a hash), without what they hid.

    Raises:
        Problem: no week has closed yet.

    """
    [record] = await records_of(session, {channel: now})
    if record.week is None:
        planned = channel.digest_at and cadence.in_words(channel.digest_at, channel.zone or "UTC")
        raise Problem(words.NO_DIGEST.format(when=planned or "when a week has closed"))
    return _message(record, *await content_and_beside(session, record, now, packs, person))


def next_digest(channel: Channel, now: datetime, after: cadence.Due | None = None) -> cadence.Due:
    """Return when a channel that is set up is told its next digest."""
    days = [channel.digest_day or 1]
    return cadence.next_due(days, time.fromisoformat(channel.digest_time), channel.zone or "UTC", after, now)
