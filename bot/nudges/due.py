"""A nudge is due: claimed, chosen, written down, and its channel moved on to the next, in one transaction."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import cadence, postings
from bot.nudges import words
from bot.nudges.choosing import Past, Question, next_question, past_of
from bot.postings import Draft
from bot.prompts import Packs, next_line
from bot.store.engine import Database
from bot.store.tables import Channel, Posting

BATCH = 100

# All at once and without objects: of what a hundred channels cost, moving them on was a quarter.
_MOVED_ON = (
    update(Channel).where(Channel.id == bindparam("channel")).values(nudge_on=bindparam("on"), nudge_at=bindparam("at"))
)


async def write_due_nudges(db: Database, packs: Callable[[], Packs], now: datetime) -> int:
    """Write down every nudge that is due, at most `BATCH` of them; return how many channels were served."""
    async with db.write() as session:
        due = list(
            await session.scalars(
                select(Channel)
                .where(Channel.nudge_at <= now)
                .order_by(Channel.nudge_at)
                .limit(BATCH)
                .with_for_update(skip_locked=True)
            )
        )
        ids = [channel.id for channel in due]
        known, pasts = packs(), await past_of(session, ids)
        taken = await postings.said_around(session, ids, min((at for at in map(_at, due)), default=now))
        drafts: list[tuple[int, Draft]] = []
        moved: list[dict[str, Any]] = []
        for channel in due:
            draft = _draft(channel, known, pasts[channel.id], taken[channel.id], now)
            drafts.append((channel.id, draft))
            if not draft.skipped:
                await _ask_the_wearer(session, channel, known, _due(channel))
            following = next_nudge(channel, now, _due(channel))
            moved.append({"channel": channel.id, "on": following.on, "at": following.at})
        await postings.write_many(session, drafts)
        if moved:
            await (await session.connection()).execute(_MOVED_ON, moved)
    return len(due)


def _at(channel: Channel) -> datetime:
    assert channel.nudge_at  # noqa: S101 - by which it was found
    return channel.nudge_at


def _due(channel: Channel) -> cadence.Due:
    assert channel.nudge_on  # noqa: S101 - set together with nudge_at
    return cadence.Due(channel.nudge_on, _at(channel))


def _draft(channel: Channel, packs: Packs, past: Past, taken: list[datetime], now: datetime) -> Draft:
    """Return the question that is due, or the record of why it is not asked."""
    due = _due(channel)
    skipped = _reason_to_skip(channel, due, taken, now)
    if skipped:
        return Draft(postings.NUDGE, due.on.isoformat(), due.at, skipped=skipped)
    return asking(postings.NUDGE, due.on.isoformat(), due.at, next_question(packs, channel, past, due.at))


def asking(kind: str, due: str, due_at: datetime, question: Question) -> Draft:
    """Return the posting that asks a question."""
    return Draft(
        kind=kind,
        due=due,
        due_at=due_at,
        message=words.nudge(question),
        prompt_id=question.id,
        question=question.words,
        theme_id=question.theme,
    )


async def _ask_the_wearer(session: AsyncSession, channel: Channel, packs: Packs, due: cadence.Due) -> None:
    """Write the week's private question to whoever wears the hat; nothing of it comes back."""
    if channel.hat_user is None or not packs.hat_questions:
        return
    week = cadence.week_of(due.at, channel.zone or "UTC").name
    said = await session.scalars(
        select(Posting.prompt_id)
        .where(Posting.channel_id == channel.id, Posting.kind == postings.HAT, Posting.prompt_id.is_not(None))
        .order_by(Posting.due_at)
    )
    line = next_line(packs.hat_questions, [str(name) for name in said], salt=str(channel.id))
    message = words.for_the_wearer(line.text, channel.slack_id)
    draft = Draft(postings.HAT, week, due.at, message, to=channel.hat_user, prompt_id=line.id)
    await postings.write_down(session, channel.id, draft)


def _reason_to_skip(channel: Channel, due: cadence.Due, taken: list[datetime], now: datetime) -> str:
    if now - due.at > cadence.LATE_NUDGE:
        return "late"
    if channel.skip_until and due.at < channel.skip_until:
        return "not this week"
    if channel.country and cadence.holiday(due.on, channel.country):
        return "holiday"
    if not postings.has_room(channel, due.at, [*taken, *digests_soon(channel, due.at)]):
        return postings.NO_ROOM
    return ""


def digests_soon(channel: Channel, at: datetime) -> list[datetime]:
    """Return the planned digest, where it falls into the seven days after a moment: it has precedence."""
    soon = channel.digest_at and channel.digest_at < at + timedelta(days=7)
    return [channel.digest_at] if soon and channel.digest_at else []


def next_nudge(channel: Channel, now: datetime, after: cadence.Due | None = None) -> cadence.Due:
    """Return when a channel that is set up is nudged next."""
    days = [int(day) for day in channel.nudge_days.split(",")]
    return cadence.next_due(days, time.fromisoformat(channel.nudge_time), channel.zone or "UTC", after, now)
