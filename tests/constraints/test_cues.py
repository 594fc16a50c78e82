import shutil
from pathlib import Path

import pytest

from bot.constraints.cues import FILE, load_cues
from bot.constraints.stems import stems
from bot.constraints.themes import load_themes
from bot.constraints.thesaurus import CONCEPTS
from bot.errors import Problem

CUES = load_cues()
THEMES = load_themes()


@pytest.mark.parametrize(
    ("text", "polarity"),
    [
        ("we must use it", "must"),
        ("we have to use it", "must"),
        ("we can't use it", "must-not"),
        ("we cant use it", "must-not"),
        ("we can\u2019t use it", "must-not"),
        ("we can not use it", "must-not"),
        ("we aren't allowed to use it", "must-not"),
        ("we must never use it", "must-not"),
        ("we can't skip it", "must"),
        ("we have to avoid it", "must-not"),
        ("skipping it is not allowed", "must"),
        ("only they may use it", "either"),
        ("we can't use it without them", "either"),
        ("we must ask before we use it", "either"),
        ("we don't have to use it", "either"),
        ("no money for it", "either"),
        ("", "either"),
    ],
)
def test_polarity(text: str, polarity: str) -> None:
    assert CUES.polarity(stems(text)) == polarity


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("developers can't talk to customers", "customer-distance"),
        ("the squads have to be shielded from sales", "buffering"),
        ("everybody has to use the template", "conformance"),
        ("we're blocked on the other team", "dependence"),
        ("one committee decides on all designs", "central-ownership"),
        ("we're not mature enough for that", "immaturity"),
        ("that will never work here", "impossibility"),
        ("legal won't let us do that", "permission"),
        ("there's no budget for that", "scarcity"),
        ("we tried that in spring, it failed", "precedent"),
        ("there's no choice, the date has to be met", "obligation"),
        ("pancakes", "impossibility"),
    ],
)
def test_a_kind_is_guessed_for_every_line(text: str, kind: str) -> None:
    assert THEMES.parts(text).kind == kind


def broken(folder: Path, old: str, new: str) -> Path:
    shutil.copytree(CONCEPTS, folder, dirs_exist_ok=True)
    text = (folder / FILE).read_text("utf-8")
    assert old in text
    (folder / FILE).write_text(text.replace(old, new, 1), "utf-8")
    return folder


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        (
            "[kind.buffering]",
            "[kind.hovering]",
            r"\[kind.buffering\] is missing.*\[kind.hovering\] is none of",
        ),
        ("[polarity.turn]\nsay", "[polarity.turn]\nsays", r"\[polarity.turn\]: `say` is missing"),
        ("[ignore]", "[ignored]", r"\[ignore\]: `say` is missing"),
        ("[kind.buffering]", "[kind.buffering", r"cues.toml can't be read"),
    ],
)
def test_mistakes_in_the_cues_are_named(tmp_path: Path, old: str, new: str, mistake: str) -> None:
    with pytest.raises(Problem, match=mistake):
        load_cues(broken(tmp_path, old, new))
