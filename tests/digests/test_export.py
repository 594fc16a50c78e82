"""A whole export: only what is public is opened, and no odd file is fatal."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bot.digests.export import Export, Skipped
from bot.digests.files import Files
from bot.errors import Problem
from tests.digests.an_export import CHANNELS, message, opened, pack, write

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
ONE = message("2026-11-17 09:00", "UADA", "we can't release on Fridays")
TWO = message("2026-11-18 09:00", "UBO", "no budget for that")

PRIVATE = {
    "groups.json": [{"id": "G1", "name": "secret"}],
    "dms.json": [{"id": "D1", "members": ["UADA", "UBO"]}],
    "mpims.json": [{"id": "G2", "name": "mpdm-ada--bo-1"}],
    "secret/2026-11-17.json": [message("2026-11-17 09:00", "UADA", "private")],
    "D1/2026-11-17.json": [message("2026-11-17 09:00", "UADA", "private")],
    "mpdm-ada--bo-1/2026-11-17.json": [message("2026-11-17 09:00", "UADA", "private")],
}


def words(export: Export, channel: str = "general") -> list[str | None]:
    return [said.text for said in export.said(channel, FIRST, LAST)]


class Watched:
    """Files that remember what was asked of them."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.asked: set[str] = set()

    def names(self, folder: str) -> list[str]:
        self.asked.add(folder)
        return self.files.names(folder)

    def read(self, name: str, largest: int | None = None) -> bytes:
        self.asked.add(name)
        return self.files.read(name, largest)


@pytest.mark.parametrize(
    "shape",
    [
        lambda root: root,
        lambda root: root.parent,
        lambda root: pack(root, root.parent / "flat.zip"),
        lambda root: pack(root, root.parent / "topped.zip", "Our Team Slack export/"),
    ],
    ids=["folder", "folder with a top folder", "zip", "zip with a top folder"],
)
def test_every_shape_of_an_export_reads_the_same(tmp_path: Path, shape: Callable[[Path], Path]) -> None:
    root = write(tmp_path / "export", {"general/2026-11-17.json": [ONE], "general/2026-11-18.json": [TWO]})
    with opened(shape(root)) as export:
        assert export.channels == ("general", "releases")
        assert export.days("general") == [date(2026, 11, 17), date(2026, 11, 18)]
        assert words(export) == ["we can't release on Fridays", "no budget for that"]
        assert export.skipped == []


def test_the_private_lists_and_folders_are_never_opened(tmp_path: Path) -> None:
    channels = [*CHANNELS, {"id": "C9", "name": "secret", "is_private": True}]
    root = write(tmp_path, {**PRIVATE, "channels.json": channels, "general/2026-11-17.json": [ONE]})
    with opened(root) as export:
        watched = Watched(export._files)  # noqa: SLF001 - what it asks of the files is what is shown here
    export = Export(watched)
    assert [words(export, channel) for channel in export.channels] == [["we can't release on Fridays"], []]
    assert watched.asked == {
        "",
        "users.json",
        "channels.json",
        "general",
        "releases",
        "general/2026-11-17.json",
    }
    assert export.skipped == []


def test_odd_files_are_named_and_skipped_and_the_rest_is_read(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "general/2026-11-10.json": b'[{"type": "message"',
            "general/2026-11-11.json": b'[{"text": "caf\xe9"}]',
            "general/2026-11-12.json": {"not": "a list"},
            "general/2026-11-13.json": b"",
            "general/2026-11-14.json": b"[" * 100_000,
            "general/2026-11-17.json": b"\xef\xbb\xbf[" + b",".join([b"null", b"7", b"[]"]) + b"]",
            "general/2026-11-18.json": [{**TWO, "attachments": None}],
            "general/2026-13-45.json": [ONE],
            "general/canvas_in_the_conversation.json": {},
            "general/\x1b[31mred.json": [],
        },
    )
    (root / "general" / "2026-11-19.json").mkdir()
    (root / "general" / "2026-11-20.json").symlink_to("/etc/hostname")
    with opened(root) as export:
        assert words(export) == ["no budget for that"]
    why = {one.file: one.why for one in export.skipped}
    broken = "broken JSON, or not UTF-8"
    assert why == {
        "general/2026-11-10.json": broken,
        "general/2026-11-11.json": broken,
        "general/2026-11-12.json": "no list of entries",
        "general/2026-11-13.json": broken,
        "general/2026-11-14.json": broken,
        "general/2026-11-19.json": "no regular file, and links are not followed",
        "general/2026-11-20.json": "no regular file, and links are not followed",
        "general/2026-13-45.json": "no day's messages",
        "general/canvas_in_the_conversation.json": "no day's messages",
        "general/?[31mred.json": "no day's messages",
    }
    assert export.passed_over == {"an entry that is no message": 3}


def test_what_is_passed_over_is_counted_by_kind_with_an_end(tmp_path: Path) -> None:
    entries = [{**ONE, "subtype": f"kind-{number}"} for number in range(200)]
    with opened(write(tmp_path, {"general/2026-11-17.json": [*entries, ONE]})) as export:
        assert words(export) == ["we can't release on Fridays"]
        assert len(export.passed_over) == 101
        assert export.passed_over["other"] == 100


def test_only_the_days_asked_for_are_opened(tmp_path: Path) -> None:
    root = write(tmp_path, {"general/2026-10-31.json": b"broken", "general/2026-11-17.json": [ONE]})
    read = []
    with opened(root) as export:
        said = list(export.said("general", FIRST, LAST, lambda: read.append(1)))
    assert (len(said), len(read), export.skipped) == (1, 1, [])


def test_without_readable_users_everybody_counts_and_the_file_is_named(tmp_path: Path) -> None:
    bot = message("2026-11-17 09:00", "UBOT", "deployed")
    with opened(write(tmp_path, {"users.json": b"{", "general/2026-11-17.json": [ONE, bot]})) as export:
        assert len(words(export)) == 2
        assert export.skipped == [Skipped("users.json", "broken JSON, or not UTF-8")]


@pytest.mark.parametrize(
    ("channels", "hint"),
    [
        (b"{", "no public channel"),
        ([], "no public channel"),
        ([None, 7, {"id": "C1"}, {"name": 5}], "no public channel"),
        ([{"id": "G1", "name": "secret", "is_private": True}], "no public channel"),
        ([{"id": "C1", "name": ".."}, {"id": "C2", "name": "a/b"}], "no public channel"),
    ],
)
def test_without_public_channels_there_is_nothing_to_read(tmp_path: Path, channels: object, hint: str) -> None:
    with pytest.raises(Problem, match=hint), opened(write(tmp_path, {"channels.json": channels})):
        pass


def test_a_folder_that_is_no_export_is_a_problem(tmp_path: Path) -> None:
    with (
        pytest.raises(Problem, match=r"no channels\.json here"),
        opened(write(tmp_path, PRIVATE, lists=False)),
    ):
        pass


def test_two_exports_side_by_side_are_none(tmp_path: Path) -> None:
    for name in ("first", "second"):
        write(tmp_path / name, {})
    with pytest.raises(Problem, match=r"no channels\.json here"), opened(tmp_path):
        pass


def test_a_folder_whose_accents_stand_apart_is_the_channels(tmp_path: Path) -> None:
    composed, apart = "caf\N{LATIN SMALL LETTER E WITH ACUTE}", "cafe\N{COMBINING ACUTE ACCENT}"
    root = write(tmp_path, {"channels.json": [{"id": "C1", "name": composed}], f"{apart}/2026-11-17.json": [ONE]})
    with opened(root) as export:
        assert words(export, composed) == ["we can't release on Fridays"]
        assert export.speaks(composed, date(2026, 11, 17))


@pytest.mark.parametrize("wanted", ["general", "#general", " general ", "C1"])
def test_a_channel_by_its_name_or_id(tmp_path: Path, wanted: str) -> None:
    with opened(write(tmp_path, {})) as export:
        assert export.channel(wanted) == "general"


@pytest.mark.parametrize(
    ("wanted", "hint"), [("genral", "Did you mean general"), ("zzz", "Leave --channel out"), ("", "Leave")]
)
def test_an_unknown_channel_is_a_problem(tmp_path: Path, wanted: str, hint: str) -> None:
    with opened(write(tmp_path, {})) as export, pytest.raises(Problem, match=hint):
        export.channel(wanted)
