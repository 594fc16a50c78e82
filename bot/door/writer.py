"""One commit for everything that queued up while the last commit ran; nobody waits longer than for that.

What cannot be taken in is refused at once, and Slack sends it again: memory stays bounded under any load.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

MOST_WAITING = 2_000
"""Rows; at 1,000 commits a second and 10 rows each, a fifth of a second."""
_LARGEST_BATCH = 200

Row = TypeVar("Row")


class Overloaded(Exception):  # noqa: N818 - said of us, not an error of the row
    """More is waiting to be written than may; Slack is to send it again."""


class Writer(Generic[Row]):
    """Writes rows in batches.

    Args:
        store: writes a batch, all of it or nothing.
        most: rows that may wait.

    """

    def __init__(self, store: Callable[[Sequence[Row]], Awaitable[None]], most: int = MOST_WAITING) -> None:
        self._store = store
        self._most = most
        self._waiting: list[tuple[Row, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many rows wait to be committed."""
        return len(self._waiting)

    async def write(self, row: Row) -> None:
        """Return when a row is committed.

        Raises:
            Overloaded: too many wait. Whatever the database says of this row.

        """
        if len(self._waiting) >= self._most:
            raise Overloaded
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, written))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        await written

    async def drain(self) -> None:
        """Return when everything that waits is committed or refused."""
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_LARGEST_BATCH], self._waiting[_LARGEST_BATCH:]
            if not await self._commit(batch) and len(batch) > 1:
                # One bad row must not take the others with it.
                for one in batch:
                    await self._commit([one])

    async def _commit(self, batch: Sequence[tuple[Row, "asyncio.Future[None]"]]) -> bool:
        try:
            await self._store([row for row, _ in batch])
        except Exception as error:  # noqa: BLE001 - told to whoever waits for the row
            if len(batch) == 1 and not batch[0][1].done():
                batch[0][1].set_exception(error)
            return False
        for _, written in batch:
            if not written.done():
                written.set_result(None)
        return True
