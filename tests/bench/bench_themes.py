"""Measure the themes: B-cubed on a file of groups, and how fast statements are taken apart and joined.

    python tests/bench/bench_themes.py --file groups.jsonl [--even | --odd]

The file has one JSON object a line, with `group` (what people say is one constraint) and `text`. B-cubed
asks of each statement how many of its theme's statements share its group (precision) and how many of its
group's statements share its theme (recall), and takes the mean; F is their harmonic mean. The lines are grouped
together, as `opshat themes` does; then one after the other, as a channel does, in the order of the file and in
`--shuffles` other orders, because one pass depends on the order.
"""

# ruff: noqa: T201 - a measurement prints what it measured

import argparse
import json
import random
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from bot.constraints.themes import Parts, Themes, gather, load_themes
from bot.constraints.together import AT_ONCE, gather_together


def b_cubed(gold: Sequence[str], found: Sequence[str]) -> tuple[float, float, float]:
    """Give precision, recall and F of a grouping against the right one."""
    pairs = list(zip(gold, found, strict=True))
    both = [sum(pair == other for other in pairs) for pair in pairs]
    precision = statistics.fmean(hit / found.count(theme) for hit, theme in zip(both, found, strict=True))
    recall = statistics.fmean(hit / gold.count(group) for hit, group in zip(both, gold, strict=True))
    return precision, recall, 2 * precision * recall / (precision + recall)


def measure(themes: Themes, rows: Sequence[tuple[str, str]]) -> tuple[float, float, float]:
    found = list(gather(themes, [themes.parts(text) for _, text in rows]))
    return b_cubed([group for group, _ in rows], found)


def read(path: Path, remainder: int | None) -> list[tuple[str, str]]:
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    numbers = [int("".join(filter(str.isdigit, line["group"])) or 0) for line in lines]
    return [
        (line["group"], line["text"])
        for line, number in zip(lines, numbers, strict=True)
        if remainder is None or number % 2 == remainder
    ]


def speed(themes: Themes, texts: Sequence[str], statements: int) -> None:
    many = [f"{texts[n % len(texts)]} {n % 97}" for n in range(statements)]
    started = time.perf_counter()
    parts: list[Parts] = [themes.parts(text) for text in many]
    apart = time.perf_counter()
    count = len(set(gather(themes, parts)))
    joined = time.perf_counter()
    print(f"take apart: {statements / (apart - started):,.0f} statements a second")
    print(f"join: {statements / (joined - apart):,.0f} statements a second, into {count} themes")
    gather_together(themes, parts[:AT_ONCE])
    print(f"together: {AT_ONCE} statements in {time.perf_counter() - joined:.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", type=Path, required=True)
    parser.add_argument("--even", dest="remainder", action="store_const", const=0, help="even groups only")
    parser.add_argument("--odd", dest="remainder", action="store_const", const=1, help="odd groups only")
    parser.add_argument("--shuffles", type=int, default=20)
    parser.add_argument("--statements", type=int, default=5000)
    options = parser.parse_args()
    started = time.perf_counter()
    themes = load_themes()
    print(f"load: {time.perf_counter() - started:.2f} s")
    rows = read(options.file, options.remainder)
    print(f"{len(rows)} statements, {len({group for group, _ in rows})} groups")
    found = gather_together(themes, [themes.parts(text) for _, text in rows])
    precision, recall, f = b_cubed([group for group, _ in rows], found)
    print(f"B-cubed P {precision:.3f} R {recall:.3f} F {f:.3f} together")
    precision, recall, f = measure(themes, rows)
    print(f"B-cubed P {precision:.3f} R {recall:.3f} F {f:.3f} one after the other, in the order of the file")
    orders = [random.Random(seed).sample(rows, len(rows)) for seed in range(options.shuffles)]  # noqa: S311
    scores = sorted(measure(themes, order)[2] for order in orders)
    if scores:
        middle = statistics.median(scores)
        print(f"F in {len(scores)} other orders: {scores[0]:.3f} to {scores[-1]:.3f}, median {middle:.3f}")
    speed(themes, [text for _, text in rows], options.statements)


if __name__ == "__main__":
    main()
