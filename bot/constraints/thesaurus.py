"""What constraints are about: TOML files in, concepts and their phrases out; each file is read once.

A concept has an id, a name that reads well in a sentence, and the words that people say for it. The files
under `concepts/` are meant to be edited; every mistake in them is named with its file and its key.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bot.constraints.stems import stems
from bot.errors import Problem

CONCEPTS: Final = Path(__file__).parent / "concepts"
FILES: Final = ("people.toml", "delivery.toml", "technology.toml", "organisation.toml", "trades.toml")
GAP: Final = "*"
_LONGEST_GAP: Final = 3
_PARTS: Final = frozenset({"actor", "gate", "thing", "when", "limit", "idiom"})
_KEYS: Final = frozenset({"name", "say", "part", "weight", "under", "after", "plural", "all", "opposite"})
_AFTER_HEAD: Final = re.compile(r" (?:to|with|of|for|from|without|on|at|leaving) ")
_SINGULAR_S: Final = ("ss", "us", "is")
_HEAVIEST: Final = 5.0
_DEFAULT_WEIGHT: Final = 2.0


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing that people talk about; `weight` says how much it tells (0.2 everyday, 3 very particular)."""

    id: str
    name: str
    part: str = "thing"
    weight: float = _DEFAULT_WEIGHT
    under: str = ""
    after: str = ""
    plural: bool = False
    all: tuple[str, ...] = ()
    opposite: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found: stems `start` up to `end` (exclusive) say the concepts `ids`."""

    start: int
    end: int
    ids: tuple[str, ...]


@dataclass(slots=True)
class Phrases:
    """Phrases of stems, found in a text of stems; the longest one wins at each place."""

    # By the first stem, then by the second: many phrases begin with "no" or "not".
    _by_start: dict[str, dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]] = field(default_factory=dict)

    def add(self, phrase: str, name: str) -> bool:
        """Take up a phrase for a name; false where nothing of it is a word."""
        pattern = _pattern(phrase)
        if not pattern:
            return False
        entries = self._by_start.setdefault(pattern[0], {}).setdefault(pattern[1] if len(pattern) > 1 else "", [])
        names = next((names for known, names in entries if known == pattern), ())
        if name not in names:
            entries[:] = [entry for entry in entries if entry[0] != pattern] + [(pattern, (*names, name))]
            entries.sort(key=lambda entry: (-len(entry[0]), entry[0]))
        return True

    def all(self, text: Sequence[str]) -> Iterator[Hit]:
        """Every phrase at every place, also where they overlap."""
        for start, first in enumerate(text):
            by_second = self._by_start.get(first)
            if by_second:
                for second in (*text[start + 1 : start + 2], GAP, ""):
                    for pattern, ids in by_second.get(second, ()):
                        end = _match(pattern, text, start)
                        if end is not None:
                            yield Hit(start, end, ids)

    def longest(self, text: Sequence[str]) -> Iterator[Hit]:
        """Take the longest phrases, the first among equally long ones, without overlap; from left to right."""
        taken: list[Hit] = []
        free = [True] * len(text)
        for hit in sorted(self.all(text), key=lambda hit: hit.start - hit.end):
            if all(free[hit.start : hit.end]):
                free[hit.start : hit.end] = [False] * (hit.end - hit.start)
                taken.append(hit)
        yield from sorted(taken, key=lambda hit: hit.start)


@dataclass(frozen=True, slots=True)
class Thesaurus:
    """The concepts by id, and the phrases that say them."""

    concepts: Mapping[str, Concept]
    phrases: Phrases
    made_of_others: tuple[Concept, ...] = ()

    def weight(self, concept: str) -> float:
        """How much a concept tells; one that has left the thesaurus since it was stored counts as usual."""
        known = self.concepts.get(concept)
        return known.weight if known else _DEFAULT_WEIGHT

    def part(self, concept: str) -> str:
        """Say what a concept is in a statement: "actor", "gate", "thing", "when", "limit" or "idiom"."""
        known = self.concepts.get(concept)
        return known.part if known else "thing"

    def concepts_in(self, hits: Iterable[Hit]) -> tuple[str, ...]:
        """Give the concepts of phrases in their order, then those that others make up together."""
        found = tuple(dict.fromkeys(concept for hit in hits for concept in hit.ids))
        together = (one.id for one in self.made_of_others if set(one.all) <= set(found))
        return (*found, *(concept for concept in together if concept not in found))

    def broader(self, concept: str) -> str:
        """Give the id of what a concept is a part of, or an empty string."""
        known = self.concepts.get(concept)
        return known.under if known else ""


def load_thesaurus(extra: Mapping[str, Sequence[str]], folder: Path = CONCEPTS) -> Thesaurus:
    """Read the concepts of a folder and add a workspace's own phrases (concept id to what people say).

    An id that the files do not have becomes a concept of its own, named by its id ("data-mesh": "data mesh").
    Raises `Problem` that names every mistake with its file and key.
    """
    mistakes: list[str] = []
    concepts: dict[str, Concept] = {}
    phrases = Phrases()
    for name in FILES:
        for key, entry in read_toml(folder / name).items():
            mistakes += [f"{name}, [{key}]: {mistake}" for mistake in _mistakes(key, entry, concepts)]
            if not mistakes:
                concepts[key] = _concept(key, entry)
                _add_all(phrases, key, split_phrases(entry.get("say", "")))
    mistakes += _unknown_concepts(concepts)
    mistakes += _take_extra(extra, concepts, phrases)
    if mistakes:
        raise Problem("The thesaurus can't be used: " + "; ".join(mistakes) + ".")
    return Thesaurus(concepts, phrases, tuple(one for one in concepts.values() if one.all))


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file; raises `Problem` with the file's name and the place of the mistake."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Problem(f"{path.name} can't be read: {error}.") from error


def split_phrases(say: str) -> tuple[str, ...]:
    """Split "release, go live" at its commas."""
    return tuple(phrase for part in say.split(",") if (phrase := " ".join(part.split())))


def _pattern(phrase: str) -> tuple[str, ...]:
    pieces = [stems(piece) for piece in phrase.split(GAP)]
    joined = [stem for piece in pieces for stem in (GAP, *piece)][1:]
    return tuple(joined) if all(pieces) else ()


def _match(pattern: Sequence[str], text: Sequence[str], start: int) -> int | None:
    """Where the pattern ends that begins at `start`; a gap takes as few words as it can."""
    here = start
    for position, wanted in enumerate(pattern):
        if wanted == GAP:
            after = pattern[position + 1]
            gaps = range(here, min(here + _LONGEST_GAP + 1, len(text)))
            found = next((place for place in gaps if text[place] == after), None)
            if found is None:
                return None
            here = found
        elif here < len(text) and text[here] == wanted:
            here += 1
        else:
            return None
    return here


def _mistakes(key: str, entry: object, concepts: Mapping[str, Concept]) -> Iterator[str]:
    if not isinstance(entry, dict):
        yield "a concept is a table with `name` and `say`"
        return
    yield from (f"`{unknown}` is no key of a concept" for unknown in sorted(set(entry) - _KEYS))
    yield from (
        f"`{text}` is missing or no text" for text in ("name", _said_by(entry)) if not _is_text(entry.get(text))
    )
    if _is_text(entry.get("name")) and not entry["name"][0].islower():
        yield "`name` begins with a small letter, so that it can open a sentence fragment"
    if key in concepts:
        yield "this id is used twice"
    if entry.get("part", "thing") not in _PARTS:
        yield f"`part` is one of {', '.join(sorted(_PARTS))}"
    weight = entry.get("weight", _DEFAULT_WEIGHT)
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight <= _HEAVIEST:
        yield f"`weight` is a number above 0 and at most {_HEAVIEST:g}"
    if _is_text(entry.get("say")):
        yield from (
            f"`say` has no word in {phrase!r}" for phrase in split_phrases(entry["say"]) if not _pattern(phrase)
        )


def _said_by(entry: Mapping[str, object]) -> str:
    return "all" if "all" in entry and "say" not in entry else "say"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _concept(key: str, entry: Mapping[str, Any]) -> Concept:
    return Concept(
        id=key,
        name=entry["name"],
        part=entry.get("part", "thing"),
        weight=float(entry.get("weight", _DEFAULT_WEIGHT)),
        under=entry.get("under", ""),
        after=entry.get("after", ""),
        plural=entry.get("plural", _reads_as_plural(entry["name"])),
        all=split_phrases(entry.get("all", "")),
        opposite=entry.get("opposite", ""),
    )


def _reads_as_plural(name: str) -> bool:
    """Guess the number of a name's head: "releases" and "rights to data" are many, "talking to users" one."""
    head = _AFTER_HEAD.split(name, maxsplit=1)[0]
    return not name.split(maxsplit=1)[0].endswith("ing") and head.endswith("s") and not head.endswith(_SINGULAR_S)


def _add_all(phrases: Phrases, key: str, say: Iterable[str]) -> None:
    for phrase in say:
        phrases.add(phrase, key)


def _unknown_concepts(concepts: Mapping[str, Concept]) -> list[str]:
    return [
        f"[{concept.id}]: {other!r} in `under`, `opposite` or `all` is no concept"
        for concept in concepts.values()
        for other in (concept.under, concept.opposite, *concept.all)
        if other and other not in concepts
    ]


def _take_extra(extra: Mapping[str, Sequence[str]], concepts: dict[str, Concept], phrases: Phrases) -> Iterator[str]:
    for key, say in sorted(extra.items()):
        name = key.replace("-", " ")
        if not name.isascii() or not name.replace(" ", "").isalpha() or not name.islower():
            yield f"own phrases, {key!r}: an id is lower-case letters and hyphens"
            continue
        concepts.setdefault(key, Concept(key, name, plural=_reads_as_plural(name)))
        yield from (f"own phrases, {key!r}: no word in {one!r}" for one in say if not phrases.add(one, key))
