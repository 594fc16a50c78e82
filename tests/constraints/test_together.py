import random
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.constraints import together
from bot.constraints.cues import POLARITIES
from bot.constraints.kinds import KINDS
from bot.constraints.themes import Parts, load_themes
from bot.constraints.together import gather_together

HERE = Path(__file__).parent
GROUPS = [group["say"] for group in tomllib.loads((HERE / "paraphrases.toml").read_text("utf-8")).values()]
THEMES = load_themes()

some_parts = st.builds(
    Parts,
    kind=st.sampled_from(KINDS),
    polarity=st.sampled_from(POLARITIES),
    limit=st.sampled_from(["", "money", "time"]),
    objects=st.lists(st.sampled_from(["releases", "training", "tools", "hiring"]), max_size=2).map(tuple),
)


def together_with(texts: list[str]) -> dict[str, frozenset[str]]:
    """Each text with those that share its theme."""
    ids = gather_together(THEMES, [THEMES.parts(text) for text in texts])
    return {
        text: frozenset(other for other, found in zip(texts, ids, strict=True) if found == theme)
        for text, theme in zip(texts, ids, strict=True)
    }


def test_nothing_makes_no_theme() -> None:
    assert gather_together(THEMES, []) == []


def test_themes_are_numbered_by_their_first_statement() -> None:
    texts = ["no money for courses", "no releases on Fridays", "the training budget is gone", "no Friday releases"]
    assert gather_together(THEMES, [THEMES.parts(text) for text in texts]) == ["t1", "t2", "t1", "t2"]


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_the_lines_does_not_matter(seed: int) -> None:
    texts = [text for group in GROUPS for text in group]
    shuffled = random.Random(seed).sample(texts, len(texts))  # noqa: S311 - an order, no secret
    one, other = together_with(texts), together_with(shuffled)
    moved = sum(one[text] != other[text] for text in texts)
    # Two that are equally near are taken by their place.
    assert moved <= 0.05 * len(texts)


@given(st.lists(some_parts, max_size=10))
@settings(max_examples=50)
def test_opposites_are_never_one(statements: list[Parts]) -> None:
    ids = gather_together(THEMES, statements)
    for theme in set(ids):
        said = {one.polarity for one, found in zip(statements, ids, strict=True) if found == theme}
        assert not {"must", "must-not"} <= said


@given(st.lists(some_parts, min_size=1, max_size=8))
@settings(max_examples=50)
def test_every_statement_gets_a_theme_and_always_the_same(statements: list[Parts]) -> None:
    ids = gather_together(THEMES, statements)
    assert len(ids) == len(statements)
    assert set(ids) == {f"t{number}" for number in range(1, len(set(ids)) + 1)}
    assert ids == gather_together(THEMES, statements)


def test_the_later_lines_of_a_long_file_join_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "AT_ONCE", 2)
    texts = ["no money for courses", "no releases on Fridays", "the training budget is gone", "hiring is frozen"]
    assert gather_together(THEMES, [THEMES.parts(text) for text in texts]) == ["t1", "t2", "t1", "t3"]


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group[0])
def test_paraphrases_stay_mostly_together(group: list[str]) -> None:
    ids = gather_together(THEMES, [THEMES.parts(text) for text in group])
    assert ids.count("t1") >= len(group) / 2
