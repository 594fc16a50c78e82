"""Where a clause begins and ends in chat: at marks where there are any, else at joining words."""

from collections.abc import Sequence
from typing import Final

from bot.constraints.remembered import bare
from bot.constraints.words import ASKS, COMMA, END

FARTHEST: Final = 60
"""Words. No clause is looked for farther out than this, which bounds the cost of text without marks."""

_ENDS: Final = frozenset({END, ASKS})
_OPENS: Final = frozenset(
    {
        "but",
        "so",
        "because",
        "though",
        "although",
        "since",
        "however",
        "except",
        "whereas",
        "yet",
        "plus",
        "otherwise",
    }
)
_CLOSES: Final = frozenset(
    {
        "but",
        "so",
        "though",
        "although",
        "however",
        "whereas",
        "otherwise",
        "anyway",
        "lol",
        "haha",
        "imo",
        "tbh",
    }
)
_SUBJECTS: Final = frozenset(
    {
        "i",
        "we",
        "you",
        "they",
        "he",
        "she",
        "it",
        "it's",
        "we're",
        "we've",
        "i'm",
        "i've",
        "that's",
        "there's",
        "they're",
        "you're",
        "this",
        "that",
        "nobody",
        "everyone",
        "who",
        "i'd",
        "we'd",
        "i'll",
        "we'll",
    }
)


def sentence_around(names: Sequence[str], word: int) -> tuple[int, int]:
    """Give the first and last word of the sentence that holds `word`, without the mark at its end."""
    first = last = word
    while first > 0 and names[first - 1] not in _ENDS and word - first < FARTHEST:
        first -= 1
    while last + 1 < len(names) and names[last + 1] not in _ENDS and last - word < FARTHEST:
        last += 1
    return first, last


def clause_around(names: Sequence[str], first: int, last: int, sentence: tuple[int, int]) -> tuple[int, int]:
    """Widen the words `first..last` to the clause of their `sentence` that holds them."""
    lowest, highest = sentence
    highest = max(highest, last)
    while first > lowest and not _opens(names, first):
        first -= 1
    while last < highest and not _closes(names, last + 1):
        last += 1
    while first < last and names[first] == COMMA:
        first += 1
    while last > first and names[last] == COMMA:
        last -= 1
    return first, last


def _opens(names: Sequence[str], word: int) -> bool:
    """Say whether a clause begins at `word`, judged by what stands before it."""
    before = bare(names[word - 1])
    return before == COMMA or before in _OPENS or (before == "and" and bare(names[word]) in _SUBJECTS)


def _closes(names: Sequence[str], word: int) -> bool:
    name = bare(names[word])
    if name in _CLOSES:
        return True
    following = bare(names[word + 1]) if word + 1 < len(names) else END
    return name == COMMA or (name == "and" and following in _SUBJECTS)


def sentences(names: Sequence[str]) -> list[tuple[int, int, bool]]:
    """Give first word, last word and “is a question” of every sentence that holds a word."""
    found = []
    first = 0
    for number, name in enumerate((*names, END)):
        if name in _ENDS:
            if number > first:
                found.append((first, number - 1, name != END))
            first = number + 1
    return found
