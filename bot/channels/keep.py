"""*Keep / Less / Stop*: what the channel says of the bot itself, after six weeks or when nobody answers."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot import postings
from bot.channels import schedule, words
from bot.channels.announce import announce
from bot.channels.replan import replan
from bot.channels.schedule import FEWER, KEEP, LESS, STOP, Facts
from bot.errors import Problem
from bot.slack.faces import Message
from bot.store.tables import Channel


async def choose(session: AsyncSession, channel: Channel, facts: Facts, what: str, user: str, now: datetime) -> Message:
    """Keep the bot as it is, ask less or not at all, or stop; the channel is told who chose.

    Less is one question a week where there were two, else none: then only a digest when there is something
    to tell. Several who choose it of the same digest have chosen it once.

    Raises:
        Problem: nothing is set up, the operator has paused every channel, somebody paused this one, or
            questions would start again where nobody has chosen that they may.

    """
    if channel.zone is None:
        raise Problem(words.NOT_SET_UP)
    schedule.check_operator(channel)
    if what != STOP and channel.paused_at is not None and not channel.pause_reason:
        raise Problem(words.PAUSED)
    if what == LESS and channel.kept in (LESS, FEWER):
        return Message(words.LESS_ALREADY)
    if what == STOP:
        await postings.pause(session, channel.id, now, "")
        channel.kept = STOP
    elif what == LESS:
        await _less(session, channel, now)
    else:
        await _keep(session, channel, facts, now)
    line = words.CHOSEN[what].format(user=user)
    await announce(session, channel, "keep", line, now)
    return Message(words.CHOSEN_BY_YOU[what])


async def _keep(session: AsyncSession, channel: Channel, facts: Facts, now: datetime) -> None:
    if channel.kept != FEWER:  # else whoever presses *Less* of the same digest after this would be heard twice
        channel.kept = KEEP
    if channel.nudge_at is None and channel.paused_at is None:
        await schedule.start(session, channel, facts, now)


async def _less(session: AsyncSession, channel: Channel, now: datetime) -> None:
    days = channel.nudge_days.split(",")
    if len(days) > 1:
        channel.kept, channel.nudge_days = FEWER, days[0]
        if channel.paused_at is None:
            await replan(session, channel, now)
    else:
        channel.kept = LESS
        channel.nudge_on = channel.nudge_at = None
