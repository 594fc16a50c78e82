"""How often each lens was asked about and answered: counts of nudges, never of people; pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.prompts.packs import LENSES, Prompt

GONE = "in no pack any more"


@dataclass(frozen=True, slots=True)
class LensCount:
    """For one lens: the nudges that asked about it, and those of them that had an answer."""

    name: str
    asked: int
    answered: int


def tally(prompts: Sequence[Prompt], history: Iterable[tuple[str, int]]) -> list[LensCount]:
    """Count `history`, pairs of prompt id and number of answers, by lens in the order of `LENSES`.

    Prompts that are in no pack any more come last, if there are any.
    """
    lens_of = {prompt.id: prompt.lens for prompt in prompts}
    asked: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    for name, answers in history:
        asked[lens_of.get(name, GONE)] += 1
        answered[lens_of.get(name, GONE)] += answers > 0
    counts = [LensCount(name, asked[lens], answered[lens]) for lens, name in LENSES.items()]
    return [*counts, LensCount(GONE, asked[GONE], answered[GONE])] if asked[GONE] else counts
