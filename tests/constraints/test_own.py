from pathlib import Path

import pytest

from bot.constraints.own import OwnLanguage
from bot.errors import Problem

WHOLE = """
mute = ["open the cabinet"]

[phrases]
permission = ["the bishop frowns (on | upon)"]

[concepts]
change-board = ["the tuesday round"]
"""


def own(folder: Path, text: str) -> OwnLanguage:
    path = folder / "own.toml"
    path.write_text(text, encoding="utf-8")
    return OwnLanguage.read(path)


def test_a_file_adds_phrases_mutes_others_and_names_concepts(tmp_path: Path) -> None:
    ours = own(tmp_path, WHOLE)
    (found,) = ours.detector().read("Sadly the bishop frowns upon bells").findings
    assert (found.kind, found.rule) == ("permission", "own-phrase")
    assert not ours.detector().read("We are not allowed to open the cabinet.").findings
    themes = ours.themes()
    assert themes.parts("everything waits for the tuesday round").gates == ("change-board",)


def test_without_a_file_there_is_nothing_of_ones_own() -> None:
    assert OwnLanguage.read(None) == OwnLanguage()


@pytest.mark.parametrize(("text", "part"), [
    ("[phrases", "cannot be read"),
    ("[wishes]", "it may have [phrases], [concepts] and mute"),
    ("phrases = 3", "phrases: must be a table"),
    ("[phrases]\npermission = 'no'", "phrases.permission: must be a list"),
    ("mute = [3]", "mute: must be a list"),
])  # fmt: skip
def test_a_file_of_another_shape_is_named_with_its_place(tmp_path: Path, text: str, part: str) -> None:
    with pytest.raises(Problem) as caught:
        own(tmp_path, text)
    assert part in str(caught.value)
    assert "own.toml" in str(caught.value)


def test_a_missing_file_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="cannot be read"):
        OwnLanguage.read(tmp_path / "none.toml")
