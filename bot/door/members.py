"""Who somebody is in their workspace: asked of Slack once an hour, and kept in memory only."""

import asyncio
import time
from dataclasses import dataclass
from typing import Literal

import structlog

from bot.slack.client import Busy, Refused, Slack, Unclear

_REMEMBERED_SECONDS = 3600
_REMEMBERED = 20_000
_ASKS_FOR_SECONDS = 1.0
"""How long Slack may take to say it: whoever asks has three seconds in all."""
_NOBODY_HERE = frozenset({"user_not_found", "user_not_visible"})
"""Slack's words for somebody that this workspace does not know; any other refusal is about us, not about them."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody's standing, whether they administer the workspace, and the zone in their profile ("" if unknown).

    Where `users:read` is not granted everybody counts as a member, `told` is False, and set-up says that guests
    cannot be told apart. `bot`: another app's, whom nobody would ask.
    """

    standing: Literal["member", "guest", "unknown"]
    admin: bool = False
    zone: str = ""
    told: bool = True
    bot: bool = False


class Members:
    """Tells guests from members, and admins from others."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack
        self._known: dict[tuple[int, str], tuple[float, Who]] = {}

    async def who(self, workspace: int, user: str) -> Who:
        """Return who somebody is; "unknown" when Slack does not answer now."""
        known = self._known.get((workspace, user))
        if known and known[0] > time.monotonic():
            return known[1]
        who = await self._ask(workspace, user)
        if who.standing != "unknown":
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[workspace, user] = time.monotonic() + _REMEMBERED_SECONDS, who
        return who

    async def may_answer(self, workspace: int, user: str, guests: bool) -> bool:  # noqa: FBT001 - a column's value
        """Say whether somebody could answer where `guests` were or were not let in; not of whom Slack tells nothing."""
        who = await self.who(workspace, user)
        return not who.bot and (who.standing == "member" or (guests and who.standing == "guest"))

    async def _ask(self, workspace: int, user: str) -> Who:
        try:
            async with asyncio.timeout(_ASKS_FOR_SECONDS):
                answer = await self._slack.call(workspace, "users.info", user=user)
        except Refused as refusal:
            return _without_answer(refusal.reason)
        except (Busy, Unclear, TimeoutError) as cause:
            log.warning("standing unknown", cause=type(cause).__name__)
            return Who("unknown")
        profile = answer["user"]
        guest = profile.get("is_restricted") or profile.get("is_ultra_restricted") or profile.get("is_stranger")
        admin = bool(profile.get("is_admin") or profile.get("is_owner"))
        return Who(
            "guest" if guest else "member",
            admin=admin,
            zone=str(profile.get("tz") or ""),
            bot=bool(profile.get("is_bot")),
        )


def _without_answer(reason: str) -> Who:
    if reason == "missing_scope":
        return Who("member", told=False)
    return Who("guest" if reason in _NOBODY_HERE else "unknown")
