"""How text that a person types goes over the wire: Slack's client escapes it and resolves names. Pure."""

import re
from collections.abc import Mapping

_KNOWN = re.compile(
    r"(?P<address>https?://[^\s<>|]+)|(?P<loud>@(?:channel|here|everyone)\b)|(?<![\w@])(?P<sign>[@#])(?P<name>[\w.-]*\w)"
)
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
    return _KNOWN.sub(lambda found: _resolved(found, people, channels), text)


def _resolved(found: re.Match[str], people: Mapping[str, str], channels: Mapping[str, str]) -> str:
    if found["address"]:
        return f"<{found[0]}>"
    if found["loud"]:
        return f"<!{found[0][1:]}>"
    name = found["name"]
    if found["sign"] == "@" and name in people:
        return f"<@{people[name]}>"
    if found["sign"] == "#" and name in channels:
        return f"<#{channels[name]}|{name}>"
    return found[0]
