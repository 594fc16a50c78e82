"""Texts are kept for a while and numbers longer: what is past its time goes, a few rows at a time."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select

from bot.readings import forget_words
from bot.store.engine import Database
from bot.store.tables import TOMBSTONE_FOR, Finding, Reply
from bot.store.types import slack_ts

BATCH = 1000


async def forget_old_replies(db: Database, keep: timedelta, now: datetime) -> int:
    """Delete replies older than `keep` and empty rows of erased ones; findings go with them. Return how many.

    Themes whose last finding goes keep their structure, and lose the single words that no concept covers.
    """
    old = or_(Reply.ts < slack_ts(now - keep), Reply.erased_at < now - TOMBSTONE_FOR)
    async with db.write() as session:
        chosen = list(await session.scalars(select(Reply.id).where(old).limit(BATCH)))
        themes = select(Finding.theme_id).where(Finding.reply_id.in_(chosen)).distinct()
        touched = (await session.scalars(themes)).all()
        await session.execute(delete(Reply).where(Reply.id.in_(chosen)))
        await forget_words(session, touched)
    return len(chosen)
