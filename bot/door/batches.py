"""One statement for everything that queued up while the last one ran; nobody waits longer, and nobody for a clock.

What cannot be taken in is refused at once, and Slack sends it again: memory stays bounded under any load.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

MOST_WAITING = 2_000
"""Rows; at 1,000 statements a second and 10 rows each, a fifth of a second."""
_LARGEST_BATCH = 200
_ROUNDS = 3
"""How often the loop goes round before a batch begins, so that what has just arrived goes along: microseconds where
nothing else is to be done, and where much is, a statement less for every few rows."""

Row = TypeVar("Row")
Answer = TypeVar("Answer")


class Overloaded(Exception):  # noqa: N818 - said of us, not an error of the row
    """More is waiting than may; Slack is to send it again."""


class Batches(Generic[Row, Answer]):
    """Does in batches what is asked row by row.

    Args:
        do: does a batch, all of it or nothing, and gives an answer for each row in their order.
        most: rows that may wait.

    """

    def __init__(self, do: Callable[[Sequence[Row]], Awaitable[Sequence[Answer]]], most: int = MOST_WAITING) -> None:
        self._do = do
        self._most = most
        self._waiting: list[tuple[Row, asyncio.Future[Answer]]] = []
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many rows wait for their turn."""
        return len(self._waiting)

    async def add(self, row: Row) -> Answer:
        """Return a row's answer when its batch is done.

        Raises:
            Overloaded: too many wait. Whatever the database says of this row.

        """
        if len(self._waiting) >= self._most:
            raise Overloaded
        done: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, done))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        return await done

    async def drain(self) -> None:
        """Return when everything that waits is done or refused."""
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        while self._waiting:
            for _ in range(_ROUNDS):
                await asyncio.sleep(0)
            batch, self._waiting = self._waiting[:_LARGEST_BATCH], self._waiting[_LARGEST_BATCH:]
            if not await self._done(batch) and len(batch) > 1:
                # One bad row must not take the others with it.
                for one in batch:
                    await self._done([one])

    async def _done(self, batch: Sequence[tuple[Row, "asyncio.Future[Answer]"]]) -> bool:
        try:
            answers = await self._do([row for row, _ in batch])
        except Exception as error:  # noqa: BLE001 - told to whoever waits for the row
            if len(batch) == 1 and not batch[0][1].done():
                batch[0][1].set_exception(error)
            return False
        for (_, done), answer in zip(batch, answers, strict=True):
            if not done.done():
                done.set_result(answer)
        return True
