"""Texts are kept for a while and numbers longer: what is past its time goes, a few rows at a time."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select

from bot.readings import slack_ts
from bot.store.engine import Database
from bot.store.tables import TOMBSTONE_FOR, Reply

BATCH = 1000


async def forget_old_replies(db: Database, keep: timedelta, now: datetime) -> int:
    """Delete replies older than `keep` and empty rows of erased ones; findings go with them. Return how many."""
    old = or_(Reply.ts < slack_ts(now - keep), Reply.erased_at < now - TOMBSTONE_FOR)
    async with db.write() as session:
        chosen = list(await session.scalars(select(Reply.id).where(old).limit(BATCH)))
        await session.execute(delete(Reply).where(Reply.id.in_(chosen)))
    return len(chosen)
