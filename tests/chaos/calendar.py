"""Makes things fall due all the time: what the days would bring, written into the database by the test.

Every due date is one of its own, far in the future; moments are the present one.
"""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select, update

from bot.store.engine import Database
from bot.store.tables import Channel, Posting, Week

_FIRST = date(2040, 1, 1)
_BUDGET = timedelta(days=9)


class Calendar:
    """Lets nudges, digests and the ends of weeks fall due.

    Args:
        db: the bot's database, used as another process would.

    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._days = 0

    async def turn(self, *, weeks: bool) -> None:
        """Let a nudge, and if asked for a week's end and a digest, fall due in every channel that is at rest."""
        now = datetime.now(UTC)
        self._days += 1
        on = _FIRST + timedelta(days=self._days)
        async with self._db.write() as session:
            # What was said moves nine days back, so that the noise budget of seven has room again.
            await session.execute(
                update(Posting)
                .where(Posting.ts.is_not(None), Posting.due_at > now - timedelta(days=1))
                .values(due_at=now - _BUDGET)
            )
            busy = select(Posting.channel_id).where(Posting.send_at.is_not(None))
            resting = Channel.zone.is_not(None), Channel.id.not_in(busy), Channel.paused_at.is_(None)
            await session.execute(update(Channel).where(*resting).values(nudge_on=on, nudge_at=now))
            if weeks:
                open_ones = Week.closed_at.is_(None), Week.channel_id % 2 == 0, Week.starts_at < now
                await session.execute(update(Week).where(*open_ones).values(ends_at=now))
                even = (*resting, Channel.id % 2 == 0)
                await session.execute(
                    update(Channel)
                    .where(*even)
                    .values(week_ends_at=now, digest_on=on, digest_at=now + timedelta(seconds=1))
                )
