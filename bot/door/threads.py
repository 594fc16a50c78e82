"""Threads that were looked up already, kept in memory within bounds: those of our nudges, and those of others.

A thread that is not ours never becomes ours: nudges to come get a later ts. That holds only while no posting of
the channel is on its way or uncertain, so "not ours" is kept only when there was none (`arrive.on_its_way`).
"""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

OURS_SECONDS = 10.0
"""How long a change of a channel's settings in another process may go unnoticed for a reply."""
_LOOKED_UP_AFTER = 9.0  # seconds
_MOST_OURS = 5_000
_MOST_OTHERS = 100_000

Found = TypeVar("Found")


@dataclass(slots=True)
class _Ours(Generic[Found]):
    found: Found
    looked_up_at: float
    until: float


class Threads(Generic[Found]):
    """What is known of threads; beyond `most` of others' the oldest make room for new ones."""

    def __init__(self, most: int = _MOST_OTHERS, seconds: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._seconds = seconds
        self._ours: dict[Hashable, _Ours[Found]] = {}
        self._others: dict[Hashable, None] = {}

    def is_other(self, thread: Hashable) -> bool:
        """Say whether a thread is known to be none of ours."""
        return thread in self._others

    def ours(self, thread: Hashable) -> Found | None:
        """Return what was found for a thread of ours, while that is fresh.

        Shortly before it no longer is, one who asks gets None, to look it up anew for all who go on with it meanwhile.
        """
        kept = self._ours.get(thread)
        if kept is None or kept.until <= self._seconds():
            return None
        if kept.looked_up_at <= self._seconds():
            kept.looked_up_at = kept.until
            return None
        return kept.found

    def keep_other(self, thread: Hashable) -> None:
        """Know a thread to be none of ours."""
        if len(self._others) >= self._most:
            del self._others[next(iter(self._others))]
        self._others[thread] = None

    def keep_ours(self, thread: Hashable, found: Found) -> None:
        """Know a thread to be ours, for a few seconds."""
        self._ours.pop(thread, None)
        if len(self._ours) >= _MOST_OURS:
            del self._ours[next(iter(self._ours))]
        now = self._seconds()
        self._ours[thread] = _Ours(found, now + _LOOKED_UP_AFTER, now + OURS_SECONDS)
