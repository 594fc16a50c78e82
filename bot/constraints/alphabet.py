"""One character for every word that a phrase can tell apart, so that a phrase is a short pattern over few characters.

A text of thirty words becomes a line of thirty characters, a list of words a class of characters, and a gap of up to
six words up to six characters: patterns over these are several times faster than patterns over the words themselves.
"""

from collections.abc import Iterable
from typing import Final

from bot.constraints.words import ASKS, COMMA, END

ENDS: Final = "\n?"
"""The characters of `END` and `ASKS`: no phrase matches across them."""

MOST_REMEMBERED: Final = 50_000
"""Words that no phrase knows and whose character is remembered, so that no stream of odd words fills the memory."""

_FIRST: Final = 0xF0000
"""Code points from here on mean nothing to a regular expression, and there are enough of them for any lexicon.

`re` compiles a class of these in half the time of one from the first 65,536, for which it draws a map of them all.
"""


class Alphabet(dict[str, str]):
    """Characters of canonical words (`word/TAGS`); a word that no phrase knows gets one by its tags and beginning."""

    def __init__(self, names: Iterable[str], beginnings: Iterable[str], guessed: str, letters: Iterable[str]) -> None:
        """Give characters to `names` and all other words, whose tags are none or `guessed`; `letters` are all tags."""
        super().__init__({END: ENDS[0], ASKS: ENDS[1], COMMA: COMMA})
        self._beginnings = [*sorted(set(beginnings), reverse=True), ""]  # of two that fit the longer comes first
        self._others = {(tags, start): "" for tags in ("", guessed) for start in self._beginnings}
        for place, key in enumerate(self._others):
            self._others[key] = chr(_FIRST + place)
        # Words with the same tags stand side by side, so that a list of words is a few ranges of characters.
        for place, name in enumerate(sorted(set(names), key=_tags_first), start=len(self._others)):
            self[name] = chr(_FIRST + place)
        words = ((*name.partition("/"), char) for name, char in self.items() if char not in ENDS + COMMA)
        self._known = [(word, tags, char) for word, _, tags, char in words]
        self._known += [(start, tags, char) for (tags, start), char in self._others.items()]
        self._tagged = {letter: _ranges(char for _, tags, char in self._known if letter in tags) for letter in letters}
        self._room = len(self) + MOST_REMEMBERED

    def __missing__(self, name: str) -> str:
        """Give the character of all words that no phrase knows and that have this one's tags and beginning."""
        word, _, tags = name.partition("/")
        char = self._others[tags, next(start for start in self._beginnings if word.startswith(start))]
        if len(self) < self._room:
            self[name] = char
        return char

    def line(self, names: Iterable[str]) -> str:
        """Write canonical words as one character each."""
        return "".join(map(self.__getitem__, names))

    def beginning(self, start: str) -> str:
        """Give the characters of all words that begin with `start`, one of the beginnings."""
        return "".join(char for word, _, char in self._known if word.startswith(start))

    def tagged(self, letter: str) -> str:
        """Give the characters of all words with a tag, as ranges for a class of a regular expression."""
        return self._tagged[letter]


def _tags_first(name: str) -> tuple[str, str]:
    word, _, tags = name.partition("/")
    return tags, word


def _ranges(chars: Iterable[str]) -> str:
    """Write characters as the inside of a class, neighbours as a range."""
    spans: list[list[int]] = []
    for code in sorted(map(ord, chars)):
        if spans and code == spans[-1][1] + 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    return "".join(chr(first) if first == last else f"{chr(first)}-{chr(last)}" for first, last in spans)
