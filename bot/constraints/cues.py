"""How a limit is worded: the polarity of every statement, and a guess of its kind where nobody gives one."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bot.constraints.kinds import KINDS
from bot.constraints.stems import stems
from bot.constraints.thesaurus import CONCEPTS, Phrases, read_toml, split_phrases
from bot.errors import Problem

FILE: Final = "cues.toml"
POLARITIES: Final = ("must", "must-not", "either")
# "It simply cannot be done" needs that no other reason is given, so it is asked last.
_ASKED: Final = (*(kind for kind in KINDS if kind != "impossibility"), "impossibility")
_CONTACT: Final = frozenset({"talk", "user-research"})
_SHORTEST_WORD: Final = 3
_TURN_WITHIN: Final = 4


@dataclass(frozen=True, slots=True)
class Cues:
    """The phrases of `cues.toml`: by kind, by polarity, and the words that tell nothing."""

    kinds: Phrases
    polarities: Phrases
    ignored: frozenset[str]

    def tells(self, word: str) -> bool:
        """Whether a stem that the thesaurus does not know may tell two statements apart."""
        return len(word) >= _SHORTEST_WORD and not word[0].isdigit() and word not in self.ignored

    def polarity(self, text: Sequence[str], *, turned: bool = False) -> str:
        """Say whether stems demand ("must") or close ("must-not"); "either" where both or neither is said.

        A verb of leaving turns a limit round ("cannot skip" demands), and a way left open beside the limit
        ("only", "without") makes it either: such a statement may be worded both ways. `turned` says that the
        statement speaks of the opposite of what it is filed under.
        """
        hits = [(hit.start, hit.end, name) for hit in self.polarities.all(text) for name in hit.ids]
        turns = [start for start, _, name in hits if name == "turn"]
        limits = {
            _turned(name) if any(start - _TURN_WITHIN < turn < end + _TURN_WITHIN for turn in turns) else name
            for start, end, name in _outermost(hits)
        }
        polarity = limits.pop() if len(limits) == 1 else "either"
        return _turned(polarity) if turned else polarity

    def kind(self, text: Sequence[str], concepts: Collection[str], polarity: str) -> str:
        """Guess the kind from cues, in the codebook's order; without any cue it is an impossibility."""
        cued = {name for hit in self.kinds.all(text) for name in hit.ids}
        contact = "customer-contact" in concepts or ("customers" in concepts and _CONTACT & set(concepts))
        if contact and polarity != "must":
            cued.add("customer-distance")
        return next((kind for kind in _ASKED if kind in cued), "impossibility")


def load_cues(folder: Path = CONCEPTS) -> Cues:
    """Read `cues.toml`; raises `Problem` that names every mistake with its key."""
    stored = read_toml(folder / FILE)
    mistakes = [*_mistakes(stored, "kind", KINDS), *_mistakes(stored, "polarity", (*POLARITIES, "turn"))]
    if not isinstance(stored.get("ignore", {}).get("say"), str):
        mistakes.append("[ignore]: `say` is missing or no text")
    if mistakes:
        raise Problem("The cues can't be used: " + "; ".join(f"{FILE}, {mistake}" for mistake in mistakes) + ".")
    ignored = frozenset(stem for phrase in split_phrases(stored["ignore"]["say"]) for stem in stems(phrase))
    return Cues(_phrases(stored["kind"]), _phrases(stored["polarity"]), ignored)


def _turned(name: str) -> str:
    return {"must": "must-not", "must-not": "must"}.get(name, name)


def _outermost(hits: Sequence[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """Limits that are no part of a longer one: "have to" inside "not have to" says nothing."""
    for start, end, name in hits:
        inside = any(a <= start and end <= b and (a, b) != (start, end) for a, b, other in hits if other != "turn")
        if name != "turn" and not inside:
            yield start, end, name


def _mistakes(stored: Mapping[str, Any], group: str, names: Sequence[str]) -> Iterator[str]:
    entries = stored.get(group, {})
    yield from (f"[{group}.{name}] is missing" for name in names if name not in entries)
    for name, entry in entries.items():
        if name not in names:
            yield f"[{group}.{name}] is none of {', '.join(names)}"
        elif not isinstance(entry.get("say"), str):
            yield f"[{group}.{name}]: `say` is missing or no text"


def _phrases(entries: Mapping[str, Mapping[str, str]]) -> Phrases:
    phrases = Phrases()
    for name, entry in entries.items():
        for phrase in split_phrases(entry["say"]):
            phrases.add(phrase, name)
    return phrases
