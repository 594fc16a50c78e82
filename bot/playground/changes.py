"""Tells whoever waits that something in the stand-in changed."""

import asyncio
import contextlib
from collections.abc import Callable


class Changes:
    """A counter of changes that can be waited on."""

    def __init__(self) -> None:
        self.number = 0
        self._next = asyncio.Event()

    def note(self) -> None:
        """Something changed."""
        self.number += 1
        self._next.set()
        self._next = asyncio.Event()

    async def after(self, number: int, seconds: float) -> int:
        """Wait, some seconds at most, for a change after the one numbered so; return the latest number."""
        if self.number <= number:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._next.wait(), seconds)
        return self.number

    async def until(self, holds: Callable[[], bool], seconds: float = 5.0) -> None:
        """Wait until something holds.

        Raises:
            TimeoutError: it did not come to hold in time.

        """
        async with asyncio.timeout(seconds):
            while not holds():
                await self.after(self.number, 0.05)
