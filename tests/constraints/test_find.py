import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.constraints.find import Detector, Reading, load_detector
from bot.constraints.kinds import KINDS
from bot.errors import Problem

ROOT = Path(__file__).parents[2]
PROMPT = "What gets in the way here?"

# Each rule with a sentence that it hears and a look-alike that it must not.
RULES = [
    (
        "away-from-customers",
        "Coders are not allowed to talk to customers.",
        "Coders talk to customers on Mondays.",
    ),
    (
        "shield-the-team",
        "The squad must be shielded from the yearly planning.",
        "The squad planned the year.",
    ),
    ("all-the-same", "Every team has to use the same checklist.", "Every team has its own checklist."),
    (
        "not-without-others",
        "We can't ship a label without the printing team.",
        "We shipped a label with them.",
    ),
    (
        "through-one-place",
        "Everything has to go through the design board.",
        "Everything went well on the board.",
    ),
    ("not-there-yet", "We're not mature enough for trunk-based work.", "The cheese is mature."),
    ("not-allowed", "We are not allowed to open the cabinet.", "We are allowed to open the cabinet."),
    ("not-enough", "We have no budget for a second van.", "We have the budget for a second van."),
    ("always-so", "That's how we've always done it.", "That's how I learned to juggle."),
    ("cannot-be-done", "That will never work here.", "That worked here."),
    ("we-cannot", "We can't change the seating plan.", "We changed the seating plan."),
    ("no-choice", "The yearly stocktake is mandatory.", "The yearly stocktake is fun."),
    ("we-have-to", "We have to keep the paper ledger as well.", "We like to keep the paper ledger."),
]

# Each veto with a sentence that it must stop.
VETOES = [
    ("idiom", "We can't wait to see it."),
    ("epistemic", "They must have been asleep."),
    ("program", "The parser can't handle tabs and the server needs to restart."),
    ("logistics", "I can't join today."),
    ("failed-attempt", "We couldn't reproduce the crash, i can't get it to build."),
    ("to-do", "We have to check the tyres and update the list."),
    ("question", "Why can't we just paint it blue?"),
    ("negated", "We don't have to ask, nobody forbids it and nothing stops us."),
    ("rejected", "People say we can't swim there but we did it anyway."),
    ("past", "We used to say we can't sell tea."),
    ("hypothetical", "If we can't sell tea, coffee it is."),
    ("preference", "Hopefully we can't be seen from there."),
]

NEUTRAL = ["The kettle is blue.", "It rained on the way home.", "Thanks for the biscuits."]


@pytest.fixture(scope="module")
def detector() -> Detector:
    return load_detector()


def decision(reading: Reading) -> bool:
    return bool(reading.findings)


def own_sentences() -> list[dict[str, str]]:
    paths = sorted((ROOT / "training").glob("sentences-*.jsonl"))
    return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


OWN = own_sentences()
own = st.sampled_from(OWN)


@pytest.mark.parametrize(("rule", "example", "counter"), RULES, ids=[rule for rule, _, _ in RULES])
def test_each_rule_hears_its_example_and_not_its_look_alike(
    detector: Detector, rule: str, example: str, counter: str
) -> None:
    assert rule in {one.rule for one in detector.read(example).findings}
    assert rule not in {one.rule for one in detector.read(counter).findings}


@pytest.mark.parametrize(("veto", "example"), VETOES, ids=[veto for veto, _ in VETOES])
def test_each_veto_stops_its_example_and_says_so(detector: Detector, veto: str, example: str) -> None:
    reading = detector.read(example)
    assert not reading.findings
    stopped = [one for one in reading.suppressed if one.veto == veto]
    assert stopped
    assert all(one.why.endswith(".") and "no limit here" in one.why for one in stopped)


@pytest.mark.parametrize("example", [
    "People say we can't swim there but we did it anyway.",
    "Do we have to paint the fence?",
    "Nothing stops us from painting it.",
    "We used to say we can't sell tea.",
])  # fmt: skip
def test_what_is_rejected_past_or_doubted_is_told_as_evidence_against(detector: Detector, example: str) -> None:
    reading = detector.read(example)
    assert not reading.findings
    assert reading.against


def test_the_question_makes_an_answer_of_a_single_word(detector: Detector) -> None:
    assert decision(detector.read("legal", "What stops us?"))
    assert not decision(detector.read("legal"))


def test_a_rhetorical_question_asserts(detector: Detector) -> None:
    assert decision(detector.read("We can't hire anyone, so who would do it?"))


def test_a_reply_may_hold_several_limits(detector: Detector) -> None:
    text = "We have no budget for paint. The landlord won't let us drill."
    assert [one.kind for one in detector.read(text).findings] == ["scarcity", "permission"]


def test_a_span_is_the_clause_and_not_the_whole_reply(detector: Detector) -> None:
    text = "Lovely idea, but we're not mature enough for open kitchens yet. See you on Monday."
    (found,) = detector.read(text).findings
    assert text[found.start : found.end] == "we're not mature enough for open kitchens yet"


def test_other_languages_are_not_judged(detector: Detector) -> None:
    for text in ("Wir dürfen das nicht ohne die Geschäftsführung", "Мы не можем это изменить", "ないです"):
        assert not detector.read(text, PROMPT).english
    for text in ("legal", "no time", "nope, budget", "café prices mostly"):
        assert detector.read(text, PROMPT).english


def test_a_workspace_adds_phrases_of_its_own() -> None:
    ours = load_detector({"permission": ["the bishop frowns (on | upon)"]})
    (found,) = ours.read("Sadly the bishop frowns upon bells").findings
    assert (found.kind, found.rule) == ("permission", "own-phrase")
    assert ours.version != load_detector().version


def test_a_workspace_mutes_rules_and_phrases() -> None:
    text = "We are not allowed to open the cabinet."
    for mute in ("not-allowed", "open the cabinet"):
        muted = load_detector(muted=[mute]).read(text)
        assert "muted" in {one.veto for one in muted.suppressed}
        assert "not-allowed" not in {one.rule for one in muted.findings}


@pytest.mark.parametrize(("extra", "part"), [
    ({"wish": ["we want"]}, "“wish” is no kind"),
    ({"scarcity": ["no (tea | cake"]}, "does not close a bracket"),
    ({"scarcity": ["no <pastry>"]}, "<pastry>"),
    ({"scarcity": ["^ no tea"]}, "only the lexicon may have"),
    ({"scarcity": [""]}, "empty"),
])  # fmt: skip
def test_a_phrase_that_cannot_be_added_is_named(extra: dict[str, list[str]], part: str) -> None:
    with pytest.raises(Problem, match="cannot be added") as caught:
        load_detector(extra)
    assert part in str(caught.value)


def test_hostile_phrases_and_texts_take_linear_time() -> None:
    ours = load_detector({"permission": ["a* ... a* ... a* ... b"]})
    ours.read("a " * 20_000)
    for text in ("\"'" * 500_000, "don't " * 170_000, "a" * 1_000_000, "`<@:" * 250_000):
        ours.read(text, PROMPT)


def test_a_long_text_is_read_in_blocks_with_true_offsets(detector: Detector) -> None:
    text = "The kettle is blue. " * 400 + "We are not allowed to open the cabinet."
    (found,) = detector.read(text).findings
    assert text[found.start : found.end] == "We are not allowed to open the cabinet"


@settings(deadline=None)
@given(st.text(max_size=300), st.none() | st.just(PROMPT))
def test_any_text_is_read_and_spans_lie_inside(text: str, prompt: str | None) -> None:
    reading = load_detector().read(text, prompt)
    told = [(one.kind, one.start, one.end) for one in (*reading.findings, *reading.against)]
    told += [(one.kind, one.start, one.end) for one in reading.suppressed]
    for kind, start, end in told:
        assert 0 <= start < end <= len(text)
        assert kind in KINDS


@settings(deadline=None)
@given(own)
def test_spans_are_verbatim_and_reasons_are_sentences(line: dict[str, str]) -> None:
    text = line["text"]
    for one in load_detector().read(text, line.get("prompt")).findings:
        span = text[one.start : one.end]
        assert span == span.strip()
        assert one.why.endswith(".")


@settings(deadline=None)
@given(own, st.sampled_from(NEUTRAL))
def test_a_neutral_sentence_beside_it_never_removes_a_finding(line: dict[str, str], neutral: str) -> None:
    ours, text, prompt = load_detector(), line["text"], line.get("prompt")
    if decision(ours.read(text, prompt)):
        assert decision(ours.read(f"{neutral} {text}", prompt))
        assert decision(ours.read(f"{text}. {neutral}" if text[-1] not in ".!?" else f"{text} {neutral}", prompt))


@settings(deadline=None)
@given(own)
def test_curly_apostrophes_and_a_trailing_emoji_change_no_decision(line: dict[str, str]) -> None:
    ours, text, prompt = load_detector(), line["text"], line.get("prompt")
    plain = decision(ours.read(text.replace("’", "'"), prompt))
    assert decision(ours.read(text.replace("'", "’"), prompt)) == plain
    for emoji in (" :tada:", " 🎉", " :shrug::skin-tone-2:"):
        assert decision(ours.read(text.replace("’", "'") + emoji, prompt)) == plain


def test_lower_case_changes_at_most_one_decision_in_a_hundred(detector: Detector) -> None:
    changed = sum(
        decision(detector.read(line["text"], line.get("prompt")))
        != decision(detector.read(line["text"].lower(), line.get("prompt")))
        for line in OWN
    )
    assert changed <= len(OWN) / 100


def test_the_same_text_reads_the_same_in_every_process(detector: Detector) -> None:
    code = (
        "import json, sys; from bot.constraints.find import load_detector as load; d = load();"
        "print(d.version, [repr(d.read(x['text'], x.get('prompt'))) for x in json.load(sys.stdin)])"
    )
    told = [
        subprocess.run(  # noqa: S603 - this very interpreter
            [sys.executable, "-c", code],
            input=json.dumps(OWN[::40]),
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert told[0] == told[1]
    assert detector.version in told[0]
