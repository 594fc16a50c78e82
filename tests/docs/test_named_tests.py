"""A page that says which test holds a claim names tests that there are."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(ROOT.glob("docs/*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_and_script_that_a_page_names_is_there(page: Path) -> None:
    named = set(re.findall(r"tests/[\w/]+(?:\.py|/)?", page.read_text(encoding="utf-8")))
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_the_claims_about_security_name_some() -> None:
    assert len(set(re.findall(r"tests/[\w/]+\.py", (ROOT / "docs/security.md").read_text(encoding="utf-8")))) >= 10
