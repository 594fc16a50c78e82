"""Chat text to canonical words whose offsets lead back to the text, in one pass of linear time.

Capitals, curly apostrophes, punctuation, emoji, `code` and links all disappear here, so that nothing
above this module can depend on them.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, chain
from operator import itemgetter
from typing import Final, NamedTuple

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
_ACROSS: Final = re.compile(r"[`<>]|&gt")
"""What may begin a piece that goes on behind a blank; every other piece lies between two blanks."""

MOST_REMEMBERED: Final = 10_000
LONGEST_REMEMBERED: Final = 40
"""How many chunks are remembered, and of how many characters, so that no stream of odd ones fills the memory."""

_LINK: Final = re.compile(r"https?://[^\s<>|]{1,600}")
_ABBREVIATED: Final = frozenset(
    {"e.g", "i.e", "eg", "ie", "vs", "approx", "incl", "art", "nr", "dr", "mr", "mrs", "ms"}
)


class Chunk(NamedTuple):
    """A stretch of text in canonical words; where they stand in it, and how many stood before each quotation mark."""

    names: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    quotes: tuple[int, ...]
    length: int  # characters up to the next chunk


_names, _quotes, _length = itemgetter(0), itemgetter(3), itemgetter(4)


class Words:
    """A text as canonical words, sentences parted by `END` or `ASKS`.

    Where a word stands is looked up when it is asked for, as most words stand in no limit.
    """

    __slots__ = ("_begun", "_chunks", "_stood", "names", "text")

    def __init__(self, text: str, chunks: Sequence[Chunk]) -> None:
        self.text = text
        self.names: list[str] = [*chain.from_iterable(map(_names, chunks))]
        self._chunks = chunks
        self._stood: list[int] = []  # how many words stood before each chunk
        self._begun: list[int] = []

    def start(self, word: int) -> int:
        """Give where a word begins in the text."""
        number, inside = self._place(word)
        return self._begun[number] + self._chunks[number].starts[inside]

    def end(self, word: int) -> int:
        """Give where a word ends in the text."""
        number, inside = self._place(word)
        return self._begun[number] + self._chunks[number].ends[inside]

    def _place(self, word: int) -> tuple[int, int]:
        if not self._stood:
            self._stood = list(accumulate(map(len, map(_names, self._chunks)), initial=0))
            self._begun = list(accumulate(map(_length, self._chunks), initial=0))
        number = bisect_right(self._stood, word) - 1
        return number, word - self._stood[number]

    def quotes(self) -> list[int]:
        """Give how many words stood before each quotation mark."""
        if not any(map(_quotes, self._chunks)):
            return []
        stood = accumulate(map(len, map(_names, self._chunks)), initial=0)
        return [before + more for before, chunk in zip(stood, self._chunks, strict=False) for more in chunk.quotes]

    def quoted(self, word: int) -> bool:
        """Say whether a word stands between two quotation marks that belong together."""
        marks = self.quotes()
        for opened, closed in zip(marks[::2], marks[1::2], strict=False):
            if opened <= word < closed <= opened + LONGEST_QUOTE:
                return True
        return False


class Splitter(dict[str, Chunk]):
    """Splits texts; remembers what stands between two blanks, as most of it comes again."""

    def __init__(self, canon: Mapping[str, str]) -> None:
        """`canon` gives the canonical form of every word in lower case."""
        super().__init__()
        self._canon = canon

    def split(self, text: str) -> Words:
        """Split `text` into canonical words."""
        low = lowered(text)
        # At the very end no blank follows, for which these marks are something else.
        if low.endswith((":", "-")) or _ACROSS.search(low):
            return Words(text, [_cut(low, self._canon)])
        return Words(text, list(map(self.__getitem__, low.split(" "))))

    def __missing__(self, between: str) -> Chunk:
        """Cut a chunk, and remember it while there is room."""
        chunk = _cut(between + " ", self._canon)
        if len(self) < MOST_REMEMBERED and len(between) < LONGEST_REMEMBERED:
            self[between] = chunk
        return chunk


def lowered(text: str) -> str:
    """Give `text` in lower case with straight apostrophes, every character at its old offset."""
    low = text.lower().translate(_STRAIGHT) if not text.isascii() else text.lower()
    if len(low) != len(text):  # a few letters grow, such as the Turkish dotted capital I
        low = "".join(small if len(small := char.lower()) == 1 else char for char in text).translate(_STRAIGHT)
    if "://" in low:
        low = _LINK.sub(lambda found: " " * len(found[0]), low)
    return low


def _cut(low: str, canon: Mapping[str, str]) -> Chunk:
    names: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    quotes: list[int] = []
    for piece in _PIECE.finditer(low):
        sort = piece.lastgroup
        if sort == "word":
            name = canon[piece[0]]
        elif sort == "end":
            if piece[0] == "." and names and names[-1] in _ABBREVIATED and ends[-1] == piece.start():
                continue
            name = ASKS if "?" in piece[0] else END
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
    return Chunk(tuple(names), tuple(starts), tuple(ends), tuple(quotes), len(low))


def blocks(text: str) -> Iterator[tuple[int, str]]:
    """Cut a long text into blocks with their offsets, where a line or sentence ends, else at a blank."""
    start, stop = 0, min(len(text), LONGEST_TEXT)
    while stop - start > LONGEST_BLOCK:
        window = text[start : start + LONGEST_BLOCK]
        length = max(window.rfind("\n"), window.rfind(". ")) + 1 or window.rfind(" ") + 1 or LONGEST_BLOCK
        yield start, text[start : start + length]
        start += length
    yield start, text[start:stop]
