"""The learned part: a linear model that says how much a sentence sounds like a limit, and which words say so.

It is fitted by `training/train.py` on our own sentences only; here it is a table and a sum.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import Final, Self

import orjson

from bot.constraints.kinds import KINDS, RANK
from bot.errors import Problem

TABLE: Final = Path(__file__).parent / "language" / "weights.json"
MOST_WORDS: Final = 60
"""Words of a sentence that are weighed; what follows them adds no more evidence."""

MOST_REMEMBERED: Final = 20_000
"""Words of which is remembered what was told, so that no stream of odd words fills the memory."""

STEM: Final = 5
"""Letters that most forms of a longer word share; enough for “approval” and “approved” to speak of one thing."""


class _Remembered(dict[str, str]):
    """What is told of each canonical word, told once; a look at a dictionary costs a tenth of a call."""

    def __init__(self, tell: Callable[[str], str]) -> None:
        super().__init__()
        self._tell = tell

    def __missing__(self, name: str) -> str:
        told = self._tell(name)
        if len(self) < MOST_REMEMBERED:
            self[name] = told
        return told


def _told_word(name: str) -> str:
    word = name.partition("/")[0]
    return word if not word[:1].isdigit() else "0"


_word: Final = _Remembered(_told_word).__getitem__
_tags: Final = _Remembered(lambda name: name.partition("/")[2]).__getitem__


def words_of(names: Sequence[str]) -> set[str]:
    """Give the words and pairs of words of a sentence of canonical words; each counts once."""
    words = list(map(_word, names[:MOST_WORDS]))
    return {*words, *map(" ".join, pairwise(words))}


def sorts_of(names: Iterable[str], sorts: Mapping[str, str]) -> set[str]:
    """Give the sorts of words in a sentence; `sorts` names the list that a tag letter stands for."""
    tags = set("".join(map(_tags, names)))
    return {sorts[letter] for letter in tags if letter in sorts}


def around(names: Sequence[str], first: int, last: int) -> set[str]:
    """Give what tells the kind of a limit beside its own words and pairs: stems, and the words of other sentences.

    A reason often stands in the sentence before (“Compliance is slow. Without them we can't ship.”).
    """
    stems = {f"{_word(name)[:STEM]}*" for name in names[first : last + 1] if len(name) > STEM}
    elsewhere = (*names[max(0, first - MOST_WORDS) : first], *names[last + 1 : last + 1 + MOST_WORDS])
    return stems | {f"elsewhere {_word(name)}" for name in elsewhere}


@dataclass(frozen=True, slots=True)
class Scale:
    """Weights in thousandths of a logit: how much each feature speaks for a limit."""

    bias: int
    weights: Mapping[str, int]

    def score(self, found: Iterable[str]) -> int:
        """Give how much a sentence with these features sounds like a limit."""
        return self.bias + sum(filter(None, map(self.weights.get, found)))


@dataclass(frozen=True, slots=True)
class Model:
    """A scale and thresholds in thousandths of a logit; integers, so that no order of adding matters.

    `replies` weighs words, sorts of words, rules and vetoes in the answers to a question; above `reply` an answer
    is a limit without any sure rule. `bare` is what the kind of a rule has ahead that closes a way and gives no reason.
    `kinds` holds for a feature its weight for each of `KINDS`; under the empty name what each kind starts from.
    """

    replies: Scale
    reply: int
    bare: int
    kinds: Mapping[str, Sequence[int]]

    @classmethod
    def load(cls, path: Path = TABLE) -> Self:
        """Read the table; raises `Problem` where it is missing or no table of weights."""
        try:
            table = orjson.loads(path.read_bytes())
            return cls(Scale(**table.pop("replies")), **table)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise Problem(f"The learned weights in {path.name} cannot be read; run training/train.py anew.") from error

    def kind_scores(self, found: Iterable[str]) -> list[int]:
        """Give how much a limit with these features sounds like each kind, in the order of `KINDS`."""
        rows = filter(None, map(self.kinds.get, found))
        return list(map(sum, zip(self.kinds[""], *rows, strict=True)))

    def kind(self, found: Iterable[str], bare: str = "") -> str:
        """Give the kind that these features most sound like; `bare` is the kind of a rule that gives no reason."""
        scores = self.kind_scores(found)
        if bare:
            scores[RANK[bare]] += self.bare
        return KINDS[scores.index(max(scores))]

    def loudest(self, found: Iterable[str], count: int = 3) -> list[str]:
        """Give the words that spoke most for a limit, loudest first; rules and sorts are left out."""
        weights = self.replies.weights
        told = [(weights[one], one) for one in found if weights.get(one, 0) > 0 and one[0].isalnum()]
        return list(islice(_apart(one for _, one in sorted(told, key=_loudest)), count))


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
