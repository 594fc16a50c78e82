"""Slack's rate limits, where they are switched on: one message a second per channel, and calls a minute."""

import math
import time
from collections import deque

from bot.playground.world import JSON

_MINUTE = 60.0
_HISTORIES = ("conversations.history", "conversations.replies")


class Pace:
    """Counts calls in sliding windows, by the real clock. Everything is off at first."""

    def __init__(self) -> None:
        self.enforced = False
        """Whether tiers and the pace of messages hold."""
        self.strict_histories = False
        """Whether histories allow one call a minute and 15 messages, as for distributed apps."""
        self.posts_per_minute = 300
        """Messages a minute for one workspace; Slack says "several hundred"."""
        self._seen: dict[tuple[str, ...], deque[float]] = {}

    def wait_for(self, team: str, method: str, arguments: JSON, per_minute: int) -> int:
        """Return 0 and count the call, or the whole seconds that the caller must wait."""
        now = time.monotonic()
        windows = list(self._windows(team, method, arguments, per_minute))
        wait = max((self._excess(key, now, most, span) for key, most, span in windows), default=0.0)
        if wait <= 0:
            for key, _, _ in windows:
                self._seen[key].append(now)
        return math.ceil(wait)

    def _windows(
        self, team: str, method: str, arguments: JSON, per_minute: int
    ) -> list[tuple[tuple[str, ...], int, float]]:
        if self.strict_histories and method in _HISTORIES:
            return [((team, method), 1, _MINUTE)]
        if not self.enforced:
            return []
        if method == "chat.postMessage":
            channel = str(arguments.get("channel"))
            return [((team, method, channel), 1, 0.95), ((team, method), self.posts_per_minute, _MINUTE)]
        return [((team, method), per_minute, _MINUTE)]

    def _excess(self, key: tuple[str, ...], now: float, most: int, span: float) -> float:
        seen = self._seen.setdefault(key, deque())
        while seen and seen[0] <= now - span:
            seen.popleft()
        return seen[0] + span - now if len(seen) >= most else 0.0

    def cap(self, method: str, arguments: JSON) -> JSON:
        """Return the arguments with a history's limit cut to 15, where that is switched on."""
        if not (self.strict_histories and method in _HISTORIES):
            return arguments
        asked = str(arguments.get("limit") or "15")
        return {**arguments, "limit": min(int(asked) if asked.isdecimal() else 15, 15)}
