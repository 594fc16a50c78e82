import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.constraints.cues import POLARITIES
from bot.constraints.kinds import KINDS
from bot.constraints.labels import LONGEST
from bot.constraints.themes import Parts, load_themes

THEMES = load_themes()
BY_PART = {
    part: [concept.id for concept in THEMES.thesaurus.concepts.values() if concept.part == part]
    for part in ("actor", "gate", "thing", "when", "limit")
}
KNOWN_WORDS = {
    word for concept in THEMES.thesaurus.concepts.values() for word in f"{concept.name} {concept.after}".split()
}

many_parts = st.lists(
    st.builds(
        Parts,
        kind=st.sampled_from(KINDS),
        polarity=st.sampled_from(POLARITIES),
        actor=st.sampled_from(["", *BY_PART["actor"]]),
        limit=st.sampled_from(["", *BY_PART["limit"]]),
        gates=st.lists(st.sampled_from(BY_PART["gate"]), max_size=2).map(tuple),
        objects=st.lists(st.sampled_from(BY_PART["thing"] + BY_PART["when"]), max_size=3).map(tuple),
        words=st.lists(st.text(max_size=8), max_size=2).map(tuple),
    ),
    max_size=4,
)


def is_a_label(text: str) -> bool:
    capitals = [word for word in re.findall(r"\S+", text) if word[0].isupper()]
    return (
        0 < len(text) <= LONGEST
        and text[0].islower()
        and text[-1] not in ".!?,"
        and "  " not in text
        and not set("@<>{}") & set(text)
        and set(capitals) <= KNOWN_WORDS
    )


def agrees(text: str, name: str, *, plural: bool) -> bool:
    """Whether the verb after a name that opens the label stands in the name's number."""
    verb = text.removeprefix(name).split()[:1]
    wrong = {"is", "has", "does", "needs", "waits", "stays", "belongs", "goes", "depends"}
    return not text.startswith(f"{name} ") or (verb[0] in wrong) is not plural


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("polarity", POLARITIES)
def test_every_concept_makes_a_label_of_every_kind(kind: str, polarity: str) -> None:
    for concept in BY_PART["thing"] + BY_PART["when"]:
        for gate in ("", "change-board", "legal", "partner-team"):
            for limit in ("", "money", "time", "approval", "tried-before", "size"):
                members = [Parts(kind, polarity, "", limit, (gate,) if gate else (), (concept,))]
                text = THEMES.label(members)
                known = THEMES.thesaurus.concepts[concept]
                assert is_a_label(text), text
                assert agrees(text, known.name, plural=known.plural), text


@given(many_parts)
def test_whatever_is_missing_the_label_stays_a_label(members: list[Parts]) -> None:
    assert is_a_label(THEMES.label(members))


@given(st.text(max_size=120), st.sampled_from(KINDS))
def test_nothing_verbatim_enters_a_label(text: str, kind: str) -> None:
    parts = THEMES.parts(text, kind)
    assert THEMES.label([parts]) == THEMES.label([replace(parts, words=())])


@given(many_parts, st.frozensets(st.text(max_size=12), max_size=3))
def test_odd_shared_words_break_no_label(members: list[Parts], shared: frozenset[str]) -> None:
    assert is_a_label(THEMES.label(members, shared))


READ_ALOUD = [
    ("releases have to wait for the change board", "dependence", "releases wait for the change board"),
    ("nobody has time for documentation", "scarcity", "nobody has time for documentation"),
    ("there's no budget for training", "scarcity", "there is no money for training"),
    ("developers may not call clients", "customer-distance", "talking to customers is not for developers"),
    (
        "only account managers may talk to clients",
        "customer-distance",
        "talking to customers goes through the account managers",
    ),
    ("everyone has to use the template", "conformance", "the template is the same for everyone"),
    ("only DBAs touch the schema", "central-ownership", "schema changes belong to the database team"),
    ("we aren't ready for on-call", "immaturity", "it is too early for on-call duty"),
    ("too small for kubernetes", "immaturity", "the company's size rules out containers"),
    ("open source needs approval from legal", "permission", "open source needs a yes from legal"),
    ("legal forbids open source", "permission", "legal does not allow open source"),
    ("pairing was tried and failed", "precedent", "pairing has been tried before"),
    ("planning has always been like that", "precedent", "planning stays as it always was"),
    ("we have to hit the deadline", "obligation", "there is no way round the deadline"),
    ("we must not deploy on a friday", "obligation", "releases on Fridays are off limits"),
    ("no deployments on Fridays", "impossibility", "releases on Fridays are out of reach"),
    (
        "the squads shouldn't hear about layoffs",
        "buffering",
        "the teams are kept apart from internal news",
    ),
    ("they won't let us", "permission", "this is not allowed"),
    ("we just can't", "impossibility", "this is out of reach"),
    ("not ready", "immaturity", "it is too early for this"),
    ("that's how it has always been", "precedent", "it has always been done this way"),
]


@pytest.mark.parametrize(("text", "kind", "label"), READ_ALOUD)
def test_labels_read_aloud(text: str, kind: str, label: str) -> None:
    said = THEMES.parts(text, kind)
    assert THEMES.label([replace(said, polarity="must-not") if "forbids" in text else said]) == label


@pytest.mark.parametrize(
    ("concept", "permission", "precedent"),
    [
        ("team-structure", "lasting teams are not allowed", "lasting teams stay as they always were"),
        ("waterfall", "phases one after another are not allowed", "phases one after another stay as they always were"),
        ("working-hours", "working hours are not allowed", "working hours stay as they always were"),
        ("office-days", "days in the office are not allowed", "days in the office stay as they always were"),
        ("usb", "removable media are not allowed", "removable media stay as they always were"),
        ("bad-news", "internal news is not allowed", "internal news stays as it always was"),
    ],
)
def test_a_name_whose_number_its_last_letter_hides_has_the_right_verb(
    concept: str, permission: str, precedent: str
) -> None:
    for kind, label in (("permission", permission), ("precedent", precedent)):
        assert THEMES.label([Parts(kind=kind, polarity="must-not", objects=(concept,))]) == label


def test_a_word_that_two_people_used_may_stand_in_for_an_unknown_object() -> None:
    members = [THEMES.parts("there's no money for widgets"), THEMES.parts("no budget for a widget")]
    assert THEMES.label(members) == "there is no money for this"
    assert THEMES.label(members, frozenset({"widgets"})) == "there is no money for widgets"


def test_a_shared_word_with_a_capital_is_not_used() -> None:
    members = [THEMES.parts("there's no money for Kowalski")]
    assert THEMES.label(members, frozenset({"Kowalski"})) == "there is no money for this"


def test_what_only_one_in_four_says_is_not_in_the_label() -> None:
    members = [THEMES.parts("no releases without the change board", "permission")] * 3
    aside = THEMES.parts("no releases without the change board, says legal", "permission")
    assert THEMES.label([*members, aside]) == THEMES.label(members)


def test_the_plain_cannot_of_some_does_not_hide_the_reason_of_others() -> None:
    plain = Parts("impossibility", objects=("training",))
    reason = Parts("scarcity", limit="money", objects=("training",))
    assert THEMES.label([plain, plain, reason]) == "there is no money for training"


def test_a_concept_that_left_the_thesaurus_leaves_a_general_label() -> None:
    assert THEMES.label([Parts("permission", objects=("gone-for-good",))]) == "this is not allowed"


def test_a_board_that_decides_is_no_circuit_board() -> None:
    themes = load_themes()
    said = themes.parts("We can't release before the harbour board has signed.", "permission")
    assert themes.label([said]) == "releases need a yes from a committee"
