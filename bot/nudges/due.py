"""A nudge is due: claimed, chosen, written down, and its channel moved on to the next, in one transaction."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import cadence, postings
from bot.nudges import words
from bot.postings import Draft
from bot.prompts import Packs, choose
from bot.store.engine import Database
from bot.store.tables import Channel, Posting

BATCH = 100


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
        asked = await asked_before(session, [channel.id for channel in due])
        known = packs()
        for channel in due:
            await _serve(session, channel, known, asked[channel.id], now)
    return len(due)


async def asked_before(session: AsyncSession, channels: Sequence[int]) -> defaultdict[int, list[str]]:
    """Return the ids of the prompts that each channel was asked, oldest first."""
    asked: defaultdict[int, list[str]] = defaultdict(list)
    rows = await session.execute(
        select(Posting.channel_id, Posting.prompt_id)
        .where(
            Posting.channel_id.in_(channels),
            Posting.kind.in_(postings.ASKING),
            Posting.prompt_id.is_not(None),
            Posting.state.in_(postings.SAID),
        )
        .order_by(Posting.due_at, Posting.id)
    )
    for channel_id, prompt_id in rows:
        asked[channel_id].append(str(prompt_id))
    return asked


async def _serve(session: AsyncSession, channel: Channel, packs: Packs, asked: Sequence[str], now: datetime) -> None:
    assert channel.nudge_on  # noqa: S101 - set together with nudge_at, by which it was found
    assert channel.nudge_at  # noqa: S101 - as above
    due = cadence.Due(channel.nudge_on, channel.nudge_at)
    skipped = await _reason_to_skip(session, channel, due, now)
    chosen = choose(packs.prompts, asked, salt=str(channel.id))
    draft = Draft(
        kind=postings.NUDGE,
        due=due.on.isoformat(),
        due_at=due.at,
        message=words.nudge(chosen.prompt),
        prompt_id=None if skipped else chosen.prompt.id,
        question=None if skipped else chosen.prompt.question,
        skipped=skipped,
    )
    await postings.write_down(session, channel.id, draft)
    following = next_nudge(channel, now, due)
    channel.nudge_on, channel.nudge_at = following.on, following.at


async def _reason_to_skip(session: AsyncSession, channel: Channel, due: cadence.Due, now: datetime) -> str:
    if now - due.at > cadence.LATE_NUDGE:
        return "late"
    if channel.skip_until and due.at < channel.skip_until:
        return "not this week"
    if not await postings.room_for(session, channel, due.at, reserved=digests_soon(channel, due.at)):
        return "noise budget"
    return ""


def digests_soon(channel: Channel, at: datetime) -> list[datetime]:
    """Return the planned digest, where it falls into the seven days after a moment: it has precedence."""
    soon = channel.digest_at and channel.digest_at < at + timedelta(days=7)
    return [channel.digest_at] if soon and channel.digest_at else []


def next_nudge(channel: Channel, now: datetime, after: cadence.Due | None = None) -> cadence.Due:
    """Return when a channel that is set up is nudged next."""
    days = [int(day) for day in channel.nudge_days.split(",")]
    return cadence.next_due(days, time.fromisoformat(channel.nudge_time), channel.zone or "UTC", after, now)
