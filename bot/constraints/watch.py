"""Many phrases over one text: only those are tried of which the text holds a telling word."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Generic, Protocol, TypeVar

import re2

from bot.constraints.phrases import Pattern

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


class Watch(Generic[Owner]):
    """Looks for the phrases of many owners at once."""

    def __init__(self, owners: Sequence[Owner]) -> None:
        self._phrases = [(owner, order, pattern) for order, owner in enumerate(owners) for pattern in owner.patterns]
        self._always = [number for number, (_, _, pattern) in enumerate(self._phrases) if not pattern.anchors]
        self._index: dict[str, list[int]] = {}
        self._compiled: dict[int, Any] = {}
        for number, (_, _, pattern) in enumerate(self._phrases):
            for anchor in pattern.anchors:
                self._index.setdefault(anchor, []).append(number)

    def hits(self, line: str) -> list[Hit[Owner]]:
        """Give every hit in a line of the alphabet, in the order of the owners."""
        numbers = set(self._always)
        for char in self._index.keys() & set(line):
            numbers.update(self._index[char])
        found: list[Hit[Owner]] = []
        for number in sorted(numbers):
            expression = self._compiled.get(number) or self._expression(number)
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
