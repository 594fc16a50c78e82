"""How fast `opshat detect` is beside 60 separate `re` patterns and spaCy's Matcher: run it by hand.

    pip install spacy && python tests/bench/bench_detect.py

All read the same lines of JSON and write lines of JSON, as whole processes, in turns: ours once in one process, which
is what the ratios compare, and once as it runs by itself, with a process for each processor. The lines are our own
training sentences that answer a question, two thirds of them with a limit. It also measures the memory of the loaded
detector and hostile input of 1 MB.
"""
# ruff: noqa: T201 - it prints what it measures
# ruff: noqa: S603 - it starts this very interpreter
# ruff: noqa: S311 - dice for a mixture, not for a secret

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINES = 20_000
ROUNDS = 5
PHRASES = [
    "can't",
    "cannot",
    "can not",
    "not able to",
    "unable to",
    "won't be able to",
    "not allowed",
    "aren't allowed",
    "isn't allowed",
    "not permitted",
    "forbidden",
    "off limits",
    "against policy",
    "won't let",
    "doesn't allow",
    "needs approval",
    "need approval",
    "sign off",
    "approval from",
    "permission from",
    "have to",
    "has to",
    "must",
    "need to",
    "required to",
    "no choice",
    "mandatory",
    "no way around",
    "obliged to",
    "bound to",
    "no time",
    "no budget",
    "no money",
    "no people",
    "no capacity",
    "not enough",
    "don't have time",
    "don't have the",
    "short staffed",
    "too busy",
    "too expensive",
    "can't afford",
    "not ready",
    "not mature enough",
    "too small",
    "too early",
    "don't know how",
    "always done",
    "tried that",
    "never done",
    "the way we do",
    "impossible",
    "not possible",
    "will never work",
    "no way",
    "everyone has to",
    "every team",
    "same process",
    "only the",
    "goes through",
]

RE = """
import json, re, sys
patterns = [(p, re.compile(r"\\b" + re.escape(p) + r"\\b", re.I)) for p in json.loads(sys.argv[2])]
write = sys.stdout.write
for raw in open(sys.argv[1], encoding="utf-8"):
    line = json.loads(raw)
    text = line["text"]
    line["findings"] = [
        {"rule": p, "start": m.start(), "end": m.end(), "span": m[0]}
        for p, e in patterns
        for m in e.finditer(text)
    ]
    write(json.dumps(line) + "\\n")
"""
SPACY = """
import json, sys, spacy
from spacy.matcher import Matcher
nlp = spacy.blank("en")
matcher = Matcher(nlp.vocab)
for p in json.loads(sys.argv[2]):
    matcher.add(p, [[{"LOWER": t.lower_} for t in nlp(p)]])
write = sys.stdout.write
def lines():
    for raw in open(sys.argv[1], encoding="utf-8"):
        line = json.loads(raw)
        yield line["text"], line
for doc, line in nlp.pipe(lines(), as_tuples=True):
    found = [(nlp.vocab.strings[k], doc[a:b]) for k, a, b in matcher(doc)]
    line["findings"] = [
        {"rule": k, "start": s.start_char, "end": s.end_char, "span": s.text} for k, s in found
    ]
    write(json.dumps(line) + "\\n")
"""
OURS = "from bot.cli import main; main()"
MEMORY = """
import sys
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 2**20
before = resident()
from bot.constraints.find import load_detector
detector = load_detector()
import json
for raw in open(sys.argv[1], encoding="utf-8"):
    detector.read(json.loads(raw)["text"], "What stops us?")
print(resident() - before)
"""
HOSTILE = {
    "nested quotes": "\"'" * 500_000,
    "100k apostrophes": "'" * 100_000 + "can't " * 150_000,
    "no spaces": "a" * 1_000_000,
    "backticks and brackets": "`<@:" * 250_000,
    "cues only": "we can't have to must not allowed only everyone no time " * 18_000,
}


def lines() -> list[str]:
    """Mix our own sentences as `plain` is mixed: two thirds with a limit."""
    dice = random.Random(1)
    texts = [
        json.loads(raw) for path in (ROOT / "training").glob("sentences-*.jsonl") for raw in path.open(encoding="utf-8")
    ]
    asked = [line for line in texts if line.get("prompt") and len(line["text"]) < 220]
    with_limit = [line for line in asked if line["findings"]]
    without = [line for line in asked if not line["findings"]]
    drawn = [dice.choice(with_limit if dice.random() < 2 / 3 else without) for _ in range(LINES)]
    return [json.dumps({"text": line["text"], "prompt": line["prompt"]}) for line in drawn]


def seconds(code: str, *arguments: str) -> tuple[float, float]:
    """Run one whole process and give its time: by the clock, and of the processor, which holds on a busy machine too."""
    before, began = os.times(), time.perf_counter()
    subprocess.run([sys.executable, "-c", code, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    took, after = time.perf_counter() - began, os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return took, spent


def main() -> None:
    """Measure and print."""
    phrases = json.dumps(PHRASES)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lines.jsonl"
        file.write_text("\n".join(lines()) + "\n", encoding="utf-8")
        runs = {
            "opshat detect": lambda: seconds(OURS, "detect", str(file), "--jobs", "1"),
            "all processors": lambda: seconds(OURS, "detect", str(file)),
            "60 x re": lambda: seconds(RE, str(file), phrases),
            "spaCy Matcher": lambda: seconds(SPACY, str(file), phrases),
        }
        taken = {name: [] for name in runs}
        for _ in range(ROUNDS):
            for name, run in runs.items():
                taken[name].append(run())
        memory = subprocess.run(
            [sys.executable, "-c", MEMORY, str(file)], cwd=ROOT, capture_output=True, text=True, check=True
        )
    ours = taken["opshat detect"]
    for name, times in taken.items():
        clock, processor = (statistics.median(column) for column in zip(*times, strict=True))
        pairs = [(theirs[0] / mine[0], theirs[1] / mine[1]) for theirs, mine in zip(times, ours, strict=True)]
        by_clock, by_processor = (statistics.median(column) for column in zip(*pairs, strict=True))
        print(
            f"{name:<16}{clock:>7.2f} s by the clock ({by_clock:.2f} x ours),"
            f"{processor:>7.2f} s of processor ({by_processor:.2f} x ours), {LINES / clock:>7.0f} lines/s"
        )
    print(f"memory of the loaded detector: {float(memory.stdout):.1f} MB")
    sys.path.insert(0, str(ROOT))
    from bot.constraints.find import load_detector

    detector = load_detector()
    for name, text in HOSTILE.items():
        began = time.perf_counter()
        detector.read(text, "What stops us?")
        print(f"hostile, {name}: {len(text):,} characters in {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    main()
