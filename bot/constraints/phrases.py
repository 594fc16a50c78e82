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
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

MOST_WORDS_IN_GAP: Final = {"..": 2, "...": 6}

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
    frequent: Collection[str]  # words that are no use to look for first


@dataclass(frozen=True, slots=True)
class Pattern:
    """A phrase as a regular expression over `Words.line`, and words of which one must occur."""

    source: str
    expression: str
    anchors: frozenset[str]

    @property
    def linear(self) -> str:
        """The same without looking around, for RE2; one blank longer at its end."""
        bare = self.expression.replace(_CLAUSE_START, "").replace(_SENTENCE_END, "")
        return bare.removesuffix(_WORD_END) + " "


def compile_phrase(phrase: str, words: Vocabulary) -> Pattern:
    """Compile one phrase; raises `PhraseError` where it is not of the language."""
    reader = _Reader(phrase, words)
    expression, anchors = reader.alternatives()
    if reader.rest:
        raise PhraseError(f"“{phrase}” has a “{reader.rest[0]}” too many")
    return Pattern(phrase, expression + _WORD_END, anchors)


class _Reader:
    """Reads one phrase from left to right; every method gives an expression and its best anchors."""

    def __init__(self, phrase: str, words: Vocabulary) -> None:
        self.phrase = phrase
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

    def _rarity(self, anchors: frozenset[str]) -> tuple[bool, bool, int]:
        """Rank anchors by how few texts contain them: none last, then frequent words, then many."""
        bare = {anchor.partition("/")[0] for anchor in anchors}
        return not anchors, bool(bare & set(self.words.frequent)), len(anchors)

    def _element(self) -> tuple[str, frozenset[str]]:
        lexeme = self.rest.pop(0)
        if lexeme == "(":
            inside = self.alternatives()
            if not self.rest or self.rest.pop(0) != ")":
                raise PhraseError(f"“{self.phrase}” does not close a bracket")
            return inside
        if lexeme in MOST_WORDS_IN_GAP:
            return f"(?: [^ \\n]+){{0,{MOST_WORDS_IN_GAP[lexeme]}}}?", frozenset()
        if lexeme == "^":
            return _CLAUSE_START, frozenset()
        if lexeme == "$":
            return _SENTENCE_END, frozenset()
        if lexeme.startswith("<"):
            return self._list(lexeme[1:-1])
        if lexeme in {"?", ")"}:
            raise PhraseError(f"“{self.phrase}” has a “{lexeme}” with nothing before it")
        return self._word(lexeme)

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
