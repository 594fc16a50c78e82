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

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

MOST_WORDS_IN_GAP: Final = {"..": 2, "...": 6}

RARE: Final = 1 / 300
"""What a word that is not among the most frequent weighs beside them, as if it stood at the 300th place."""

_LEXEME: Final = re.compile(r"\s*(\.{2,3}|<[a-z-]+>|[()|?^$]|[^\s()|?<>^$]+)")
_CLAUSE_START: Final = r"(?:(?<=\A)|(?<= \n)|(?<= \n\?)|(?<= ,)|(?<= but)|(?<= so)|(?<= and)|(?<= because)|(?<= since))"
_SENTENCE_END: Final = r"(?= \n| \Z)"
_WORD_END: Final = "(?= )"


class PhraseError(ValueError):
    """A phrase that the language does not know; `str()` says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What phrases can refer to: tags of single words and lists of whole phrases."""

    tags: Mapping[str, str]  # list name -> its letter
    lists: Mapping[str, tuple[str, ...]]  # list name -> phrases, expanded in place
    canon: Mapping[str, str]  # word -> canonical form with its tags
    frequent: Mapping[str, int]  # the most frequent words -> their place, the most frequent first


@dataclass(frozen=True, slots=True)
class Pattern:
    """A phrase as a regular expression over `Words.line`, and words of which one must occur."""

    source: str
    expression: str
    anchors: frozenset[str]


def compile_phrase(phrase: str, words: Vocabulary, *, linear: bool = False) -> Pattern:
    """Compile one phrase; raises `PhraseError` where it is not of the language.

    `linear` makes an expression for RE2, which cannot look around: no `^`, no `$`, one blank more.
    """
    reader = _Reader(phrase, words, linear=linear)
    expression, anchors = reader.alternatives()
    if reader.rest:
        raise PhraseError(f"“{phrase}” has a “{reader.rest[0]}” too many")
    return Pattern(phrase, expression + (" " if linear else _WORD_END), anchors)


class _Reader:
    """Reads one phrase from left to right; every method gives an expression and its best anchors."""

    def __init__(self, phrase: str, words: Vocabulary, *, linear: bool = False) -> None:
        self.phrase = phrase
        self.linear = linear
        self.words = words
        self.rest = [found[1] for found in _LEXEME.finditer(phrase)]
        if not self.rest:
            raise PhraseError("a phrase is empty")

    def alternatives(self) -> tuple[str, frozenset[str]]:
        branches = [self._sequence()]
        while self.rest and self.rest[0] == "|":
            self.rest.pop(0)
            branches.append(self._sequence())
        expressions = [expression for expression, _ in branches]
        return _either(expressions), _union([anchors for _, anchors in branches])

    def _sequence(self) -> tuple[str, frozenset[str]]:
        parts: list[str] = []
        best: frozenset[str] = frozenset()
        while self.rest and self.rest[0] not in {"|", ")"}:
            expression, anchors = self._element()
            if self.rest and self.rest[0] == "?":
                self.rest.pop(0)
                expression, anchors = f"(?:{expression})?", frozenset()
            parts.append(expression)
            best = min(best, anchors, key=self._rarity)
        if not parts:
            raise PhraseError(f"“{self.phrase}” has an empty alternative")
        return "".join(parts), best

    def _rarity(self, anchors: frozenset[str]) -> float:
        """Estimate by Zipf's law how many texts hold one of these words, so that the rarest are looked for."""
        if not anchors:
            return math.inf
        places = map(self.words.frequent.get, (anchor.partition("/")[0] for anchor in anchors))
        return sum(1 / (place + 3) if place is not None else RARE for place in places)

    def _element(self) -> tuple[str, frozenset[str]]:
        lexeme = self.rest.pop(0)
        if lexeme == "(":
            return self._group()
        if lexeme in MOST_WORDS_IN_GAP:
            return f"(?: [^ \\n]+){{0,{MOST_WORDS_IN_GAP[lexeme]}}}?", frozenset()
        if lexeme in {"^", "$"}:
            return self._edge(lexeme)
        if lexeme in {"?", ")"}:
            raise PhraseError(f"“{self.phrase}” has a “{lexeme}” with nothing before it")
        return self._list(lexeme[1:-1]) if lexeme.startswith("<") else self._word(lexeme)

    def _group(self) -> tuple[str, frozenset[str]]:
        inside = self.alternatives()
        if not self.rest or self.rest.pop(0) != ")":
            raise PhraseError(f"“{self.phrase}” does not close a bracket")
        return inside

    def _edge(self, lexeme: str) -> tuple[str, frozenset[str]]:
        if self.linear:
            raise PhraseError(f"“{self.phrase}” has a “{lexeme}”, which only the lexicon may have")
        if lexeme == "$":
            return _SENTENCE_END, frozenset()
        if not self.rest or self.rest[0] in {"|", ")"}:
            return _CLAUSE_START, frozenset()
        expression, anchors = self._element()
        return f"(?={expression}){_CLAUSE_START}{expression}", anchors  # looking ahead first is cheaper

    def _list(self, name: str) -> tuple[str, frozenset[str]]:
        if name in self.words.tags:
            return f" [^ \\n/]+/[A-Z]*{self.words.tags[name]}[A-Z]*", frozenset()
        if name not in self.words.lists:
            raise PhraseError(f"“{self.phrase}” names the list <{name}>, which does not exist")
        inner = [compile_phrase(phrase, self.words) for phrase in self.words.lists[name]]
        expressions = [pattern.expression.removesuffix(_WORD_END) for pattern in inner]
        return _either(expressions), _union([pattern.anchors for pattern in inner])

    def _word(self, word: str) -> tuple[str, frozenset[str]]:
        if word.endswith("*"):
            return f" {re.escape(word[:-1])}[^ \\n]*", frozenset()
        if word == ",":
            return " ,", frozenset({","})
        canonical = self.words.canon[word]
        return " " + re.escape(canonical).replace("\\ ", " "), frozenset({canonical})


def _either(expressions: list[str]) -> str:
    return expressions[0] if len(expressions) == 1 else f"(?:{'|'.join(expressions)})"


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    """Join the anchors of alternatives: worthless as soon as one of them has none."""
    found = list(sets)
    return frozenset().union(*found) if all(found) else frozenset()
