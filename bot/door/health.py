"""Watching the bot: alive, able to do its job, and in numbers; no names, no words, no tokens."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
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
_READY_WITHIN = 3.0  # seconds

Line = tuple[str, dict[str, str], float]


class Acks:
    """How long Slack waited for its "ok", and what it was told, since this process started."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.within: Counter[float] = Counter()
        self.told: Counter[int] = Counter()

    def note(self, since: float, status: int) -> None:
        """Note one answer; `since` is by `time.perf_counter`."""
        took = time.perf_counter() - since
        self.seconds += took
        self.told[status] += 1
        self.within[next((bucket for bucket in BUCKETS if took <= bucket), float("inf"))] += 1

    def lines(self) -> list[Line]:
        """Return them as a histogram, and answers by status."""
        upto, counted = 0, []
        for bucket in (*BUCKETS, float("inf")):
            upto += self.within[bucket]
            counted.append(("opshat_ack_seconds_bucket", {"le": "+Inf" if bucket > BUCKETS[-1] else str(bucket)}, upto))
        answers = [("opshat_answers_total", {"status": str(status)}, count) for status, count in self.told.items()]
        whole: list[Line] = [("opshat_ack_seconds_sum", {}, self.seconds), ("opshat_ack_seconds_count", {}, upto)]
        return [*counted, *whole, *answers]


class Health:
    """The pages for those who run the bot.

    Args:
        db: what most numbers are read from, so that any web process can tell of all workers.
        acks: what this process answered.
        queue: how many replies wait to be committed here.
        now: the clock.

    """

    def __init__(self, db: Database, acks: Acks, queue: Callable[[], int], now: Callable[[], datetime]) -> None:
        self._db = db
        self._acks = acks
        self._queue = queue
        self._now = now

    def routes(self) -> list[Route]:
        """Return where they are."""
        return [Route("/healthz", self.alive), Route("/readyz", self.ready), Route("/metrics", self.metrics)]

    async def alive(self, _: Request) -> Response:
        """Say that the process answers."""
        return JSONResponse({"ok": True})

    async def ready(self, _: Request) -> Response:
        """Say whether it can do its job: 503 while the database does not answer."""
        try:
            async with asyncio.timeout(_READY_WITHIN), self._db.read() as session:
                await session.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError) as error:  # a timeout is one
            return JSONResponse({"ok": False, "database": type(error).__name__}, status_code=503)
        return JSONResponse({"ok": True})

    async def metrics(self, _: Request) -> Response:
        """Return the numbers as Prometheus reads them."""
        lines = [*self._acks.lines(), ("opshat_replies_waiting", {}, float(self._queue()))]
        return PlainTextResponse(_in_text([*lines, *await self._from_database()]), media_type=_PROMETHEUS)

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


def _in_text(lines: Sequence[Line] | Iterable[Line]) -> str:
    written = []
    for name, labels, value in lines:
        shown = ",".join(f'{label}="{said}"' for label, said in labels.items())
        written.append(f"{name}{{{shown}}} {value:g}" if shown else f"{name} {value:g}")
    return "\n".join(written) + "\n"
