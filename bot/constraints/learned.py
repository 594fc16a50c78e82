"""The learned part: a linear model that says how much a sentence sounds like a limit, and which words say so.

It is fitted by `training/train.py` on our own sentences only; here it is a table and a sum.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice, pairwise, repeat
from pathlib import Path
from struct import unpack
from typing import Final, Self

import orjson

from bot.constraints.kinds import KINDS, RANK
from bot.constraints.remembered import Remembered, bare
from bot.errors import Problem

TABLE: Final = Path(__file__).parent / "language" / "weights.json"
MOST_WORDS: Final = 60
"""Words of a sentence that are weighed; what follows them adds no more evidence."""

STEM: Final = 5
"""Letters that most forms of a longer word share; enough for “approval” and “approved” to speak of one thing."""


def _told_word(name: str) -> str:
    word = bare(name)
    return word if not word[:1].isdigit() else "0"


def _told_stem(name: str) -> str:
    return f"{_told_word(name)[:STEM]}*" if len(name) > STEM else ""


_word: Final = Remembered(_told_word).__getitem__
_stem: Final = Remembered(_told_stem).__getitem__
_elsewhere: Final = Remembered(lambda name: f"elsewhere {_told_word(name)}").__getitem__


def words_of(names: Sequence[str]) -> set[str]:
    """Give the words and pairs of words of a sentence of canonical words; each counts once."""
    words = list(map(_word, names[:MOST_WORDS]))
    found = set(map(" ".join, pairwise(words)))
    found.update(words)
    return found


def around(names: Sequence[str], first: int, last: int) -> set[str]:
    """Give what tells the kind of a limit beside its own words and pairs: stems, and the words of other sentences.

    A reason often stands in the sentence before (“Compliance is slow. Without them we can't ship.”).
    """
    found = set(filter(None, map(_stem, names[first : last + 1])))
    found.update(map(_elsewhere, names[max(0, first - MOST_WORDS) : first]))
    found.update(map(_elsewhere, names[last + 1 : last + 1 + MOST_WORDS]))
    return found


class Sorts(Remembered[tuple[str, ...]]):
    """The sorts of each word; `sorts` names the list that a tag letter stands for."""

    def __init__(self, sorts: Mapping[str, str]) -> None:
        super().__init__(lambda name: tuple(sorts[letter] for letter in name.partition("/")[2] if letter in sorts))

    def of(self, names: Iterable[str]) -> set[str]:
        """Give the sorts of words in a sentence."""
        return set(chain.from_iterable(map(self.__getitem__, names)))


@dataclass(frozen=True, slots=True)
class Scale:
    """Weights in thousandths of a logit: how much each feature speaks for a limit."""

    bias: int
    weights: Mapping[str, int]

    def score(self, found: Iterable[str]) -> int:
        """Give how much a sentence with these features sounds like a limit."""
        return self.bias + sum(map(self.weights.get, found, repeat(0)))


class Rows(dict[str, Sequence[int]]):
    """For a feature its weight for each of `KINDS`; under the empty name what each kind starts from.

    Rows are added as numbers, a row as one number with room for a sum in every place: a third of the time.
    """

    def __init__(self, rows: Mapping[str, Sequence[int]] | Iterable[tuple[str, Sequence[int]]] = ()) -> None:
        super().__init__(rows)
        self._numbers = {name: _packed(row) for name, row in self.items()}

    def added(self, found: Iterable[str]) -> list[int]:
        """Give the sum of the rows of these features and of what each kind starts from."""
        return _unpacked(sum(map(self._numbers.get, found, repeat(0)), self._numbers[""]))


_ROOM: Final = 32
_ZEROES: Final = sum(1 << _ROOM * place + _ROOM - 1 for place in range(len(KINDS)))
"""A row of noughts in which every place can go as far below as above."""


def _packed(row: Sequence[int]) -> int:
    number = 0
    for weight in reversed(row):
        number = (number << _ROOM) + weight
    return number


def _unpacked(number: int) -> list[int]:
    places = (number + _ZEROES).to_bytes(len(KINDS) * _ROOM // 8, "little")
    return [place - (1 << _ROOM - 1) for place in unpack(f"<{len(KINDS)}I", places)]


@dataclass(frozen=True, slots=True)
class Model:
    """A scale and thresholds in thousandths of a logit; integers, so that no order of adding matters.

    `replies` weighs words, sorts of words, rules and vetoes in the answers to a question; above `reply` an answer
    is a limit without any sure rule. `bare` is what the kind of a rule has ahead that closes a way and gives no reason.
    """

    replies: Scale
    reply: int
    bare: int
    kinds: Rows

    @classmethod
    def load(cls, path: Path = TABLE) -> Self:
        """Read the table; raises `Problem` where it is missing or no table of weights."""
        try:
            table = orjson.loads(path.read_bytes())
            return cls(Scale(**table.pop("replies")), kinds=Rows(table.pop("kinds")), **table)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise Problem(f"The learned weights in {path.name} cannot be read; run training/train.py anew.") from error

    def kind(self, found: Iterable[str], bare: str = "") -> str:
        """Give the kind that these features most sound like; `bare` is the kind of a rule that gives no reason."""
        scores = self.kinds.added(found)
        if bare:
            scores[RANK[bare]] += self.bare
        return KINDS[scores.index(max(scores))]

    def loudest(self, found: Iterable[str], count: int = 3) -> list[str]:
        """Give the words that spoke most for a limit, loudest first; rules and sorts are left out."""
        weights = self.replies.weights
        told = [(-weight, one) for one in found if (weight := weights.get(one, 0)) > 0 and one[0].isalnum()]
        return list(islice(_apart(one for _, one in sorted(told)), count))


def _apart(said: Iterable[str]) -> Iterator[str]:
    """Leave out a word that a louder pair has already told, and the other way round."""
    heard: set[str] = set()
    for one in said:
        words = set(one.split())
        if not words & heard:
            heard |= words
            yield one
