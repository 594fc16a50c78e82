"""Slack's "no" is a fact: the channel stops with the reason, and whoever set it up is told once."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot import postings
from bot.postings import words
from bot.slack.client import TOKEN_GONE
from bot.store.tables import Channel

GONE_FOR_GOOD = TOKEN_GONE
"""Refusals after which Slack takes nothing from us in the whole workspace, a word of warning included."""

_STOPS_THE_CHANNEL = frozenset(
    {
        "not_in_channel",
        "channel_not_found",
        "is_archived",
        "missing_scope",
        "restricted_action",
        "restricted_action_read_only_channel",
    }
)


def stops(kind: str, reason: str) -> bool:
    """Say whether a refusal of a posting means that its channel can't be posted in.

    What was for one person says nothing about the channel: they may have left, or closed their messages.
    """
    return reason in GONE_FOR_GOOD or (reason in _STOPS_THE_CHANNEL and kind not in postings.DIRECT)


async def stop(session: AsyncSession, channel_id: int, reason: str, now: datetime) -> None:
    """Stop a channel that can't be posted in, and write to whoever set it up, where Slack would let us."""
    if await postings.pause(session, channel_id, now, reason) and reason not in GONE_FOR_GOOD:
        await _tell(session, await session.get_one(Channel, channel_id), reason, now)


async def hold(session: AsyncSession, channel: Channel, reason: str, now: datetime) -> None:
    """Let a channel that had stopped stay so for another reason, and write to whoever set it up."""
    channel.pause_reason = reason
    await _tell(session, channel, reason, now)


async def _tell(session: AsyncSession, channel: Channel, reason: str, now: datetime) -> None:
    if channel.set_up_by:
        message = words.stopped(channel.slack_id, reason)
        draft = postings.Draft(postings.STOPPED, postings.on_request(), now, message, to=channel.set_up_by)
        await postings.write_down(session, channel.id, draft)
