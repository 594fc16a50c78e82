"""What may be a limit, and which veto says that it is none: rules and vetoes over the words of one text."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from bot.constraints.clauses import clause_around, sentence_around
from bot.constraints.kinds import RANK
from bot.constraints.lexicon import Rule, Veto
from bot.constraints.remembered import bare
from bot.constraints.watch import Hit
from bot.constraints.words import ASKS, COMMA, Words

ASKED: Final = Veto("question", "here", "asked, not asserted", (), against=True)
LONGEST_TAG: Final = 4
"""Words of a tag such as “isn't it” or “or do I have that wrong” that turns no statement into a question."""

_RHETORICAL: Final = frozenset({"how", "with", "who's", "when"})
_ASKING: Final = frozenset({"who", "how", "what", "why", "where", "when", "which"})


class Candidate(NamedTuple):
    """A rule that fired, the clause `first..last` around its words, and the veto that stops it, if any."""

    rule: Rule
    hit: Hit[Rule]
    first: int
    last: int
    veto: Veto | None


def judged(spoken: Words, hits: Iterable[Hit[Rule]], vetoes: Sequence[Hit[Veto]]) -> list[Candidate]:
    """Turn hits of rules into candidates; `vetoes` are the hits of vetoes in their order."""
    return [_judged(spoken, hit, vetoes) for hit in hits]


def _judged(spoken: Words, hit: Hit[Rule], vetoes: Sequence[Hit[Veto]]) -> Candidate:
    around = sentence_around(spoken.names, hit.first)
    first, last = clause_around(spoken.names, hit.first, hit.last, around)
    veto = next((one.owner for one in vetoes if _stops(spoken, one, hit, around)), None)
    if veto is None and _is_asked(spoken, last, around):
        veto = ASKED
    return Candidate(hit.owner, hit, first, last, veto)


def _is_asked(spoken: Words, last: int, around: tuple[int, int]) -> bool:
    """Say whether the clause up to `last` is asked; a question that plainly asserts (“how are we to...”) is none."""
    names = spoken.names
    opened, closed = around
    if closed + 1 >= len(names) or names[closed + 1] != ASKS:
        return False
    if last < closed and (
        closed - last <= LONGEST_TAG or any(bare(one) in _ASKING for one in names[last + 1 : last + 4])
    ):
        return False  # “we can't, can we?” and “no time for that, who would do it?” assert
    return not any(bare(one) in _RHETORICAL for one in names[opened : opened + 2]) or "can't" in names


def _stops(spoken: Words, stop: Hit[Veto], hit: Hit[Rule], around: tuple[int, int]) -> bool:
    veto = stop.owner
    if (veto.only and hit.owner.id not in veto.only) or hit.owner.id in veto.spares:
        return False
    if veto.where == "text":
        return True
    if veto.where == "here":
        return stop.first <= hit.last and stop.last >= hit.first
    opened, closed = around
    if veto.where == "sentence":
        return opened <= stop.first and stop.last <= closed
    if veto.where == "before":
        return opened <= stop.first and stop.last < hit.first and COMMA not in spoken.names[stop.last : hit.first]
    return hit.last < stop.first and stop.last <= closed


def chosen(candidates: list[Candidate]) -> list[Candidate]:
    """Keep one of those whose clauses overlap: the codebook's first kind, a reason before a bare “can't”."""
    if len(candidates) < 2:  # noqa: PLR2004 - one alone overlaps nothing
        return candidates
    kept: list[Candidate] = []
    for one in sorted(candidates, key=_precedence):
        if all(one.last < other.first or one.first > other.last for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.first)


def _precedence(one: Candidate) -> tuple[bool, bool, bool, int, int]:
    rule = one.rule
    return rule.generic, rule.duty, rule.kind == "impossibility", RANK[rule.kind], one.hit.first
