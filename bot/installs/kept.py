"""A few values for a few seconds, looked up once by however many ask for them at the same time."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

KEPT_SECONDS = 30.0
"""How long another process may not see an install that this one does not know of."""
_MOST_KEPT = 5_000

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """What was found for a key, for `KEPT_SECONDS`; beyond `most` the oldest make room for new ones.

    Args:
        look: finds a value; None is not kept.
        most: values.
        seconds: a clock that never goes back.

    """

    def __init__(
        self,
        look: Callable[[Key], Awaitable[Value | None]],
        most: int = _MOST_KEPT,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look = look
        self._most = most
        self._seconds = seconds
        self._values: dict[Key, tuple[float, Value]] = {}
        self._looking: dict[Key, asyncio.Task[Value | None]] = {}

    def get(self, key: Key) -> Value | None:
        """Return a value that is still fresh."""
        kept = self._values.get(key)
        return kept[1] if kept is not None and kept[0] > self._seconds() else None

    async def find(self, key: Key) -> Value | None:
        """Return a fresh value, or look it up; who asks while somebody looks waits for what is found.

        Raises:
            Whatever `look` does, to everybody who waits.

        """
        kept = self.get(key)
        if kept is not None:
            return kept
        looking = self._looking.get(key)
        if looking is None:
            looking = self._looking[key] = asyncio.create_task(self._find(key))
        return await asyncio.shield(looking)  # whoever gives up must not take it from the others

    def drop(self, key: Key) -> None:
        """Keep a value no longer, nor one that is just being looked up."""
        self._values.pop(key, None)
        self._looking.pop(key, None)

    def clear(self) -> None:
        """Keep nothing, nor what is just being looked up."""
        self._values.clear()
        self._looking.clear()

    async def _find(self, key: Key) -> Value | None:
        this = asyncio.current_task()
        try:
            found = await self._look(key)
            if found is not None and self._looking.get(key) is this:
                self._put(key, found)
            return found
        finally:
            if self._looking.get(key) is this:
                del self._looking[key]

    def _put(self, key: Key, value: Value) -> None:
        self._values.pop(key, None)
        if len(self._values) >= self._most:
            del self._values[next(iter(self._values))]
        self._values[key] = self._seconds() + KEPT_SECONDS, value
