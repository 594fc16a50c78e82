"""A folder or a zip, read one file at a time: nothing is unpacked to disk, followed, or read without end.

What cannot be read raises `Unreadable` with the reason, so that one odd file costs no more than itself.
"""

import stat
import struct
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Protocol

from bot.errors import Problem

LARGEST_FILE = 64 * 2**20
"""Bytes of one file: fifty times the busiest day of a large channel; it bounds what a hostile file costs."""
LARGEST_RATIO = 200
"""Unpacked to packed size of a file; exports shrink to a tenth, only what is made to harm to a thousandth."""
_SMALL = 2**20  # bytes that do no harm at any ratio
_SAYS_UTF_8 = 0x800
_PACKED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
# All that zipfile raises for a damaged or encrypted entry.
_DAMAGED = (OSError, RuntimeError, ValueError, EOFError, struct.error, zipfile.BadZipFile, zlib.error)


class Unreadable(Exception):  # noqa: N818 - it is a reason to skip a file, not an error of ours
    """One file is skipped; `str()` says why, to go after the file's name."""


class Files(Protocol):
    """A tree of files, addressed by names with `/` between their parts."""

    def names(self, folder: str) -> list[str]:
        """Return the sorted names in a folder ('' is the top); none where there is no such folder.

        Raises `Unreadable`.
        """

    def read(self, name: str, largest: int | None = None) -> bytes:
        """Return a file's bytes. Raises `Unreadable`, also when it has more than `largest` bytes."""


@contextmanager
def open_files(path: Path) -> Iterator[Files]:
    """Open a folder or a zip. Raises `Problem` where there is neither."""
    if path.is_dir():
        yield _Folder(path)
        return
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise Problem(f"There is no folder or zip at {path}.") from None
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        raise Problem(f"{path} is neither a folder nor a zip that can be read.") from None
    with archive:
        yield _Archive(archive)


class _Folder:
    """A folder on disk; links in it are not followed: they could lead out of it, or to what is private."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def names(self, folder: str) -> list[str]:
        path = self._root / folder
        try:
            mode = path.lstat().st_mode
            if folder and stat.S_ISLNK(mode):
                raise Unreadable("a link, and links are not followed")
            return sorted(entry.name for entry in path.iterdir()) if path.is_dir() else []
        except FileNotFoundError:
            return []
        except OSError as error:
            raise Unreadable(_why(error)) from None

    def read(self, name: str, largest: int | None = None) -> bytes:
        path = self._root / name
        try:
            facts = path.lstat()
            if not stat.S_ISREG(facts.st_mode):
                raise Unreadable("no regular file, and links are not followed")
            _check_size(facts.st_size, largest)
            return path.read_bytes()
        except OSError as error:
            raise Unreadable(_why(error)) from None


class _Archive:
    """A zip; its list of files is read once, its files are unpacked in memory one at a time."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._folders: defaultdict[str, dict[str, zipfile.ZipInfo | None]] = defaultdict(dict)
        for entry in archive.infolist():
            if entry.filename:
                self._add(entry)

    def _add(self, entry: zipfile.ZipInfo) -> None:
        *folders, name = PurePosixPath(_name_of(entry)).parts or (".",)
        for depth, folder in enumerate(folders):
            self._folders["/".join(folders[:depth])].setdefault(folder, None)
        self._folders["/".join(folders)][name] = None if entry.is_dir() else entry

    def names(self, folder: str) -> list[str]:
        return sorted(self._folders.get(folder, ()))

    def read(self, name: str, largest: int | None = None) -> bytes:
        folder, _, last = name.rpartition("/")
        entry = self._folders.get(folder, {}).get(last)
        if entry is None:
            raise Unreadable("no file")
        _check_size(entry.file_size, largest)
        if entry.file_size > _SMALL and entry.file_size > LARGEST_RATIO * entry.compress_size:
            raise Unreadable("packed far too tightly for an export")
        if entry.compress_type not in _PACKED:
            raise Unreadable("packed in a way that exports are not")
        try:
            with self._archive.open(entry) as packed:
                return packed.read(entry.file_size)
        except _DAMAGED as error:
            raise Unreadable(_why(error)) from None


def _name_of(entry: zipfile.ZipInfo) -> str:
    """Return an entry's name; many packers write UTF-8 without saying so, which Python then reads as CP437."""
    if entry.flag_bits & _SAYS_UTF_8:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode()
    except UnicodeError:
        return entry.filename


def _check_size(size: int, largest: int | None) -> None:
    if size > (largest or LARGEST_FILE):
        raise Unreadable(f"larger than {(largest or LARGEST_FILE) // 2**20} MiB")


def _why(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__
