"""How marks, watches and tries read, wherever they are shown: the same words in the digest and on the page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.slack.faces import number

MARKS = {"real": "Real", "perceived": "Perceived", "unknown": "Don't know", "keep": "Worth keeping"}
"""What somebody may hold a constraint to be, as the table keeps it and as people see it side by side."""

WHICH = "What would show which?"
"""Asked where marks are split: nobody decides (product.md, "a split is told as a question")."""

OUTCOMES = {
    "taught": "Taught us something",
    "no difference": "No difference",
    "stopped early": "Stopped early",
    "let go": "Let go",
}
"""How a try may end, as the table keeps it and as people see it."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What the bot observed: `name` says of what, and the voices are by week since, oldest first."""

    name: str
    thread: Sequence[int]
    private: Sequence[int] = ()


def marks(counts: Mapping[str, int]) -> str:
    """Say marks side by side; none of them is added up, and none wins."""
    return " · ".join(f"{label} {counts.get(mark, 0)}" for mark, label in MARKS.items())


def is_split(counts: Mapping[str, int]) -> bool:
    """Say whether some hold a constraint to be real and some perceived."""
    return bool(counts.get("perceived") and (counts.get("real") or counts.get("keep")))


def observed(watched: Watched) -> str:
    """Say what was heard while watching: "heard once, then quiet"."""
    heard = list(_heard(sum(watched.thread), sum(watched.private)))
    if not heard:
        return "not heard"
    last = [*watched.thread[-1:], *watched.private[-1:]]
    return ", ".join(heard if any(last) else [*heard, "then quiet"])


def _heard(thread: int, private: int) -> Iterator[str]:
    if thread:
        yield f"heard {times(thread)}"
    if private:
        yield f"{times(private)} privately" if thread else f"heard {times(private)} privately"


def times(count: int) -> str:
    """Say how often: "once", "twice", "three times"."""
    return {1: "once", 2: "twice"}.get(count, f"{number(count)} times")


def weeks(count: int) -> str:
    """Say how many weeks: "a week", "three weeks"."""
    return "a week" if count == 1 else f"{number(count)} weeks"
