"""One entry of a day's messages in an export: what a person said, or the reason to pass it over. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.digests.rich_text import words_of
from bot.slack.markup import as_typed

LONGEST_TEXT = 40_000
"""Letters of a message; Slack cuts longer ones."""

_SPOKEN = {"", "thread_broadcast", "file_share", "file_comment", "me_message"}
_ERASED = {"tombstone", "message_deleted"}
_TS = re.compile(r"\d{9,10}(\.\d{1,6})?", re.ASCII)
_UPLOADED = re.compile(
    r"<@\w+(?:\|[^<>]*)?> (?:uploaded|shared) a (?:file|post): <[^<>]*>(?: and commented: )?", re.ASCII
)
"""How Slack once wrote an upload into a message; what follows are the person's own words."""


class PassedOver(Exception):  # noqa: N818 - most entries of some channels are; it is no error
    """An entry that counts as nothing; `str()` names its kind."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message in its latest version so far; `text` is None where it was deleted."""

    ts: str
    author: str
    text: str | None

    @property
    def at(self) -> datetime:
        """When it was written (aware UTC)."""
        return datetime.fromtimestamp(int(self.ts.partition(".")[0]), UTC)


@dataclass(slots=True)
class People:
    """Whose words are read: members; not bots, guests and people of other organisations."""

    not_read: dict[str, str] = field(default_factory=dict)
    members: set[str] = field(default_factory=set)
    teams: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, users: Iterable[object]) -> "People":
        """Return what a users.json tells. Where it tells nothing, only Slackbot can be told apart."""
        people = cls({"USLACKBOT": "bot"})
        for user in users:
            if isinstance(user, dict) and user.get("id") != "USLACKBOT":
                people._add(user)
        return people

    def _add(self, user: Mapping[str, Any]) -> None:
        why_not = _why_not(user)
        if why_not:
            self.not_read[str(user.get("id"))] = why_not
        else:
            self.members.add(str(user.get("id")))
            self.teams |= _teams(user)

    def check(self, author: str, teams: Iterable[object]) -> None:
        """Raise `PassedOver` for whoever is not read; `teams` is what the message says of its author."""
        if author in self.not_read:
            raise PassedOver(self.not_read[author])
        unknown = self.teams and author not in self.members
        if unknown and any(isinstance(team, str) and team not in self.teams for team in teams):
            raise PassedOver("another organisation")


def read_message(entry: object, people: People) -> Said:
    """Return what an entry says, or what it changed or deleted. Raises `PassedOver`."""
    if not isinstance(entry, dict) or entry.get("type", "message") != "message":
        raise PassedOver("an entry that is no message")
    kind = str(entry.get("subtype") or "")
    if kind == "message_changed":
        return _changed(entry.get("message"), people)
    if kind in _ERASED:
        return Said(_erased_ts(entry, kind), "", None)
    if kind not in _SPOKEN:
        raise PassedOver(kind)
    return _spoken(entry, people)


def _changed(message: object, people: People) -> Said:
    if isinstance(message, dict) and message.get("subtype") != "message_changed":
        return read_message(message, people)
    raise PassedOver("message_changed")


def _erased_ts(entry: Mapping[str, Any], kind: str) -> str:
    before = entry.get("previous_message")
    of = before.get("ts") if isinstance(before, dict) else None
    return _ts(entry.get("ts") if kind == "tombstone" else entry.get("deleted_ts") or of)


def _spoken(entry: Mapping[str, Any], people: People) -> Said:
    if entry.get("bot_id") or entry.get("bot_profile"):
        raise PassedOver("bot")
    author, text = _words(entry)
    if not isinstance(author, str) or not isinstance(text, str):
        raise PassedOver("a message without author or text")
    people.check(author, (entry.get("user_team"), entry.get("source_team")))
    if not text.strip():
        raise PassedOver("a message without words")
    if len(text) > LONGEST_TEXT:
        raise PassedOver("a message longer than Slack allows")
    return Said(_ts(entry.get("ts")), author, as_typed(text))


def _words(entry: Mapping[str, Any]) -> tuple[object, object]:
    comment, text = entry.get("comment"), entry.get("text")
    if entry.get("subtype") == "file_comment" and isinstance(comment, dict):
        return comment.get("user"), comment.get("comment")
    if entry.get("subtype") == "file_share" and isinstance(text, str):
        text = _UPLOADED.sub("", text, count=1)
    return entry.get("user"), text or words_of(entry.get("blocks")) or text


def _ts(ts: object) -> str:
    if isinstance(ts, int | float):  # as tools that rewrite exports leave it
        ts = f"{ts:.6f}"
    if isinstance(ts, str) and _TS.fullmatch(ts):
        return ts
    raise PassedOver("a message without a time")


def _why_not(user: Mapping[str, Any]) -> str | None:
    if user.get("is_bot") or user.get("is_workflow_bot"):
        return "bot"
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return "guest"
    return "another organisation" if user.get("is_stranger") else None


def _teams(user: Mapping[str, Any]) -> set[str]:
    grid = user.get("enterprise_user")
    named = [user.get("team_id")]
    if isinstance(grid, dict):
        teams = grid.get("teams")
        named += [grid.get("enterprise_id"), *(teams if isinstance(teams, list) else [])]
    return {team for team in named if isinstance(team, str)}
