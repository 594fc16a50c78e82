"""Most events are channel chatter: bytes that hold none of these words cannot be any business of ours.

Slack writes its keys and event types in plain ASCII. An escape that could hide a letter (backslash, "u00") makes
the body worth parsing, so nothing is missed whatever writes it.
"""

import re2

from bot.postings import METADATA

_WORDS = (
    "thread_ts",  # a reply, its edit, its deletion
    '"edited"',  # a message outside of threads, which its author may have let count
    "deleted_ts",
    "tombstone",
    METADATA,  # what we said ourselves
    "member_joined_channel",
    "channel_id_changed",
    "app_home_opened",
    "channel_archive",
    "channel_shared",
    "channel_unshared",
    "channel_unarchive",
    "group_unarchive",
    "group_archive",
    "channel_deleted",
    "group_deleted",
    "channel_left",
    "group_left",
    "app_uninstalled",
    "tokens_revoked",
    "url_verification",
    r"\\u00[2-7]",
)
_OURS = re2.compile("|".join(_WORDS).encode())


def may_concern_us(body: bytes) -> bool:
    """Say whether a body is worth parsing; False only for an event that cannot be ours."""
    return b'"event_callback"' not in body or _OURS.search(body) is not None
