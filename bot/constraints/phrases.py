"""The phrase language of the lexicon: what an ops person writes, as a pattern of linear cost.

    we can't ... without <people>       words in lower case, lists in angle brackets
    (sign | signs) off                  alternatives
    not yet? ready                      `?`: the word before may be missing
    approv*                             any ending
    ..   ...                            up to two, up to six words of the same sentence
    ^                                   here a clause begins
    $                                   here a sentence ends

A list of single words (`<people>`) is looked up as a tag of the word, so its length costs nothing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.constraints.alphabet import ENDS, Alphabet
from bot.constraints.words import COMMA

MOST_WORDS_IN_GAP: Final = {"..": 2, "...": 6}

RARE: Final = 1 / 300
"""What a word that is not among the most frequent weighs beside them, as if it stood at the 300th place."""

OPENERS: Final = (COMMA, "but", "so", "and", "because", "since")
"""What a clause begins behind, beside the end of a sentence."""

MOST_ANCHORS: Final = 3
"""Words that are looked for before a phrase is tried; a fourth would hardly ever be the one that is missing."""

Anchors = list[frozenset[str]]

_LEXEME: Final = re.compile(r"\s*(\.{2,3}|<[a-z-]+>|[()|?^$]|[^\s()|?<>^$]+)")
_SYNTAX: Final = frozenset({"(", ")", "|", "?", "^", "$", ",", *MOST_WORDS_IN_GAP})


class PhraseError(ValueError):
    """A phrase that the language does not know; `str()` says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What phrases can refer to: tags of single words and lists of whole phrases."""

    tags: Mapping[str, str]  # list name -> its letter
    lists: Mapping[str, tuple[str, ...]]  # list name -> phrases, expanded in place
    canon: Mapping[str, str]  # word -> canonical form with its tags
    alphabet: Alphabet
    frequent: Mapping[str, int]  # the characters of the most frequent words -> their place, the most frequent first
    spelled: dict[tuple[str, bool], tuple[str, Anchors]] = field(init=False, default_factory=dict)
    """Lists that were expanded, by name and by whether for RE2: one list stands in dozens of phrases."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A phrase as a regular expression over the characters of an `Alphabet`.

    Of each of the sets in `anchors` one character must occur where the phrase matches; the rarest set comes first.
    """

    source: str
    expression: str
    anchors: tuple[frozenset[str], ...]


def words_in(phrase: str) -> list[str]:
    """Give the words of a phrase as they are written in it, those that stand for any ending with their `*`."""
    return [one for one in _LEXEME.findall(phrase) if one not in _SYNTAX and not one.startswith("<")]


def compile_phrase(phrase: str, words: Vocabulary, *, linear: bool = False) -> Pattern:
    """Compile one phrase; raises `PhraseError` where it is not of the language.

    `linear` makes an expression for RE2, which cannot look around: no `^` and no `$`.
    """
    reader = _Reader(phrase, words, linear=linear)
    expression, anchors = reader.alternatives()
    if reader.rest:
        raise PhraseError(f"“{phrase}” has a “{reader.rest[0]}” too many")
    return Pattern(phrase, expression, tuple(anchors))


class _Reader:
    """Reads one phrase from left to right; every method gives an expression and its best anchors."""

    def __init__(self, phrase: str, words: Vocabulary, *, linear: bool = False) -> None:
        self.phrase = phrase
        self.linear = linear
        self.words = words
        self.rest = _LEXEME.findall(phrase)
        if not self.rest:
            raise PhraseError("a phrase is empty")

    def alternatives(self) -> tuple[str, Anchors]:
        branches = [self._sequence()]
        while self.rest and self.rest[0] == "|":
            self.rest.pop(0)
            branches.append(self._sequence())
        expressions = [expression for expression, _ in branches]
        return _either(expressions), self._joined([anchors for _, anchors in branches])

    def _sequence(self) -> tuple[str, Anchors]:
        parts: list[str] = []
        needed: Anchors = []
        while self.rest and self.rest[0] not in {"|", ")"}:
            expression, anchors = self._element()
            if self.rest and self.rest[0] == "?":
                self.rest.pop(0)
                expression, anchors = f"(?:{expression})?", []
            parts.append(expression)
            needed += anchors
        if not parts:
            raise PhraseError(f"“{self.phrase}” has an empty alternative")
        return "".join(parts), sorted(needed, key=self._rarity)[:MOST_ANCHORS]

    def _joined(self, branches: Sequence[Anchors]) -> Anchors:
        """Join the anchors of alternatives: what all of them need is one of the rarest of each."""
        if len(branches) == 1:
            return branches[0]
        return [frozenset().union(*(anchors[0] for anchors in branches))] if all(branches) else []

    def _rarity(self, anchors: frozenset[str]) -> float:
        """Estimate by Zipf's law how many texts hold one of these words, so that the rarest are looked for."""
        places = map(self.words.frequent.get, anchors)
        return sum(1 / (place + 3) if place is not None else RARE for place in places)

    def _element(self) -> tuple[str, Anchors]:
        lexeme = self.rest.pop(0)
        if lexeme == "(":
            return self._group()
        if lexeme in MOST_WORDS_IN_GAP:
            return f"[^{ENDS}]{{0,{MOST_WORDS_IN_GAP[lexeme]}}}?", []
        if lexeme in {"^", "$"}:
            return self._edge(lexeme), []
        if lexeme in {"?", ")"}:
            raise PhraseError(f"“{self.phrase}” has a “{lexeme}” with nothing before it")
        return self._list(lexeme[1:-1]) if lexeme.startswith("<") else self._word(lexeme)

    def _group(self) -> tuple[str, Anchors]:
        inside = self.alternatives()
        if not self.rest or self.rest.pop(0) != ")":
            raise PhraseError(f"“{self.phrase}” does not close a bracket")
        return inside

    def _edge(self, lexeme: str) -> str:
        if self.linear:
            raise PhraseError(f"“{self.phrase}” has a “{lexeme}”, which only the lexicon may have")
        if lexeme == "$":
            return f"(?![^{ENDS}])"
        openers = self.words.alphabet.line(self.words.canon[word] for word in OPENERS)
        return f"(?<![^{ENDS}{openers}])"

    def _list(self, name: str) -> tuple[str, Anchors]:
        if name in self.words.tags:
            return f"[{self.words.alphabet.tagged(self.words.tags[name])}]", []
        if name not in self.words.lists:
            raise PhraseError(f"“{self.phrase}” names the list <{name}>, which does not exist")
        if (name, self.linear) not in self.words.spelled:
            inner = [compile_phrase(phrase, self.words, linear=self.linear) for phrase in self.words.lists[name]]
            anchors = self._joined([list(pattern.anchors) for pattern in inner])
            self.words.spelled[name, self.linear] = _either([pattern.expression for pattern in inner]), anchors
        return self.words.spelled[name, self.linear]

    def _word(self, word: str) -> tuple[str, Anchors]:
        if word.endswith("*"):
            chars = self.words.alphabet.beginning(word[:-1])
            if not chars:
                raise PhraseError(f"“{self.phrase}” has a “{word}” with which no word begins")
            return f"[{chars}]", []
        char = COMMA if word == COMMA else self.words.alphabet[self.words.canon[word]]
        return char, [frozenset({char})]


def _either(expressions: list[str]) -> str:
    return expressions[0] if len(expressions) == 1 else f"(?:{'|'.join(expressions)})"
