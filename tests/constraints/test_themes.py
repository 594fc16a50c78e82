import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.constraints.cues import POLARITIES
from bot.constraints.kinds import KINDS
from bot.constraints.themes import Known, Parts, Themes, gather, load_themes

HERE = Path(__file__).parent
PARAPHRASES = {
    name: group["say"] for name, group in tomllib.loads((HERE / "paraphrases.toml").read_text("utf-8")).items()
}
APART = [tuple(pair) for pair in tomllib.loads((HERE / "apart.toml").read_text("utf-8"))["pairs"]]
THEMES = load_themes()
ONCE_MORE = load_themes()
CONCEPTS = sorted(THEMES.thesaurus.concepts)

some_concepts = st.lists(st.sampled_from(CONCEPTS), max_size=4).map(tuple)
some_parts = st.builds(
    Parts,
    kind=st.sampled_from(KINDS),
    polarity=st.sampled_from(POLARITIES),
    actor=st.sampled_from(["", "developers", "teams"]),
    limit=st.sampled_from(["", "money", "time", "approval"]),
    gates=some_concepts,
    objects=some_concepts,
    words=st.lists(st.sampled_from(["widget", "gadget", "gizmo"]), max_size=2).map(tuple),
)


def theme_ids(texts: Sequence[str], themes: Themes = THEMES) -> list[str]:
    return list(gather(themes, [themes.parts(text) for text in texts]))


def test_the_tests_bring_enough_groups_and_pairs() -> None:
    assert len(PARAPHRASES) >= 25
    assert len(APART) >= 40


def test_most_paraphrases_join() -> None:
    together = sum(theme_ids(say).count("t1") for say in PARAPHRASES.values())
    # People must be able to join the rest by hand; below this share they would do little else.
    assert together / sum(map(len, PARAPHRASES.values())) >= 0.9


def test_one_channel_with_all_groups_keeps_most_of_them_apart() -> None:
    ids = theme_ids([text for say in PARAPHRASES.values() for text in say])
    names = [name for name, say in PARAPHRASES.items() for _ in say]
    mixed = sum(len({name for name, other in zip(names, ids, strict=True) if other == theme}) > 1 for theme in set(ids))
    assert mixed <= 0.12 * len(PARAPHRASES)


@pytest.mark.parametrize(("one", "other"), APART)
def test_look_alikes_stay_apart(one: str, other: str) -> None:
    assert theme_ids([one, other]) == ["t1", "t2"]


@given(st.text(max_size=200))
def test_every_line_gets_a_theme(text: str) -> None:
    assert theme_ids([text]) == ["t1"]


@given(st.text(max_size=200))
def test_a_statement_said_again_joins_its_theme(text: str) -> None:
    assert theme_ids([text, text]) == ["t1", "t1"]


@given(some_parts, st.lists(some_parts, max_size=3))
def test_a_statement_joins_a_theme_that_holds_it(parts: Parts, others: list[Parts]) -> None:
    merged = Known("merged", (*others, parts))
    assert THEMES.join(parts, [merged]) == "merged"


@given(some_parts)
def test_must_and_must_not_never_join(parts: Parts) -> None:
    must, must_not = replace(parts, polarity="must"), replace(parts, polarity="must-not")
    assert THEMES.join(must, [Known("t1", (must_not,))]) is None
    assert THEMES.join(must_not, [Known("t1", (replace(parts, polarity="either"), must))]) is None


@pytest.mark.parametrize("concept", CONCEPTS)
def test_must_and_must_not_never_join_whatever_they_speak_of(concept: str) -> None:
    name = THEMES.thesaurus.concepts[concept].name
    assert len(set(theme_ids([f"we must have {name}", f"we must not have {name}"]))) == (
        1 if THEMES.parts(f"we must have {name}").polarity == "either" else 2
    )


@given(some_parts, st.lists(some_parts, min_size=1, max_size=5), st.randoms())
def test_the_order_in_which_themes_are_known_does_not_matter(parts: Parts, others: list[Parts], random: object) -> None:
    known = [Known(f"t{number}", (other,)) for number, other in enumerate(others)]
    shuffled = list(known)
    random.shuffle(shuffled)  # type: ignore[attr-defined] # Hypothesis types no Random
    assert THEMES.join(parts, known) == THEMES.join(parts, shuffled)


def test_equally_near_themes_are_taken_by_id() -> None:
    parts = THEMES.parts("no releases on Fridays")
    assert THEMES.join(parts, [Known("b", (parts,)), Known("a", (parts,))]) == "a"


def test_a_theme_without_members_attracts_nothing() -> None:
    assert THEMES.join(THEMES.parts("no releases on Fridays"), [Known("a", ())]) is None


@given(st.lists(some_parts, max_size=12))
@settings(max_examples=30)
def test_the_same_statements_get_the_same_themes(statements: list[Parts]) -> None:
    assert list(gather(THEMES, statements)) == list(gather(ONCE_MORE, statements))


@given(st.lists(some_parts, min_size=1, max_size=8), some_parts)
def test_a_later_statement_moves_no_earlier_one(statements: list[Parts], later: Parts) -> None:
    assert list(gather(THEMES, [*statements, later]))[:-1] == list(gather(THEMES, statements))


def test_themes_that_people_merged_attract_both_wordings() -> None:
    one, other = THEMES.parts("legal won't let us use AI"), THEMES.parts("our widgets stay in the drawer")
    merged = Known("merged", (one, other))
    assert THEMES.join(THEMES.parts("AI assistants need a yes from the lawyers"), [merged]) == "merged"
    assert THEMES.join(THEMES.parts("nobody opens the drawer with the widgets"), [merged]) == "merged"


def test_people_may_merge_what_the_rules_keep_apart() -> None:
    must, must_not = THEMES.parts("we must use the cloud"), THEMES.parts("we must not use the cloud")
    merged = Known("merged", (must, must_not))
    assert {THEMES.join(must, [merged]), THEMES.join(must_not, [merged])} == {"merged"}


def test_a_kind_from_outside_is_kept() -> None:
    assert THEMES.parts("we have no time", "precedent").kind == "precedent"


def test_a_workspace_teaches_its_own_words() -> None:
    taught = load_themes({"frobnication": ["frob", "frobnicate"], "change-board": ["the tuesday round"]})
    assert theme_ids(["no time to frobnicate", "we never get the time to frob things"], taught) == [
        "t1",
        "t1",
    ]
    assert taught.parts("ask the tuesday round").gates == ("change-board",)
    assert taught.version != THEMES.version


def test_the_version_is_that_of_the_data() -> None:
    assert load_themes().version == THEMES.version


def test_another_process_gives_the_same_themes() -> None:
    """Python's string hashes differ from process to process; themes must not."""
    script = (
        "import tomllib, pathlib\n"
        "from bot.constraints.themes import gather, load_themes\n"
        f"groups = tomllib.loads(pathlib.Path({str(HERE / 'paraphrases.toml')!r}).read_text('utf-8'))\n"
        "themes = load_themes()\n"
        "parts = [themes.parts(text) for group in groups.values() for text in group['say']]\n"
        "print(*gather(themes, parts), themes.label(parts))\n"
    )
    runs = {
        subprocess.run(  # noqa: S603 - our own script and interpreter
            [sys.executable, "-c", script], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1
