"""The learned part: a linear model that says how much a sentence sounds like a limit, and which words say so.

It is fitted by `training/train.py` on our own sentences only; here it is a table and a sum.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final, Self

import orjson

from bot.constraints.kinds import KINDS, RANK
from bot.errors import Problem

TABLE: Final = Path(__file__).parent / "language" / "weights.json"
MOST_WORDS: Final = 60
"""Words of a sentence that are weighed; what follows them adds no more evidence."""


def features(names: Sequence[str], sorts: Mapping[str, str], signs: Iterable[str]) -> set[str]:
    """Name what is weighed in a sentence of canonical words; each counts once.

    These are its words, its pairs of words, the sorts of its words (`sorts` gives the list that a tag letter
    stands for) and `signs`, what else is known of it.
    """
    words = []
    tags = ""
    for name in names[:MOST_WORDS]:
        word, _, letters = name.partition("/")
        words.append(word if not word[:1].isdigit() else "0")
        tags += letters
    found = set(words)
    found.update(map(" ".join, pairwise(words)))
    found.update([sorts[letter] for letter in set(tags) if letter in sorts])
    found.update(signs)
    return found


@dataclass(frozen=True, slots=True)
class Model:
    """Weights and thresholds in thousandths of a logit; integers, so that no order of adding matters.

    Above `reply` an answer to a question is a limit without any rule. Above `talk` an unsure rule may stand
    where nobody asked: chatter holds few limits and many look-alikes. Below `doubt` no sure rule stands.
    `trust` is what the kind of a rule has ahead of the kinds that the words suggest. `kinds` holds for a
    feature its weight for each of `KINDS`; under the empty name what each kind starts from.
    """

    bias: int
    reply: int
    talk: int
    doubt: int
    trust: int
    weights: Mapping[str, int]
    kinds: Mapping[str, Sequence[int]]

    @classmethod
    def load(cls, path: Path = TABLE) -> Self:
        """Read the table; raises `Problem` where it is missing or no table of weights."""
        try:
            return cls(**orjson.loads(path.read_bytes()))
        except (OSError, ValueError, TypeError) as error:
            raise Problem(f"The learned weights in {path.name} cannot be read; run training/train.py anew.") from error

    def score(self, found: Iterable[str]) -> int:
        """Give how much a sentence with these features sounds like a limit."""
        get = self.weights.get
        return self.bias + sum([get(one, 0) for one in found])

    def kind_scores(self, found: Iterable[str]) -> list[int]:
        """Give how much a limit with these features sounds like each kind, in the order of `KINDS`."""
        table = self.kinds
        rows = [table[one] for one in found if one in table]
        return list(map(sum, zip(table[""], *rows, strict=True)))

    def kind(self, found: Iterable[str], rule: str = "") -> str:
        """Give the kind that these features most sound like; `rule` is the kind that a rule says."""
        scores = self.kind_scores(found)
        if rule:
            scores[RANK[rule]] += self.trust
        return KINDS[scores.index(max(scores))]

    def loudest(self, found: Iterable[str], count: int = 3) -> list[str]:
        """Give the words that spoke most for a limit, loudest first; rules and sorts are left out."""
        told = [(self.weights.get(one, 0), one) for one in found if one[0].isalnum()]
        return list(_apart(one for weight, one in sorted(told, key=_loudest) if weight > 0))[:count]


def _loudest(told: tuple[int, str]) -> tuple[int, str]:
    return -told[0], told[1]


def _apart(said: Iterable[str]) -> Iterator[str]:
    """Leave out a word that a louder pair has already told, and the other way round."""
    heard: set[str] = set()
    for one in said:
        words = set(one.split())
        if not words & heard:
            heard |= words
            yield one
