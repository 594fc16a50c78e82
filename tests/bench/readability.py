"""How easy the questions are to read: `python tests/bench/readability.py` (needs `textstat==0.7.4`).

Prints the median Flesch-Kincaid grade of the questions and the hardest ones; exits 1 above grade 7. The
grade of one short sentence jumps with a single long word: the median tells something, a single grade little.
(Why 0.7.4: later releases of textstat, 0.7.13 for one, download a dictionary at run time.)
"""
# ruff: noqa: T201 - a measurement prints

import sys
from statistics import median

import textstat

from bot.prompts import OWN_PACKS, read_packs

HIGHEST_MEDIAN = 7.0


def main() -> int:
    packs = read_packs([OWN_PACKS])
    for name, questions in {
        "prompts": [prompt.question for prompt in packs.prompts],
        "follow-ups": [prompt.follow_up for prompt in packs.prompts],
        "hat questions": [line.text for line in packs.hat_questions],
    }.items():
        print(f"{name:14} {len(questions):4}  median grade {median(map(_grade, questions)):.1f}")
    hardest = sorted(packs.prompts, key=lambda prompt: -_grade(prompt.question))[:8]
    for prompt in hardest:
        print(f"{_grade(prompt.question):5.1f}  {prompt.question}")
    return int(median(_grade(prompt.question) for prompt in packs.prompts) > HIGHEST_MEDIAN)


def _grade(text: str) -> float:
    return float(textstat.flesch_kincaid_grade(text))


if __name__ == "__main__":
    sys.exit(main())
