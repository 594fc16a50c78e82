"""What Slack refused for want of a scope is not asked again for an hour: the answer would be the same."""

import time
from collections.abc import Mapping
from typing import Any

_SECONDS = 3600
"""How long a scope that is granted meanwhile may stay unnoticed."""
_MOST = 10_000
_NEVER = frozenset({"chat.postMessage"})
"""Methods that are always tried: what the bot has to say is settled by Slack's own answer."""

_Key = tuple[int, str, str]


class Refusals:
    """Reasons by workspace, method, and what the needed scope depends on: the channel, or kinds of channels."""

    def __init__(self) -> None:
        self._known: dict[_Key, tuple[float, str]] = {}

    def needed(self, workspace: int, method: str, arguments: Mapping[str, Any]) -> str | None:
        """Return the scope that Slack named when it refused this call within the hour ("" if none); else None."""
        until, scope = self._known.get(_key(workspace, method, arguments), (0.0, ""))
        return scope if until > time.monotonic() else None

    def note(self, workspace: int, method: str, arguments: Mapping[str, Any], reason: str, scope: str) -> None:
        """Remember a refusal, if it was for want of a scope."""
        if reason != "missing_scope" or method in _NEVER:
            return
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[_key(workspace, method, arguments)] = time.monotonic() + _SECONDS, scope


def _key(workspace: int, method: str, arguments: Mapping[str, Any]) -> _Key:
    return workspace, method, str(arguments.get("channel") or arguments.get("types") or "")
