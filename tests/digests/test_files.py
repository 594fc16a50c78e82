"""A folder and a zip give the same; what is odd is unreadable and harms nothing."""

import os
import stat
import zipfile
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from bot.digests.files import LARGEST_FILE, Unreadable, open_files
from bot.errors import Problem
from tests.digests.an_export import pack


@pytest.fixture(params=["folder", "zip"])
def tree(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    (root / "inner" / "deep").mkdir(parents=True)
    (root / "one.json").write_bytes(b"[1]")
    (root / "inner" / "two.json").write_bytes(b"[2]")
    return root if request.param == "folder" else pack(root, tmp_path / "tree.zip")


def test_names_and_bytes(tree: Path) -> None:
    with open_files(tree) as files:
        assert files.names("") == ["inner", "one.json"]
        assert files.names("inner") == ["deep", "two.json"]
        assert files.names("nowhere") == []
        assert files.names("one.json") == []
        assert files.read("inner/two.json") == b"[2]"


@pytest.mark.parametrize("says_utf_8", [True, False])
def test_names_in_a_zip_are_utf_8_whether_it_says_so_or_not(tmp_path: Path, *, says_utf_8: bool) -> None:
    packed = tmp_path / "packed.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("caf\N{LATIN SMALL LETTER E WITH ACUTE}/one.json", b"[1]")
    if not says_utf_8:
        unsaid = bytearray(packed.read_bytes())
        for header, flags in ((b"PK\x03\x04", 7), (b"PK\x01\x02", 9)):
            unsaid[unsaid.index(header) + flags] &= ~0x08
        packed.write_bytes(unsaid)
    with open_files(packed) as files:
        assert files.read("caf\N{LATIN SMALL LETTER E WITH ACUTE}/one.json") == b"[1]"


@pytest.mark.parametrize("name", ["inner", "nowhere.json", "inner/nowhere.json"])
def test_what_is_no_file_is_unreadable(tree: Path, name: str) -> None:
    with open_files(tree) as files, pytest.raises(Unreadable):
        files.read(name)


def test_a_file_beyond_the_limit_is_unreadable(tree: Path) -> None:
    with open_files(tree) as files, pytest.raises(Unreadable, match="larger than"):
        files.read("one.json", largest=2)


def test_a_huge_sparse_file_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.json").open("wb") as huge:
        huge.truncate(LARGEST_FILE + 1)
    with open_files(tmp_path) as files, pytest.raises(Unreadable, match="larger than 64 MiB"):
        files.read("huge.json")


def test_links_are_not_followed_wherever_they_lead(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    root = tmp_path / "root"
    (root / "private").mkdir(parents=True)
    outside.mkdir()
    for folder in (outside, root / "private"):
        (folder / "secret.json").write_bytes(b"[]")
    (root / "out").symlink_to(outside)
    (root / "in").symlink_to(root / "private")
    (root / "file.json").symlink_to(outside / "secret.json")
    (root / "loop").symlink_to(root / "loop")
    with open_files(root) as files:
        for link in ("out", "in", "loop"):
            with pytest.raises(Unreadable, match="links are not followed"):
                files.names(link)
        with pytest.raises(Unreadable, match="links are not followed"):
            files.read("file.json")


def test_a_pipe_does_not_make_the_reader_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "2026-11-17.json")
    with open_files(tmp_path) as files, pytest.raises(Unreadable, match="no regular file"):
        files.read("2026-11-17.json")


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.json", bytes(8 * 2**20))
    with open_files(bomb) as files, pytest.raises(Unreadable, match="packed far too tightly"):
        files.read("zeros.json")


def test_a_damaged_entry_is_unreadable_and_its_neighbours_are_not(tmp_path: Path) -> None:
    broken = tmp_path / "broken.zip"
    with zipfile.ZipFile(broken, "w") as archive:
        archive.writestr("bad.json", b"[11111111]")
        archive.writestr("good.json", b"[2]")
    broken.write_bytes(broken.read_bytes().replace(b"[11111111]", b"[99999999]"))
    with open_files(broken) as files:
        with pytest.raises(Unreadable, match="CRC"):
            files.read("bad.json")
        assert files.read("good.json") == b"[2]"


@pytest.mark.parametrize("seed", range(8))
def test_no_damage_to_a_zip_is_fatal(tmp_path: Path, seed: int) -> None:
    lots = Random(seed)  # noqa: S311 - chance, not secrecy
    whole = tmp_path / "whole.zip"
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(6):
            archive.writestr(f"inner/{number}.json", f"[{number}]" * 40)
    for _ in range(100):
        damaged = bytearray(whole.read_bytes())
        for _ in range(lots.choice([1, 2, 20])):
            damaged[lots.randrange(len(damaged))] = lots.randrange(256)
        read_all(tmp_path / "damaged.zip", bytes(damaged[: lots.choice([None, -30, 500])]))


def read_all(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with suppress(Problem), open_files(path) as files:
        for name in files.names("inner"):
            with suppress(Unreadable):
                files.read(f"inner/{name}")


def test_a_nameless_entry_is_no_file(tmp_path: Path) -> None:
    odd = tmp_path / "odd.zip"
    with zipfile.ZipFile(odd, "w") as archive:
        archive.writestr("x", b"[]")
    odd.write_bytes(odd.read_bytes().replace(b"x", b"\0"))
    with open_files(odd) as files:
        assert files.names("") == []


def test_entries_that_point_out_of_a_zip_are_never_reached(tmp_path: Path) -> None:
    sly = tmp_path / "sly.zip"
    link = zipfile.ZipInfo("link.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(sly, "w") as archive:
        archive.writestr("../up.json", b"[]")
        archive.writestr("/abs.json", b"[]")
        archive.writestr(link, b"/etc/hostname")
    with open_files(sly) as files:
        assert not {"up.json", "abs.json"} & set(files.names(""))
        assert files.read("link.json") == b"/etc/hostname"


@pytest.mark.parametrize("content", [None, b"", b"no zip", b"PK\x03\x04" + bytes(40)])
def test_what_is_neither_folder_nor_zip_is_a_problem(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "export.zip"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Problem, match=r"export\.zip"), open_files(path):
        pass
