"""Slack's markup as a reader sees it: pure text to text."""

import html
import re

_TYPED = re.compile(r"<@[UW][A-Z0-9]{2,}(?:\|[^<>]*)?>")
"""A mention that somebody wrote out by hand, or pasted: Slack escapes it, and it names a person all the same."""
_NO_TEXT = re.compile(r"[\0\ud800-\udfff]")
"""What no database takes in a text: NUL, and halves of a character that was cut in two."""
_MARKUP = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")


def as_typed(text: str) -> str:
    """Turn Slack's markup into what a reader sees, with every person mentioned as "@someone"."""
    return naming_nobody(html.unescape(_MARKUP.sub(_shown, text)))


def naming_nobody(text: str) -> str:
    """Return what somebody typed as it may be kept, with every mention that they wrote out as "@someone"."""
    return _TYPED.sub("@someone", storable(text))


def storable(text: str) -> str:
    """Leave out of a text what no database takes."""
    return _NO_TEXT.sub("", text)


def _shown(match: re.Match[str]) -> str:
    mark, target, label = match.groups()
    if mark == "@":
        return "@someone"
    if mark == "!":
        return label or "@" + target.split("^")[0]
    return f"#{label or 'channel'}" if mark == "#" else label or target
