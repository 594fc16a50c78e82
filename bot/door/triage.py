"""Most events are chatter that is nobody's business: told by their bytes, or at a glance at what was parsed. Pure.

It is said only of what would change nothing if it were taken in; whatever looks odd is left to the full check.
"""

from collections.abc import Mapping
from typing import Any

from bot.replies.arrive import SAID


def is_chatter_unparsed(body: bytes) -> bool:
    """Say whether a body holds a plain new message outside of threads: nearly all chatter, known without parsing.

    A key that is in a body stands among its bytes between quotes, unless a backslash hides a letter; and no other event
    that we take holds a message. Slack writes no blanks between its keys and values: with some, a body is parsed.
    """
    return (
        b'"type":"message"' in body
        and b'"thread_ts"' not in body
        and b'"subtype"' not in body  # edits and deletions have one
        and b'"metadata"' not in body  # what we said ourselves has some
        and b'"edited"' not in body
        and b"\\" not in body
    )


def is_chatter(event: Mapping[str, Any]) -> bool:
    """Say whether a `message` is no reply, edit or deletion of a person's, and no echo of a posting of ours."""
    subtype = event.get("subtype")
    if "metadata" in event or subtype == "message_deleted":
        return False
    if subtype == "message_changed":
        return _is_nothing_new(event.get("message"))
    return _is_nothing_new(event) if subtype in SAID else True


def _is_nothing_new(message: object) -> bool:
    """Say whether a message stands outside of any thread and was never edited, or was written by no person."""
    if not isinstance(message, Mapping) or message.get("subtype") == "tombstone":
        return False
    if message.get("edited") is None and message.get("thread_ts") in (None, message.get("ts")):
        return True
    return bool(message.get("bot_id")) or not message.get("user") or message.get("subtype") not in SAID


def edited(event: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return what a `message` says anew that somebody edited, where it is that."""
    message = event.get("message")
    is_edit = event.get("type") == "message" and event.get("subtype") == "message_changed" and "metadata" not in event
    return message if is_edit and isinstance(message, Mapping) and message.get("subtype") in SAID else None
