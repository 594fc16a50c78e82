"""The operator's pause: every channel at once, and back to what each of them was before.

A channel that somebody had paused, or that Slack had refused, stays so afterwards: its own reason waits behind
the operator's ("operator:not_in_channel").
"""

from datetime import datetime

from sqlalchemy import case, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import postings
from bot.channels import schedule
from bot.channels.schedule import SHARED
from bot.postings import OPERATOR
from bot.store.engine import Database
from bot.store.tables import Channel, Posting

_BATCH = 100


async def pause_all(db: Database, now: datetime) -> int:
    """Pause every channel that the operator has not paused yet; return how many.

    What waited to be posted is not posted later, for its moment will have gone; but a digest is. Weeks still close.
    """
    async with db.write() as session:
        reason = case((Channel.paused_at.is_(None), OPERATOR), else_=OPERATOR + ":" + Channel.pause_reason)
        since = case((Channel.paused_at.is_(None), now), else_=Channel.paused_at)
        paused = await session.scalars(
            update(Channel)
            .where(~Channel.pause_reason.startswith(OPERATOR))
            .values(pause_reason=reason, paused_at=since, nudge_at=None, digest_at=None)
            .returning(Channel.id)
        )
        waits = Posting.state.in_(("planned", "due"))
        await session.execute(
            update(Posting).where(waits, Posting.kind != postings.DIGEST).values(postings.unasked(""))
        )
        await session.execute(update(Posting).where(waits, Posting.kind == postings.DIGEST).values(postings.HELD))
        return len(paused.all())


async def resume_all(db: Database, _: datetime) -> int:
    """End the operator's pause; return how many channels go on, once the bot has asked Slack what they are now."""
    running = 0
    while True:
        async with db.write() as session:
            channels = await session.scalars(
                select(Channel)
                .where(Channel.pause_reason.startswith(OPERATOR))
                .limit(_BATCH)
                .with_for_update(skip_locked=True)
            )
            batch = channels.all()
            for channel in batch:
                running += _resume(channel)
        if not batch:
            return running


def _resume(channel: Channel) -> bool:
    own, _, reason = channel.pause_reason.partition(":")
    chosen_meanwhile = reason == SHARED and channel.shared
    if channel.pause_reason != own and not chosen_meanwhile:
        channel.pause_reason = reason
        return False
    schedule.look_first(channel)
    return channel.zone is not None


async def joins_the_pause(session: AsyncSession, channel: Channel, now: datetime) -> None:
    """Pause a channel that is new while the operator has paused the others of its workspace."""
    others = Channel.workspace_id == channel.workspace_id, Channel.pause_reason.startswith(OPERATOR)
    if channel.paused_at is None and await session.scalar(select(Channel.id).where(*others).limit(1)):
        channel.paused_at, channel.pause_reason = now, OPERATOR
