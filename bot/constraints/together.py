"""Which constraints are one, where all statements are known at once: the most alike are put together first.

A channel's replies come over weeks, so each joins what is there (`themes.gather`). A file is there as a whole:
then no early statement has to be judged before the ones that would have shown what it speaks of, and the
order of the lines does not matter.
"""

from collections.abc import Sequence
from typing import Final

from bot.constraints.themes import JOIN_AT, OPPOSED, SAMPLE, Known, Parts, Themes, gather, nearness_of

# All are compared with all, which takes four times as long for twice as many. Later ones join in their order.
AT_ONCE: Final = 400


def gather_together(themes: Themes, statements: Sequence[Parts]) -> list[str]:
    """Group statements, the most alike first; give each one's theme (t1, t2... by its first statement)."""
    first, later = statements[:AT_ONCE], statements[AT_ONCE:]
    groups = sorted(_Groups(themes, first).joined())
    numbers = {member: f"t{number}" for number, group in enumerate(groups, start=1) for member in group}
    known = {
        f"t{number}": Known(f"t{number}", tuple(first[member] for member in group[:SAMPLE]))
        for number, group in enumerate(groups, start=1)
    }
    return [*(numbers[place] for place in range(len(first))), *gather(themes, later, known)]


class _Groups:
    """Groups of statements by their places, and which of the groups are near enough to be one."""

    def __init__(self, themes: Themes, statements: Sequence[Parts]) -> None:
        self._alike = [[themes.alike(one, other) for other in statements] for one in statements]
        self._groups = {place: [place] for place in range(len(statements))}
        self._near: dict[tuple[int, int], float] = {}
        for place in self._groups:
            self._compare(place, [other for other in self._groups if other > place])

    def joined(self) -> list[list[int]]:
        """Join the nearest two groups until none are near enough; ties by the first statement."""
        while self._near:
            one, other = min(self._near, key=lambda pair: (-self._near[pair], pair))
            self._groups[one] = sorted([*self._groups[one], *self._groups.pop(other)])
            self._near = {pair: near for pair, near in self._near.items() if not {one, other} & {*pair}}
            self._compare(one, [place for place in self._groups if place != one])
        return list(self._groups.values())

    def _compare(self, one: int, others: Sequence[int]) -> None:
        for other in others:
            near = self._nearness(self._groups[one], self._groups[other])
            if near >= JOIN_AT:
                self._near[min(one, other), max(one, other)] = near

    def _nearness(self, one: Sequence[int], other: Sequence[int]) -> float:
        scores = [self._alike[member][partner] for member in one for partner in other]
        # Opposite polarity is never one, whatever the rest of the groups says.
        return 0.0 if OPPOSED in scores else nearness_of(scores)
