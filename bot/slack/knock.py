"""What a person did in Slack, as plain values; no journey ever sees a raw payload."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.errors import NotOurs
from bot.slack.markup import storable

_HIGHEST, _DIGITS = 2**31, 10


class Given(dict[str, Any]):
    """What came back with a modal, by name; raises `NotOurs` for what is missing."""

    def __missing__(self, name: str) -> Any:  # noqa: ANN401 - never returns
        """Say that it did not come back."""
        raise NotOurs


def numbered(told: object) -> int:
    """Return the id of a row that a button or a modal names; raises `NotOurs` for anything else."""
    is_number = isinstance(told, str) and told.isascii() and told.isdecimal() and len(told) <= _DIGITS
    if not is_number or int(str(told)) >= _HIGHEST:
        raise NotOurs
    return int(str(told))


@dataclass(frozen=True, slots=True)
class Knock:
    """A slash command, a button, a shortcut or a submitted modal.

    Attributes:
        enterprise: the Enterprise Grid organisation's id, or "".
        team: the workspace's id, that of the workspace where the app is installed.
        user: the Slack user id of the person; never stored beside words.
        user_team: the workspace that the person belongs to; another one than `team` for an outside guest.
        channel: the Slack channel id, or "" where there is none (a modal, App Home).
        text: what was typed after the command's word, or a button's value.
        message_ts: the message that a button or shortcut belongs to, or "".
        author: who wrote the message of a shortcut (a Slack id); its words are in `text`.
        thread_ts: the thread of that message, or "".
        memo: what we wrote into the modal's private metadata when we opened it.
        fields: what was entered in a modal: block id to its value (str, list of str, or None).

    """

    enterprise: str
    team: str
    user: str
    user_team: str
    channel: str = ""
    text: str = ""
    message_ts: str = ""
    author: str = ""
    thread_ts: str = ""
    memo: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def outside(self) -> bool:
        """Whether the person belongs to another organisation than the workspace they act in."""
        return self.user_team not in {self.team, self.enterprise}


def entered(state: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Given:
    """Flatten a view's `state.values` to block id -> value; each of our blocks holds one element."""
    return Given({block: _value(next(iter(elements.values()))) for block, elements in state.items() if elements})


def _value(element: Mapping[str, Any]) -> Any:  # noqa: ANN401 - str, list of str or None, as the element has it
    if "selected_options" in element:
        return [option["value"] for option in element["selected_options"] or ()]
    if "selected_option" in element:
        option = element["selected_option"]
        return option["value"] if option else None
    return (
        element.get("selected_time")
        or element.get("selected_date")
        or element.get("selected_user")
        or (element.get("value") and storable(element["value"]))
    )
