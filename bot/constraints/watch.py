"""Many phrases over one text: only those are tried of which the text holds a telling word."""

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import islice
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

import re2

from bot.constraints.phrases import MOST_ANCHORS, Pattern

MOST_HITS: Final = 20
"""Hits of one phrase in one block of text; what repeats more often than that says nothing new."""


class _Owner(Protocol):
    """A rule or a veto: what phrases belong to."""

    @property
    def patterns(self) -> tuple[Pattern, ...]: ...


Owner = TypeVar("Owner", bound=_Owner)


class Hit(NamedTuple, Generic[Owner]):
    """A phrase of `owner` stands at the words `first` to `last`; `order` is the owner's place in its list."""

    owner: Owner
    order: int
    first: int
    last: int


class Watch(Generic[Owner]):
    """Looks for the phrases of many owners at once."""

    def __init__(self, owners: Sequence[Owner]) -> None:
        self._phrases = [(owner, order, pattern) for order, owner in enumerate(owners) for pattern in owner.patterns]
        self._compiled: dict[int, Any] = {}
        # Which phrases have a character as their first (second, third) anchor, and which have no such anchor: a set of
        # phrases is an integer, a bit each.
        needs: defaultdict[str, list[int]] = defaultdict(lambda: [0] * MOST_ANCHORS)
        always = [0] * MOST_ANCHORS
        for number, (_, _, pattern) in enumerate(self._phrases):
            for place in range(MOST_ANCHORS):
                if place >= len(pattern.anchors):
                    always[place] |= 1 << number
                    continue
                for char in pattern.anchors[place]:
                    needs[char][place] |= 1 << number
        self._needs = {char: (first, second, third) for char, (first, second, third) in needs.items()}
        self._always = tuple(always)

    def hits(self, line: str) -> list[Hit[Owner]]:
        """Give every hit in a line of the alphabet, in the order of the owners."""
        rarest, rarer, rare = self._always
        for first, second, third in filter(None, map(self._needs.get, set(line))):
            rarest |= first
            rarer |= second
            rare |= third
        tried = rarest & rarer & rare
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
