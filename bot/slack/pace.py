"""How fast Slack may be spoken to: turns by channel and workspace, and its own "come back later". No I/O.

Holds are seconds of a clock that only goes forward (`time.monotonic`); turns are of a clock that all processes
share. What one workspace may not do now never holds up another.
"""

import math
import time
from collections.abc import Callable, Mapping

_MINUTE = 60.0
_WORKSPACE = ""


class Turns:
    """The turns of one workspace from a moment on, in a book that all processes share.

    Args:
        book: from when on the next message may be posted, in the workspace and in its channels.
        now: the moment.
        within: how many seconds ahead a turn is of use.
        post_seconds: between two messages of the workspace.
        channel_seconds: between two messages to one channel.

    """

    def __init__(
        self, book: Mapping[str, float], now: float, within: float, post_seconds: float, channel_seconds: float
    ) -> None:
        self._now = now
        self._latest = now + within
        self._post_seconds = post_seconds
        self._channel_seconds = channel_seconds
        # Nobody can have taken a turn that far ahead, unless the clock was set back since.
        never = self._latest + max(post_seconds, channel_seconds)
        self.book = {key: free for key, free in book.items() if now < free <= never}

    def take(self, channel: str) -> float | None:
        """Take the next turn for a message to a channel; return the seconds until then, or None where it is too far."""
        turn = max(self.book.get(key, self._now) for key in (_WORKSPACE, channel))
        if turn > self._latest:
            return None
        for key, seconds in ((_WORKSPACE, self._post_seconds), (channel, self._channel_seconds)):
            if seconds:
                self.book[key] = turn + seconds
        return turn - self._now


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
        self._holds: dict[tuple[int, str], float] = {}

    @property
    def longest(self) -> float:
        """How many seconds may lie between two turns that follow on each other."""
        return max(self._post_seconds, self._channel_seconds)

    def turns(self, book: Mapping[str, float], now: float, within: float) -> Turns:
        """Return the turns of a workspace by its book; whoever took one uses it, or nobody does."""
        return Turns(book, now, within, self._post_seconds, self._channel_seconds)

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
