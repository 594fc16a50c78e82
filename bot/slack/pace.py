"""How fast Slack may be spoken to: turns by channel and workspace, and its own "come back later". No I/O.

Times are seconds of a clock that only goes forward (`time.monotonic`). What one workspace may not do now never
holds up another.
"""

import math
import time
from collections.abc import Callable, Hashable

_MOST_TURNS = 10_000
_MINUTE = 60.0


class Pace:
    """Turns for messages, and holds for methods.

    Args:
        channel_seconds: between two messages to one channel (Slack: "one message per second per channel").
        posts_per_minute: messages for one workspace (Slack: "several hundred"); spaced evenly, so that no minute
            ever holds more. 0 means no limit.
        clock: the seconds.

    """

    def __init__(
        self, channel_seconds: float, posts_per_minute: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._channel_seconds = channel_seconds
        self._post_seconds = _MINUTE / posts_per_minute if posts_per_minute else 0.0
        self._clock = clock
        self._turns: dict[Hashable, float] = {}
        self._holds: dict[tuple[int, str], float] = {}

    def take_turn(self, workspace: int, channel: str) -> float:
        """Take the next turn for a message; return the seconds until then. Whoever took one uses it."""
        now = self._clock()
        turn = max(now, self._turns.get(workspace, 0.0), self._turns.get((workspace, channel), 0.0))
        if len(self._turns) > _MOST_TURNS:
            self._turns = {key: free for key, free in self._turns.items() if free > now}
        self._turns[workspace] = turn + self._post_seconds
        self._turns[workspace, channel] = turn + self._channel_seconds
        return turn - now

    def hold(self, workspace: int, method: str, seconds: float) -> None:
        """Keep a workspace's method for a while, as Slack's Retry-After asks: it holds for these two alone."""
        until = self._clock() + seconds
        self._holds[workspace, method] = max(until, self._holds.get((workspace, method), -math.inf))

    def rest(self, workspace: int, method: str, seconds: float) -> None:
        """Hold a method because of a limit that we know of; where there is no pace to keep, neither is this."""
        if self._channel_seconds:
            self.hold(workspace, method, seconds)

    def held(self, workspace: int, method: str) -> float:
        """Return for how many seconds a workspace's method is still held; 0 where it is free."""
        left = self._holds.get((workspace, method), -math.inf) - self._clock()
        if left <= 0:
            self._holds.pop((workspace, method), None)
        return max(0.0, left)
