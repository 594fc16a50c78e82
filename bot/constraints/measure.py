"""How well the detector agrees with careful readers: counts over labelled texts, pure and repeatable."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from bot.constraints.find import Finding, Reading
from bot.constraints.kinds import KINDS
from bot.errors import Problem

RESAMPLES: Final = 1_000
"""Bootstrap resamples behind each 95 % interval; more of them move its ends by less than a hundredth."""

_SCORES: Final = f"{'P':>7}{'R':>7}{'F1':>7}"
_SEED: Final = 20_260_101  # the same file always gives the same report


@dataclass(frozen=True, slots=True)
class Label:
    """What a reader marked: a clause and the kinds that either reader found right."""

    start: int
    end: int
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text with what careful readers found in it."""

    text: str
    prompt: str | None
    stratum: str
    labels: tuple[Label, ...]

    @classmethod
    def read(cls, line: Mapping[str, Any]) -> Self:
        """Take a line of JSON apart; raises `Problem` where a label is none."""
        text = line["text"]
        labels = tuple(_label(text, one) for one in line.get("findings") or ())
        return cls(text, line.get("prompt"), str(line.get("stratum", "all")), labels)


def _label(text: str, one: Mapping[str, Any]) -> Label:
    kind, span = one.get("kind"), one.get("span")
    if kind not in KINDS:
        raise Problem(f"A label has the kind “{kind}”; the kinds are {', '.join(KINDS)}.")
    if not isinstance(span, str) or not span or span not in text:
        raise Problem(f"A label has the span “{span}”, which is not in its text “{text[:60]}”.")
    start = text.index(span)
    return Label(start, start + len(span), (kind, *one.get("kind_or", ())))


@dataclass(frozen=True, slots=True)
class Outcome:
    """One text, what was marked in it and what the detector found."""

    labelled: Labelled
    reading: Reading

    @property
    def wanted(self) -> bool:
        """Whether readers marked a limit."""
        return bool(self.labelled.labels)

    @property
    def told(self) -> bool:
        """Whether the detector found one."""
        return bool(self.reading.findings)

    @property
    def hit(self) -> bool:
        """Whether both did."""
        return self.wanted and self.told

    @property
    def overlap(self) -> float:
        """The largest share of a reader's span that one finding covers, by characters."""
        return max(_covered(label, found) for label in self.labelled.labels for found in self.reading.findings)

    @property
    def kind_right(self) -> bool:
        """Whether the finding that overlaps most with a reader's span has its kind."""
        pairs = [(label, found) for label in self.labelled.labels for found in self.reading.findings]
        best = max(_covered(label, found) for label, found in pairs)
        return any(found.kind in label.kinds for label, found in pairs if _covered(label, found) == best)


def _covered(label: Label, found: Finding) -> float:
    return max(0, min(label.end, found.end) - max(label.start, found.start)) / (label.end - label.start)


def precision_recall_f1(outcomes: Iterable[Outcome]) -> tuple[float, float, float]:
    """Give precision, recall and F1 of “holds a limit or not”; 0 where there is nothing to divide by."""
    counts = Counter((one.wanted, one.told) for one in outcomes)
    right, false, missed = counts[True, True], counts[False, True], counts[True, False]
    return _scores(right, false, missed)


def _scores(right: int, false: int, missed: int) -> tuple[float, float, float]:
    precision = right / (right + false) if right + false else 0.0
    recall = right / (right + missed) if right + missed else 0.0
    f1 = 2 * right / (2 * right + false + missed) if right + false + missed else 0.0
    return precision, recall, f1


def interval(values: Sequence[Outcome], measure: Callable[[Sequence[Outcome]], float]) -> tuple[float, float]:
    """Give the 95 % bootstrap interval of `measure` over `values`, with a fixed seed."""
    dice = random.Random(_SEED)  # noqa: S311 - a statistic, not a secret
    drawn = sorted(measure(dice.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return drawn[int(0.025 * RESAMPLES)], drawn[int(0.975 * RESAMPLES) - 1]


def report(labelled: Sequence[Labelled], readings: Sequence[Reading]) -> str:
    """Write the whole report: strata, kinds, confusions and the veto that cost most."""
    outcomes = [Outcome(one, reading) for one, reading in zip(labelled, readings, strict=True)]
    strata = sorted({one.labelled.stratum for one in outcomes})
    lines = [f"{'stratum':<12}{'texts':>6}{'limits':>8}{_SCORES}  {'95 %':<14}{'kind':>6}{'span':>6}"]
    lines += [_stratum(name, [one for one in outcomes if one.labelled.stratum == name]) for name in strata]
    lines += ["", f"{'kind':<20}{'marked':>7}{'told':>6}{_SCORES}"]
    lines += [_kind(kind, outcomes) for kind in KINDS]
    lines += ["", f"{'rule':<20}{'right':>7}{'wrong':>7}", *_rules(outcomes)]
    lines += ["", *_confusions(outcomes), "", _costliest_veto(outcomes)]
    return "\n".join(lines)


def _stratum(name: str, outcomes: Sequence[Outcome]) -> str:
    precision, recall, f1 = precision_recall_f1(outcomes)
    low, high = interval(outcomes, lambda drawn: precision_recall_f1(drawn)[2])
    hits = [one for one in outcomes if one.hit]
    kinds = sum(one.kind_right for one in hits) / max(1, len(hits))
    spans = sum(one.overlap >= 0.5 for one in hits) / max(1, len(hits))  # noqa: PLR2004 - half, as the issue says
    wanted = sum(one.wanted for one in outcomes)
    scores = f"{precision:>7.3f}{recall:>7.3f}{f1:>7.3f}  {f'{low:.3f}-{high:.3f}':<14}{kinds:>6.3f}{spans:>6.3f}"
    return f"{name:<12}{len(outcomes):>6}{wanted:>8}{scores}"


def _kind(kind: str, outcomes: Sequence[Outcome]) -> str:
    right = false = missed = 0
    for one in outcomes:
        wanted = any(kind in label.kinds for label in one.labelled.labels)
        first = any(kind == label.kinds[0] for label in one.labelled.labels)
        told = any(kind == found.kind for found in one.reading.findings)
        right += wanted and told
        false += told and not wanted
        missed += first and not told
    precision, recall, f1 = _scores(right, false, missed)
    return f"{kind:<20}{right + missed:>7}{right + false:>6}{precision:>7.3f}{recall:>7.3f}{f1:>7.3f}"


def _rules(outcomes: Iterable[Outcome]) -> list[str]:
    """Tell for every rule in how many marked and unmarked texts it found a limit, the most mistaken first."""
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for one in outcomes:
        (right if one.wanted else wrong).update({found.rule for found in one.reading.findings})
    told = sorted({*right, *wrong}, key=lambda rule: (-wrong[rule], -right[rule], rule))
    return [f"{rule:<20}{right[rule]:>7}{wrong[rule]:>7}" for rule in told]


def _confusions(outcomes: Iterable[Outcome]) -> list[str]:
    pairs: Counter[tuple[str, str]] = Counter()
    for one in outcomes:
        if one.hit and not one.kind_right:
            pairs[one.labelled.labels[0].kinds[0], one.reading.findings[0].kind] += 1
    told = [f"{count:>4}  {wanted} told as {found}" for (wanted, found), count in sorted(pairs.items(), key=_by_count)]
    return ["Kinds that were confused:", *told] if told else ["No kinds were confused."]


def _by_count(item: tuple[tuple[str, str], int]) -> tuple[int, tuple[str, str]]:
    return -item[1], item[0]


def _costliest_veto(outcomes: Iterable[Outcome]) -> str:
    """Name the veto that stopped most of what readers did mark, and what it rightly stopped."""
    cost: Counter[str] = Counter()
    gain: Counter[str] = Counter()
    for one in outcomes:
        if not one.told:
            (cost if one.wanted else gain).update({stopped.veto for stopped in one.reading.suppressed})
    if not cost:
        return "No veto cost a marked text."
    veto, lost = min(cost.items(), key=lambda item: (-item[1], item[0]))
    return f"The veto that cost most: {veto} ({lost} texts lost, {gain[veto]} rightly stopped)."
