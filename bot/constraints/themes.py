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
from typing import Final, TypeAlias

from bot.constraints.cues import FILE, Cues, load_cues
from bot.constraints.labels import label
from bot.constraints.parts import Parts, take_apart
from bot.constraints.thesaurus import CONCEPTS, FILES, Thesaurus, load_thesaurus

__all__ = ["JOIN_AT", "OPPOSED", "SAMPLE", "Known", "Parts", "Themes", "gather", "load_themes", "nearness_of"]

RULES: Final = "2"
NO_EXTRA: Final[Mapping[str, Sequence[str]]] = MappingProxyType({})
NO_THEMES: Final[Mapping[str, "Known"]] = MappingProxyType({})
SAMPLE: Final = 24

# Chosen by hand on groups of paraphrases (docs/themes.md), on a plateau: moving one of them by a fifth moves
# the B-cubed F by 0.03 at most.
JOIN_AT: Final = 0.4
NEAREST_SHARE: Final = 0.1
OTHER_KIND: Final = 0.95
OTHER_FAMILY: Final = 0.65
OTHER_LIMIT: Final = 0.45
OTHER_OBJECTS: Final = 0.85
BROADER: Final = 0.5
WORD: Final = 1.0

# People word one constraint as a rule of this kind or of that; "no time" and "not allowed" are further apart.
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
# "No time for training" and "no money for training" ask for different remedies.
_SCARCE: Final = frozenset({"money", "time"})
_OPPOSITE: Final = {"must": "must-not", "must-not": "must"}
OPPOSED: Final = -1.0
"""How alike two statements are of which one demands what the other closes."""

# What a statement speaks of by weight, and the things among that.
_Spoken: TypeAlias = tuple[Mapping[str, float], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Known:
    """A theme that a channel has: its id and a bounded sample of its members' parts, oldest first."""

    id: str
    parts: tuple[Parts, ...]


class Themes:
    """The rules that take statements apart, group them and name the groups; made by `load_themes`."""

    def __init__(self, thesaurus: Thesaurus, cues: Cues, version: str) -> None:
        self.version = version
        self.thesaurus = thesaurus
        self.cues = cues
        # Each join compares with the same members again; to weigh them anew costs more than the comparison.
        self._spoken = lru_cache(maxsize=65536)(self._speaks_of)

    def parts(self, span: str, kind: str | None = None) -> Parts:
        """Take a statement apart; without the detector's `kind` it is guessed. Every text has parts."""
        return take_apart(span, self.thesaurus, self.cues, kind)

    def join(self, parts: Parts, known: Sequence[Known]) -> str | None:
        """Give the id of the nearest theme that is near enough, None where a new one begins; ties by id."""
        near, theme = min(((-self.nearness(parts, theme), theme.id) for theme in known), default=(0.0, ""))
        return theme if -near >= JOIN_AT else None

    def nearness(self, parts: Parts, theme: Known) -> float:
        """How near a statement is to a theme, 0 to 1: the mean of its nearest member and of the nearer half.

        A theme that holds the opposite polarity is 0 away, unless people merged both into it. Two statements
        that are made of the very same parts are 1.
        """
        polarities = {member.polarity for member in theme.parts}
        if not polarities or (parts.polarity not in polarities and _OPPOSITE.get(parts.polarity) in polarities):
            return 0.0
        if parts in theme.parts:
            return 1.0
        spoken = self._spoken(parts)
        return nearness_of([self._likeness(parts, spoken, member) for member in theme.parts])

    def alike(self, one: Parts, other: Parts) -> float:
        """How alike two statements are, 0 to 1, and `OPPOSED` where they are of opposite polarity."""
        if _OPPOSITE.get(one.polarity) == other.polarity:
            return OPPOSED
        return 1.0 if one == other else self._likeness(one, self._spoken(one), other)

    def _likeness(self, parts: Parts, spoken: _Spoken, member: Parts) -> float:
        """How alike two statements are, 0 to 1, polarity aside; `spoken` is what the first speaks of."""
        (weights, things), (other_weights, other_things) = spoken, self._spoken(member)
        likeness = _cosine(weights, other_weights)
        if likeness and parts.kind != member.kind:
            likeness *= OTHER_KIND if _related(parts.kind, member.kind) else OTHER_FAMILY
        if parts.limit != member.limit and {parts.limit, member.limit} <= _SCARCE:
            likeness *= OTHER_LIMIT
        if things and other_things and things.isdisjoint(other_things):
            likeness *= OTHER_OBJECTS
        return likeness

    def label(self, members: Sequence[Parts], shared_words: Collection[str] = frozenset()) -> str:
        """Name a theme in a neutral sentence fragment of at most 60 characters (see `labels.label`)."""
        return label(members, self.thesaurus, shared_words)

    def _speaks_of(self, parts: Parts) -> _Spoken:
        """Give what a statement speaks of, weighted to a length of 1, and the things among that.

        Its concepts bring what they are a part of at half the weight; a time ("on Fridays") is no thing.
        """
        weights = {f"'{word}": WORD for word in parts.words}
        for concept in filter(None, (parts.actor, parts.limit, *parts.gates, *parts.objects)):
            weights[concept] = self.thesaurus.weight(concept)
        for concept in filter(None, map(self.thesaurus.broader, tuple(weights))):
            weights.setdefault(concept, BROADER * self.thesaurus.weight(concept))
        length = sqrt(sum(weight * weight for weight in weights.values()))
        things = {one for one in parts.objects if self.thesaurus.part(one) == "thing"}
        broader = filter(None, map(self.thesaurus.broader, things))
        return {key: weight / length for key, weight in weights.items()}, frozenset((*things, *broader))


def nearness_of(scores: Sequence[float]) -> float:
    """How near two groups are whose members are so much alike: the mean of the nearest two and of the nearer half."""
    ranked = sorted(scores, reverse=True)
    nearer = ranked[: (len(ranked) + 1) // 2]
    return NEAREST_SHARE * ranked[0] + (1 - NEAREST_SHARE) * sum(nearer) / len(nearer)


def gather(themes: Themes, statements: Iterable[Parts], known: Mapping[str, Known] = NO_THEMES) -> Iterator[str]:
    """Join statements in their order, one pass, as a channel does; give each one's theme (t1, t2...)."""
    known = dict(known)
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


def _cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """How alike two weighted sets of length 1 are; two that speak of nothing at all are alike."""
    if one.keys().isdisjoint(other):
        return 0.0 if one or other else 1.0
    return sum(weight * other[key] for key, weight in one.items() if key in other)
