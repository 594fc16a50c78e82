"""Takes what the bot sent from the stand-in's journal, and makes it the same on every run."""

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.team import NAMES, Team

_FACES = ("blocks", "text", "type", "callback_id", "title", "submit", "close", "private_metadata")
"""What Slack shows of a message or a view; the rest says where it goes."""
_CHANGES = (
    (re.compile(r"\b[0-9a-f]{16,32}\b"), "0123456789abcdef"),
    (re.compile(r"\^\d{10}\^"), "^1788775200^"),
    (re.compile(r"/p\d{16}\b"), "/p1788775200000100"),
    (re.compile(r"\b\d{10}\.\d{6}\b"), "1788775200.000100"),
)
_PEOPLE = dict(zip(NAMES, ("U0ADA", "U0BEN", "U0CLEO", "U0DOV", "U0EVA", "U0FINN"), strict=True))


class Collector:
    """Names what the bot sends, step by step; what was not named before a step stays unnamed."""

    def __init__(self, team: Team) -> None:
        self.team = team
        self.files: dict[str, dict[str, Any]] = {}
        self._done = (0, 0)

    async def take(self, *names: str) -> None:
        """Name what was sent since the last step, in its order; nothing else may have been sent.

        What goes to one person is named before what goes to a channel: they leave side by side, so that either
        may arrive first.
        """
        await self.team.standin.settle()
        sent = self._sent()
        assert len(sent) == len(names), (names, [one.get("text") or one.get("title") for one in sent])
        for name, payload in zip(names, sent, strict=True):
            assert name not in self.files, name
            self.files[name] = payload

    async def pass_over(self) -> None:
        """Leave unnamed what was sent since the last step."""
        await self.team.standin.settle()
        self._sent()

    def texts(self) -> dict[str, str]:
        """Return the files: name.json -> what stands in it."""
        return {f"{name}.json": self._stable(payload) for name, payload in self.files.items()}

    def _sent(self) -> list[dict[str, Any]]:
        journal = self.team.standin.journal
        calls, deliveries = journal.calls(accepted=True), journal.deliveries()
        answered = [one.answer for one in deliveries[self._done[1] :] if isinstance(one.answer, dict) and one.answer]
        called = [call.arguments for call in calls[self._done[0] :] if _shows(call.method)]
        called.sort(key=lambda one: not str(one.get("channel", "")).startswith("U"))
        self._done = len(calls), len(deliveries)
        return [_face(one) for one in [*answered, *called] if one.get("response_action") != "errors"]

    def _stable(self, payload: dict[str, Any]) -> str:
        text = json.dumps(payload, indent=1, ensure_ascii=False)
        for name, stands_for in _PEOPLE.items():
            text = text.replace(self.team[name].id, stands_for)
        text = text.replace(self.team.channel.id, "C0OPS").replace(self.team.standin.url, "https://example.slack.com")
        for changing, stands_for in _CHANGES:
            text = changing.sub(stands_for, text)
        return text + "\n"


def _shows(method: str) -> bool:
    return method in {"chat.postMessage", "chat.postEphemeral", "views.open", "views.update", "views.publish"} or (
        method == "response_url"
    )


def _face(sent: dict[str, Any]) -> dict[str, Any]:
    shown = sent.get("view") or sent
    return {name: shown[name] for name in _FACES if name in shown}


def actions(payload: Any) -> Iterator[str]:
    """Give the action ids of all buttons and menus in a payload."""
    if isinstance(payload, dict):
        if "action_id" in payload:
            yield str(payload["action_id"])
        for value in payload.values():
            yield from actions(value)
    elif isinstance(payload, list):
        for value in payload:
            yield from actions(value)
