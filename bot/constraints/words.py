"""Chat text to canonical words whose offsets lead back to the text, in one pass of linear time.

Capitals, curly apostrophes, punctuation, emoji, `code` and links all disappear here, so that nothing
above this module can depend on them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Final

END: Final = "\n"
"""Stands between two sentences; no phrase matches across it."""

ASKS: Final = "\n?"
"""The same after a question."""

COMMA: Final = ","
"""Stands where a comma, bracket or colon parts two clauses of one sentence."""

LONGEST_QUOTE: Final = 40
"""Words. A mark whose partner is farther away than this is a stray one, as chat is full of them."""

LONGEST_TEXT: Final = 40_000
"""Characters. Slack cuts messages here; what stands behind is not read."""

LONGEST_BLOCK: Final = 4_000
"""Characters that are read at once, so that the time for a text grows no faster than its length."""

_STRAIGHT: Final = {ord(mark): "'" for mark in "\u2018\u2019\u02bc\u2032\uff07\u00b4"}

# Every repetition is bounded or stops at its own opener, so that hostile text costs no more than its length.
_PIECE: Final = re.compile(
    r"(?P<word>w/o?(?![^\W_])|[^\W_]+(?:['&.][^\W_]+)*)"
    r"|(?P<end>[.!?;\u2026\n]+|-{1,3}(?=\s)|[\u2013\u2014])"
    r"|(?P<comma>[,()\[\]/]|:(?=\s))"
    r"|(?P<code>`{1,3}[^`]{1,600}`{1,3})"
    r"|(?P<skip>:[a-z0-9_+\-']{2,40}:|<https?:[^<>\n]{1,600}>|<[!#][^<>\n]{1,100}>)"
    r"|(?P<mention><@[^<>\n]{1,80}>|@[\w.\-]{1,80})"
    r"|(?P<quote>[\"\u201c\u201d\u00ab\u00bb]|'(?=\w)|(?<=[\w,.!?])')"
    r"|(?P<quoting>(?:(?<=\n)|\A)(?:>|&gt;)[^\n]*)"
)
_PARTED: Final = re.compile(r"([^\W_]+(?:['&.][^\W_]+)*)")
_MARKED: Final = re.compile(r"[`<>@\"\u201c\u201d\u00ab\u00bb]|&gt|:[a-z0-9_+\-]|w/|(?<![^\s(])'|'(?![^\W_])")
LONGEST_GAP: Final = 40
"""Characters between two words; a longer row of marks says no more than its beginning."""

_LINK: Final = re.compile(r"https?://[^\s<>|]{1,600}")
_ABBREVIATED: Final = frozenset(
    {"e.g", "i.e", "eg", "ie", "vs", "approx", "incl", "art", "nr", "dr", "mr", "mrs", "ms"}
)


@dataclass(frozen=True, slots=True)
class Words:
    """A text as canonical words, sentences parted by `END` or `ASKS`."""

    text: str
    names: list[str]
    starts: list[int]
    ends: list[int]
    quotes: list[int]  # how many words stood before each quotation mark

    def quoted(self, word: int) -> bool:
        """Say whether a word stands between two quotation marks that belong together."""
        marks = self.quotes
        for opened, closed in zip(marks[::2], marks[1::2], strict=False):
            if opened <= word < closed <= opened + LONGEST_QUOTE:
                return True
        return False


def lowered(text: str) -> str:
    """Give `text` in lower case with straight apostrophes, every character at its old offset."""
    low = text.lower().translate(_STRAIGHT) if not text.isascii() else text.lower()
    if len(low) != len(text):  # a few letters grow, such as the Turkish dotted capital I
        low = "".join(small if len(small := char.lower()) == 1 else char for char in text).translate(_STRAIGHT)
    if "://" in low:
        low = _LINK.sub(lambda found: " " * len(found[0]), low)
    return low


def split(text: str, canon: Mapping[str, str]) -> Words:
    """Split `text` into canonical words; `canon` gives the canonical form of every word in lower case."""
    low = lowered(text)
    spoken = _split_marked(low, canon) if _MARKED.search(low) else _split_plain(low, canon)
    return Words(text, *spoken)


_Pieces = tuple[list[str], list[int], list[int], list[int]]  # names, starts, ends, quotes


def _split_plain(low: str, canon: Mapping[str, str]) -> _Pieces:
    """Split a text without markup and quotes: most gaps are one blank, and the same few gaps come again."""
    pieces = _PARTED.split(low)  # gap, word, gap, word, ..., gap
    reached = list(accumulate(map(len, pieces)))
    names = [canon[word] for word in pieces[1::2]]
    starts, ends = reached[:-1:2], reached[1::2]
    gaps = pieces[::2]
    # From the last gap to the first, so that the marks of one do not move the places of those that are to come.
    for place in range(len(gaps) - 1, -1, -1):
        if gaps[place] != " ":
            marks = _marks(gaps[place], names[place - 1] if place else "")
            if marks:
                end = reached[2 * place]
                names[place:place] = marks
                starts[place:place] = [end - len(gaps[place])] * len(marks)
                ends[place:place] = [end] * len(marks)
    return names, starts, ends, []


def _marks(gap: str, word: str) -> tuple[str, ...]:
    """Give the marks between two words, without the full stop of an abbreviation."""
    if gap.startswith(".") and word in _ABBREVIATED:
        gap = gap[1:]
    return _marks_of(gap) if len(gap) < LONGEST_GAP else _marks_of(gap[:LONGEST_GAP])


@lru_cache(maxsize=2_000)
def _marks_of(gap: str) -> tuple[str, ...]:
    pieces = ((piece.lastgroup, piece[0]) for piece in _PIECE.finditer(gap))
    return tuple(_end(said) if sort == "end" else COMMA for sort, said in pieces if sort in {"end", "comma"})


def _end(said: str) -> str:
    return ASKS if "?" in said else END


def _split_marked(low: str, canon: Mapping[str, str]) -> _Pieces:
    names: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    quotes: list[int] = []
    for piece in _PIECE.finditer(low):
        sort = piece.lastgroup
        if sort == "word":
            name = canon[piece[0]]
        elif sort == "end":
            if names and names[-1] in _ABBREVIATED and piece[0] == ".":
                continue
            name = _end(piece[0])
        elif sort == "comma":
            name = COMMA
        elif sort == "mention":
            name = canon["someone"]
        elif sort == "code":
            name = canon["xcode"]
        elif sort == "quote":
            quotes.append(len(names))
            continue
        elif sort == "quoting":
            name = END
        else:
            continue
        names.append(name)
        starts.append(piece.start())
        ends.append(piece.end())
    return names, starts, ends, quotes


def blocks(text: str) -> Iterator[tuple[int, str]]:
    """Cut a long text into blocks with their offsets, where a line or sentence ends, else at a blank."""
    start, stop = 0, min(len(text), LONGEST_TEXT)
    while stop - start > LONGEST_BLOCK:
        window = text[start : start + LONGEST_BLOCK]
        length = max(window.rfind("\n"), window.rfind(". ")) + 1 or window.rfind(" ") + 1 or LONGEST_BLOCK
        yield start, text[start : start + length]
        start += length
    yield start, text[start:stop]
