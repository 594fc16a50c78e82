"""How text that a person types goes over the wire: Slack's client escapes it and resolves names. Pure."""

import re
from collections.abc import Mapping

_SPECIAL = re.compile(r"@(channel|here|everyone)\b")
_NAMED = re.compile(r"(?<![\w@])([@#])([\w.-]*\w)")
_ADDRESS = re.compile(r"https?://[^\s<>|]+")
_ESCAPES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))


def as_sent(text: str, people: Mapping[str, str], channels: Mapping[str, str]) -> str:
    """Return typed text as Slack's events carry it.

    Args:
        text: as typed.
        people: name to user id, for "@name".
        channels: name to channel id, for "#name".

    """
    for typed, sent in _ESCAPES:
        text = text.replace(typed, sent)
    text = _ADDRESS.sub(lambda found: f"<{found[0]}>", text)
    text = _SPECIAL.sub(r"<!\1>", text)
    return _NAMED.sub(lambda found: _named(found, people, channels), text)


def _named(found: re.Match[str], people: Mapping[str, str], channels: Mapping[str, str]) -> str:
    sign, name = found[1], found[2]
    if sign == "@" and name in people:
        return f"<@{people[name]}>"
    if sign == "#" and name in channels:
        return f"<#{channels[name]}|{name}>"
    return found[0]
