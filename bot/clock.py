"""Time knocks: what is due? APScheduler only ticks; the database decides, so any number of processes may tick."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

_TIDIES_UP_SECONDS = 1.0

Step = Callable[[datetime], Awaitable[object]]

log = structlog.get_logger()


class Ticker:
    """Runs the steps of a tick every few seconds, in order; a step that fails does not hold up the others.

    Args:
        steps: what to do with the present moment, first to last.
        now: the clock.
        seconds: between two ticks.

    """

    def __init__(self, steps: Sequence[Step], now: Callable[[], datetime], seconds: float) -> None:
        self._steps = steps
        self._now = now
        self._seconds = seconds
        self._scheduler: AsyncIOScheduler | None = None
        self._ticking = self._again = self._stopped = False
        self._work: asyncio.Task[None] | None = None
        self._ended_at = time.monotonic()

    def age(self) -> float:
        """Return how many seconds ago a tick last ended, with or without failures; since the start where none did."""
        return time.monotonic() - self._ended_at

    @property
    def runs(self) -> bool:
        """Whether it ticks by itself."""
        return self._scheduler is not None

    async def tick(self) -> None:
        """Do all that is due by now.

        Raises:
            ExceptionGroup: what went wrong in the steps, after all of them had their turn.

        """
        failures: list[Exception] = []
        for step in self._steps:
            try:
                await step(self._now())
            except Exception as error:  # noqa: BLE001 - raised again below, when the other steps have run
                failures.append(error)
        if failures:
            raise ExceptionGroup("a tick failed in part", failures)

    def start(self) -> None:
        """Tick now, and from now on."""
        self._stopped = False
        self._ended_at = time.monotonic()
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._scheduler.add_job(
            self._tick_and_log,
            "interval",
            id="tick",
            seconds=self._seconds,
            next_run_time=datetime.now(UTC),
            max_instances=1,
            coalesce=True,
        )
        self._scheduler.start()

    def wake(self) -> None:
        """Tick as soon as possible: something has just been written down."""
        self._again = True
        if self._scheduler is not None and not self._ticking:
            self._scheduler.modify_job("tick", next_run_time=datetime.now(UTC))

    async def soon(self) -> None:
        """Tick as soon as possible where it ticks by itself, else here and now; not at all once it was told to stop."""
        if self.runs:
            self.wake()
        elif not self._stopped:
            await self.tick()

    async def stop(self, within: float) -> None:
        """Tick no more, and wait until what is being done is done; what takes longer than `within` seconds is cut off.

        Cutting off loses nothing: a transaction is undone, and what was claimed is taken over when its lease ends.
        """
        self._again, self._stopped = False, True
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None
        work = self._work
        if work is None:
            return
        await asyncio.wait([work], timeout=within)
        while not work.done():
            work.cancel()  # once more where the first only began to tidy up
            await asyncio.wait([work], timeout=_TIDIES_UP_SECONDS)

    async def _tick_and_log(self) -> None:
        if self._scheduler is None:
            return  # told to stop in the moment of starting: APScheduler hears of it a turn of the loop later
        self._work = asyncio.create_task(self._work_off())
        # APScheduler cancels its jobs when it shuts down, and would log that as an error; the work goes on to its end.
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(self._work)

    async def _work_off(self) -> None:
        self._ticking = self._again = True
        try:
            while self._again:
                self._again = False
                await self.tick()
        except ExceptionGroup as group:
            for error in group.exceptions:
                log.error("a step of the tick failed", exc_info=error)  # noqa: TRY400 - the step's own traceback, not the group's
        finally:
            self._ticking = False
            self._ended_at = time.monotonic()
