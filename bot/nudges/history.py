"""What was asked, for the operator: how many nudges had an answer, and what comes next in a channel and why."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import postings
from bot.errors import Problem
from bot.nudges.choosing import Question, next_question, past_of
from bot.prompts import Packs
from bot.store.tables import Channel, Posting, Reply

NO_CHANNEL = (
    "There is no channel {id} here: write its Slack id, such as C024BE91L; `opshat doctor` lists what is set up."
)


async def asked_and_answered(session: AsyncSession, slack_id: str = "") -> list[tuple[str, int]]:
    """Return prompt ids in the order asked, each with the replies kept in its thread; of one channel or of all.

    Private answers are not counted: their number is nobody's business before the week closes, nor after.
    """
    answers = func.count(Reply.id)
    asked = (
        select(Posting.prompt_id, answers)
        .join(Channel, Channel.id == Posting.channel_id)
        .outerjoin(
            Reply,
            (Reply.channel_id == Posting.channel_id) & (Reply.thread_ts == Posting.ts) & Reply.text.is_not(None),
        )
        .where(Posting.kind.in_(postings.ASKING), Posting.prompt_id.is_not(None), Posting.ts.is_not(None))
        .group_by(Posting.id, Posting.prompt_id, Posting.due_at, Posting.kind)
        .order_by(Posting.due_at, Posting.kind, Posting.prompt_id)
    )
    if slack_id:
        asked = asked.where(Channel.slack_id == slack_id)
    return [(str(prompt_id), count) for prompt_id, count in await session.execute(asked)]


async def next_in(session: AsyncSession, slack_id: str, packs: Packs, now: datetime) -> Question:
    """Return what a channel is asked next, as things stand.

    Raises:
        Problem: there is no such channel.

    """
    channel = await session.scalar(select(Channel).where(Channel.slack_id == slack_id).limit(1))
    if channel is None:
        raise Problem(NO_CHANNEL.format(id=slack_id))
    past = (await past_of(session, [channel.id]))[channel.id]
    return next_question(packs, channel, past, channel.nudge_at or now)
