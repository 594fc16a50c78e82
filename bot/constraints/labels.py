"""What a theme is called: its members' parts in, a neutral sentence fragment out; pure, and never verbatim.

Nothing that somebody wrote can pass into a label: its words are the patterns below, the thesaurus's names,
and a word of `shared_words`, which the caller vouches that two people used.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bot.constraints.kinds import KINDS
from bot.constraints.parts import Parts
from bot.constraints.stems import stem
from bot.constraints.thesaurus import Thesaurus

LONGEST: Final = 60
_ASIDE: Final = 3
# "Not for everyone" and "not for developers" are different claims, so the general actors name nobody.
_GENERAL: Final = frozenset({"everyone", "teams"})


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun phrase with its number, and a time or place that may follow it ("on Fridays")."""

    name: str
    plural: bool = False
    after: str = ""

    def __str__(self) -> str:
        """Read the noun with what follows it."""
        return f"{self.name} {self.after}".strip()

    def does(self, verb: str) -> str:
        """Give the noun with a verb in its number: "releases wait", "training waits"."""
        singular = {"are": "is", "have": "has", "do": "does"}.get(verb, f"{verb}s")
        return f"{self} {verb if self.plural else singular}"


@dataclass(frozen=True, slots=True)
class Told:
    """What a label can tell: any of it may be missing."""

    thing: Noun | None
    second: Noun | None
    gate: Noun | None
    actor: Noun | None
    limit: str
    polarity: str


def label(members: Sequence[Parts], thesaurus: Thesaurus, shared_words: Collection[str] = frozenset()) -> str:
    """Name what the members have in common; at most 60 characters, no full stop, small first letter.

    `shared_words` are words that at least two people used; one of them stands in where the thesaurus
    knows no object.
    """
    kinds = [member.kind for member in members]
    kind = _commonest(one for one in kinds if one != "impossibility") or "impossibility"
    pattern = _PATTERNS.get(kind, _impossibility)
    told = _told(members, thesaurus, shared_words)
    return next(text for text in _shorter_and_shorter(pattern, told) if len(text) <= LONGEST)


def _shorter_and_shorter(pattern: Callable[[Told], str], told: Told) -> Iterator[str]:
    thing = Noun(told.thing.name, told.thing.plural) if told.thing else None
    yield pattern(told)
    yield pattern(Told(told.thing, None, told.gate, None, told.limit, told.polarity))
    yield pattern(Told(thing, None, None, None, told.limit, told.polarity))
    yield pattern(Told(None, None, None, None, told.limit, told.polarity))


def _told(members: Sequence[Parts], thesaurus: Thesaurus, shared_words: Collection[str]) -> Told:
    objects = _main((member.objects for member in members), thesaurus)
    nouns = [noun for one in objects if (noun := _noun(one, thesaurus)) and not noun.after]
    after = next((noun.after for one in objects if (noun := _noun(one, thesaurus)) and noun.after), "")
    nouns = nouns or _shared(members, shared_words) or ([Noun("work")] if after else [])
    gates = _main((member.gates for member in members), thesaurus)
    actors = _main(((member.actor,) for member in members), thesaurus)
    return Told(
        thing=Noun(nouns[0].name, nouns[0].plural, after) if nouns else None,
        second=nouns[1] if len(nouns) > 1 else None,
        gate=next(filter(None, (_noun(one, thesaurus) for one in gates)), None),
        actor=next((_noun(one, thesaurus) for one in actors if one not in _GENERAL), None),
        limit=_commonest(member.limit for member in members if member.limit),
        polarity=_commonest(member.polarity for member in members),
    )


def _noun(concept: str, thesaurus: Thesaurus) -> Noun | None:
    known = thesaurus.concepts.get(concept)
    return Noun(known.name, known.plural, known.after) if known else None


def _main(said: Iterable[Sequence[str]], thesaurus: Thesaurus) -> list[str]:
    """Sort concepts by how often they are said times how much they tell; ties by id.

    What fewer than a third of the members say is an aside, and left out.
    """
    groups = list(said)
    counted = Counter(one for group in groups for one in group if one)
    often = [one for one in counted if counted[one] * _ASIDE >= len(groups)]
    return sorted(often, key=lambda one: (-counted[one] * thesaurus.weight(one), one))


def _shared(members: Sequence[Parts], shared_words: Collection[str]) -> list[Noun]:
    said = Counter(word for member in members for word in member.words)
    known = {stem(word): word for word in sorted(shared_words) if word.isascii() and word.isalpha() and word.islower()}
    ranked = sorted(known.keys() & said.keys(), key=lambda one: (-said[one], one))
    return [Noun(known[one], known[one].endswith("s") and not known[one].endswith("ss")) for one in ranked]


def _commonest(items: Iterable[str]) -> str:
    counted = Counter(items)
    return min(counted, key=lambda one: (-counted[one], one), default="")


def _customer_distance(told: Told) -> str:
    thing = told.thing if told.thing and told.thing.name != "customers" else Noun("talking to customers")
    if told.gate:
        return f"{thing.does('go')} through {told.gate}".replace(" gos ", " goes ")
    return f"{thing.does('are')} not for {told.actor or 'the teams'}"


def _buffering(told: Told) -> str:
    return f"{told.actor or 'the teams'} are kept apart from {told.thing or 'what happens outside'}"


def _conformance(told: Told) -> str:
    return f"{told.thing.does('are')} the same for everyone" if told.thing else "everyone does it the same way"


def _dependence(told: Told) -> str:
    if told.gate and told.gate.name != "another team":
        return f"{(told.thing or Noun('work')).does('wait')} for {told.gate}"
    if told.thing and told.second:
        return f"{told.thing} and {told.second} hang together"
    return f"{told.thing.does('depend')} on others" if told.thing else "one team waits for another"


def _central_ownership(told: Told) -> str:
    if told.gate:
        return f"{(told.thing or Noun('decisions', plural=True)).does('belong')} to {told.gate}"
    return f"{told.thing.does('belong')} in one place" if told.thing else "it all goes through one place"


def _immaturity(told: Told) -> str:
    if told.limit == "size":
        return f"the company's size rules out {told.thing or 'this'}"
    return f"it is too early for {told.thing or 'this'}"


def _impossibility(told: Told) -> str:
    return f"{(told.thing or Noun('this')).does('are')} out of reach"


def _permission(told: Told) -> str:
    thing = told.thing or Noun("this")
    if told.gate and told.polarity == "must-not" and told.limit != "approval":
        return f"{told.gate.does('do')} not allow {thing}"
    if told.gate:
        return f"{thing.does('need')} a yes from {told.gate}"
    if told.limit == "approval":
        return f"{thing.does('need')} approval"
    return f"{thing.does('are')} not for {told.actor}" if told.actor else f"{thing.does('are')} not allowed"


def _scarcity(told: Told) -> str:
    thing = told.thing or "this"
    wording = {
        "money": "there is no money for {}",
        "time": "nobody has time for {}",
        "people": "there are too few people for {}",
        "size": "there are too few people for {}",
    }
    return wording.get(told.limit, "there is too little to spare for {}").format(thing)


def _precedent(told: Told) -> str:
    if told.limit == "tried-before":
        return f"{(told.thing or Noun('this')).does('have')} been tried before"
    if not told.thing:
        return "it has always been done this way"
    return f"{told.thing.does('stay')} as {'they always were' if told.thing.plural else 'it always was'}"


def _obligation(told: Told) -> str:
    if told.polarity == "must-not":
        return f"{(told.thing or Noun('this')).does('are')} off limits"
    return f"there is no way round {told.thing or told.gate or 'this'}"


_PATTERNS: Final = dict(
    zip(
        KINDS,
        (
            _customer_distance, _buffering, _conformance, _dependence, _central_ownership, _immaturity,
            _impossibility, _permission, _scarcity, _precedent, _obligation,
        ),
        strict=True,
    )
)  # fmt: skip
