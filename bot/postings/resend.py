"""Digests of which nobody knows whether they stand in Slack: listed, and posted again where an admin says so.

The noise budget counts such a digest as said, so that what comes after it leaves it its place. Whoever has it posted
says that it is not there: it is then the same message, counted once, on the day on which it is said now. Where its
place has gone meanwhile, because what was said a week ago counts no more, it waits like any other.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import postings
from bot.errors import Problem
from bot.postings import words
from bot.store.engine import present
from bot.store.tables import Channel, Posting


@dataclass(frozen=True, slots=True)
class Lost:
    """An uncertain digest: its posting, the Slack id of its channel, what week it tells, and why nobody knows of it."""

    posting: str
    channel: str
    week: str
    reason: str


def is_lost() -> ColumnElement[bool]:
    """Select the digests of which nobody knows, and that could still be posted."""
    return (Posting.state == "uncertain") & (Posting.kind == postings.DIGEST) & Posting.payload.is_not(None)


async def lost_digests(session: AsyncSession, channel_id: int | None = None) -> list[Lost]:
    """Return the uncertain digests, of one channel or of all, latest first."""
    where = [is_lost()]
    where += [Posting.channel_id == channel_id] if channel_id is not None else []
    rows = await session.execute(
        select(Posting.id, Channel.slack_id, Posting.week, Posting.reason)
        .join(Channel, Channel.id == Posting.channel_id)
        .where(*where)
        .order_by(Posting.due_at.desc())
    )
    return [Lost(posting, channel, str(week), reason) for posting, channel, week, reason in rows]


async def post_again(session: AsyncSession, posting_id: str, now: datetime) -> None:
    """Let an uncertain digest be posted, from the content that was frozen for it.

    It is the same posting, so that pressing twice posts once.

    Raises:
        Problem: it was settled meanwhile, its channel is paused or stopped, or the noise budget has no room.

    """
    channel = await session.scalar(
        select(Channel).join(Posting, Posting.channel_id == Channel.id).where(Posting.id == posting_id, is_lost())
    )
    if channel is None:
        raise Problem(words.SETTLED)
    if channel.paused_at is not None:
        raise Problem(words.NOT_WHILE_STOPPED.format(reason=words.why_silent(channel.pause_reason)))
    if not await postings.room_for(session, channel, now, without=posting_id):
        day = await postings.day_with_room(session, channel, now, without=posting_id)
        raise Problem(words.NO_ROOM.format(day=day or "another day"))
    changed = await session.execute(
        update(Posting)
        .where(Posting.id == posting_id, is_lost())
        .values(state="due", reason="", send_at=await present(session))
        .returning(Posting.id)
    )
    if changed.scalar_one_or_none() is None:
        raise Problem(words.SETTLED)
