import tomllib
from pathlib import Path

import pytest

from bot.constraints.themes import Known, Themes, gather, load_themes

PARAPHRASES = tomllib.loads((Path(__file__).parent / "paraphrases.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def themes() -> Themes:
    return load_themes()


def one_theme(themes: Themes, *texts: str) -> bool:
    return len(set(gather(themes, [themes.parts(text) for text in texts]))) == 1


def test_two_wordings_of_one_constraint_join(themes: Themes) -> None:
    assert one_theme(themes, "devs can't talk to users", "engineers aren't allowed to contact customers")


def test_a_statement_joins_itself(themes: Themes) -> None:
    parts = themes.parts("releases wait for the change board")
    assert themes.join(parts, [Known("t1", (parts,))]) == "t1"
