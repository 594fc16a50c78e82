"""The switches of a bad day as the page offers them: a few kinds of trouble in plain words, on or off."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.playground.mischief import Mischief
from bot.playground.world import JSON, Team

POST = "chat.postMessage"
_REVOKED = "token_revoked"


@dataclass(frozen=True, slots=True)
class Switch:
    """One kind of trouble: its words, whether it is on, and how it is turned."""

    label: str
    is_on: Callable[[Mischief, Team], bool]
    turn: Callable[[Mischief, Team, bool], None]


def _fails(label: str, method: str, how: str, share: float, retry_after: int = 1) -> Switch:
    """Return the switch that lets a share of a method's calls fail."""

    def turn(mischief: Mischief, _: Team, on: bool) -> None:  # noqa: FBT001 - a switch has two positions
        mischief.fail_sometimes(method, how, share if on else 0, retry_after)  # type: ignore[arg-type]  # the words of `How`

    return Switch(label, lambda mischief, _: mischief.fails(method, how), turn)  # type: ignore[arg-type]  # as above


def _sets(label: str, name: str, value: float) -> Switch:
    """Return the switch that sets one of the mischief's fields, and back to nothing."""

    def turn(mischief: Mischief, _: Team, on: bool) -> None:  # noqa: FBT001 - as above
        setattr(mischief, name, type(value)(value if on else 0))

    return Switch(label, lambda mischief, _: bool(getattr(mischief, name)), turn)


def _turn_token(_: Mischief, team: Team, on: bool) -> None:  # noqa: FBT001 - as above
    team.token_error = _REVOKED if on else None


SWITCHES = {
    "slow": _sets("Answer a second late", "delay", 1.0),
    "limited": _fails("Say “too many” to every second post", POST, "429", 0.5, retry_after=3),
    "errors": _fails("Fail a third of all calls", "*", "500", 0.33),
    "cut": _fails("Cut a third of all connections", "*", "cut", 0.33),
    "unclear": _fails("Take every second post and lose the answer", POST, "cut_after", 0.5),
    "twice": _sets("Send every event twice", "duplicate_events", 1.0),
    "overtaken": _sets("Let events overtake each other", "reorder_events", 0.5),
    "lost": _sets("Lose all events, as in a long outage", "drop_events", True),  # noqa: FBT003 - the field's value
    "silent": _sets("Let the socket fall silent", "silent_sockets", True),  # noqa: FBT003 - as above
    "revoked": Switch("Revoke the token", lambda _, team: team.token_error == _REVOKED, _turn_token),
}
"""Each can be switched on and off while the bot runs."""


def facts(mischief: Mischief, team: Team) -> list[JSON]:
    """Return what the page shows: every switch, its words, and whether it is on."""
    return [
        {"name": name, "label": switch.label, "on": switch.is_on(mischief, team)} for name, switch in SWITCHES.items()
    ]


def calm(mischief: Mischief, team: Team) -> None:
    """Switch everything off."""
    mischief.calm()
    _turn_token(mischief, team, on=False)
