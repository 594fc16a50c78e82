"""A nudge is due: written down, and its channel moved on to the next, in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from bot import cadence, postings
from bot.nudges import words
from bot.postings import Asked, Draft
from bot.prompts import Line, Packs, next_line
from bot.store.engine import Database
from bot.store.rows import RowsStatement
from bot.store.tables import Channel, Posting

BATCH = 100

_MOVE_ON = RowsStatement(
    "UPDATE channels SET nudge_on = rows.day, nudge_at = rows.at FROM {rows} WHERE channels.id = rows.channel",
    channel="int",
    day="date",
    at="timestamptz",
)


@dataclass(frozen=True, slots=True)
class _Due:
    """A channel that is to be asked, and what its schedule says."""

    id: int
    slack_id: str
    zone: str | None
    nudge_days: str
    nudge_time: str
    nudge_on: date
    nudge_at: datetime
    digest_at: datetime | None
    skip_until: datetime | None
    country: str
    hat_user: str | None

    @property
    def due(self) -> cadence.Due:
        return cadence.Due(self.nudge_on, self.nudge_at)

    @property
    def digests_soon(self) -> list[datetime]:
        """The planned digest, where it falls into the seven days after the nudge: it has precedence."""
        soon = self.digest_at and self.digest_at < self.nudge_at + timedelta(days=7)
        return [self.digest_at] if soon and self.digest_at else []


_DUE = (
    select(
        Channel.id,
        Channel.slack_id,
        Channel.zone,
        Channel.nudge_days,
        Channel.nudge_time,
        Channel.nudge_on,
        Channel.nudge_at,
        Channel.digest_at,
        Channel.skip_until,
        Channel.country,
        Channel.hat_user,
    )
    .where(Channel.nudge_at <= bindparam("now"))
    .order_by(Channel.nudge_at)
    .limit(BATCH)
    .with_for_update(skip_locked=True, of=Channel)
)


async def write_due_nudges(db: Database, packs: Callable[[], Packs], now: datetime) -> int:
    """Write down every nudge that is due, at most `BATCH` of them; return how many channels were served."""
    async with db.write_rows() as connection:
        due = await _due_by(connection, now)
        if not due:
            return 0
        taken = await postings.said_around(connection, [one.id for one in due], min(one.nudge_at for one in due))
        asked = [Asked(one.id, one.due, _reason_to_skip(one, taken[one.id], now)) for one in due]
        wearers = [one for one, moment in zip(due, asked, strict=True) if one.hat_user and not moment.skipped]
        await _ask_the_wearers(connection, wearers, packs)
        await postings.write_nudges(connection, asked)
        await _MOVE_ON.run(connection, _following(due, now))
    return len(due)


async def _due_by(connection: AsyncConnection, now: datetime) -> list[_Due]:
    """Claim the channels that are to be asked by now, as rows: objects would cost more than all the rest."""
    rows: Sequence[Any] = (await connection.execute(_DUE, {"now": now})).all()
    return [_Due(*row) for row in rows]


def _following(due: Sequence[_Due], now: datetime) -> list[dict[str, Any]]:
    """Say when each is asked next; those that are due at the same moment mostly have one schedule."""
    known: dict[tuple[object, ...], cadence.Due] = {}
    rows = []
    for one in due:
        schedule = one.nudge_days, one.nudge_time, one.zone
        if (schedule, one.nudge_on) not in known:
            known[schedule, one.nudge_on] = cadence.next_nudge(*schedule, one.due, now)
        following = known[schedule, one.nudge_on]
        rows.append({"channel": one.id, "day": following.on, "at": following.at})
    return rows


def _reason_to_skip(one: _Due, taken: Sequence[datetime], now: datetime) -> str:
    if now - one.nudge_at > cadence.LATE_NUDGE:
        return "late"
    if one.skip_until and one.nudge_at < one.skip_until:
        return "not this week"
    if one.country and cadence.holiday(one.nudge_on, one.country):
        return "holiday"
    heard = [*taken, *one.digests_soon]
    if heard and not postings.has_room(one.zone, one.nudge_at, heard):
        return postings.NO_ROOM
    return ""


async def _ask_the_wearers(connection: AsyncConnection, due: Sequence[_Due], packs: Callable[[], Packs]) -> None:
    """Write the week's private question to whoever wears a hat; nothing of it comes back."""
    if due and (questions := packs().hat_questions):
        async with AsyncSession(connection) as session:
            for one in due:
                await postings.write_down(session, one.id, await _for_the_wearer(session, one, questions))


async def _for_the_wearer(session: AsyncSession, one: _Due, questions: Sequence[Line]) -> Draft:
    said = await session.scalars(
        select(Posting.prompt_id)
        .where(Posting.channel_id == one.id, Posting.kind == postings.HAT, Posting.prompt_id.is_not(None))
        .order_by(Posting.due_at)
    )
    line = next_line(questions, [str(name) for name in said], salt=str(one.id))
    week = cadence.week_of(one.nudge_at, one.zone or "UTC").name
    message = words.for_the_wearer(line.text, one.id, one.slack_id)
    return Draft(postings.HAT, week, one.nudge_at, message, to=one.hat_user or "", prompt_id=line.id)
