"""Slack's markup as a reader sees it: pure text to text."""

import html
import re

_MARKUP = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")


def as_typed(text: str) -> str:
    """Turn Slack's markup into what a reader sees, with every person mentioned as "@someone"."""
    return html.unescape(_MARKUP.sub(_shown, text)).replace("\0", "")  # PostgreSQL takes no NUL in a text


def _shown(match: re.Match[str]) -> str:
    mark, target, label = match.groups()
    if mark == "@":
        return "@someone"
    if mark == "!":
        return label or "@" + target.split("^")[0]
    return f"#{label or 'channel'}" if mark == "#" else label or target
