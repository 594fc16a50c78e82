"""Whether somebody is a full member or a guest: asked of Slack once an hour, and kept in memory only."""

import asyncio
import time
from typing import Literal

import structlog

from bot.slack.client import Busy, Refused, Slack, Unclear

Standing = Literal["member", "guest", "unknown"]

_REMEMBERED_SECONDS = 3600
_REMEMBERED = 20_000
_ASKS_FOR_SECONDS = 1.0
"""How long Slack may take to say it: whoever asks has three seconds in all."""

log = structlog.get_logger()


class Members:
    """Tells guests from members where `users:read` is granted; where it is not, everybody counts as a member."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack
        self._known: dict[tuple[int, str], tuple[float, Standing]] = {}

    async def standing(self, workspace: int, user: str) -> Standing:
        """Return what somebody is; "unknown" when Slack does not answer now."""
        known = self._known.get((workspace, user))
        if known and known[0] > time.monotonic():
            return known[1]
        standing = await self._ask(workspace, user)
        if standing != "unknown":
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[workspace, user] = time.monotonic() + _REMEMBERED_SECONDS, standing
        return standing

    async def _ask(self, workspace: int, user: str) -> Standing:
        try:
            async with asyncio.timeout(_ASKS_FOR_SECONDS):
                answer = await self._slack.call(workspace, "users.info", user=user)
        except Refused as refusal:
            # Without the scope guests cannot be told apart, and set-up says so; an unknown user is from outside.
            return "member" if refusal.reason == "missing_scope" else "guest"
        except (Busy, Unclear, TimeoutError) as cause:
            log.warning("standing unknown", cause=type(cause).__name__)
            return "unknown"
        profile = answer["user"]
        guest = profile.get("is_restricted") or profile.get("is_ultra_restricted") or profile.get("is_stranger")
        return "guest" if guest else "member"
