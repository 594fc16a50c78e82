import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.constraints.cues import POLARITIES
from bot.constraints.kinds import KINDS
from bot.constraints.themes import Parts, load_themes

THEMES = load_themes()


@given(st.text(max_size=200), st.sampled_from([None, *KINDS]))
def test_every_text_has_parts_that_survive_a_database_column(text: str, kind: str | None) -> None:
    parts = THEMES.parts(text, kind)
    assert parts.kind in KINDS
    assert parts.polarity in POLARITIES
    assert Parts.from_json(json.loads(json.dumps(parts.to_json()))) == parts


def test_what_another_version_stored_is_left_out() -> None:
    assert Parts.from_json({"kind": "permission", "colour": "red"}) == Parts("permission")


def test_a_statement_falls_into_its_parts() -> None:
    assert THEMES.parts("developers need approval from legal for each open source widget") == Parts(
        kind="permission",
        polarity="either",
        actor="developers",
        limit="approval",
        gates=("legal",),
        objects=("open-source",),
        words=("widget",),
    )


def test_private_words_can_be_left_behind() -> None:
    parts = THEMES.parts("no money for the Kowalski widget")
    assert "widget" in parts.words
    assert parts.without_words().words == ()
    assert parts.without_words().limit == parts.limit


def test_mentions_and_links_leave_no_trace() -> None:
    parts = THEMES.parts("<@U123ABC> says no budget, see https://example.org/kowalski <#C1|general> :shrug:")
    assert parts.words == ()


def test_the_opposite_is_filed_under_one_concept_with_the_polarity_turned() -> None:
    desk, home = THEMES.parts("we must be in the office"), THEMES.parts("we must not work from home")
    assert desk.objects == home.objects == ("remote-work",)
    assert desk.polarity == home.polarity == "must-not"


def test_two_concepts_make_up_a_third() -> None:
    assert "customer-contact" in THEMES.parts("we can't speak to anybody who is a client").objects


def test_a_turn_of_phrase_is_no_part() -> None:
    said = THEMES.parts("every single time it's the release")
    assert (said.limit, said.objects, said.words) == ("", ("releases",), ())


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("training costs money", "scarcity"),
        ("training is out of the question", "permission"),
        ("training, in the hands of the bosses", "central-ownership"),
        ("training flopped", "precedent"),
        ("training", "impossibility"),
    ],
)
def test_where_no_cue_tells_the_kind_the_limit_does(text: str, kind: str) -> None:
    assert THEMES.parts(text).kind == kind
