"""How many people a channel has who could have answered: asked again just before private voices are counted.

Private voices are told only where at least two members kept silent. A number from set-up may be months old, and
other apps' bots, and guests who were not let in, are members of whom everybody knows that they did not answer.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog
from sqlalchemy import func, select, update

from bot.slack.client import Busy, Refused, Slack, Unclear
from bot.store.engine import Database
from bot.store.tables import Channel, PrivateAnswer, Week, Workspace

LOOKED_AT = 20
"""Members up to whom each is looked at; in larger channels bots and guests don't decide whether two kept silent."""
ASKED_FROM = 3
"""Private answers in the week, from whom on any may be told (`digests.count.PRIVATE_VOICES`)."""
BATCH = 50

MayAnswer = Callable[[int, str, bool], Awaitable[bool]]
"""Whether somebody (workspace, Slack id) may answer in a channel, where guests were or were not let in."""

log = structlog.get_logger()


async def refresh_sizes(db: Database, slack: Slack, may_answer: MayAnswer, now: datetime) -> int:
    """Ask Slack for the size of every channel whose week is about to close with private answers; return how many.

    A size that Slack does not tell now is not known any more, so that what was said privately counts as none; a
    workspace that is busy is not asked again in this round. What people wrote at set-up, where we may not ask, stays.
    """
    busy: set[int] = set()
    after = asked = 0
    while channels := await _next_due(db, after, now):
        for channel, bot in channels:
            size = await _size_now(slack, may_answer, channel, bot, busy)
            if size != channel.members:
                async with db.write() as session:
                    await session.execute(update(Channel).where(Channel.id == channel.id).values(members=size))
        after, asked = channels[-1][0].id, asked + len(channels)
    return asked


async def _next_due(db: Database, after: int, now: datetime) -> list[tuple[Channel, str]]:
    """Return the next channels to ask about, by their ids, each with our own Slack id there."""
    async with db.read() as session:
        answers = select(func.count(PrivateAnswer.id)).join(Week, Week.id == PrivateAnswer.week_id)
        of_channel = answers.where(Week.channel_id == Channel.id).scalar_subquery()
        due = await session.execute(
            select(Channel, Workspace.bot_user_id)
            .join(Workspace, Workspace.id == Channel.workspace_id)
            .where(Channel.id > after, Channel.week_ends_at <= now, of_channel >= ASKED_FROM)
            .order_by(Channel.id)
            .limit(BATCH)
        )
        return [(channel, bot) for channel, bot in due]


async def _size_now(slack: Slack, may_answer: MayAnswer, channel: Channel, bot: str, busy: set[int]) -> int | None:
    """Return a channel's size, or None where it cannot be known; add its workspace to those that are `busy`."""
    if channel.workspace_id in busy:
        return None
    try:
        return await size_of(slack, may_answer, channel, bot)
    except Refused as refusal:
        return channel.members if refusal.reason == "missing_scope" else None
    except (Busy, Unclear) as reason:
        log.warning("size unknown", workspace=channel.workspace_id, reason=str(reason))
        busy.add(channel.workspace_id)
        return None


async def size_of(slack: Slack, may_answer: MayAnswer, channel: Channel, bot: str) -> int:
    """Return how many people of a channel could answer; `bot` is our own Slack id.

    Raises:
        Refused: we may not ask, or are not there. Busy, Unclear: not now.

    """
    workspace = channel.workspace_id
    answer = await slack.call(workspace, "conversations.info", channel=channel.slack_id, include_num_members=True)
    number = int(answer["channel"].get("num_members") or 0) - 1
    if number > LOOKED_AT:
        return number
    listed = await slack.call(workspace, "conversations.members", channel=channel.slack_id, limit=LOOKED_AT + 2)
    let_in = channel.guests and not channel.shared
    return sum([await may_answer(workspace, str(user), let_in) for user in listed["members"] if user != bot])
