"""When a channel is asked and told next: set anew where its schedule changed, or where the bot starts again."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import cadence, postings
from bot.store.tables import Channel, Posting, Week


async def _last_due(session: AsyncSession, channel: Channel) -> tuple[cadence.Due | None, cadence.Due | None]:
    """Return the last nudge and digest that were served: their dates never come due again."""

    async def last(kind: str) -> cadence.Due | None:
        row = await session.execute(
            select(Posting.due, Posting.due_at)
            .where(Posting.channel_id == channel.id, Posting.kind == kind)
            .order_by(Posting.due.desc())
            .limit(1)
        )
        found = row.first()
        return cadence.Due(datetime.fromisoformat(found[0]).date(), found[1]) if found else None

    return await last(postings.NUDGE), await last(postings.DIGEST)


async def replan(session: AsyncSession, channel: Channel, now: datetime) -> None:
    """Set a channel's next moments anew, from now on; no date that was served comes due again.

    No question that lies in the past is owed. A digest is.
    """
    last_nudge, last_digest = await _last_due(session, channel)
    zone = channel.zone or "UTC"
    nudge = cadence.next_nudge(channel.nudge_days, channel.nudge_time, zone, last_nudge, now, changed=True)
    # The first digest waits for the week of the first question: before that there is nothing to tell.
    asked = cadence.week_of(nudge.at, zone).ends_at - timedelta(seconds=1) if last_nudge is None else now
    at = cadence.check_time(channel.digest_time)
    owed = await _untold_since(session, channel, now) if last_nudge else None
    since = owed - timedelta(seconds=1) if owed else asked
    digest = cadence.next_due([channel.digest_day or 1], at, zone, last_digest, since, changed=True)
    # What is owed and has no moment left comes when it was promised, or at once.
    promised = channel.digest_at if channel.digest_at and channel.digest_at > now else now
    channel.nudge_on, channel.nudge_at = nudge.on, nudge.at
    channel.digest_on, channel.digest_at = digest.on, digest.at if digest.at > now else promised


async def _untold_since(session: AsyncSession, channel: Channel, now: datetime) -> datetime | None:
    """Return the end of the week whose digest is owed, None where none is: it is never skipped, only late.

    Two weeks are looked at: one that was put off for the noise budget may have to wait beyond the next week's end.
    """
    told = select(Posting.id).where(
        Posting.channel_id == channel.id, Posting.kind == postings.DIGEST, Posting.week == Week.name
    )
    ended = await session.execute(
        select(Week.ends_at, Week.content, told.exists())
        .where(Week.channel_id == channel.id, Week.ends_at <= now)
        .order_by(Week.ends_at.desc())
        .limit(2)
    )
    owed = None
    for ends_at, content, is_told in ended:
        if is_told:
            break
        owed = ends_at if content is None or _is_worth_telling(content) else owed
    return owed


def _is_worth_telling(content: Mapping[str, Any]) -> bool:
    return bool(content.get("asked", True) or content["thread_voices"] or content["private_voices"])
