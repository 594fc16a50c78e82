"""`/opshat nudge` asks one question more, and *Not this week* one less; both within the noise budget."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot import cadence, postings
from bot.errors import Problem
from bot.nudges import words
from bot.nudges.asking import asking
from bot.nudges.choosing import next_question, past_of
from bot.prompts import Packs
from bot.slack.faces import Message
from bot.store.tables import Channel

SKIPS = timedelta(days=7)


async def extra_nudge(session: AsyncSession, channel: Channel, packs: Callable[[], Packs], now: datetime) -> Message:
    """Write down one more question for a channel, and say so to whoever asked.

    Raises:
        Problem: nothing is set up, the channel is paused, or the noise budget has no room.

    """
    if channel.zone is None:
        raise Problem(words.NOT_SET_UP)
    if channel.paused_at is not None:
        raise Problem(words.PAUSED)
    planned = [moment for moment in (channel.nudge_at, channel.digest_at) if moment]
    if not await postings.room_for(session, channel, now, planned, asks=True):
        raise Problem(await _no_room(session, channel, now, planned))
    past = (await past_of(session, [channel.id]))[channel.id]
    draft = asking(postings.EXTRA, postings.on_request(), now, next_question(packs(), channel, past, now))
    await postings.write_down(session, channel.id, draft)
    return Message(words.ON_ITS_WAY)


async def _no_room(session: AsyncSession, channel: Channel, now: datetime, planned: list[datetime]) -> str:
    """Say which limit has no room for a question more, and when it would have."""
    day = await postings.day_with_room(session, channel, now, planned, asks=True)
    if await postings.room_for(session, channel, now, planned):
        return words.ENOUGH_ASKED.format(when=f"on {day}" if day else "later")
    return words.NO_ROOM.format(day=day) if day else words.NO_ROOM_SOON


def not_this_week(channel: Channel, now: datetime) -> Message:
    """Skip the nudges of the coming seven days; once a week, whoever presses first.

    Raises:
        Problem: nothing is set up, or the channel is paused.

    """
    if channel.zone is None:
        raise Problem(words.NOT_SET_UP)
    if channel.paused_at is not None:
        raise Problem(words.PAUSED)
    if channel.skip_until and channel.skip_until > now:
        day = cadence.in_words(channel.skip_until, channel.zone)
        return Message(words.SKIPPED_ALREADY.format(day=day))
    channel.skip_until = now + SKIPS
    return Message(words.SKIPPED)
