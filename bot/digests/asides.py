"""What a digest asks of the channel about the bot itself, and what it reminds it of; at most one question at a time.

The bot is a try: after six weeks it asks whether to stay, and silence means less. It offers to ask less when
nobody answers. It never offers more.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import postings
from bot.store.beside import open_tries
from bot.store.tables import Channel, Posting, ProfileLine, Week

A_TRY = timedelta(weeks=6)
"""After how long the bot asks whether to stay (product.md, "Noise budget")."""
SILENCE = timedelta(days=6)
"""How long the channel has to answer that; the next digest comes a week later, give or take an hour."""
UNANSWERED = 4
"""Questions in a row without an answer, after which the bot offers to ask less, once."""
_LOOKS_BACK = 2 * UNANSWERED  # weeks: there may be some without a question among them

KEEP, LESS = "keep", "less"


@dataclass(frozen=True, slots=True)
class Claims:
    """What the profile claims: its motion, and its goal where the goal was asked for this week."""

    motion: str = ""
    goal: str = ""
    goal_since: datetime | None = None
    goal_thread: str = ""


async def forget_what_nobody_read(session: AsyncSession, channel: Channel) -> None:
    """Ask again what a digest asked that never stood in the channel: no answer to that means nothing."""
    if (
        channel.asked_to_keep_at
        and not channel.kept
        and not await _was_told(session, channel, channel.asked_to_keep_at)
    ):
        channel.asked_to_keep_at = None
    if channel.offered_less_at and not await _was_told(session, channel, channel.offered_less_at):
        channel.offered_less_at = None
    for one in await open_tries(session, channel.id):
        if one.asked_at and not await _was_told(session, channel, one.asked_at):
            one.asked_at = None


async def _was_told(session: AsyncSession, channel: Channel, due_at: datetime) -> bool:
    told = Posting.channel_id == channel.id, Posting.kind == postings.DIGEST, Posting.ts.is_not(None)
    return await session.scalar(select(Posting.id).where(*told, Posting.due_at == due_at).limit(1)) is not None


def silence_means_less(channel: Channel, at: datetime) -> bool:
    """Say whether *Keep / Less / Stop* went unanswered for so long that it means less."""
    asked = channel.asked_to_keep_at
    return not channel.kept and asked is not None and at - asked >= SILENCE


def ask_no_more(channel: Channel) -> None:
    """Ask no questions from now on."""
    channel.kept = LESS
    channel.nudge_on = channel.nudge_at = None


async def question_of(session: AsyncSession, channel: Channel, week: Week, at: datetime) -> str:
    """Return what this digest asks about the bot: KEEP, LESS, or "" for nothing."""
    if not channel.kept and channel.asked_to_keep_at is None and channel.set_up_at and at - channel.set_up_at >= A_TRY:
        return KEEP
    if channel.kept == LESS or channel.offered_less_at is not None:
        return ""
    return LESS if await _unanswered(session, channel, week) >= UNANSWERED else ""


async def _unanswered(session: AsyncSession, channel: Channel, week: Week) -> int:
    """Count the latest questions in a row, by closed weeks, to which no answer could be told."""
    closed = Week.channel_id == channel.id, Week.closed_at.is_not(None), Week.ends_at <= week.ends_at
    silent: list[Week] = []
    for one in await session.scalars(select(Week).where(*closed).order_by(Week.ends_at.desc()).limit(_LOOKS_BACK)):
        if one.content is None or one.content["thread_voices"] or one.content["private_voices"]:
            break
        silent.append(one)
    if not silent:
        return 0
    asked = Posting.channel_id == channel.id, Posting.kind.in_(postings.ASKING), Posting.ts.is_not(None)
    within = Posting.due_at >= silent[-1].starts_at, Posting.due_at < silent[0].ends_at
    return await session.scalar(select(func.count(Posting.id)).where(*asked, *within)) or 0


def has_been_asked(channel: Channel, question: str, at: datetime) -> None:
    """Remember that the channel was asked, so that it is asked once."""
    if question == KEEP:
        channel.asked_to_keep_at = at
    elif question == LESS:
        channel.offered_less_at = at


async def claims_of(session: AsyncSession, channel: Channel, week: Week, goal_ids: frozenset[str]) -> Claims:
    """Return the motion that the profile claims, and its goal beside the thread in which the goal was asked for."""
    lines = {
        line.what: line
        for line in await session.scalars(
            select(ProfileLine)
            .where(ProfileLine.channel_id == channel.id, ProfileLine.written_at < week.ends_at)
            .order_by(ProfileLine.id)
        )
    }
    motion, goal = lines.get("motion"), lines.get("goal")
    thread = await session.scalar(
        select(Posting.ts).where(
            Posting.channel_id == channel.id,
            Posting.kind.in_(postings.ASKING),
            Posting.prompt_id.in_(goal_ids),
            Posting.due_at >= week.starts_at,
            Posting.due_at < week.ends_at,
        )
    )
    if not thread or goal is None or not goal.text:
        return Claims(motion.text if motion else "")
    return Claims(motion.text if motion else "", goal.text, goal.written_at, thread)
