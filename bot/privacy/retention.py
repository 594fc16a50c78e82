"""Texts are kept for a while and numbers longer: what is past its time goes, a few rows at a time."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.constraints.themes import Parts
from bot.readings import slack_ts
from bot.store.engine import Database
from bot.store.tables import TOMBSTONE_FOR, Finding, Reply, Theme

BATCH = 1000


async def forget_old_replies(db: Database, keep: timedelta, now: datetime) -> int:
    """Delete replies older than `keep` and empty rows of erased ones; findings go with them. Return how many.

    Themes whose last finding goes keep their structure, and lose the single words that no concept covers.
    """
    old = or_(Reply.ts < slack_ts(now - keep), Reply.erased_at < now - TOMBSTONE_FOR)
    async with db.write() as session:
        chosen = list(await session.scalars(select(Reply.id).where(old).limit(BATCH)))
        themes = select(Finding.theme_id).where(Finding.reply_id.in_(chosen), Finding.theme_id.is_not(None)).distinct()
        touched = [theme for theme in await session.scalars(themes) if theme is not None]
        await session.execute(delete(Reply).where(Reply.id.in_(chosen)))
        await _forget_words(session, touched)
    return len(chosen)


async def _forget_words(session: AsyncSession, themes: Sequence[int]) -> None:
    heard_elsewhere = select(Finding.theme_id).where(Finding.theme_id == Theme.id)
    left = select(Theme).where(Theme.id.in_(themes), ~heard_elsewhere.exists())
    for theme in await session.scalars(left):
        theme.parts = [Parts.from_json(parts).without_words().to_json() for parts in theme.parts]
