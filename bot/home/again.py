"""*Post it*: an admin has a digest posted of which nobody knows whether it stands in the channel."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import Problem
from bot.postings.resend import Lost, post_again
from bot.postings.words import SETTLED
from bot.slack.faces import Block, Message, button, section, week_in_words
from bot.store.tables import Channel, Posting

POST_IT = "post_it"

UNCERTAIN = (
    "Nobody can tell whether the digest of {week} stands in the channel: Slack's answer was lost. If it does not, an "
    "admin can post it."
)
POSTED = "It is on its way to the channel."
NOT_AN_ADMIN = "Only an admin of the workspace can post it."
NOT_NAMED = "Only the people that the operator named (OPSHAT_ADMINS) can post it."


def blocks(lost: Sequence[Lost]) -> list[Block]:
    """Return what Home shows of a channel's uncertain digests."""
    return [
        section(UNCERTAIN.format(week=week_in_words(one.week)), button("Post it", POST_IT, one.posting)) for one in lost
    ]


def check_admin(*, admin: bool, named: bool) -> None:
    """Return when somebody may post it; `named`: the operator named who may, and admins of the workspace may not.

    Raises:
        Problem: they may not.

    """
    if not admin:
        raise Problem(NOT_NAMED if named else NOT_AN_ADMIN)


async def post_it(session: AsyncSession, workspace_id: int, posting_id: str, now: datetime) -> Message:
    """Post an uncertain digest of a workspace.

    Raises:
        Problem: it was settled meanwhile, or cannot be posted now.

    """
    here = await session.scalar(
        select(Posting.id)
        .join(Channel, Channel.id == Posting.channel_id)
        .where(Posting.id == posting_id, Channel.workspace_id == workspace_id)
    )
    if here is None:
        raise Problem(SETTLED)
    await post_again(session, posting_id, now)
    return Message(POSTED)
