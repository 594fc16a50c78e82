from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.constraints.stems import stems
from bot.constraints.thesaurus import FILES, Phrases, load_thesaurus
from bot.errors import Problem

THESAURUS = load_thesaurus({})


def found(text: str) -> list[str]:
    return [concept for hit in THESAURUS.phrases.longest(stems(text)) for concept in hit.ids]


def test_it_covers_the_vocabulary_of_an_organisation() -> None:
    assert len(THESAURUS.concepts) >= 200


def test_every_name_is_heard_as_something() -> None:
    deaf = [one.id for one in THESAURUS.concepts.values() if not found(one.name)]
    # Names that describe rather than quote; a longer list would mean that labels use words nobody says.
    assert len(deaf) <= 0.15 * len(THESAURUS.concepts)


def test_the_longest_phrase_wins() -> None:
    assert found("the change board") == ["change-board"]
    assert found("our test environment") == ["staging"]


def test_a_longer_phrase_wins_over_one_that_begins_earlier() -> None:
    phrases = Phrases()
    phrases.add("our test", "testing")
    phrases.add("test environment of sales", "staging")
    assert [hit.ids for hit in phrases.longest(stems("our test environment of sales"))] == [("staging",)]


def test_a_turn_of_phrase_speaks_of_nothing() -> None:
    assert found("every single time") == ["turns-of-phrase"]
    assert THESAURUS.part("turns-of-phrase") == "idiom"


def test_forms_of_a_word_are_one() -> None:
    assert found("deploying") == found("deployed") == found("deploys") == found("deploy") == ["releases"]


def test_a_gap_takes_up_to_three_words() -> None:
    phrases = Phrases()
    phrases.add("sign * off", "approval")
    assert [hit.ids for hit in phrases.all(stems("sign off"))] == [("approval",)]
    assert [hit.end for hit in phrases.all(stems("sign these three papers off"))] == [5]
    assert not list(phrases.all(stems("sign these three big papers off")))


@given(st.text(max_size=300))
def test_hits_lie_inside_the_text_and_never_overlap(text: str) -> None:
    words = stems(text)
    free = 0
    for hit in THESAURUS.phrases.longest(words):
        assert free <= hit.start < hit.end <= len(words)
        free = hit.end


@pytest.mark.parametrize(
    ("entry", "mistake"),
    [
        ('[tea]\nsay = "tea"', r"people.toml, \[tea\]: `name` is missing"),
        ('[tea]\nname = "tea"', r"\[tea\]: `say` is missing"),
        ('[tea]\nname = "Tea"\nsay = "tea"', r"\[tea\]: `name` begins with a small letter"),
        ('[tea]\nname = "tea"\nsay = "tea"\ncolour = "green"', r"\[tea\]: `colour` is no key"),
        ('[tea]\nname = "tea"\nsay = "tea"\npart = "drink"', r"\[tea\]: `part` is one of"),
        ('[tea]\nname = "tea"\nsay = "tea"\nweight = 50', r"\[tea\]: `weight` is a number"),
        ('[tea]\nname = "tea"\nsay = "tea"\nweight = true', r"\[tea\]: `weight` is a number"),
        ('[tea]\nname = "tea"\nsay = "tea, !!"', r"\[tea\]: `say` has no word in '!!'"),
        (
            '[tea]\nname = "tea"\nsay = "tea"\nunder = "drinks"',
            r"\[tea\]: 'drinks' in `under`, .* is no concept",
        ),
        (
            '[tea]\nname = "tea"\nall = "leaf, water"',
            r"\[tea\]: 'leaf' in .* no concept; \[tea\]: 'water' in",
        ),
        ("tea = 1", r"\[tea\]: a concept is a table"),
        ("[tea", r"people.toml can't be read"),
    ],
)
def test_mistakes_are_named_by_file_and_key(tmp_path: Path, entry: str, mistake: str) -> None:
    for name in FILES:
        (tmp_path / name).write_text("", "utf-8")
    (tmp_path / "people.toml").write_text(entry, "utf-8")
    with pytest.raises(Problem, match=mistake):
        load_thesaurus({}, tmp_path)


def test_an_id_used_twice_is_named(tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).write_text('[tea]\nname = "tea"\nsay = "tea"', "utf-8")
    with pytest.raises(Problem, match=r"delivery.toml, \[tea\]: this id is used twice"):
        load_thesaurus({}, tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"people.toml can't be read"):
        load_thesaurus({}, tmp_path)


@pytest.mark.parametrize("key", ["Data Mesh", "dätä", "", "a<b"])
def test_an_own_concept_needs_a_plain_id(key: str) -> None:
    with pytest.raises(Problem, match="an id is lower-case letters and hyphens"):
        load_thesaurus({key: ["data mesh"]})


def test_own_phrases_without_a_word_are_named() -> None:
    with pytest.raises(Problem, match="own phrases, 'releases': no word in '!!'"):
        load_thesaurus({"releases": ["!!"]})


@pytest.mark.parametrize(
    ("concept", "plural"),
    [
        ("releases", True),
        ("training", False),
        ("production-access", False),
        ("customer-contact", False),
        ("ai", True),
    ],
)
def test_a_name_has_a_number(concept: str, plural: bool) -> None:  # noqa: FBT001 - a parameter of the table above
    assert THESAURUS.concepts[concept].plural is plural
