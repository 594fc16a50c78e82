import pytest

from bot.constraints.find import Finding, Reading, Suppressed
from bot.constraints.measure import Labelled, Outcome, interval, precision_recall_f1, report
from bot.errors import Problem

TEXT = "We have no money for paint."


def labelled(*kinds: str, span: str = TEXT, stratum: str = "one") -> Labelled:
    findings = [{"kind": kind, "span": span} for kind in kinds]
    return Labelled.read({"text": TEXT, "stratum": stratum, "findings": findings})


def reading(*kinds: str, end: int = len(TEXT), veto: str = "") -> Reading:
    found = tuple(Finding(kind, 0, end, "rule-a", "why.") for kind in kinds)
    stopped = (Suppressed("scarcity", 0, end, "rule-a", veto, "why."),) if veto else ()
    return Reading(found, (), stopped, english=True)


HIT = Outcome(labelled("scarcity"), reading("scarcity"))
FALSE = Outcome(labelled(), reading("scarcity"))
MISSED = Outcome(labelled("scarcity"), reading(veto="idiom"))
QUIET = Outcome(labelled(), reading(veto="idiom"))


def test_precision_recall_and_f1_of_the_decision() -> None:
    assert precision_recall_f1([HIT, HIT, FALSE, MISSED, QUIET]) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert precision_recall_f1([QUIET]) == (0.0, 0.0, 0.0)


def test_overlap_counts_the_characters_of_the_readers_span() -> None:
    assert Outcome(labelled("scarcity"), reading("scarcity", end=9)).overlap == pytest.approx(9 / len(TEXT))
    assert Outcome(labelled("scarcity", span="We have"), reading("scarcity")).overlap == 1.0


def test_either_readers_kind_is_right() -> None:
    line = {"text": TEXT, "findings": [{"kind": "scarcity", "span": TEXT, "kind_or": ["permission"]}]}
    assert Outcome(Labelled.read(line), reading("permission")).kind_right
    assert not Outcome(Labelled.read(line), reading("precedent")).kind_right


def test_an_interval_holds_its_value_and_is_the_same_each_time() -> None:
    outcomes = [HIT, FALSE, MISSED, QUIET] * 5
    low, high = interval(outcomes, lambda drawn: precision_recall_f1(drawn)[2])
    assert low < 0.5 < high
    assert (low, high) == interval(outcomes, lambda drawn: precision_recall_f1(drawn)[2])


def test_the_report_names_strata_kinds_rules_confusions_and_the_costliest_veto() -> None:
    wrong = Outcome(labelled("scarcity", stratum="two"), reading("precedent"))
    outcomes = [HIT, FALSE, MISSED, QUIET, wrong]
    told = report([one.labelled for one in outcomes], [one.reading for one in outcomes])
    assert "scarcity told as precedent" in told
    assert "The veto that cost most: idiom (1 texts lost, 1 rightly stopped)." in told
    assert all(part in told for part in ("one ", "two ", "rule-a", "95 %"))


@pytest.mark.parametrize(
    "label", [{"kind": "hunger", "span": TEXT}, {"kind": "scarcity", "span": "no tea"}, {"kind": "scarcity", "span": 5}]
)
def test_a_label_that_is_none_is_said_so(label: dict[str, object]) -> None:
    with pytest.raises(Problem, match="A label has"):
        Labelled.read({"text": f"{TEXT}: 5 days", "findings": [label]})
