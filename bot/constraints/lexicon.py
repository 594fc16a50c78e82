"""The lexicon: words, rules and vetoes read from `language/*.toml`; each mistake is named at load."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from string import ascii_uppercase
from types import MappingProxyType
from typing import Any, Final

from bot.constraints.alphabet import Alphabet
from bot.constraints.english import Languages
from bot.constraints.kinds import KINDS
from bot.constraints.phrases import OPENERS, Pattern, PhraseError, Vocabulary, compile_phrase, words_in
from bot.constraints.words import COMMA, Splitter
from bot.errors import Problem

FOLDER: Final = Path(__file__).with_name("language")
OWN_PHRASE: Final = "own-phrase"
"""The rule id of every phrase that a workspace added."""

WHERES: Final = ("here", "before", "after", "sentence", "text")
MOST_KNOWN_WORDS: Final = 50_000
"""Canonical forms that are remembered, so that no stream of odd words fills the memory."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One family of phrases that close a way; see the head of `rules.toml` for its fields."""

    id: str
    kind: str
    why: str
    patterns: tuple[Pattern, ...]
    sure: bool = True
    generic: bool = False
    duty: bool = False
    open: bool = False
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Veto:
    """One family of phrases that show a look-alike; see the head of `vetoes.toml` for its fields."""

    id: str
    where: str
    why: str
    patterns: tuple[Pattern, ...]
    only: frozenset[str] = frozenset()
    spares: frozenset[str] = frozenset()
    against: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What a nudge may ask for, told by the phrases of its question."""

    id: str
    patterns: tuple[Pattern, ...]


class Canon(dict[str, str]):
    """Canonical forms of words with their tags; a word that it does not know is its own canonical form."""

    def __missing__(self, word: str) -> str:
        """Guess at people from the word's ending (“cashiers”, “archivists”); remember the answer.

        A number of more than one digit that is no year is any number, `0`.
        """
        if _NUMBER.fullmatch(word):
            return "0"
        canonical = f"{word}/{self.people}" if _sounds_like_people(word) else word
        if len(self) < MOST_KNOWN_WORDS and len(word) < MOST_LETTERS:
            self[word] = canonical
        return canonical

    def __init__(self, people: str) -> None:
        super().__init__()
        self.people = people


MOST_LETTERS: Final = 40
_NUMBER: Final = re.compile(r"(?!(?:19|20)\d\d$)\d[\d.]{1,20}")
_PEOPLE_ENDINGS: Final = re.compile(r"[^\W\d_]{3,}(?:[^aeiou]ers|ators|ctors|ists|icians|arians|ees|smen|swomen)")


def _sounds_like_people(word: str) -> bool:
    return len(word) < MOST_LETTERS and _PEOPLE_ENDINGS.fullmatch(word) is not None


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All that the detector knows of the language."""

    vocabulary: Vocabulary
    canon: Canon
    splitter: Splitter
    own: tuple[Rule, ...]
    rules: tuple[Rule, ...]
    vetoes: tuple[Veto, ...]
    questions: tuple[Question, ...]
    sorts: Mapping[str, str]  # tag letter -> the name of its list, for the learned part
    languages: Languages


@cache
def shipped() -> Lexicon:
    """Read the lexicon that comes with the bot; raises `Problem` naming file and key of each mistake."""
    return read()


def read(folder: Path = FOLDER, own: Mapping[str, Iterable[str]] = MappingProxyType({})) -> Lexicon:
    """Read `words.toml`, `rules.toml` and `vetoes.toml` in `folder`, and a workspace's `own` phrases by kind.

    Raises `Problem` naming each mistake with its file and place.
    """
    mistakes: list[str] = []
    data, rules, vetoes = (_load(folder / name) for name in ("words.toml", "rules.toml", "vetoes.toml"))
    entries = [*rules.get("rule", []), *vetoes.get("veto", [])]
    families = [entry.get("phrases", []) for entry in entries]
    families += [*data.get("lists", {}).values(), *data.get("questions", {}).values(), *own.values()]
    canon, vocabulary = _vocabulary(data, chain.from_iterable(families), mistakes)
    languages = Languages(*(frozenset(data["languages"][name].split()) for name in ("english", "foreign")))
    known = tuple(_rules(rules, vocabulary, mistakes))
    ids = frozenset(rule.id for rule in known)
    stops = tuple(_vetoes(vetoes, vocabulary, ids, mistakes))
    questions = tuple(
        Question(name, _patterns(f"words.toml, questions.{name}", phrases, vocabulary, mistakes))
        for name, phrases in data.get("questions", {}).items()
    )
    sorts = {letter: f"<{name}>" for name, letter in vocabulary.tags.items()}
    if mistakes:
        raise Problem("The lexicon has mistakes: " + "; ".join(mistakes) + ".")
    return Lexicon(
        vocabulary, canon, Splitter(canon), _own_rules(own, vocabulary), known, stops, questions, sorts, languages
    )


def _load(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Problem(f"The lexicon file {path.name} cannot be read: {error}.") from error


def _vocabulary(data: dict[str, Any], phrases: Iterable[str], mistakes: list[str]) -> tuple[Canon, Vocabulary]:
    tags = data.get("tags", {})
    letters = dict(zip(tags, ascii_uppercase, strict=False))
    if len(tags) > len(letters):
        mistakes.append(f"words.toml, tags: there is room for {len(ascii_uppercase)} lists")
    canon = _canon(data, letters)
    alphabet = alphabet_of(phrases, canon, letters.values())
    lists = {name: tuple(phrases) for name, phrases in data.get("lists", {}).items()}
    ranked = enumerate(data.get("frequent", {}).get("words", "").split())
    frequent = {alphabet[canon[word]]: place for place, word in ranked}
    return canon, Vocabulary(letters, lists, canon, alphabet, frequent)


def _canon(data: Mapping[str, Any], letters: Mapping[str, str]) -> Canon:
    tagged: dict[str, str] = {}
    for name, words in data.get("tags", {}).items():
        for word in str(words).split():
            tagged[word] = tagged.get(word, "") + letters.get(name, "")
    canon = Canon(letters.get("people", "") + letters.get("role", ""))
    canon.update({word: f"{word}/{''.join(dict.fromkeys(tag))}" for word, tag in tagged.items()})
    for typed, meant in data.get("spelling", {}).items():
        canon[typed] = canon[meant]
    return canon


def alphabet_of(phrases: Iterable[str], canon: Canon, letters: Iterable[str]) -> Alphabet:
    """Give a character to every word that `phrases` or the lists of words can tell apart."""
    words = {word for phrase in phrases for word in words_in(phrase)}
    beginnings = {word[:-1] for word in words if word.endswith("*")}
    plain = {word for word in words if not word.endswith("*")} | (set(OPENERS) - {COMMA})
    return Alphabet({*canon.values(), *(canon[word] for word in plain)}, beginnings, canon.people, letters)


def _rules(data: dict[str, Any], vocabulary: Vocabulary, mistakes: list[str]) -> Iterator[Rule]:
    seen: set[str] = set()
    for number, entry in enumerate(data.get("rule", []), start=1):
        where = f"rules.toml, rule {number} ({entry.get('id', 'without id')})"
        _check(
            where,
            entry,
            {"id", "kind", "why", "phrases"},
            {"sure", "generic", "duty", "open", "asked"},
            mistakes,
        )
        if entry.get("kind") not in KINDS:
            mistakes.append(f"{where}, kind: “{entry.get('kind')}” is none of {', '.join(KINDS)}")
        if entry.get("id") in seen:
            mistakes.append(f"{where}, id: is taken")
        seen.add(str(entry.get("id")))
        fields = {name: value for name, value in entry.items() if name != "phrases"}
        patterns = _patterns(where, entry.get("phrases", []), vocabulary, mistakes)
        if not mistakes:
            yield Rule(**fields, patterns=patterns)


def _vetoes(data: dict[str, Any], vocabulary: Vocabulary, rules: frozenset[str], mistakes: list[str]) -> Iterator[Veto]:
    for number, entry in enumerate(data.get("veto", []), start=1):
        where = f"vetoes.toml, veto {number} ({entry.get('id', 'without id')})"
        _check(where, entry, {"id", "where", "why", "phrases"}, {"only", "spares", "against"}, mistakes)
        if entry.get("where") not in WHERES:
            mistakes.append(f"{where}, where: “{entry.get('where')}” is none of {', '.join(WHERES)}")
        named = {name: frozenset(map(str, entry.get(name, []))) for name in ("only", "spares")}
        for name, wanted in named.items():
            mistakes.extend(f"{where}, {name}: there is no rule “{rule}”" for rule in sorted(wanted - rules))
        fields = {name: value for name, value in entry.items() if name != "phrases"} | named
        patterns = _patterns(where, entry.get("phrases", []), vocabulary, mistakes)
        if not mistakes:
            yield Veto(**fields, patterns=patterns)


def _check(where: str, entry: Mapping[str, Any], needed: set[str], known: set[str], mistakes: list[str]) -> None:
    mistakes.extend(f"{where}: “{name}” is missing" for name in sorted(needed - entry.keys()))
    mistakes.extend(f"{where}: “{name}” is not a field" for name in sorted(entry.keys() - needed - known))


def _patterns(
    where: str, phrases: Iterable[str], vocabulary: Vocabulary, mistakes: list[str], *, linear: bool = False
) -> tuple[Pattern, ...]:
    patterns: list[Pattern] = []
    for phrase in phrases:
        try:
            patterns.append(compile_phrase(phrase, vocabulary, linear=linear))
        except PhraseError as error:
            mistakes.append(f"{where}, phrases: {error}")
    return tuple(patterns)


def _own_rules(extra: Mapping[str, Iterable[str]], vocabulary: Vocabulary) -> tuple[Rule, ...]:
    mistakes = [f"“{kind}” is no kind; the kinds are {', '.join(KINDS)}" for kind in extra if kind not in KINDS]
    why = "is a phrase that this workspace added."
    rules = tuple(
        Rule(OWN_PHRASE, kind, why, _patterns(kind, phrases, vocabulary, mistakes, linear=True))
        for kind, phrases in extra.items()
    )
    if mistakes:
        raise Problem("A phrase cannot be added: " + "; ".join(mistakes) + ".")
    return rules
