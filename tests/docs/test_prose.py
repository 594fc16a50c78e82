"""Pages for people hold no gap that somebody meant to fill later."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]
FENCED = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?^ {0,3}\1", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(`+).*?\1", re.DOTALL)
PLACEHOLDER = re.compile(r"\{\w+\}|\b(?:TODO|FIXME|XXX|FRESH)\b")


def gaps(text: str) -> list[str]:
    """Return what was left to be filled in; code, which may hold braces, is none of it."""
    return PLACEHOLDER.findall(CODE.sub("", FENCED.sub("", text)))


def test_a_gap_is_told_from_code() -> None:
    assert gaps("On {count} sentences; TODO.\n\n```toml\nx = {y}\n```\n\nthen {date}") == ["{count}", "TODO", "{date}"]
    assert gaps("`{label}` stands for it, and a freshly made one.") == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_has_a_gap(page: Path) -> None:
    assert gaps(page.read_text(encoding="utf-8")) == []
