"""Many phrases over one text: only those are tried of which the text holds a telling word."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Generic, Protocol, TypeVar

import re2

from bot.constraints.phrases import MOST_ANCHORS, Pattern

MOST_HITS: Final = 20
"""Hits of one phrase in one block of text; what repeats more often than that says nothing new."""


class _Owner(Protocol):
    """A rule or a veto: what phrases belong to."""

    @property
    def patterns(self) -> tuple[Pattern, ...]: ...


Owner = TypeVar("Owner", bound=_Owner)


@dataclass(frozen=True, slots=True)
class Hit(Generic[Owner]):
    """A phrase of `owner` stands at the words `first` to `last`; `order` is the owner's place in its list."""

    owner: Owner
    order: int
    first: int
    last: int


class _Need:
    """Which phrases have their first (second, third) anchor in a text; a set of phrases is an integer, a bit each."""

    def __init__(self, place: int) -> None:
        self._place = place
        self._always = 0
        self._by_char: dict[str, int] = {}

    def add(self, bit: int, anchors: Sequence[frozenset[str]]) -> None:
        """Note what a phrase needs here; one with fewer anchors needs nothing."""
        if self._place >= len(anchors):
            self._always |= bit
            return
        for char in anchors[self._place]:
            self._by_char[char] = self._by_char.get(char, 0) | bit

    def met_by(self, chars: set[str]) -> int:
        """Give the phrases whose need these characters meet."""
        met = self._always
        by_char = self._by_char
        for char in by_char.keys() & chars:
            met |= by_char[char]
        return met


class Watch(Generic[Owner]):
    """Looks for the phrases of many owners at once."""

    def __init__(self, owners: Sequence[Owner]) -> None:
        self._phrases = [(owner, order, pattern) for order, owner in enumerate(owners) for pattern in owner.patterns]
        self._compiled: dict[int, Any] = {}
        self._needs = [_Need(number) for number in range(MOST_ANCHORS)]
        for number, (_, _, pattern) in enumerate(self._phrases):
            for need in self._needs:
                need.add(1 << number, pattern.anchors)

    def hits(self, line: str) -> list[Hit[Owner]]:
        """Give every hit in a line of the alphabet, in the order of the owners."""
        chars = set(line)
        tried = -1
        for need in self._needs:
            tried &= need.met_by(chars)
        found: list[Hit[Owner]] = []
        compiled = self._compiled
        while tried:
            lowest = tried & -tried
            tried ^= lowest
            number = lowest.bit_length() - 1
            expression = compiled.get(number) or self._expression(number)
            if expression.search(line):  # nearly all of them fail, and fail fastest so
                found += self._all(number, expression, line)
        return found

    def _expression(self, number: int) -> Any:  # noqa: ANN401 - a pattern of `re` or of RE2
        """Compile a phrase when it is first tried: all at once would take longer than most commands run."""
        expression = self._compiled[number] = self._compile(self._phrases[number][2].expression)
        return expression

    def _all(self, number: int, expression: Any, line: str) -> list[Hit[Owner]]:  # noqa: ANN401 - as above
        owner, order, _ = self._phrases[number]
        matches = islice(expression.finditer(line), MOST_HITS)
        return [Hit(owner, order, match.start(), match.end() - 1) for match in matches if match[0]]

    def _compile(self, expression: str) -> Any:  # noqa: ANN401 - a pattern of `re` or of RE2
        return re.compile(expression)


class UserWatch(Watch[Owner]):
    """The same for phrases that users add: matched by RE2, whose time is linear whatever the phrase."""

    def _compile(self, expression: str) -> Any:  # noqa: ANN401 - as above
        return re2.compile(expression)
