"""Stored replies are read for constraint language: new and edited ones, and an open week when the language changed."""

from collections.abc import Iterable

from sqlalchemy import Select, bindparam, delete, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.constraints.find import Detector
from bot.constraints.themes import Parts
from bot.store.engine import Database
from bot.store.tables import Finding, Posting, Reply, Theme, Week
from bot.store.types import slack_ts

BATCH = 200
_WEEKS = 500


async def read_replies(db: Database, detector: Detector) -> int:
    """Read at most `BATCH` replies that nobody has read yet; return how many."""
    async with db.write() as session:
        return await _read_some(session, detector, _unread().limit(BATCH).with_for_update(skip_locked=True, of=Reply))


async def read_channel(session: AsyncSession, detector: Detector, channel_id: int) -> None:
    """Read whatever is unread in a channel, in the transaction that is about to count it."""
    await _read_some(session, detector, _unread().where(Reply.channel_id == channel_id).with_for_update(of=Reply))


def _unread() -> Select[Reply, str | None]:
    return (
        select(Reply, Posting.question)
        .outerjoin(Posting, (Posting.channel_id == Reply.channel_id) & (Posting.ts == Reply.thread_ts))
        .where(Reply.read_with.is_(None), Reply.text.is_not(None), Reply.known_member)
        .order_by(Reply.id)
    )


async def _read_some(session: AsyncSession, detector: Detector, query: Select[Reply, str | None]) -> int:
    rows = [(reply, question) for reply, question in await session.execute(query)]
    await session.execute(delete(Finding).where(Finding.reply_id.in_([reply.id for reply, _ in rows])))
    for reply, question in rows:
        session.add_all(_read(reply, question, detector))
    await session.flush()
    return len(rows)


def _read(reply: Reply, question: str | None, detector: Detector) -> list[Finding]:
    reading = detector.read(reply.text or "", question)
    reply.read_with, reply.english = detector.version, reading.english
    heard = [(finding, False) for finding in reading.findings] + [(finding, True) for finding in reading.against]
    return [
        Finding(
            reply_id=reply.id,
            kind=finding.kind,
            start=finding.start,
            end=finding.end,
            rule=finding.rule,
            why=finding.why,
            against=against,
        )
        for finding, against in heard
    ]


async def read_open_weeks_again(db: Database, detector: Detector, after: int = 0) -> int | None:
    """Mark the replies of open weeks as unread where another version of the language read them.

    Closed weeks keep the readings that they were counted with. Looks at 500 weeks, those whose ids follow `after`;
    return where to go on, or None at the end.
    """
    async with db.write_rows() as connection:
        query = select(Week.id, Week.channel_id, Week.starts_at).where(Week.closed_at.is_(None), Week.id > after)
        weeks = (await connection.execute(query.order_by(Week.id).limit(_WEEKS))).all()
        if not weeks:
            return None
        since = [{"of": channel_id, "since": slack_ts(starts_at)} for _, channel_id, starts_at in weeks]
        of_week = Reply.channel_id == bindparam("of"), Reply.ts >= bindparam("since")
        read = update(Reply).where(*of_week, Reply.read_with != detector.version).values(read_with=None)
        await connection.execute(read, since)
        return weeks[-1][0]


def limits_in(detector: Detector, texts: Iterable[str]) -> list[str]:
    """Return what the detector hears in somebody's own words, verbatim: for them alone (the hat's mirror)."""
    return [text[found.start : found.end] for text in texts for found in detector.read(text).findings]


async def forget_words(session: AsyncSession, themes: Iterable[int | None], *, said_by_others: bool = False) -> None:
    """Take from themes the single words that no concept covers, once their last finding is gone; structure stays.

    `themes` are those of findings that were just deleted. `said_by_others`: from those that others' findings still
    speak of, too.
    """
    gone = Theme.id.in_({theme for theme in themes if theme is not None})
    heard_elsewhere = select(Finding.id).where(Finding.theme_id == Theme.id).exists()
    for theme in await session.scalars(select(Theme).where(gone, true() if said_by_others else ~heard_elsewhere)):
        theme.parts = [Parts.from_json(parts).without_words().to_json() for parts in theme.parts]
