"""A digest is due: the last closed week is told from its frozen content, once for each due date, however late."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import cadence, postings
from bot.digests import asides, words
from bot.digests.beside import content_and_beside, end_what_is_over, has_asked
from bot.digests.words import Beside
from bot.errors import Problem
from bot.postings import Draft
from bot.prompts import Packs
from bot.slack.faces import Message
from bot.store.engine import Database
from bot.store.tables import Channel, Posting, Week, Workspace

BATCH = 20
"""Digests in one transaction: few, because a database with one writer lets nobody else write meanwhile."""
SILENT_AFTER = 3
"""Quiet digests in a row after which the bot says nothing until there is something to tell (product.md)."""


_WEEK_IS_CLOSED = Channel.week_ends_at > Channel.digest_at
"""Another process may be closing it just now, or closing it may have failed: then the digest waits."""


async def write_due_digests(db: Database, packs: Packs, now: datetime) -> int:
    """Write down every digest that is due, at most `BATCH`; return how many channels were served."""
    async with db.write() as session:
        due = list(
            await session.scalars(
                select(Channel)
                .where(Channel.digest_at <= now, or_(_WEEK_IS_CLOSED, Channel.week_ends_at.is_(None)))
                .order_by(Channel.digest_at)
                .limit(BATCH)
                .with_for_update(skip_locked=True)
            )
        )
        for channel in due:
            await _serve(session, channel, packs, now)
    return len(due)


async def _serve(session: AsyncSession, channel: Channel, packs: Packs, now: datetime) -> None:
    assert channel.digest_on  # noqa: S101 - set together with digest_at, by which it was found
    assert channel.digest_at  # noqa: S101 - as above
    zone, at = channel.zone or "UTC", time.fromisoformat(channel.digest_time)
    due = cadence.Due(channel.digest_on, cadence.moment(channel.digest_on, at, zone))
    await asides.forget_what_nobody_read(session, channel)
    less_now = asides.silence_means_less(channel, due.at)
    week = await last_closed(session, channel, due.at)
    content, beside = await content_and_beside(session, channel, week, due.at, packs) if week else ({}, Beside())
    if week:
        goals = frozenset(line.id for line in packs.goal_questions)
        claims = await asides.claims_of(session, channel, week, goals)
        asks = "" if less_now else await asides.question_of(session, channel, week, due.at)
        # One question at a time: a look back waits for the next digest.
        look = None if asks else beside.look
        beside = replace(beside, claims=claims, asks=asks, less_now=less_now, look=look)
    skipped = await _reason_to_skip(session, channel, week, asks=bool(beside.look or beside.asks or less_now))
    if not skipped and not await postings.room_for(session, channel, now):
        # It is never skipped for the noise budget; it comes on the first day that has room.
        tomorrow = now.astimezone(cadence.zone_of(zone)).date() + timedelta(days=1)
        channel.digest_at = cadence.moment(tomorrow, at, zone)
        return
    if less_now:
        asides.ask_no_more(channel)
    draft = Draft(
        kind=postings.DIGEST,
        due=due.on.isoformat(),
        due_at=due.at,
        message=await _message(session, channel, content, beside) if week else None,
        week=week.name if week else None,
        skipped=skipped,
        said_at=now,
    )
    written = await postings.write_down(session, channel.id, draft)
    if written and beside.look and not draft.skipped:
        await has_asked(session, beside.look, due.at)
    if written and beside.asks:
        asides.has_been_asked(channel, beside.asks, due.at)
    if written and week:
        await end_what_is_over(session, channel, week, now)
    following = next_digest(channel, now, due)
    channel.digest_on, channel.digest_at = following.on, following.at


async def _reason_to_skip(session: AsyncSession, channel: Channel, week: Week | None, *, asks: bool) -> str:
    if week is None or week.content is None:
        return "no closed week"
    told = Posting.channel_id == channel.id, Posting.kind == postings.DIGEST, Posting.week == week.name
    if await session.scalar(select(Posting.id).where(*told).limit(1)):
        return "told already"
    if asks or not words.is_quiet(week.content):
        return ""
    if not week.content["asked"]:
        return "nothing was asked"
    if channel.kept == asides.LESS:
        return "nothing to tell"
    before = await session.scalars(
        select(Week.content)
        .where(Week.channel_id == channel.id, Week.closed_at.is_not(None), Week.starts_at < week.starts_at)
        .order_by(Week.starts_at.desc())
        .limit(SILENT_AFTER)
    )
    contents = list(before)
    quiet = [content for content in contents if content and words.is_quiet(content)]
    return "nothing to tell" if len(quiet) == SILENT_AFTER else ""


async def last_closed(session: AsyncSession, channel: Channel, at: datetime) -> Week | None:
    """Return the last week of a channel that had closed by a moment."""
    ended = Week.channel_id == channel.id, Week.closed_at.is_not(None), Week.ends_at <= at
    return await session.scalar(select(Week).where(*ended).order_by(Week.ends_at.desc()).limit(1))


async def _message(session: AsyncSession, channel: Channel, content: Mapping[str, Any], beside: Beside) -> Message:
    workspace = await session.get_one(Workspace, channel.workspace_id)
    links = {
        ts: f"{workspace.url}archives/{channel.slack_id}/p{ts.replace('.', '')}"
        for ts in (beside.claims.goal_thread, *(ts for line in content["lines"] for ts in line["threads"]))
        if workspace.url and ts
    }
    return words.digest(content, links, beside)


async def last_digest(session: AsyncSession, channel: Channel, packs: Packs, now: datetime, person: str) -> Message:
    """Return the channel's last digest, for the asker alone (`person`, a hash), without what they hid.

    Raises:
        Problem: no week has closed yet.

    """
    week = await last_closed(session, channel, now)
    if week is None:
        when = f"That is {cadence.in_words(channel.digest_at, channel.zone or 'UTC')}." if channel.digest_at else ""
        raise Problem(words.NO_DIGEST.format(next=when).strip())
    return await _message(session, channel, *await content_and_beside(session, channel, week, now, packs, person))


def next_digest(channel: Channel, now: datetime, after: cadence.Due | None = None) -> cadence.Due:
    """Return when a channel that is set up is told its next digest."""
    days = [channel.digest_day or 1]
    return cadence.next_due(days, time.fromisoformat(channel.digest_time), channel.zone or "UTC", after, now)
