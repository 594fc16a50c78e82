"""The page for people who write packs tells the truth."""

import re
from pathlib import Path

from bot.prompts import KINDS, LENSES, read_packs
from bot.prompts.reading import TABLES

PAGE = (Path(__file__).parents[2] / "docs" / "writing-prompts.md").read_text(encoding="utf-8")


def test_the_example_is_a_good_pack(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "example.toml").write_text(example, encoding="utf-8")
    assert read_packs([tmp_path]).prompts[0].id == "observe-queue-empty"


def test_every_lens_and_kind_is_named() -> None:
    assert all(f"`{name}`" in PAGE for name in (*LENSES, *KINDS))


def test_every_entry_and_key_is_explained() -> None:
    for table, (_, keys) in TABLES.items():
        assert f"[[{table}]]" in PAGE
        assert all(f"`{key}`" in PAGE for key in keys)
