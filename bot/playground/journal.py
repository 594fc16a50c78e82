"""What the stand-in accepted, sent, heard back and refused, in order; bounded, for tests to read."""

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from bot.playground.world import JSON

_KEPT = 100_000


@dataclass(eq=False)
class ApiCall:
    """A call of the Web API: `accepted` says whether it took effect, whatever the caller was told."""

    method: str
    team: str
    arguments: JSON
    answer: JSON
    accepted: bool
    told: str = "answer"
    """"answer", or the mischief that took the answer's place ("429", "500", "cut")."""
    at: float = field(default_factory=time.time)


@dataclass(eq=False)
class Attempt:
    """One attempt to deliver: what came back, in a word ("200", "http_timeout", "no_connection"...)."""

    outcome: str
    at: float = field(default_factory=time.time)


@dataclass(eq=False)
class Delivery:
    """An event, a command or an interaction on its way to the app."""

    kind: str
    """"events_api", "slash_commands" or "interactive"."""
    name: str
    """The event's type and subtype ("message.message_changed"), the command, or the interaction's type."""
    team: str
    payload: JSON
    event_id: str = ""
    attempts: list[Attempt] = field(default_factory=list)
    state: str = "pending"
    """"pending", "acked" or "given up"."""
    answer: Any = None
    """What the app answered to a command or an interaction: JSON, text, or nothing."""


class Journal:
    """The record; the oldest entries make room for new ones."""

    def __init__(self, kept: int = _KEPT) -> None:
        self._calls: deque[ApiCall] = deque(maxlen=kept)
        self._deliveries: deque[Delivery] = deque(maxlen=kept)
        self.refused: deque[str] = deque(maxlen=1000)
        """Answers to commands and modals that Slack would not have taken, each with its reason."""

    def call(self, call: ApiCall) -> None:
        """Record a call of the Web API."""
        self._calls.append(call)

    def deliver(self, delivery: Delivery) -> None:
        """Record something that is about to be sent."""
        self._deliveries.append(delivery)

    def calls(self, method: str | None = None, *, accepted: bool | None = None) -> list[ApiCall]:
        """Return the calls, oldest first: of one method, or those that did or did not take effect."""
        return [call for call in self._calls if method in (None, call.method) and accepted in (None, call.accepted)]

    def deliveries(self, name: str | None = None, state: str | None = None) -> list[Delivery]:
        """Return what was sent, oldest first: of one name, or in one state."""
        return [
            delivery
            for delivery in self._deliveries
            if name in (None, delivery.name) and state in (None, delivery.state)
        ]
