"""Slack on a bad day: which call fails how, and what happens to events. Off unless switched on."""

import random
from collections import deque
from dataclasses import dataclass
from typing import Literal

How = Literal["ratelimited", "429", "500", "internal_error", "cut", "cut_after", "hang"]
"""How a call goes wrong.

Nothing is done by "429" (HTTP 429 with Retry-After), "ratelimited" (the same with HTTP 200), "500"
(HTTP 500) and "cut" (the connection goes). What was asked is done by "internal_error" (says the
answer), "cut_after" (the connection goes instead of the answer) and "hang" (the same after `hang_seconds`).
"""

DONE = frozenset({"internal_error", "cut_after", "hang"})
"""The ways of failing that still do what was asked."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that goes wrong."""

    how: How
    retry_after: int = 1


class Mischief:
    """The switches; each can be set at any time.

    Args:
        rng: decides what happens by chance.

    """

    def __init__(self, rng: random.Random) -> None:
        self._random = rng
        self._planned: dict[str, deque[Failure]] = {}
        self._chances: dict[str, list[tuple[Failure, float]]] = {}
        self.delay = 0.0
        """Seconds before every answer of the Web API."""
        self.hang_seconds = 60.0
        self.duplicate_events = 0.0
        """Share of the events that are sent twice."""
        self.reorder_events = 0.0
        """Share of the events that are held back and overtaken by later ones."""
        self.hold_seconds = 0.3
        """How long an overtaken event is held back at most."""
        self.drop_events = False
        """Whether events are lost for good, as in a long outage."""
        self.silent_sockets = False
        """Whether sockets stay open but say nothing, not even to a ping."""

    def fail_next(self, method: str, how: How, times: int = 1, retry_after: int = 1) -> None:
        """Let the next `times` calls of a method ("*": of any) fail."""
        self._planned.setdefault(method, deque()).extend([Failure(how, retry_after)] * times)

    def fail_sometimes(self, method: str, how: How, share: float, retry_after: int = 1) -> None:
        """Let a share of the calls of a method ("*": of any) fail from now on; 0 ends it."""
        chances = [(failure, kept) for failure, kept in self._chances.get(method, []) if failure.how != how]
        self._chances[method] = chances + ([(Failure(how, retry_after), share)] if share else [])

    def fails(self, method: str, how: How) -> bool:
        """Say whether a share of a method's calls fails in a way."""
        return any(failure.how == how for failure, _ in self._chances.get(method, []))

    def calm(self) -> None:
        """Switch everything off."""
        self.__init__(self._random)  # type: ignore[misc]  # the one list of what "off" is stands in the constructor

    def failure_of(self, method: str) -> Failure | None:
        """Decide how the present call of a method fails, if it does."""
        for name in (method, "*"):
            if self._planned.get(name):
                return self._planned[name].popleft()
        for failure, share in [*self._chances.get(method, []), *self._chances.get("*", [])]:
            if self._random.random() < share:
                return failure
        return None

    def happens(self, share: float) -> bool:
        """Decide by chance."""
        return share > 0 and self._random.random() < share
