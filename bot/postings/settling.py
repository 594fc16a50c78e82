"""Where postings stand in Slack is recorded: for all that were found meanwhile in one transaction.

A commit costs many times what a row does, and on a Monday morning a hundred answers a second come from Slack.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.engine import Database
from bot.store.tables import Posting

_STANDS = (
    update(Posting)
    .where(Posting.id == bindparam("settled"))
    .values(state="posted", ts=bindparam("found"), payload=None, send_at=None, reason="")
)


@dataclass(frozen=True, slots=True)
class Settled:
    """A posting whose message was found, as it was until then."""

    id: str
    kind: str
    state: str
    reason: str
    tries: int

    @property
    def was_lost(self) -> bool:
        """Whether nobody knew for a while where it stands, so that events of its thread may have been refused."""
        return self.state == "uncertain" or self.reason != "" or self.tries > 1


@dataclass(slots=True, eq=False)
class _Found:
    """A posting that stands as message `ts`; `settled` is what it was, unless that was recorded already."""

    posting: str
    ts: str
    recorded: bool = False
    settled: Settled | None = None


class Settling:
    """Records for one process where postings stand.

    Args:
        db: where postings are written down.

    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._turn = asyncio.Lock()
        self._waiting: list[_Found] = []

    async def settle(self, posting_id: str, ts: str) -> Settled | None:
        """Record that a posting stands as message `ts`, and erase its payload with it.

        Return it as it was until now, or None where that was known already.
        """
        found = _Found(posting_id, ts)
        self._waiting.append(found)
        async with self._turn:
            # Whoever had the turn before may have recorded ours with theirs.
            if not found.recorded:
                await self._record(found)
        return found.settled

    async def _record(self, found: _Found) -> None:
        """Record all that waits; what fails is ours to tell, and the others try again with their own turn."""
        try:
            batch = list(self._waiting)
            async with self._db.write() as session:
                settled = await _settle(session, batch)
            for one in batch:
                one.recorded, one.settled = True, settled.pop(one.posting, None)
        finally:
            self._waiting = [one for one in self._waiting if one is not found and not one.recorded]


async def _settle(session: AsyncSession, batch: Sequence[_Found]) -> dict[str, Settled]:
    """Record where postings stand; return those of which that was not known."""
    ts_of = {one.posting: one.ts for one in batch}
    until_now = select(Posting.id, Posting.kind, Posting.state, Posting.reason, Posting.tries)
    unknown = until_now.where(Posting.id.in_(ts_of), Posting.ts.is_(None))
    # In one order, so that two processes that have some in common don't wait for each other.
    rows = (await session.execute(unknown.order_by(Posting.id).with_for_update())).all()
    if rows:
        connection = await session.connection()
        await connection.execute(_STANDS, [{"settled": row.id, "found": ts_of[row.id]} for row in rows])
    return {row.id: Settled(*row) for row in rows}
