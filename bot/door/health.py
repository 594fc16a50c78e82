"""Watching the bot: alive, able to do its job, and in numbers; no names, no words, no tokens."""

import asyncio
import contextlib
import math
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot import postings
from bot.store.engine import Database
from bot.store.tables import Channel, Posting, Reply

BUCKETS = (0.001, 0.005, 0.025, 0.1, 0.5, 1.0, 3.0)
"""Seconds until Slack heard "ok"; it waits for three."""
_LATELY = timedelta(days=1)
_MOST_NUDGES = 1_000
_AWAY = SQLAlchemyError, OSError, TimeoutError
_ANSWERS_WITHIN = 3.0  # less than what most hosts wait for a page like this

Line = tuple[str, dict[str, str], float]


class Acks:
    """What Slack was answered since this process started, and how long it waited for its "ok".

    Attributes:
        passed_by: events that were none of our business, told by their bytes or at a glance.
        refused: why something was not taken in, and how often.

    """

    def __init__(self) -> None:
        self.passed_by = 0
        self.refused: Counter[str] = Counter()
        self._seconds = 0.0
        self._within = [0] * (len(BUCKETS) + 1)

    def note(self, since: float) -> None:
        """Note one answer to an event that was looked at; `since` is by `time.perf_counter`."""
        took = time.perf_counter() - since
        self._seconds += took
        self._within[bisect_left(BUCKETS, took)] += 1

    def lines(self) -> list[Line]:
        """Return them as a histogram, and refusals by reason."""
        upto, counted = 0, []
        for bucket, within in zip((*BUCKETS, math.inf), self._within, strict=True):
            upto += within
            counted.append(("opshat_ack_seconds_bucket", {"le": "+Inf" if bucket > BUCKETS[-1] else str(bucket)}, upto))
        return [
            *counted,
            ("opshat_ack_seconds_sum", {}, self._seconds),
            ("opshat_ack_seconds_count", {}, upto),
            ("opshat_events_passed_by_total", {}, self.passed_by),
            *(("opshat_refused_total", {"why": why}, self.refused[why]) for why in REASONS),
        ]


REASONS = ("signature", "size", "shape", "overload", "not known yet", "error")
"""Why something is refused: everything but the first three is sent again by Slack."""


class Health:
    """The pages for those who run the bot.

    Args:
        db: what most numbers are read from, so that any process can tell of all of them.
        now: the clock.
        own: the numbers of this process alone.
        amiss: what keeps this process from its job, by name; nothing where all is well.

    """

    def __init__(
        self,
        db: Database,
        now: Callable[[], datetime],
        own: Callable[[], Sequence[Line]],
        amiss: Callable[[], Mapping[str, str]],
    ) -> None:
        self._db = db
        self._now = now
        self._own = own
        self._amiss = amiss

    def routes(self) -> list[Route]:
        """Return where they are."""
        return [Route("/healthz", self.alive), Route("/readyz", self.ready), Route("/metrics", self.metrics)]

    async def alive(self, _: Request) -> Response:
        """Say that the process answers."""
        return JSONResponse({"ok": True})

    async def ready(self, _: Request) -> Response:
        """Say whether it can do its job: 503 while the database is silent, the socket is, or no tick ends."""
        amiss = dict(self._amiss())
        try:
            async with asyncio.timeout(_ANSWERS_WITHIN), self._db.read() as session:
                await session.execute(text("SELECT 1"))
        except _AWAY as error:
            amiss["database"] = type(error).__name__
        return JSONResponse({"ok": not amiss, **amiss}, status_code=503 if amiss else 200)

    async def metrics(self, _: Request) -> Response:
        """Return the numbers as Prometheus reads them: those of this process alone while the database is away."""
        lines = list(self._own())
        with contextlib.suppress(*_AWAY):  # /readyz says so; what this process counted is wanted all the more
            async with asyncio.timeout(_ANSWERS_WITHIN):
                lines += await self._from_database()
        return PlainTextResponse(in_text(lines), media_type=_PROMETHEUS)

    async def _from_database(self) -> list[Line]:
        now = self._now()
        async with self._db.read() as session:
            states = await session.execute(
                select(Posting.kind, Posting.state, func.count())
                .where(Posting.due_at > now - _LATELY)
                .group_by(Posting.kind, Posting.state)
            )
            nudges = await session.execute(
                select(Posting.due_at, Posting.ts)
                .where(Posting.due_at > now - _LATELY, Posting.kind == postings.NUDGE, Posting.ts.is_not(None))
                .order_by(Posting.due_at.desc())
                .limit(_MOST_NUDGES)
            )
            unread = await session.scalar(
                select(func.min(Reply.ts)).where(Reply.read_with.is_(None), Reply.text.is_not(None))
            )
            waiting = await session.scalar(select(func.min(Posting.due_at)).where(Posting.send_at.is_not(None)))
            overdue = [
                await session.scalar(select(func.min(column)))
                for column in (Channel.nudge_at, Channel.digest_at, Channel.week_ends_at)
            ]
        late = [float(ts or 0) - due_at.timestamp() for due_at, ts in nudges]
        return [
            *(("opshat_postings_last_day", {"kind": kind, "state": state}, n) for kind, state, n in states),
            ("opshat_nudge_lateness_seconds_max", {}, max(late, default=0.0)),
            ("opshat_nudge_lateness_seconds_median", {}, sorted(late)[len(late) // 2] if late else 0.0),
            ("opshat_oldest_waiting_posting_seconds", {}, _age(now, waiting)),
            ("opshat_oldest_unread_reply_seconds", {}, max(0.0, now.timestamp() - float(unread)) if unread else 0.0),
            ("opshat_overdue_seconds", {}, max(_age(now, moment) for moment in overdue)),
        ]


_PROMETHEUS = "text/plain; version=0.0.4"


def _age(now: datetime, moment: datetime | None) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment else 0.0


def in_text(lines: Sequence[Line]) -> str:
    """Write numbers in Prometheus' text format, each kind below what it means."""
    written = []
    for name, labels, value in lines:
        family = name if name in MEANINGS else name.rpartition("_")[0]
        sort, meaning = MEANINGS[family]
        head = f"# HELP {family} {meaning}\n# TYPE {family} {sort}"
        if head not in written:
            written.append(head)
        shown = ",".join(f'{label}="{said}"' for label, said in labels.items())
        written.append(f"{name}{{{shown}}} {value:.10g}" if shown else f"{name} {value:.10g}")
    return "\n".join(written) + "\n"


MEANINGS: Mapping[str, tuple[str, str]] = {
    "opshat_ack_seconds": ("histogram", "How long Slack waited for its ok, of events that were looked at."),
    "opshat_events_passed_by_total": ("counter", "Events that were none of our business."),
    "opshat_refused_total": ("counter", "What this process did not take in, by reason."),
    "opshat_replies_total": ("counter", "Replies, edits and deletions that this process took in."),
    "opshat_replies_waiting": ("gauge", "Replies that wait to be committed in this process."),
    "opshat_tick_age_seconds": ("gauge", "How long ago this process last looked what is due."),
    "opshat_socket_silent_seconds": ("gauge", "How long ago Slack's socket last said anything."),
    "opshat_postings_last_day": ("gauge", "Postings of the last day by kind and state."),
    "opshat_nudge_lateness_seconds_max": ("gauge", "The latest that a question of the last day was posted."),
    "opshat_nudge_lateness_seconds_median": ("gauge", "How late questions of the last day were posted."),
    "opshat_oldest_waiting_posting_seconds": ("gauge", "For how long the oldest posting has waited."),
    "opshat_oldest_unread_reply_seconds": ("gauge", "For how long the oldest reply has waited to be read."),
    "opshat_overdue_seconds": ("gauge", "How long ago the first thing fell due that was not done yet."),
}
