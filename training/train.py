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
from bot.constraints.find import Detector, gives_reason, is_sure, kind_features, reply_features, stands
from bot.constraints.kinds import KINDS, RANK
from bot.constraints.learned import TABLE, Model, Rows, Scale
from bot.constraints.lexicon import shipped

SENTENCES: Final = sorted(Path(__file__).parent.glob("sentences-*.jsonl"))
SEED: Final = 20_260_101
ROUNDS: Final = 10
STEP: Final = 0.15
PULL: Final = 0.01  # L2, towards zero
BETA: Final = 0.9  # precision weighs a little more: a limit that nobody stated costs trust
LEAST_SEEN: Final = 2  # a word of one sentence says more of its writer than of limits
CLOSE: Final = 0.005  # among thresholds this close the learned part has not the benefit of the doubt
NATURAL: Final = frozenset({"sentences-g", "sentences-h", "sentences-i"})
# These three were written with the kinds as often as people name them; the others hold rare kinds more often.
KINDS_ONLY: Final = frozenset({"sentences-j"})
# Written in pairs that differ in the reason alone; three in four hold a limit, as no channel's replies do.
LEAST: Final = 20  # thousandths; smaller weights are left out of the file
UNTRAINED: Final = Model(Scale(0, {}), 0, 0, Rows({"": [0] * len(KINDS)}))


@dataclass(frozen=True)
class Example:
    """A sentence: what is weighed in it, its kinds (none for no limit), and what the rules say of it."""

    reply: Sequence[str]  # features of an answer
    kind: Sequence[str]  # features that tell the kind
    kinds: frozenset[str]
    text: int
    writer: str  # one file is one writer
    asked: bool
    sure: bool  # a rule tells it without asking the model
    reason: str  # the kind that a rule gives with a reason, or nothing
    bare: str  # the kind of a rule that gives none, or nothing


def examples() -> list[Example]:
    """Read all sentences as the detector hears them before it has learned anything."""
    detector = Detector(shipped(), UNTRAINED)
    lines = [
        (path.stem, json.loads(line)) for path in SENTENCES for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return [one for number, (writer, line) in enumerate(lines) for one in _examples(detector, number, writer, line)]


def _examples(detector: Detector, number: int, writer: str, line: Mapping[str, Any]) -> Iterator[Example]:
    text, prompt = line["text"], line.get("prompt")
    spoken, heard = detector.heard(text, prompt)
    marked = [(text.index(one["span"]), one["span"], one["kind"]) for one in line["findings"]]
    for sentence in heard:
        start, end = spoken.start(sentence.first), spoken.end(sentence.last)
        kinds = frozenset(
            kind
            for at, span, kind in marked
            if min(end, at + len(span)) - max(start, at) > 0.4 * min(end - start, len(span))
        )
        standing = [one for one in sentence.candidates if stands(one, prompt)]
        sure = [one for one in standing if is_sure(spoken, one)]
        told = chosen(sure or standing)
        yield Example(
            tuple(sorted(reply_features(spoken, sentence))),
            tuple(sorted(kind_features(spoken, sentence))) if kinds else (),
            kinds,
            number,
            writer,
            asked=bool(prompt),
            sure=bool(sure),
            reason=told[0].rule.kind if told and gives_reason(told[0].rule) else "",
            bare=told[0].rule.kind if told and told[0].rule.generic else "",
        )


def scale(data: Sequence[tuple[Sequence[str], bool]]) -> Scale:
    """Fit logistic regression by stochastic gradient steps of falling size (AdaGrad)."""
    seen = Counter(one for found, _ in data for one in found)
    names = sorted(one for one, times in seen.items() if times >= LEAST_SEEN)
    number = {one: place for place, one in enumerate(names)}
    order = [([number[one] for one in found if one in number], wanted) for found, wanted in data]
    dice = random.Random(SEED)
    bias = 0.0
    weights = [0.0] * len(names)
    steep = [1.0] * len(names)
    for _ in range(ROUNDS):
        dice.shuffle(order)
        for found, wanted in order:
            told = bias + sum([weights[one] for one in found])
            error = 1 / (1 + math.exp(-max(-30.0, min(30.0, told)))) - wanted
            bias -= 0.05 * error
            for one in found:
                slope = error + PULL * weights[one]
                steep[one] += slope * slope
                weights[one] -= STEP * slope / math.sqrt(steep[one])
    rounded = {one: round(1000 * weight) for one, weight in zip(names, weights, strict=True)}
    return Scale(round(1000 * bias), {one: weight for one, weight in rounded.items() if abs(weight) >= LEAST})


def model(data: Sequence[Example]) -> Model:
    """Fit the scale and the kinds on `data`, thresholds left at zero."""
    limits = [one for one in data if one.kinds]
    scales = [scale([(one.kind, kind in one.kinds) for one in limits]) for kind in KINDS]
    names = sorted(set().union(*(one.weights for one in scales)))
    rows = {name: [one.weights.get(name, 0) for one in scales] for name in names}
    return Model(
        scale([(one.reply, bool(one.kinds)) for one in data if one.writer not in KINDS_ONLY]),
        *[0] * 2,
        Rows({"": [one.bias + more for one, more in zip(scales, commoner(limits), strict=True)], **rows}),
    )


def commoner(limits: Sequence[Example]) -> list[int]:
    """Give for each kind how much commoner it is at natural rates than in all sentences, in thousandths of a logit."""
    every, natural = (
        Counter(kind for one in some for kind in one.kinds)
        for some in (limits, [one for one in limits if one.writer in NATURAL])
    )
    rates = [(natural[kind] + 1) / (every[kind] + len(KINDS)) for kind in KINDS]
    return [round(1000 * math.log(rate * every.total() / max(1, natural.total()))) for rate in rates]


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
    print(f"{TABLE.name}: {len(written)} bytes")
    return 0


def thresholds(data: Sequence[Example]) -> dict[str, int]:
    """Choose the thresholds by cross-validation, writer by writer, and tell how well they do."""
    scored = list(zip(data, cross_validated(data), strict=True))
    asked = [(one, score) for one, (score, _) in scored if one.asked and one.writer not in KINDS_ONLY]
    tried = [(_f(asked, at), at) for at in range(-4000, 3001, 100)]
    best = max(tried)[0]
    reply = max(at for score, at in tried if score > best - CLOSE)
    print(f"reply {reply}: F{BETA:g} {best:.3f} (writers unseen, own sentences)")
    right, _, bare = max((_kinds_right(scored, at), -at, at) for at in range(0, 3001, 100))
    print(f"bare {bare}: kind of {right:.3f} of the limits right (writers unseen, own sentences)")
    return {"reply": reply, "bare": bare}


def cross_validated(data: Sequence[Example]) -> list[tuple[int, list[int]]]:
    """Score every sentence and each of its kinds by a model that has not seen its writer."""
    scores: list[tuple[int, list[int]]] = [(0, [])] * len(data)
    for writer in sorted({one.writer for one in data}):
        fitted = model([one for one in data if one.writer != writer])
        for number, one in enumerate(data):
            if one.writer == writer:
                scores[number] = fitted.replies.score(one.reply), fitted.kinds.added(one.kind)
    return scores


def _kinds_right(scored: Sequence[tuple[Example, tuple[int, list[int]]]], bare: int) -> float:
    limits = [(one, scores) for one, (_, scores) in scored if one.kinds]
    told = [one.reason or _loudest(scores, one.bare, bare) for one, scores in limits]
    return sum(kind in one.kinds for kind, (one, _) in zip(told, limits, strict=True)) / len(limits)


def _loudest(scores: Sequence[int], ahead: str, by: int) -> str:
    return max(KINDS, key=lambda kind: scores[RANK[kind]] + by * (kind == ahead))


def _f(scored: Sequence[tuple[Example, int]], at: int) -> float:
    wanted = {one.text for one, _ in scored if one.kinds}
    found = {one.text for one, score in scored if one.sure or score > at}
    return (1 + BETA**2) * len(wanted & found) / (BETA**2 * len(wanted) + len(found))


if __name__ == "__main__":
    sys.exit(main())
