"""What an interaction gives the app: a trigger (3 s, once) and a response_url (5 uses, 30 minutes).

Real time rules here, whatever the product's clock says.
"""

import time
from dataclasses import dataclass

from bot.playground.ids import Ids
from bot.playground.world import Channel, Message, Refusal, Team, User

RESPONSE_USES = 5
_KEPT = 10_000


@dataclass(eq=False)
class Trigger:
    """Lets the app open a modal for somebody."""

    team: Team
    user: User
    made: float
    used: bool = False


@dataclass(eq=False)
class Return:
    """A response_url: lets the app answer in the channel, whoever is a member."""

    team: Team
    user: User
    channel: Channel
    made: float
    message: Message | None = None
    uses: int = 0


class Tickets:
    """Hands out triggers and response_urls and takes them in.

    Args:
        ids: for their ids.

    """

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self.trigger_seconds = 3.0
        self.response_seconds = 1800.0
        self._triggers: dict[str, Trigger] = {}
        self._returns: dict[str, Return] = {}

    def trigger(self, team: Team, user: User) -> str:
        """Return a new trigger id."""
        _make_room(self._triggers)
        key = self._ids.trigger()
        self._triggers[key] = Trigger(team, user, time.monotonic())
        return key

    def team_of(self, key: str) -> Team | None:
        """Return the team that a trigger id was made in."""
        trigger = self._triggers.get(key)
        return trigger.team if trigger else None

    def use_trigger(self, team: Team, key: str) -> User:
        """Take a trigger id and return whose it is.

        Raises:
            Refusal: it is unknown, was used, or is over three seconds old.

        """
        trigger = self._triggers.get(key)
        if trigger is None or trigger.team is not team:
            raise Refusal("invalid_trigger_id")
        if trigger.used:
            raise Refusal("exchanged_trigger_id")
        if time.monotonic() - trigger.made > self.trigger_seconds:
            raise Refusal("expired_trigger_id")
        trigger.used = True
        return trigger.user

    def give_return(self, team: Team, user: User, channel: Channel, message: Message | None = None) -> str:
        """Return the path of a new response_url."""
        _make_room(self._returns)
        key = f"{team.id}/{self._ids.short(12)}/{self._ids.short(24)}"
        self._returns[key] = Return(team, user, channel, time.monotonic(), message)
        return key

    def use_return(self, key: str) -> Return:
        """Take one use of a response_url.

        Raises:
            Refusal: it is unknown, used up or too old.

        """
        it = self._returns.get(key)
        if it is None:
            raise Refusal("no_such_url")
        if it.uses >= RESPONSE_USES:
            raise Refusal("used_url")
        if time.monotonic() - it.made > self.response_seconds:
            raise Refusal("expired_url")
        it.uses += 1
        return it


def _make_room(kept: dict[str, Trigger] | dict[str, Return]) -> None:
    if len(kept) >= _KEPT:
        del kept[next(iter(kept))]
