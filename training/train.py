"""Fits the learned part on our own sentences: `python training/train.py` writes `weights.json` anew.

Plain Python, a fixed seed and weights rounded to thousandths make the file the same byte for byte.
Thresholds come from cross-validation on these sentences; nothing else is read. `--check` only compares.
"""
# ruff: noqa: INP001 - a script beside its data, imported by nobody
# ruff: noqa: S311 - dice that shuffle sentences need no secrecy
# ruff: noqa: T201 - it tells what it found

import argparse
import json
import math
import random
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from bot.constraints.candidates import chosen
from bot.constraints.find import Detector, is_sure, stands
from bot.constraints.kinds import KINDS
from bot.constraints.learned import TABLE, Model
from bot.constraints.lexicon import shipped

SENTENCES: Final = sorted(Path(__file__).parent.glob("sentences-*.jsonl"))
SEED: Final = 20_260_101
FOLDS: Final = 5
ROUNDS: Final = 14
STEP: Final = 0.15
PULL: Final = 0.01  # L2, towards zero
BETA: Final = 0.5  # precision weighs twice: a limit that nobody stated costs more trust than one that was missed
OFTEN: Final = {"permission": 3, "scarcity": 3}
# The sentences hold every kind equally often, by design. At work people name rules, approvals, time and
# money far more often than the rest; that these come three times as often is assumed, not measured.
LEAST_SEEN: Final = 2  # a word of one sentence says more of its writer than of limits
CLOSE: Final = 0.005  # among thresholds this close rules have the benefit of the doubt, the learned part has not
NEVER: Final = 1_000_000
LEAST: Final = 20  # thousandths; smaller weights are left out of the file
UNTRAINED: Final = Model(0, 0, 0, 0, 0, {}, {"": [0] * len(KINDS)})


@dataclass(frozen=True)
class Example:
    """A sentence: its features, its kinds (none for no limit), its text, and what the rules say of it."""

    features: Sequence[str]
    kinds: frozenset[str]
    text: int
    asked: bool
    sure: bool  # a rule tells it without asking the model
    rule: str  # the kind that a rule proposes, or nothing


def examples() -> list[Example]:
    """Read all sentences as the detector hears them before it has learned anything."""
    detector = Detector(shipped(), UNTRAINED)
    lines = [json.loads(line) for path in SENTENCES for line in path.read_text(encoding="utf-8").splitlines()]
    return [one for number, line in enumerate(lines) for one in _examples(detector, number, line)]


def _examples(detector: Detector, number: int, line: Mapping[str, Any]) -> Iterator[Example]:
    text = line["text"]
    spoken, heard = detector.heard(text, line.get("prompt"))
    marked = [(text.index(one["span"]), one["span"], one["kind"]) for one in line["findings"]]
    for sentence in heard:
        start, end = spoken.starts[sentence.first], spoken.ends[sentence.last]
        kinds = frozenset(
            kind
            for at, span, kind in marked
            if min(end, at + len(span)) - max(start, at) > 0.4 * min(end - start, len(span))
        )
        standing = [one for one in sentence.candidates if stands(one, line.get("prompt"))]
        sure = any(is_sure(spoken, one) for one in standing)
        told = chosen(one for one in standing if is_sure(spoken, one) or not sure)
        rule = told[0].rule.kind if told else ""
        asked = bool(line.get("prompt"))
        yield Example(tuple(sorted(sentence.features)), kinds, number, asked=asked, sure=sure, rule=rule)


def fit(data: Sequence[tuple[Sequence[str], bool]]) -> tuple[float, dict[str, float]]:
    """Fit logistic regression by stochastic gradient steps of falling size (AdaGrad)."""
    dice = random.Random(SEED)
    order = list(data)
    bias = 0.0
    weights: dict[str, float] = {}
    steep: dict[str, float] = {}
    for _ in range(ROUNDS):
        dice.shuffle(order)
        for found, wanted in order:
            told = bias + sum(weights.get(one, 0.0) for one in found)
            error = 1 / (1 + math.exp(-max(-30.0, min(30.0, told)))) - wanted
            bias -= 0.05 * error
            for one in found:
                weight = weights.get(one, 0.0)
                slope = error + PULL * weight
                steep[one] = steep.get(one, 1.0) + slope * slope
                weights[one] = weight - STEP * slope / math.sqrt(steep[one])
    return bias, weights


def thousandths(weights: Mapping[str, float]) -> dict[str, int]:
    """Round to thousandths, in a fixed order, without what is too small to matter."""
    rounded = {one: round(1000 * weights[one]) for one in sorted(weights)}
    return {one: weight for one, weight in rounded.items() if abs(weight) >= LEAST}


def model(data: Sequence[Example]) -> Model:
    """Fit decision and kinds on `data`, thresholds left at zero."""
    seen = Counter(one for example in data for one in example.features)
    known = [(tuple(one for one in example.features if seen[one] >= LEAST_SEEN), example.kinds) for example in data]
    bias, weights = fit([(found, bool(kinds)) for found, kinds in known])
    limits = [(found, kinds) for found, kinds in known if kinds]
    offsets, tables = [], []
    for kind in KINDS:
        offset, table = fit([(found, kind in kinds) for found, kinds in limits])
        offsets.append(round(1000 * (offset + math.log(OFTEN.get(kind, 1)))))
        tables.append(thousandths(table))
    names = sorted(set().union(*tables))
    rows = {name: [table.get(name, 0) for table in tables] for name in names}
    return Model(round(1000 * bias), 0, 0, 0, 0, thousandths(weights), {"": offsets, **rows})


def main() -> int:
    """Train, tell what cross-validation says and write the file (or compare with it)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the file would differ")
    check = parser.parse_args().check
    data = examples()
    fitted = asdict(model(data)) | thresholds(data)
    written = json.dumps(fitted, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    if check:
        return 0 if written == TABLE.read_bytes() else 1
    TABLE.write_bytes(written)
    print(f"{TABLE.name}: {len(written)} bytes, {len(fitted['weights'])} weights")
    return 0


def thresholds(data: Sequence[Example]) -> dict[str, int]:
    """Choose the thresholds by cross-validation, text by text, and tell how well they do."""
    scored = list(zip(data, cross_validated(data), strict=True))
    chosen_ones = {"reply": -500, "talk": 500, "doubt": -10_000, "trust": 0}
    for name, beta, asked in (("doubt", 1.0, None), ("reply", BETA, True), ("talk", 1.0, False)):
        part = [(one, score) for one, (score, _) in scored if asked is None or one.asked == asked]
        tried = [(_f(part, chosen_ones | {name: at}, beta), at) for at in range(-4000, 2001, 100)]
        best = max(tried)[0]
        close = [at for score, at in tried if score > best - CLOSE]
        chosen_ones[name] = min(close) if name == "doubt" else max(close)
        print(f"{name} {chosen_ones[name]}: F{beta:g} {best:.3f} (cross-validated, own sentences)")
    tried = [(_kinds_right(scored, trust), -trust, trust) for trust in range(0, 3001, 100)]
    right, _, chosen_ones["trust"] = max(tried)
    told = f"kind of {right:.3f} of the limits right (cross-validated, own sentences)"
    print(f"trust {chosen_ones['trust']}: {told}")
    return chosen_ones


def cross_validated(data: Sequence[Example]) -> list[tuple[int, list[int]]]:
    """Score every sentence and each of its kinds by a model that has not seen its text."""
    texts = sorted({one.text for one in data})
    random.Random(SEED).shuffle(texts)
    fold = {text: number % FOLDS for number, text in enumerate(texts)}
    scores: list[tuple[int, list[int]]] = [(0, [])] * len(data)
    for held_out in range(FOLDS):
        fitted = model([one for one in data if fold[one.text] != held_out])
        for number, one in enumerate(data):
            if fold[one.text] == held_out:
                scores[number] = fitted.score(one.features), fitted.kind_scores(one.features)
    return scores


def _kinds_right(scored: Sequence[tuple[Example, tuple[int, list[int]]]], trust: int) -> float:
    right = total = 0
    for one, (_, scores) in scored:
        if one.kinds:
            told = [score + trust * (kind == one.rule) for kind, score in zip(KINDS, scores, strict=True)]
            right += KINDS[told.index(max(told))] in one.kinds
            total += 1
    return right / total


def _f(scored: Sequence[tuple[Example, int]], at: Mapping[str, int], beta: float) -> float:
    wanted = {one.text for one, _ in scored if one.kinds}
    found = {one.text for one, score in scored if score > _threshold(one, at)}
    return (1 + beta**2) * len(wanted & found) / (beta**2 * len(wanted) + len(found))


def _threshold(one: Example, at: Mapping[str, int]) -> int:
    if one.sure:
        return at["doubt"]
    if one.asked:
        return at["reply"]
    return at["talk"] if one.rule else NEVER


if __name__ == "__main__":
    sys.exit(main())
