"""*Count this*: somebody lets a message of their own count, wherever in the channel it stands."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import weeks
from bot.errors import Problem
from bot.keys import KeyRing
from bot.replies import arrive, words
from bot.replies.arrive import Told
from bot.slack.faces import Message
from bot.store.tables import Channel, Reply


async def count_this(
    session: AsyncSession, keys: KeyRing, channel: Channel, message: Told, by: str, now: datetime
) -> Message:
    """Store somebody's own message as a reply; outside the threads of our questions it counts as volunteered.

    `by` is the Slack id of who asks for it.

    Raises:
        Problem: it is another's, or empty, of a closed week, deleted here before; nothing is set up; or they opted out.

    """
    _check(channel, message, by)
    kept = await session.execute(
        select(Reply.text).where(Reply.channel_id == channel.id, Reply.ts == message.ts).limit(1)
    )
    if known := kept.first():
        if known.text is None:
            raise Problem(words.STAYS_DELETED)
        return Message(words.COUNTS_ALREADY)
    week = await weeks.open_week(session, keys, channel, now)
    if float(message.ts) < week.starts_at.timestamp():
        raise Problem(words.WEEK_HAS_CLOSED)
    ours = message.thread_ts and await arrive.nudge_of(session, channel, message.thread_ts, now)
    person = weeks.person_in(keys, channel, message.user)
    of_ours = message if ours else replace(message, thread_ts=message.ts)
    if not await arrive.store(session, channel, of_ours, person, known_member=True):
        raise Problem(words.OPTED_OUT)
    return Message(words.COUNTED)


def _check(channel: Channel, message: Told, by: str) -> None:
    if message.user != by:
        raise Problem(words.NOT_YOUR_OWN)
    if channel.zone is None:
        raise Problem(words.NOT_SET_UP)
    if not (message.text or "").strip():
        raise Problem(words.NO_WORDS)
