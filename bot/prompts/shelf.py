"""The packs that a running bot asks from: renewed when a file changes, never lost when one breaks."""

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import structlog

from bot.errors import Problem
from bot.prompts.packs import Packs
from bot.prompts.reading import read_packs

log = structlog.get_logger()

_Stamp = tuple[tuple[str, int, int], ...]


class PackShelf:
    """Holds the last good packs of `folders`, the first of which is our own.

    `problem` is what is wrong with the files as they are now; None when all is well. It is logged once, when it
    is found: a broken pack stops no bot, for the others can be asked from.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)
        self._stamp: _Stamp | None = None
        self._packs: Packs | None = None
        self.problem: Problem | None = None

    def packs(self) -> Packs:
        """Return the packs, read anew if a file has changed since the last call (a few milliseconds).

        Raises `Problem` only if no folder has ever been readable.
        """
        stamp = _stamp(self._folders)
        if self._packs is None or stamp != self._stamp:
            self._packs, self._stamp = self._read(stamp), stamp
        return self._packs

    def _read(self, stamp: _Stamp) -> Packs:
        try:
            packs = _packs_as_of(self._folders, stamp)
        except Problem as problem:
            self.problem = problem
            last_good = self._packs or _readable(self._folders)
            if last_good is None:
                raise
            for mistake in str(problem).splitlines():
                log.warning("a pack is left out", mistake=mistake)
            return last_good
        self.problem = None
        return packs


@lru_cache(maxsize=8)
def _packs_as_of(folders: tuple[Path, ...], _: _Stamp) -> Packs:
    """Read packs once for a process and each state of their files: that takes a tenth of a second."""
    return read_packs(folders)


def _readable(folders: Sequence[Path]) -> Packs | None:
    """Read as many of `folders` as go together, earlier ones first: what a broken pack leaves at a start."""
    good: list[Path] = []
    packs: Packs | None = None
    for folder in folders:
        try:
            packs = read_packs([*good, folder])
        except Problem:
            continue
        good.append(folder)
    return packs


def _stamp(folders: Sequence[Path]) -> _Stamp:
    """Name, size and time of every pack file: changes whenever one is added, edited or removed."""
    return tuple(
        (str(path), status.st_mtime_ns, status.st_size)
        for folder in folders
        for path in sorted(folder.glob("*.toml"))
        for status in _status(path)
    )


def _status(path: Path) -> list[os.stat_result]:
    """Return the file's status, or nothing if it went away since it was listed, as editors' copies do."""
    try:
        return [path.stat()]
    except FileNotFoundError:
        return []
