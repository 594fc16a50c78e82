"""What a statement is made of: a span of text in, its kind, polarity, actor, limit and objects out; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final

from bot.constraints.cues import Cues
from bot.constraints.stems import stems
from bot.constraints.thesaurus import Thesaurus

_TUPLES: Final = ("gates", "objects", "words")
_PLAIN: Final = "impossibility"
# "There is no money for that" has a reason, where no cue says which.
_KIND_OF_LIMIT: Final = {
    "money": "scarcity",
    "time": "scarcity",
    "people": "scarcity",
    "size": "immaturity",
    "readiness": "immaturity",
    "approval": "permission",
    "forbidden": "permission",
    "waiting": "dependence",
    "ownership": "central-ownership",
    "tried-before": "precedent",
    "tradition": "precedent",
    "shielding": "buffering",
    "uniformity": "conformance",
}


@dataclass(frozen=True, slots=True)
class Parts:
    """A statement in parts: concept ids of the thesaurus, and in `words` the stems that it does not know.

    `polarity` is "must", "must-not" or "either" (a way left open beside the limit, or none said). `words` are
    verbatim: what may not outlive a private answer is `without_words()`.
    """

    kind: str
    polarity: str = "either"
    actor: str = ""
    limit: str = ""
    gates: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def to_json(self) -> dict[str, str | list[str]]:
        """Give a flat dict of texts and lists of texts, for a database column."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    @classmethod
    def from_json(cls, stored: Mapping[str, str | Sequence[str]]) -> "Parts":
        """Read what `to_json` wrote; keys of another version are left out."""
        known = {key: value for key, value in stored.items() if key in cls.__slots__}
        return cls(**{key: tuple(value) if key in _TUPLES else str(value) for key, value in known.items()})  # type: ignore[arg-type]

    def without_words(self) -> "Parts":
        """Give the same parts with nothing verbatim in them."""
        return replace(self, words=())


def take_apart(span: str, thesaurus: Thesaurus, cues: Cues, kind: str | None = None) -> Parts:
    """Take a statement apart; `kind` is the detector's, else it is guessed from the cues."""
    text = stems(span)
    hits = list(thesaurus.phrases.longest(text))
    said = thesaurus.concepts_in(hits)
    found = _unique(_meant(thesaurus, one) for one in said)
    by_part = {part: [one for one in found if thesaurus.part(one) == part] for part in ("actor", "gate", "limit")}
    covered = {place for hit in hits for place in range(hit.start, hit.end)}
    polarity = cues.polarity(text, turned=len(found) > 0 and found != said)
    limit = _heaviest(by_part["limit"], thesaurus)
    guessed = cues.kind(text, found, polarity)
    return Parts(
        kind=kind or (_KIND_OF_LIMIT.get(limit, _PLAIN) if guessed == _PLAIN else guessed),
        polarity=polarity,
        actor=_heaviest(by_part["actor"], thesaurus),
        limit=limit,
        gates=tuple(by_part["gate"]),
        objects=tuple(one for one in found if thesaurus.part(one) in {"thing", "when"}),
        words=_unique(word for place, word in enumerate(text) if place not in covered and cues.tells(word)),
    )


def _meant(thesaurus: Thesaurus, concept: str) -> str:
    """Give the concept that a statement is filed under: "at the office" speaks of working from home."""
    return thesaurus.concepts[concept].opposite or concept


def _heaviest(concepts: Sequence[str], thesaurus: Thesaurus) -> str:
    return max(concepts, key=lambda one: (thesaurus.weight(one), one), default="")


def _unique(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))
