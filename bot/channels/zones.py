"""Time zones change their rules, and with a new `tzdata` the same local time is another moment: stored ones follow.

Gone through once after every start, some channels at each tick. What is past stays as it is.
"""

from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import cadence
from bot.store.engine import Database
from bot.store.tables import Channel, Week

BATCH = 500
_PUT_OFF = timedelta(hours=20)
"""A digest that is further than this from its due date was put off to a day with room, and stays there."""


async def follow_the_rules(db: Database, after: int, now: datetime) -> int | None:
    """Compute the moments of the next channels anew; return the last channel's id, None where there are no more.

    Args:
        db: the database.
        after: the id up to which channels are done.
        now: only later moments change.

    """
    async with db.write() as session:
        channels = await session.scalars(
            select(Channel).where(Channel.id > after, Channel.zone.is_not(None)).order_by(Channel.id).limit(BATCH)
        )
        last = None
        for channel in channels:
            last = channel.id
            _follow(channel, now)
            if channel.week_ends_at and channel.week_ends_at > now:
                await _follow_week(session, channel)
        return last


def _follow(channel: Channel, now: datetime) -> None:
    zone = channel.zone or "UTC"
    if channel.nudge_at and channel.nudge_on and channel.nudge_at > now:
        channel.nudge_at = _moment(channel.nudge_on, channel.nudge_time, zone)
    if channel.digest_at and channel.digest_on and channel.digest_at > now:
        anew = _moment(channel.digest_on, channel.digest_time, zone)
        channel.digest_at = anew if abs(anew - channel.digest_at) < _PUT_OFF else channel.digest_at


def _moment(on: date, at: str, zone: str) -> datetime:
    return cadence.moment(on, time.fromisoformat(at), zone)


async def _follow_week(session: AsyncSession, channel: Channel) -> None:
    """Let the open week end where its zone's clocks now say it does."""
    ends = Week.channel_id == channel.id, Week.ends_at == channel.week_ends_at, Week.closed_at.is_(None)
    week = await session.scalar(select(Week).where(*ends))
    if week is not None:
        week.ends_at = channel.week_ends_at = cadence.week_named(week.name, channel.zone or "UTC").ends_at
