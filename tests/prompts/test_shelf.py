from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.errors import Problem
from bot.prompts import OWN_PACKS
from bot.prompts.shelf import PackShelf

GOOD = """\
[[prompt]]
id = "ours-{0}"
question = "What about {0}?"
lens = "observe"
follow_up = "And?"
why = "To know."
"""


def test_a_changed_pack_is_read_anew(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(GOOD.format("one"), encoding="utf-8")
    shelf = PackShelf([tmp_path])
    first = shelf.packs()
    assert shelf.packs() is first
    (tmp_path / "b.toml").write_text(GOOD.format("two"), encoding="utf-8")
    assert [prompt.id for prompt in shelf.packs().prompts] == ["ours-one", "ours-two"]


def test_a_pack_that_breaks_leaves_the_last_good_one_and_says_so_until_it_is_mended(tmp_path: Path) -> None:
    pack = tmp_path / "a.toml"
    pack.write_text(GOOD.format("one"), encoding="utf-8")
    shelf = PackShelf([tmp_path])
    good = shelf.packs()
    pack.write_text("broken", encoding="utf-8")
    with capture_logs() as logs:
        assert [shelf.packs(), shelf.packs()] == [good, good]
    assert "a.toml:1" in str(shelf.problem)
    assert [(line["log_level"], line["mistake"]) for line in logs] == [("warning", str(shelf.problem))]
    pack.write_text(GOOD.format("three"), encoding="utf-8")
    assert [prompt.id for prompt in shelf.packs().prompts] == ["ours-three"]
    assert shelf.problem is None


def test_a_start_with_one_broken_folder_has_the_others(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.toml").write_text("broken", encoding="utf-8")
    (tmp_path / "good").mkdir()
    (tmp_path / "good" / "a.toml").write_text(GOOD.format("one"), encoding="utf-8")
    shelf = PackShelf([OWN_PACKS, tmp_path / "broken", tmp_path / "missing", tmp_path / "good"])
    assert shelf.packs().names() == ("opshat", "good")
    assert "broken/a.toml:1" in str(shelf.problem)
    assert "missing: there is no such folder" in str(shelf.problem)


def test_with_nothing_readable_at_all_the_problem_is_raised(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no such folder"):
        PackShelf([tmp_path / "missing"]).packs()
    with pytest.raises(Problem, match="No folder of prompts is given"):
        PackShelf([]).packs()
