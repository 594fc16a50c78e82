"""Who says a posting: a lease on its row, numbered, so that nobody acts on what somebody else has taken over."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.engine import Database
from bot.store.tables import Channel, Posting

_LONGEST_REASON = 64


@dataclass(frozen=True, slots=True)
class Waits:
    """How long things take when they go wrong, all in seconds and all from one number.

    Attributes:
        lease: after this long, what a killed process had claimed is taken over.

    """

    lease: float = 60.0

    @property
    def call(self) -> float:
        """The longest that one call of Slack may take: well within the lease."""
        return self.lease / 3

    @property
    def start(self) -> float:
        """How long after its claim a posting may still be sent: a call that starts then ends within the lease."""
        return self.lease / 2

    @property
    def grace(self) -> float:
        """How long Slack gets before we look for what it may have taken."""
        return self.lease / 6


@dataclass(frozen=True, slots=True)
class Claim:
    """A posting that is ours until its lease ends, and the channel that it is for.

    `left` says that an attempt was made before, whose outcome is not known; `tries` is the claim's number.
    """

    posting: Posting
    channel: Channel
    left: bool
    tries: int
    at: float


class Claims:
    """The claims of one process.

    Args:
        db: where postings are written down.
        waits: how long a claim holds.

    """

    def __init__(self, db: Database, waits: Waits) -> None:
        self._db = db
        self._waits = waits

    async def workspaces(self, without: Collection[int]) -> Sequence[int]:
        """Return the workspaces in which something waits, those that waited longest first."""
        async with self._db.read() as session:
            waiting = await session.scalars(
                select(Channel.workspace_id)
                .join(Posting, Posting.channel_id == Channel.id)
                .where(Posting.send_at <= datetime.now(UTC), Channel.workspace_id.not_in(without))
                .group_by(Channel.workspace_id)
                .order_by(func.min(Posting.send_at))
            )
            return list(waiting)

    async def take(self, workspace: int, most: int) -> list[Claim]:
        """Claim what waits in a workspace, at most so many."""
        now = datetime.now(UTC)
        async with self._db.write() as session:
            waiting = await session.execute(
                select(Posting, Channel)
                .join(Channel, Channel.id == Posting.channel_id)
                .where(Posting.send_at <= now, Channel.workspace_id == workspace)
                .order_by(Posting.send_at, Posting.due_at, Posting.kind)
                .limit(most)
                .with_for_update(skip_locked=True, of=Posting)
            )
            return [self._claim(posting, channel, now) for posting, channel in waiting]

    def _claim(self, posting: Posting, channel: Channel, now: datetime) -> Claim:
        left = posting.state == "sending"
        posting.tries += 1
        posting.state = "sending"
        posting.send_at = now + timedelta(seconds=self._waits.lease)
        return Claim(posting, channel, left, posting.tries, time.monotonic())

    def is_fresh(self, claim: Claim) -> bool:
        """Say whether there is time enough left to send it."""
        return time.monotonic() - claim.at < self._waits.start

    async def put_back(self, claim: Claim, state: str, seconds: float = 0.0, reason: str | None = None) -> None:
        """Let a posting be claimed again after a while, in a state."""
        at = datetime.now(UTC) + timedelta(seconds=seconds)
        change: dict[str, Any] = {} if reason is None else {"reason": reason}
        async with self._db.write() as session:
            await _change(session, claim, state=state, send_at=at, **change)

    async def end(self, claim: Claim, state: str, reason: str, *, keeps: bool = False) -> None:
        """Let a posting rest in a state, for a reason; its payload goes unless somebody could still post it."""
        async with self._db.write() as session:
            await self.end_in(session, claim, state, reason, keeps=keeps)

    async def end_in(
        self, session: AsyncSession, claim: Claim, state: str, reason: str, *, keeps: bool = False
    ) -> None:
        """Do the same in a transaction that does more."""
        change: dict[str, Any] = {} if keeps else {"payload": None}
        await _change(session, claim, state=state, reason=reason[:_LONGEST_REASON], send_at=None, **change)


async def _change(session: AsyncSession, claim: Claim, **values: Any) -> None:  # noqa: ANN401 - columns, each of its own type
    await session.execute(
        update(Posting)
        .where(Posting.id == claim.posting.id, Posting.tries == claim.tries, Posting.ts.is_(None))
        .values(**values)
    )
