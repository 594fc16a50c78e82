"""Which constraints a channel sees between its digests: a pure reading of what closed weeks told.

It adds nothing to what was told. A constraint stands here once a digest could call it recurring, so what one
person alone says never does; and after `LEAVES_AFTER` weeks with a nudge in which it was not, it has left.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

SHOWN_WEEKS: Final = 8
"""Weeks that a row of voices covers (product.md, "Recurring")."""
LEAVES_AFTER: Final = 8
"""Weeks with a nudge in a row without being told, after which a constraint leaves the page."""
QUIET_AFTER: Final = 3
"""The same, after which it is called quiet."""
HIDES_AT: Final = 2
"""People whose "not a constraint" hides a line for the channel."""
RETURNS_AT: Final = 3
"""New voices that bring back what was hidden."""
TOLD_LINES: Final = 3
"""Constraints that one digest tells at most."""
WATCHED_WEEKS: Final = 8
"""Weeks after which a watch ends by itself."""
MOST_OPEN: Final = 3
"""Watches and tries that may be open in a channel at a time."""
LAST_LINES: Final = 20
"""Told lines of which the footer says how many were dismissed."""

Content = Mapping[str, Any]
"""What closing a week froze."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A constraint that may be shown: `theme` is the root of those that people joined.

    `weeks` and `private_weeks` hold voices by week, oldest first, over the last eight weeks with a nudge;
    `quiet_for` counts the weeks with a nudge since it was last told as recurring.
    """

    theme: int
    label: str
    since: str
    weeks: tuple[int, ...]
    private_weeks: tuple[int, ...]
    quiet_for: int

    @property
    def quiet(self) -> bool:
        """Whether it has gone quiet."""
        return self.quiet_for >= QUIET_AFTER


def roots(same_as: Mapping[int, int | None]) -> dict[int, int]:
    """Resolve themes that people joined (theme -> the one it is the same as) to the root of each chain."""
    return {theme: _root(theme, same_as) for theme in same_as}


def _root(theme: int, same_as: Mapping[int, int | None]) -> int:
    seen = {theme}
    while (following := same_as.get(theme)) is not None and following not in seen:
        theme = following
        seen.add(theme)
    return theme


def standing(contents: Sequence[Content], root_of: Mapping[int, int]) -> list[Standing]:
    """Return the constraints that may be shown, heard ones first, then by latest voices.

    Args:
        contents: of closed weeks, oldest first.
        root_of: as `roots` gives it; a theme that it does not know is its own root.

    """
    found: dict[int, Standing] = {}
    later = 0
    for content in reversed(contents):
        if later >= LEAVES_AFTER:
            break
        for line in content["lines"]:
            if line["state"] == "recurring":
                one = _stands(line, root_of.get(line["theme"], line["theme"]), later)
                found[one.theme] = _as_one(found[one.theme], one) if one.theme in found else one
        later += bool(content["asked"])
    return sorted(found.values(), key=_order)


def _stands(line: Mapping[str, Any], root: int, later: int) -> Standing:
    return Standing(
        theme=root,
        label=line["label"],
        since=line["since"],
        weeks=_moved_on(line["weeks"], later),
        private_weeks=_moved_on(line.get("private_weeks", ()), later),
        quiet_for=later,
    )


def _moved_on(weeks: Sequence[int], later: int) -> tuple[int, ...]:
    row = (0,) * SHOWN_WEEKS + tuple(weeks) + (0,) * later
    return row[-SHOWN_WEEKS:]


def _as_one(latest: Standing, earlier: Standing) -> Standing:
    # Numbers that were counted apart are not added: a person may be in both. Until a closing counts them as
    # one, the larger holds.
    return Standing(
        theme=latest.theme,
        label=latest.label,
        since=min(latest.since, earlier.since),
        weeks=tuple(map(max, latest.weeks, earlier.weeks)),
        private_weeks=tuple(map(max, latest.private_weeks, earlier.private_weeks)),
        quiet_for=latest.quiet_for,
    )


def _order(one: Standing) -> tuple[bool, int, int, tuple[int, ...], int]:
    last = one.weeks[-1 - min(one.quiet_for, SHOWN_WEEKS - 1)]
    return one.quiet, one.quiet_for, -last, tuple(-voices for voices in reversed(one.weeks)), one.theme


def told_voices(contents: Sequence[Content], root_of: Mapping[int, int], theme: int) -> list[tuple[int, int]]:
    """Return the voices of one constraint in each of these weeks, as told: in threads, and privately."""
    return [
        (max((thread for thread, _ in told), default=0), max((private for _, private in told), default=0))
        for told in (list(_voices(content, root_of, theme)) for content in contents)
    ]


def _voices(content: Content, root_of: Mapping[int, int], theme: int) -> Iterator[tuple[int, int]]:
    for line in content["lines"]:
        if root_of.get(line["theme"], line["theme"]) == theme and line["state"] == "recurring":
            yield line["thread_voices"], line["private_voices"]


def told_lines(
    lines: Iterable[Mapping[str, Any]], root_of: Mapping[int, int], hidden: Iterable[int] = ()
) -> list[Mapping[str, Any]]:
    """Return a week's lines as they are told: in the order of its count, each constraint once, no hidden one."""
    gone = set(hidden)
    told: list[Mapping[str, Any]] = []
    for line in lines:
        theme = root_of.get(line["theme"], line["theme"])
        if theme not in gone:
            gone.add(theme)
            told.append({**line, "theme": theme})
    return told


def dismissed_of_last(
    contents: Sequence[Content],
    root_of: Mapping[int, int],
    hidden_in: Mapping[int, str],
    dismissed: Iterable[tuple[int, str]],
) -> tuple[int, int]:
    """Say how many of the last twenty told lines were dismissed, and how many lines those are.

    Args:
        contents: of closed weeks, oldest first.
        root_of: as `roots` gives it.
        hidden_in: theme -> the week in which it was hidden for the channel; from then on it was not told.
        dismissed: theme and week of each "not a constraint"; it means the line that was told last before it.

    """
    told: list[tuple[int, str]] = []
    for content in contents:
        hidden = [theme for theme, week in hidden_in.items() if week <= content["week"]]
        recurring = [line for line in told_lines(content["lines"], root_of, hidden) if line["state"] == "recurring"]
        told += [(line["theme"], content["week"]) for line in recurring[:TOLD_LINES]]
    told = told[-LAST_LINES:]
    meant = {
        (theme, max((week for one, week in told if one == theme and week < when), default=""))
        for theme, when in dismissed
    }
    return sum(line in meant for line in told), len(told)


def weeks_between(first: str, last: str) -> int:
    """Return how many weeks the second ISO week comes after the first."""
    return (_monday(last) - _monday(first)).days // 7


def _monday(week: str) -> date:
    return date.fromisocalendar(int(week[:4]), int(week[6:]), 1)


def returns(people: Iterable[str], private: Iterable[int]) -> bool:
    """Say whether enough new voices speak for a dismissed constraint.

    Args:
        people: who said it in threads since.
        private: the private voices that each week since could tell; never added to those of threads.

    """
    return len(set(people)) >= RETURNS_AT or any(voices >= RETURNS_AT for voices in private)
