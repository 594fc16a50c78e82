"""Which constraints are one: statements' parts in, the theme that each joins out; pure once it is loaded.

Structure first: opposite polarity never joins, another kind or another scarce thing counts against it. Then
what the statements speak of has to agree: concepts by how much they tell, and words that are no concept.
A statement joins the nearest theme that is near enough, or starts one. Nothing that was joined ever moves.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from math import sqrt
from types import MappingProxyType
from typing import Final

from bot.constraints.cues import FILE, Cues, load_cues
from bot.constraints.labels import label
from bot.constraints.parts import Parts, take_apart
from bot.constraints.thesaurus import CONCEPTS, FILES, Thesaurus, load_thesaurus

__all__ = ["Known", "Parts", "Themes", "gather", "load_themes"]

RULES: Final = "1"
NO_EXTRA: Final[Mapping[str, Sequence[str]]] = MappingProxyType({})
SAMPLE: Final = 40

JOIN_AT: Final = 0.38
NEAREST_SHARE: Final = 0.5
OTHER_KIND: Final = 0.95
OTHER_FAMILY: Final = 0.75
OTHER_LIMIT: Final = 0.6
BROADER: Final = 0.5
WORD: Final = 1.5
_FAMILY: Final = {
    **dict.fromkeys(("immaturity", "scarcity"), "means"),
    **dict.fromkeys(
        (
            "customer-distance",
            "buffering",
            "conformance",
            "dependence",
            "central-ownership",
            "permission",
            "obligation",
        ),
        "rules",
    ),
    "precedent": "past",
}
_SCARCE: Final = frozenset({"money", "time"})
_OPPOSED: Final = frozenset({"must", "must-not"})


@dataclass(frozen=True, slots=True)
class Known:
    """A theme that a channel has: its id and a bounded sample of its members' parts, oldest first."""

    id: str
    parts: tuple[Parts, ...]


class Themes:
    """The rules that take statements apart, group them and name the groups; made by `load_themes`."""

    def __init__(self, thesaurus: Thesaurus, cues: Cues, version: str) -> None:
        self.version = version
        self._thesaurus = thesaurus
        self._cues = cues
        # Each join compares with the same members again; to weigh them anew costs more than the comparison.
        self._vector = lru_cache(maxsize=65536)(self._weigh)

    def parts(self, span: str, kind: str | None = None) -> Parts:
        """Take a statement apart; without the detector's `kind` it is guessed. Every text has parts."""
        return take_apart(span, self._thesaurus, self._cues, kind)

    def join(self, parts: Parts, known: Sequence[Known]) -> str | None:
        """Give the id of the nearest theme that is near enough, None where a new one begins; ties by id."""
        near, theme = min(((-self.nearness(parts, theme), theme.id) for theme in known), default=(0.0, ""))
        return theme if -near >= JOIN_AT else None

    def nearness(self, parts: Parts, theme: Known) -> float:
        """How near a statement is to a theme, 0 to 1: the mean of its nearest member and of all members.

        Opposite polarity to any member is 0; two that say the very same parts are 1.
        """
        if any({parts.polarity, member.polarity} == _OPPOSED for member in theme.parts):
            return 0.0
        if parts in theme.parts:
            return 1.0
        scores = [self.similarity(parts, member) for member in theme.parts] or [0.0]
        return NEAREST_SHARE * max(scores) + (1 - NEAREST_SHARE) * sum(scores) / len(scores)

    def similarity(self, one: Parts, other: Parts) -> float:
        """How alike two statements are, 0 to 1, polarity aside."""
        shared = _cosine(*self._vector(one), *self._vector(other))
        if one.kind != other.kind:
            shared *= OTHER_KIND if _related(one.kind, other.kind) else OTHER_FAMILY
        if one.limit != other.limit and {one.limit, other.limit} <= _SCARCE:
            shared *= OTHER_LIMIT
        return shared

    def label(self, members: Sequence[Parts], shared_words: Collection[str] = frozenset()) -> str:
        """Name a theme in a neutral sentence fragment of at most 60 characters (see `labels.label`)."""
        return label(members, self._thesaurus, shared_words)

    def _weigh(self, parts: Parts) -> tuple[dict[str, float], float]:
        """Give what a statement speaks of by weight, and the length of that vector."""
        weights = {f"'{word}": WORD for word in parts.words}
        for concept in filter(None, (parts.actor, parts.limit, *parts.gates, *parts.objects)):
            weights[concept] = self._thesaurus.weight(concept)
        for concept in [self._thesaurus.broader(concept) for concept in weights]:
            if concept:
                weights.setdefault(concept, BROADER * self._thesaurus.weight(concept))
        return weights, sqrt(sum(weight * weight for weight in weights.values()))


def gather(themes: Themes, statements: Iterable[Parts]) -> Iterator[str]:
    """Join statements in their order, one pass, as a channel does; give each one's theme (t1, t2...)."""
    known: dict[str, Known] = {}
    for parts in statements:
        theme = themes.join(parts, tuple(known.values())) or f"t{len(known) + 1}"
        sample = known[theme].parts if theme in known else ()
        known[theme] = Known(theme, (*sample, parts)[:SAMPLE])
        yield theme


def load_themes(extra: Mapping[str, Sequence[str]] = NO_EXTRA) -> Themes:
    """Load thesaurus and cues, with a workspace's own phrases; raises `Problem` that names file and key."""
    return Themes(load_thesaurus(extra), load_cues(), _version(extra))


def _related(one: str, other: str) -> bool:
    """Whether the same constraint is readily worded in both kinds; "it can't be done" goes with all."""
    families = (_FAMILY.get(one), _FAMILY.get(other))
    return None in families or families[0] == families[1]


def _version(extra: Mapping[str, Sequence[str]]) -> str:
    digest = sha256(RULES.encode())
    for name in (*FILES, FILE):
        digest.update((CONCEPTS / name).read_bytes())
    for key, say in sorted(extra.items()):
        digest.update(repr((key, tuple(say))).encode())
    return digest.hexdigest()[:12]


def _cosine(one: dict[str, float], one_length: float, other: dict[str, float], other_length: float) -> float:
    """How alike two weighted sets are; two that speak of nothing at all are alike."""
    if not one or not other:
        return 1.0 if one == other else 0.0
    shared = sum(weight * other[key] for key, weight in one.items() if key in other)
    return shared / (one_length * other_length)
