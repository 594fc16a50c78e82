"""A standard Slack export, read in a stream: what people said in public channels, and nothing else.

`groups.json`, `dms.json`, `mpims.json` and every folder that `channels.json` does not list as public are
never opened. Whatever is odd is named in `Export.skipped` or counted in `Export.passed_over`, and is never
fatal; only without a readable `channels.json` nobody can tell what is public.
"""

import re
import unicodedata
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

import orjson

from bot.digests.files import Files, Unreadable
from bot.digests.messages import PassedOver, People, Said, read_message
from bot.errors import Problem

LARGEST_LIST = 512 * 2**20
"""Bytes of users.json and channels.json, which are one list for a whole workspace."""

STRAY = "no day's messages"
"""Why a file is skipped whose name says that nobody's words are in it."""

_TOP_FILE = "channels.json"
_PRIVATE = ("is_private", "is_group", "is_im", "is_mpim")
_KINDS = 100  # distinct kinds of passed-over entries that are told apart
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})\.json", re.ASCII)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was not read, and why."""

    file: str
    why: str


class Export:
    """One export: its public channels, their days and what was said on them.

    `skipped` names each file that could not be read so far; `passed_over` counts the entries that are nothing
    a person said, by kind. Raises `Problem` where the files are no Slack export.
    """

    def __init__(self, files: Files) -> None:
        self._skipped: dict[Skipped, None] = {}
        self.passed_over: Counter[str] = Counter()
        self._files = files
        self._top = self._find_top()
        self._folders = {_composed(name): name for name in self._names(self._top.rstrip("/"))}
        self._people = People.of(self._list("users.json", LARGEST_LIST))
        self._channels = self._public_channels()
        self._days = {name: self._list_days(name) for name in self._channels.values()}

    @property
    def skipped(self) -> list[Skipped]:
        """The files that were not read so far, each once."""
        return list(self._skipped)

    @property
    def span(self) -> tuple[date, date] | None:
        """The first and the last day of all public channels; None where there is no day."""
        days = [day for named in self._days.values() for day in named]
        return (min(days), max(days)) if days else None

    @property
    def channels(self) -> tuple[str, ...]:
        """The names of the public channels, sorted."""
        return tuple(sorted(self._days))

    def channel(self, wanted: str) -> str:
        """Return a public channel's name, from its name, #name or id. Raises `Problem` for others."""
        name = wanted.strip().removeprefix("#")
        name = self._channels.get(name, name)
        if name in self._days:
            return name
        near = get_close_matches(name[:80], self.channels, n=1)
        hint = f"Did you mean {near[0]}?" if near else "Leave --channel out to read all of them."
        raise Problem(f'There is no public channel "{printable(name)}" in this export. {hint}')

    def days(self, channel: str) -> list[date]:
        """Return the dates for which a channel has a file, sorted."""
        return self._days[channel]

    def said(
        self, channel: str, first: date, last: date, read_one: Callable[[], object] = lambda: None
    ) -> Iterator[Said]:
        """Yield what people said in a channel on days `first` to `last`, day by day as the files have it.

        A message that was edited or deleted comes again with the same ts: the last version counts.
        `read_one` is called after each file.
        """
        for day in self._days[channel]:
            if first <= day <= last:
                yield from self._messages(self._list(self._file(channel, day)))
                read_one()

    def speaks(self, channel: str, day: date) -> bool:
        """Say whether a person says anything in a day's file of a channel; nothing is counted."""
        return any(_is_spoken(entry, self._people) for entry in self._list(self._file(channel, day)))

    def _messages(self, entries: Iterable[object]) -> Iterator[Said]:
        for entry in entries:
            try:
                yield read_message(entry, self._people)
            except PassedOver as reason:
                kind = printable(str(reason))
                known = kind in self.passed_over or len(self.passed_over) < _KINDS
                self.passed_over[kind if known else "other"] += 1

    def _file(self, channel: str, day: date) -> str:
        return f"{self._folder(channel)}/{day.isoformat()}.json"

    def _find_top(self) -> str:
        names = self._names("")
        if _TOP_FILE in names:
            return ""
        tops = [name for name in names if name != "__MACOSX" and _TOP_FILE in self._names(name)]
        if len(tops) == 1:
            return f"{tops[0]}/"
        raise Problem(f"There is no {_TOP_FILE} here: give the folder or zip of a Slack export as it came.")

    def _names(self, folder: str) -> list[str]:
        try:
            return self._files.names(folder)
        except Unreadable as reason:
            self._skip(folder, reason)
            return []

    def _list(self, file: str, largest: int | None = None) -> list[Any]:
        """Return the list in a JSON file; where it is odd, nothing, and the file is among the skipped."""
        try:
            raw = self._files.read(self._top + file, largest)
            content = orjson.loads(raw.removeprefix(BOM_UTF8))
        except Unreadable as reason:
            self._skip(file, reason)
        except orjson.JSONDecodeError:
            self._skip(file, "broken JSON, or not UTF-8")
        else:
            if isinstance(content, list):
                return content
            self._skip(file, "no list of entries")
        return []

    def _skip(self, file: str, why: object) -> None:
        self._skipped[Skipped(printable(file), str(why))] = None

    def _public_channels(self) -> dict[str, str]:
        """Return id -> name of the public channels."""
        listed = self._list(_TOP_FILE, LARGEST_LIST)
        public = dict(named for named in map(self._public, listed) if named)
        if not public:
            raise Problem(f"{_TOP_FILE} lists no public channel that can be read.")
        return public

    def _public(self, channel: object) -> tuple[str, str] | None:
        name = channel.get("name") if isinstance(channel, dict) else None
        if not isinstance(channel, dict) or not isinstance(name, str):
            self._skip(_TOP_FILE, "an entry that is no channel")
        elif any(channel.get(private) for private in _PRIVATE):
            pass
        elif name in {"", ".", ".."} or set(name) & set("/\\\0"):
            self._skip(name, "no channel has such a name")
        else:
            return str(channel.get("id") or name), name
        return None

    def _folder(self, channel: str) -> str:
        """Return the name of a channel's folder; some machines take letters with accents apart."""
        return self._folders.get(_composed(channel), channel)

    def _list_days(self, channel: str) -> list[date]:
        days = []
        for name in self._names(self._top + self._folder(channel)):
            day = _date(name)
            if day:
                days.append(day)
            else:
                self._skip(f"{channel}/{name}", STRAY)
        return sorted(days)


def printable(name: str) -> str:
    """Return a stranger's name so that it can be shown: at most 80 letters, no control characters."""
    return "".join(letter if letter.isprintable() else "?" for letter in name[:80])


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _is_spoken(entry: object, people: People) -> bool:
    try:
        return read_message(entry, people).text is not None
    except PassedOver:
        return False


def _date(name: str) -> date | None:
    found = _DAY.fullmatch(name)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None
