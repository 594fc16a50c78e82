"""What a digest asks of the channel about the bot itself, and what it reminds it of; at most one question at a time.

The bot is a try: after six weeks it asks whether to stay, and silence means less. It offers to ask less when
nobody answers. It never offers more.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile

from bot.cadence import zone_of
from bot.digests.record import WEEKS_ASKED, Record
from bot.store.tables import Channel, Week

A_TRY = timedelta(weeks=6)
"""After how long the bot asks whether to stay (product.md, "Noise budget")."""
SILENCE = timedelta(days=6)
"""How long the channel has to answer that; the next digest comes a week later, give or take an hour."""
UNANSWERED = 4
"""Questions in a row without an answer, after which the bot offers to ask less, once."""

KEEP, LESS = "keep", "less"


@dataclass(frozen=True, slots=True)
class Claims:
    """What the profile claims: its motion, and its goal where the goal was asked for this week."""

    motion: str = ""
    goal: str = ""
    goal_since: date | None = None
    goal_thread: str = ""


def forget_what_nobody_read(record: Record) -> None:
    """Ask again what a digest asked that never stood in the channel: no answer to that means nothing."""
    channel = record.channel
    if channel.asked_to_keep_at and not channel.kept and not _could_be_read_at(record, channel.asked_to_keep_at):
        channel.asked_to_keep_at = None
    if channel.offered_less_at and not record.stands(channel.offered_less_at):
        channel.offered_less_at = None
    for one in record.open_tries:
        if one.asked_at and not record.stands(one.asked_at):
            one.asked_at = None


def silence_means_less(record: Record, at: datetime) -> bool:
    """Say whether *Keep / Less / Stop* went unanswered for so long that it means less."""
    channel = record.channel
    if channel.kept or channel.asked_to_keep_at is None:
        return False
    read_at = _could_be_read_at(record, channel.asked_to_keep_at)
    return read_at is not None and at - read_at >= SILENCE


def _could_be_read_at(record: Record, asked_at: datetime) -> datetime | None:
    """Return from when on a digest's question waits for an answer; None where it does not stand in the channel.

    The digest may have come late. Where the channel stood still since, `asked_at` was moved on by as long as that
    took; no other digest was due meanwhile.
    """
    told = record.last_due(asked_at)
    return told.said_at + (asked_at - told.due_at) if told and told.said_at else None


def ask_no_more(channel: Channel) -> None:
    """Ask no questions from now on."""
    channel.kept = LESS
    channel.nudge_on = channel.nudge_at = None


def question_of(record: Record, at: datetime) -> str:
    """Return what this digest asks about the bot: KEEP, LESS, or "" for nothing."""
    channel = record.channel
    if not channel.kept and channel.asked_to_keep_at is None and channel.set_up_at and at - channel.set_up_at >= A_TRY:
        return KEEP
    if channel.kept == LESS or channel.offered_less_at is not None:
        return ""
    return LESS if _unanswered(record) >= UNANSWERED else ""


def _unanswered(record: Record) -> int:
    """Count the latest questions in a row, by closed weeks, to which no answer could be told."""
    silent = list(takewhile(_had_no_answer, record.known.weeks[: -WEEKS_ASKED - 1 : -1]))
    if not silent:
        return 0
    starts_at, ends_at = silent[-1].starts_at, silent[0].ends_at
    return sum(starts_at <= asked.due_at < ends_at for asked in record.questions if asked.ts)


def _had_no_answer(week: Week) -> bool:
    content = week.content
    return content is not None and not content["thread_voices"] and not content["private_voices"]


def has_been_asked(channel: Channel, question: str, at: datetime) -> None:
    """Remember that the channel was asked, so that it is asked once."""
    if question == KEEP:
        channel.asked_to_keep_at = at
    elif question == LESS:
        channel.offered_less_at = at
        channel.kept = channel.kept and KEEP  # *Less* of an earlier digest does not answer this one


def claims_of(record: Record, week: Week, goal_ids: Collection[str]) -> Claims:
    """Return the motion that the profile claims, and its goal beside the thread in which the goal was asked for."""
    lines = {line.what: line for line in record.profile if line.written_at < week.ends_at}
    motion, goal = lines.get("motion"), lines.get("goal")
    asked = (one for one in record.questions if week.starts_at <= one.due_at < week.ends_at)
    thread = next((one.ts for one in asked if one.prompt in goal_ids), "")
    if not thread or goal is None or not goal.text:
        return Claims(motion.text if motion else "")
    since = goal.written_at.astimezone(zone_of(record.channel.zone or "UTC")).date()
    return Claims(motion.text if motion else "", goal.text, since, thread)
