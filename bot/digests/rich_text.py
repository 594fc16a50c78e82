"""The words of a rich text block, for messages that have no text beside it. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

_DEEPEST = 12
"""Levels of elements within elements; Slack makes four, and what is made to harm ends here."""
_OPENS = {"rich_text_preformatted": "```", "rich_text_quote": "> "}
_CLOSES = {"rich_text_preformatted": "```"}
_SHOWN: dict[str, Callable[[Mapping[str, Any]], object]] = {
    "text": lambda one: one.get("text"),
    "link": lambda one: one.get("text") or one.get("url"),
    "emoji": lambda one: f":{one.get('name')}:",
    "user": lambda _: "@someone",
    "usergroup": lambda _: "@someone",
    "broadcast": lambda one: f"@{one.get('range')}",
    "channel": lambda _: "#channel",
}


def words_of(blocks: object) -> str:
    """Return what a reader sees of a message's rich text blocks, "" where there is none."""
    return _joined(blocks, "\n", 0)


def _joined(elements: object, between: str, depth: int) -> str:
    if not isinstance(elements, list) or depth > _DEEPEST:
        return ""
    return between.join(filter(None, (_one(element, depth) for element in elements)))


def _one(element: object, depth: int) -> str:
    if not isinstance(element, Mapping):
        return ""
    kind = str(element.get("type"))
    if kind in _SHOWN:
        shown = _SHOWN[kind](element)
        return shown if isinstance(shown, str) else ""
    if not kind.startswith("rich_text"):
        return ""
    between = "\n" if kind in {"rich_text", "rich_text_list"} else ""
    return _OPENS.get(kind, "") + _joined(element.get("elements"), between, depth + 1) + _CLOSES.get(kind, "")
