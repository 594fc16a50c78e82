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
_BATCH = 50

MayAnswer = Callable[[int, str, bool], Awaitable[bool]]
"""Whether somebody (workspace, Slack id) may answer in a channel, where guests were or were not let in."""

log = structlog.get_logger()


async def refresh_sizes(db: Database, slack: Slack, may_answer: MayAnswer, now: datetime) -> int:
    """Ask Slack for the size of every channel whose week is about to close with private answers; return how many.

    What Slack does not tell now stays as it was.
    """
    async with db.read() as session:
        answers = select(func.count(PrivateAnswer.id)).join(Week, Week.id == PrivateAnswer.week_id)
        of_channel = answers.where(Week.channel_id == Channel.id, Week.ends_at <= now).scalar_subquery()
        due = await session.execute(
            select(Channel, Workspace.bot_user_id)
            .join(Workspace, Workspace.id == Channel.workspace_id)
            .where(Channel.week_ends_at <= now, of_channel >= ASKED_FROM)
            .limit(_BATCH)
        )
        channels = due.all()
    for channel, bot in channels:
        try:
            size = await size_of(slack, may_answer, channel, bot)
        except Refused:
            continue
        except (Busy, Unclear) as reason:
            log.warning("size unknown", reason=str(reason))
            break
        async with db.write() as session:
            await session.execute(update(Channel).where(Channel.id == channel.id).values(members=size))
    return len(channels)


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
