"""A channel's weeks, one row after the other without hole or overlap; shared by those who write and count."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import cadence
from bot.keys import KeyRing
from bot.store.engine import insert
from bot.store.tables import Channel, Week


def about_week(channel_id: int, name: str) -> str:
    """What a week's wrapped key belongs to."""
    return f"channel {channel_id} week {name}"


def about_channel(workspace_id: int) -> str:
    """What a channel's wrapped key belongs to (not the channel's Slack id, which can change)."""
    return f"a channel of workspace {workspace_id}"


def person_in(keys: KeyRing, channel: Channel, user: str) -> str:
    """Return what stands for somebody in a channel: their Slack id, hashed under its key.

    Raises:
        Problem: the key was wrapped with another secret.

    """
    return keys.person(channel.key, about_channel(channel.workspace_id), user)


async def check_secret(session: AsyncSession, keys: KeyRing) -> None:
    """Return where we have the secret that wrapped the newest channel's key, or there is none yet.

    Whether that key itself is whole is not looked at: one that is damaged concerns its channel alone.

    Raises:
        Problem: it was wrapped with another secret.

    """
    newest = await session.scalar(select(Channel.key).order_by(Channel.id.desc()).limit(1))
    if newest is not None:
        keys.cipher_of(newest)


async def week_at(session: AsyncSession, keys: KeyRing, channel: Channel, at: datetime) -> Week:
    """Return the channel's week that holds a moment, making the rows up to it where there are none yet.

    The channel must have a zone. A moment before the first week belongs to the first.
    """
    last = await session.scalar(
        select(Week).where(Week.channel_id == channel.id).order_by(Week.ends_at.desc()).limit(1)
    )
    zone = channel.zone or "UTC"
    if last is None:
        last = await _add(session, keys, channel, cadence.week_of(at, zone))
    while last.ends_at <= at:
        span = cadence.Week(last.name, last.starts_at, last.ends_at)
        last = await _add(session, keys, channel, cadence.week_after(span, zone))
    if last.starts_at <= at:
        return last
    return await _existing(session, channel.id, at) or last


async def open_week(session: AsyncSession, keys: KeyRing, channel: Channel, now: datetime) -> Week:
    """Return the week that holds `now`, locked against being closed until this transaction ends."""
    week = await week_at(session, keys, channel, now)
    await session.refresh(week, with_for_update={"read": True})
    if week.closed_at is None:
        return week
    # Another process, whose clock is a little ahead, has closed it: what comes now belongs to the next.
    return await open_week(session, keys, channel, week.ends_at)


async def _existing(session: AsyncSession, channel_id: int, at: datetime) -> Week | None:
    holds = Week.channel_id == channel_id, Week.starts_at <= at, Week.ends_at > at
    return await session.scalar(select(Week).where(*holds))


async def _add(session: AsyncSession, keys: KeyRing, channel: Channel, span: cadence.Week) -> Week:
    await session.execute(
        insert(session, Week)
        .values(
            channel_id=channel.id,
            name=span.name,
            starts_at=span.starts_at,
            ends_at=span.ends_at,
            key=keys.new_key(about_week(channel.id, span.name)),
        )
        .on_conflict_do_nothing(index_elements=["channel_id", "name"])
    )
    added = await session.scalar(select(Week).where(Week.channel_id == channel.id, Week.name == span.name))
    assert added is not None  # noqa: S101 - it was there, or has just been made
    return added
