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
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from bot.constraints.find import Detector
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
LEAST: Final = 20  # thousandths; smaller weights are left out of the file
UNTRAINED: Final = Model(0, 0, 0, {}, {kind: {} for kind in KINDS})


@dataclass(frozen=True)
class Example:
    """A sentence: its features, its kinds (none for no limit), its text, and what the rules say of it."""

    features: Sequence[str]
    kinds: frozenset[str]
    text: int
    asked: bool
    sure: bool  # a rule already tells it
    unsure: bool  # a rule proposes it


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
        standing = [one for one in sentence.candidates if one.veto is None and not one.rule.open]
        sure = any(one.rule.sure for one in standing)
        yield Example(sentence.features, kinds, number, bool(line.get("prompt")), sure, bool(standing) and not sure)


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
    """Fit decision and kinds on all of `data`, thresholds left at zero."""
    bias, weights = fit([(one.features, bool(one.kinds)) for one in data])
    limits = [one for one in data if one.kinds]
    kinds = {}
    for kind in KINDS:
        offset, own = fit([(one.features, kind in one.kinds) for one in limits])
        kinds[kind] = {"": round(1000 * offset), **thousandths(own)}
    return Model(round(1000 * bias), 0, 0, thousandths(weights), kinds)


def main() -> int:
    """Train, tell what cross-validation says and write the file (or compare with it)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the file would differ")
    check = parser.parse_args().check
    data = examples()
    reply, talk = thresholds(data)
    fitted = model(data)
    table = {
        "bias": fitted.bias,
        "reply": reply,
        "talk": talk,
        "weights": fitted.weights,
        "kinds": fitted.kinds,
    }
    written = json.dumps(table, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    if check:
        return 0 if written == TABLE.read_bytes() else 1
    TABLE.write_bytes(written)
    print(f"{TABLE}: {len(written)} bytes, {len(fitted.weights)} weights, reply {reply}, talk {talk}")
    return 0


def thresholds(data: Sequence[Example]) -> tuple[int, int]:
    """Choose both thresholds by cross-validation: the best F0.5 of the whole decision, text by text."""
    scores = cross_validated(data)
    print("kind right, given a limit (cross-validated):", _kinds_right(data, scores))
    return _best(data, scores, asked=True), _best(data, scores, asked=False)


def cross_validated(data: Sequence[Example]) -> list[tuple[int, str]]:
    """Score every sentence, and guess its kind, by a model that has not seen its text."""
    texts = sorted({one.text for one in data})
    random.Random(SEED).shuffle(texts)
    fold = {text: number % FOLDS for number, text in enumerate(texts)}
    scores: list[tuple[int, str]] = [(0, "")] * len(data)
    for held_out in range(FOLDS):
        fitted = model([one for one in data if fold[one.text] != held_out])
        for number, one in enumerate(data):
            if fold[one.text] == held_out:
                scores[number] = fitted.score(one.features), fitted.kind(one.features)
    return scores


def _kinds_right(data: Sequence[Example], scores: Sequence[tuple[int, str]]) -> str:
    guesses = Counter(kind in one.kinds for one, (_, kind) in zip(data, scores, strict=True) if one.kinds)
    return f"{guesses[True] / sum(guesses.values()):.3f}"


def _best(data: Sequence[Example], scores: Sequence[tuple[int, str]], *, asked: bool) -> int:
    told = [(one, score) for one, (score, _) in zip(data, scores, strict=True) if one.asked == asked]
    tried = [(_f(told, threshold), -abs(threshold), threshold) for threshold in range(-2000, 2001, 50)]
    best, _, threshold = max(tried)
    print(f"{'asked' if asked else 'unasked'}: F0.5 {best:.3f} at {threshold} (cross-validated, own sentences)")
    return threshold


def _f(told: Sequence[tuple[Example, int]], threshold: int) -> float:
    wanted = {one.text for one, _ in told if one.kinds}
    found = {one.text for one, score in told if one.sure or ((one.asked or one.unsure) and score > threshold)}
    return (1 + BETA**2) * len(wanted & found) / (BETA**2 * len(wanted) + len(found))


if __name__ == "__main__":
    sys.exit(main())
