"""Who says a posting: a lease on its row, numbered, so that nobody acts on what somebody else has taken over."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import postings
from bot.slack.pace import Pace, Turns
from bot.store.engine import Database, present
from bot.store.tables import Channel, Posting, Workspace

_AHEAD = 6.0
"""Seconds ahead to which turns are taken: a process that is told to stop still says all that it has claimed."""
_A_WHILE = 0.5
_LONGEST_REASON = 64

Choose = Callable[[AsyncSession, Sequence[tuple[Posting, Channel]]], Awaitable[None]]
"""Finds the words of postings that were written down without any."""


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

    def ahead(self, longest: float) -> float:
        """How far ahead turns are taken, where two are this far apart at most: a claim is still fresh by then."""
        return min(self.start / 2, max(_AHEAD, longest))


@dataclass(frozen=True, slots=True)
class Claim:
    """A posting that is ours until its lease ends, and the channel and workspace that it is for.

    `left` says that an attempt was made before, whose outcome is not known; `tries` is the claim's number. `turn` is
    when it may be said, where it is to be said at once; like `at`, it is of `time.monotonic`.
    """

    posting: Posting
    channel: Channel
    workspace: Workspace
    left: bool
    tries: int
    at: float
    turn: float | None

    def turn_is_over(self) -> bool:
        """Say whether it could have been said a while ago: by now others may be at their turns."""
        return self.turn is not None and self.turn < time.monotonic() - _A_WHILE


class Claims:
    """The claims of one process.

    Args:
        db: where postings are written down.
        waits: how long a claim holds.
        pace: how fast workspaces and channels may be spoken to, by all processes together.
        choose: finds words for what has none yet.

    """

    def __init__(self, db: Database, waits: Waits, pace: Pace, choose: Choose) -> None:
        self._db = db
        self._waits = waits
        self._pace = pace
        self._choose = choose

    async def workspaces(self, without: Collection[int]) -> Sequence[int]:
        """Return the workspaces in which something waits, those that waited longest first."""
        async with self._db.read() as session:
            waiting = await session.scalars(
                select(Channel.workspace_id)
                .join(Posting, Posting.channel_id == Channel.id)
                .where(Posting.send_at <= await present(session), Channel.workspace_id.not_in(without))
                .group_by(Channel.workspace_id)
                .order_by(func.min(Posting.send_at))
            )
            return list(waiting)

    async def take(self, workspace: int, most: int, *, late: Callable[[Posting], bool]) -> list[Claim]:
        """Claim what waits in a workspace, at most so many, and no more than have their turn within seconds.

        What was left by somebody else has to be looked for first, and what is `late` is not said: they get no turn.
        """
        claims: list[Claim] = []
        async with self._turns(workspace) as (session, place, now, turns):
            waiting = await session.execute(
                select(Posting, Channel)
                .join(Channel, Channel.id == Posting.channel_id)
                .where(Posting.send_at <= now, Channel.workspace_id == workspace)
                .order_by(Posting.send_at, Posting.due_at, Posting.kind)
                .limit(most)
                .with_for_update(skip_locked=True, of=Posting)
            )
            for posting, channel in waiting:
                at_once = posting.state != "sending" and not late(posting)
                wait = turns.take(str(channel.id)) if at_once else None
                if at_once and wait is None:
                    break
                claims.append(self._claim(posting, channel, place, now, wait))
            wordless = [(claim.posting, claim.channel) for claim in claims if claim.posting.payload is None]
            if wordless:
                await self._choose(session, wordless)
        return claims

    @asynccontextmanager
    async def _turns(self, workspace: int) -> AsyncIterator[tuple[AsyncSession, Workspace, datetime, Turns]]:
        """A transaction in which nobody else gives out turns of a workspace, its moment, and the turns.

        It is short: a turn is waited for when it has been committed.
        """
        async with self._db.write() as session:
            place = await session.get_one(Workspace, workspace, with_for_update={"key_share": True})
            now = await present(session)
            turns = self._pace.turns(place.turns or {}, now.timestamp(), self._waits.ahead(self._pace.longest))
            yield session, place, now, turns
            place.turns = turns.book or None

    def _claim(self, posting: Posting, channel: Channel, place: Workspace, now: datetime, wait: float | None) -> Claim:
        left, at = posting.state == "sending", time.monotonic()
        posting.tries += 1
        posting.state = "sending"
        posting.send_at = now + timedelta(seconds=self._waits.lease)
        return Claim(posting, channel, place, left, posting.tries, at, None if wait is None else at + wait)

    async def turn(self, claim: Claim) -> float | None:
        """Take a turn for a claim that came without; return when it is, or None where that is too far."""
        async with self._turns(claim.channel.workspace_id) as (_, _, _, turns):
            wait = turns.take(str(claim.channel.id))
            return None if wait is None else time.monotonic() + wait

    def is_fresh(self, claim: Claim) -> bool:
        """Say whether there is time enough left to send it."""
        return time.monotonic() - claim.at < self._waits.start

    async def put_back(self, claim: Claim, state: str, seconds: float = 0.0, reason: str | None = None) -> None:
        """Let a posting be claimed again after a while, in a state."""
        change: dict[str, Any] = {} if reason is None else {"reason": reason}
        async with self._db.write() as session:
            at = await present(session) + timedelta(seconds=seconds)
            await _change(session, claim, state=state, send_at=at, **change)

    async def hold(self, claim: Claim) -> None:
        """Do with what was claimed for a channel that had stopped as `postings.pause` does with what waits."""
        async with self._db.write() as session:
            # Locked, so that it does not go on meanwhile and leave this behind.
            channel = await session.get_one(Channel, claim.channel.id, with_for_update={"key_share": True})
            if channel.paused_at is None:
                await _change(session, claim, state="due", send_at=await present(session))
            elif claim.posting.kind in postings.ASKING:
                await _change(session, claim, **postings.unasked(""))
            else:
                await _change(session, claim, **postings.HELD)

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
    # An uninstall ends also what is being said: nobody may bring that back.
    ours = Posting.id == claim.posting.id, Posting.tries == claim.tries, Posting.state == "sending"
    await session.execute(update(Posting).where(*ours).values(**values))
