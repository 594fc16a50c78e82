"""What is told of a word, told once, as words come again; bounded, so that no stream of odd words fills the memory."""

from collections.abc import Callable
from typing import Final, TypeVar

MOST_REMEMBERED: Final = 20_000

Told = TypeVar("Told")


class Remembered(dict[str, Told]):
    """What is told of each name; a look at a dictionary costs a tenth of a call."""

    def __init__(self, tell: Callable[[str], Told]) -> None:
        super().__init__()
        self._tell = tell

    def __missing__(self, name: str) -> Told:
        """Tell it, and remember it while there is room."""
        told = self._tell(name)
        if len(self) < MOST_REMEMBERED:
            self[name] = told
        return told


bare: Final = Remembered(lambda name: name.partition("/")[0]).__getitem__
"""Gives a canonical word without its tags."""
