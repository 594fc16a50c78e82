"""Says what is written down, each once, in many workspaces at a time; any number of postmen may share a database.

A posting in `sending` whose lease has run out belongs to a process that died between Slack and our commit, or
whose answer was lost: it is looked for in the channel's history by its id, twice, before it is said again, and
not said again where the history may not be read. What goes to one person can't be looked for: it is never said
twice. No lock is held while Slack is called.
"""

import asyncio
import math
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime

import structlog
from sqlalchemy import select

from bot import postings
from bot.cadence import LATE_NUDGE
from bot.postings import refusals
from bot.postings.claims import Choose, Claim, Claims, Waits
from bot.postings.look import Look
from bot.postings.settling import Settled, Settling
from bot.slack.client import POST, Busy, Refused, Slack, Unclear
from bot.store.engine import Database
from bot.store.tables import Posting

LANES = 128
"""Workspaces served at the same time by one process: more than it could keep up with at the limits that Slack sets."""
_IN_A_LANE = 8  # postings claimed at a time: few, because what a killed process had claimed must be looked for
_ROUNDS = 5  # before a lane makes room for another workspace
_LOOKS_AGAIN_SECONDS = 0.25  # for workspaces in which something came to wait while others are served
_RESTS_SECONDS = 0.5  # where nothing could be claimed: another process may be at it

Said = Callable[[Claim, str], Awaitable[None]]
Found = Callable[[Settled], Awaitable[None]]

log = structlog.get_logger()


class Postman:
    """Says what is written down.

    Args:
        db: where it is written down.
        slack: where it is said.
        now: the clock by which a nudge is late.
        waits: how long claims hold, and how long to wait before looking.
        choose: finds words for what was written down without any, in the transaction that claims it.
        said: what else to do when a posting was said, with its ts; done at most once.
        found: what to do when a posting turned up whose whereabouts nobody knew.

    """

    def __init__(
        self,
        db: Database,
        slack: Slack,
        now: Callable[[], datetime],
        waits: Waits,
        *,
        choose: Choose,
        said: Said,
        found: Found,
    ) -> None:
        self._db = db
        self._slack = slack
        self._now = now
        self._said = said
        self._found = found
        self._waits = waits
        self._claims = Claims(db, waits, slack.pace, choose)
        self._look = Look(slack)
        self._settling = Settling(db)
        self._stopping = False

    def stop(self) -> None:
        """Begin nothing new from now on."""
        self._stopping = True

    async def deliver(self) -> None:
        """Say everything that waits now; workspaces that Slack asked to wait are left for later.

        Raises:
            ExceptionGroup: what went wrong in some workspaces, after the others had their turn.

        """
        lanes: dict[int, asyncio.Task[bool]] = {}
        rest: dict[int, float] = {}
        failures: list[Exception] = []
        try:
            while await self._open_lanes(lanes, rest):
                await asyncio.wait(lanes.values(), timeout=_LOOKS_AGAIN_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                for workspace in [workspace for workspace, lane in lanes.items() if lane.done()]:
                    failure, more = _outcome(lanes.pop(workspace))
                    failures += [failure] if failure else []
                    if not more:
                        rest[workspace] = math.inf if failure else time.monotonic() + _RESTS_SECONDS
        finally:
            # What is being said is said to its end: a call that is broken off would have to be looked for.
            await asyncio.gather(*lanes.values(), return_exceptions=True)
        if failures:
            raise ExceptionGroup("some workspaces could not be served", failures)

    async def _open_lanes(self, lanes: dict[int, asyncio.Task[bool]], rest: Mapping[int, float]) -> bool:
        """Serve more workspaces where there is room, but those that `rest` until then; return whether any is served."""
        if self._stopping or len(lanes) >= LANES:
            return bool(lanes)
        resting = {workspace for workspace, until in rest.items() if until > time.monotonic()}
        for workspace in await self._claims.workspaces(without=resting | set(lanes)):
            if len(lanes) < LANES and not self._slack.held(workspace, POST):
                lanes[workspace] = asyncio.create_task(self._lane(workspace))
        return bool(lanes)

    async def _lane(self, workspace: int) -> bool:
        """Serve a workspace for a while; return whether more may be done there."""
        saying: dict[int, asyncio.Task[None]] = {}
        failures: list[Exception] = []
        try:
            more = await self._rounds(workspace, saying, failures)
        finally:
            await asyncio.gather(*saying.values(), return_exceptions=True)
        if failures:
            raise failures[0]
        return more

    async def _rounds(self, workspace: int, saying: dict[int, asyncio.Task[None]], failures: list[Exception]) -> bool:
        """Claim and say some rounds; `saying` gets what is said in each channel, `failures` what went wrong.

        The next are claimed when the last have their turn, not when Slack has answered: its answers cost no turns.
        """
        for _ in range(_ROUNDS):
            claims = await self._claims.take(workspace, _IN_A_LANE, late=self._is_late)
            if not claims:
                return False
            before = list(saying.values())
            for channel, own in _by_channel(claims).items():
                saying[channel] = asyncio.create_task(self._in_order(own, saying.get(channel), failures))
            await asyncio.wait(saying.values(), timeout=_until_the_last_turn(claims))
            await asyncio.gather(*before)
            if failures or self._stopping or self._slack.held(workspace, POST):
                return False
        return True

    # One posting -----------------------------------------------------------------------------------------

    async def _in_order(
        self, claims: Sequence[Claim], before: asyncio.Task[None] | None, failures: list[Exception]
    ) -> None:
        """Say what is for one channel one after the other, so that it stands there in the order it was written."""
        if before is not None:
            await before
        follows = before is not None
        for claim in claims:
            try:
                # What it follows may have taken so long that its own turn is over.
                await self._serve(claim, None if follows and claim.turn_is_over() else claim.turn)
            except Exception as error:  # noqa: BLE001 - raised by the lane, when the others had their turn
                failures.append(error)
            follows = True

    async def _serve(self, claim: Claim, turn: float | None) -> None:
        if claim.left and not await self._is_absent(claim):
            return
        if self._is_late(claim.posting):
            await self._claims.end(claim, "skipped", "late")
            return
        if claim.channel.paused_at is not None and claim.posting.kind in postings.SCHEDULED:
            await self._claims.hold(claim)
            return
        turn = turn or await self._claims.turn(claim)
        await asyncio.sleep(turn - time.monotonic() if turn else 0)
        if turn and self._claims.is_fresh(claim):
            await self._say(claim)
        else:
            await self._claims.put_back(claim, "due")

    def _is_late(self, posting: Posting) -> bool:
        return posting.kind in postings.ASKING and self._now() - posting.due_at > LATE_NUDGE

    async def _say(self, claim: Claim) -> None:
        posting, channel = claim.posting, claim.channel
        words = {"channel": channel.slack_id, **(posting.payload or {})}
        try:
            answer = await self._slack.call(channel.workspace_id, POST, **words)
        except Refused as refusal:
            await self._refused(claim, refusal.reason)
        except Busy as busy:
            await self._claims.put_back(claim, "due", busy.seconds)
        except Unclear as unclear:
            log.warning("posting unclear", posting=posting.id, cause=str(unclear))
            await self._claims.put_back(claim, "sending", self._waits.grace, "unclear")
        else:
            ts = str(answer["ts"])
            await self.settle(posting.id, ts)
            await self._said(claim, ts)

    async def settle(self, posting_id: str, ts: str) -> None:
        """Record that a posting stands in Slack as message `ts`: we were answered, saw its echo, or found it."""
        settled = await self._settling.settle(posting_id, ts)
        if settled is not None and settled.was_lost:
            await self._found(settled)

    # When the answer was lost ----------------------------------------------------------------------------

    async def _is_absent(self, claim: Claim) -> bool:
        """Look for a posting that may have been said; return whether it surely was not."""
        posting = claim.posting
        if posting.kind in postings.DIRECT:
            await self._claims.end(claim, "uncertain", "a direct message cannot be looked for")
            return False
        try:
            found = await self._look.ts_of(posting, claim.channel)
        except Refused as refusal:
            log.warning("posting uncertain", posting=posting.id, kind=posting.kind, reason=refusal.reason)
            await self._claims.end(claim, "uncertain", refusal.reason, keeps=posting.kind == postings.DIGEST)
        except Busy as busy:
            await self._claims.put_back(claim, "sending", busy.seconds)
        except Unclear:
            await self._claims.put_back(claim, "sending", self._waits.grace)
        else:
            if found:
                await self.settle(posting.id, found)
            elif posting.reason == "unclear":
                # Slack may still be at it: it is looked for once more before it is said again.
                await self._claims.put_back(claim, "sending", self._waits.lease, "looked")
            else:
                return True
        return False

    async def _refused(self, claim: Claim, reason: str) -> None:
        posting = claim.posting
        log.warning("posting refused", posting=posting.id, kind=posting.kind, reason=reason)
        async with self._db.write() as session:
            # The channel before its posting, as everybody locks them: an uninstall may be stopping both just now.
            if refusals.stops(posting.kind, reason):
                await refusals.stop(session, posting.channel_id, reason, self._now())
            await self._claims.end_in(session, claim, "refused", reason)

    async def waiting(self) -> bool:
        """Say whether anything is still to be said or settled."""
        async with self._db.read() as session:
            return bool(await session.scalar(select(Posting.id).where(Posting.send_at.is_not(None)).limit(1)))


def _by_channel(claims: Iterable[Claim]) -> dict[int, list[Claim]]:
    """Group claims by channel, each group in the order of the claims."""
    groups: defaultdict[int, list[Claim]] = defaultdict(list)
    for claim in claims:
        groups[claim.channel.id].append(claim)
    return groups


def _until_the_last_turn(claims: Iterable[Claim]) -> float | None:
    """Return the seconds until the last of these has its turn; None where none came with one."""
    last = max((claim.turn for claim in claims if claim.turn is not None), default=None)
    return None if last is None else last - time.monotonic()


def _outcome(lane: asyncio.Task[bool]) -> tuple[Exception | None, bool]:
    """Return what went wrong in a lane that has ended, and whether more may be done there."""
    error = lane.exception()
    if isinstance(error, Exception):
        return error, False
    return None, lane.result()
