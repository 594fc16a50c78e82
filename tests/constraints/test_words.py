from hypothesis import given
from hypothesis import strategies as st

from bot.constraints.lexicon import shipped
from bot.constraints.words import (
    ASKS,
    COMMA,
    END,
    LONGEST_BLOCK,
    LONGEST_TEXT,
    MOST_REMEMBERED,
    Splitter,
    Words,
    blocks,
    lowered,
)

CANON = shipped().canon


def spoken(text: str) -> Words:
    return Splitter(CANON).split(text)


def bare(text: str) -> list[str]:
    return [name.partition("/")[0] for name in spoken(text).names]


def test_what_people_type_becomes_what_phrases_use() -> None:
    assert bare("Ppl CANT go w/o us") == ["people", "can't", "go", "without", "us"]
    assert bare("we don’t") == bare("we dont") == bare("we don't") == ["we", "don't"]


def test_marks_part_sentences_and_clauses() -> None:
    assert bare("No. Why? Well, yes") == ["no", END, "why", ASKS, "well", COMMA, "yes"]
    assert bare("tea - or not") == ["tea", END, "or", "not"]
    assert bare("node.js 4.2") == ["node.js", "0"]
    assert bare("tools, e.g. hammers") == ["tools", COMMA, "e.g", "hammers"]


def test_markup_is_no_language() -> None:
    assert bare("see <https://example.org/we-must|here> :tada: ok") == ["see", "here", "ok"]
    assert bare("ask <@U123> or @kim about `must_not()`") == ["ask", "someone", "or", "someone", "about", "xcode"]
    assert bare("> we must\nno") == [END, END, "no"]


def test_a_word_between_quotation_marks_is_known_as_quoted() -> None:
    words = spoken('they said "never on Fridays" and left')
    assert [words.quoted(number) for number in range(len(words.names))] == [False] * 2 + [True] * 3 + [False] * 2


def test_a_contraction_opens_no_quotation() -> None:
    assert not spoken("we can't and we won't").quotes()
    words = spoken("we can't and we won't and the devs' room")
    assert not any(words.quoted(number) for number in range(len(words.names)))


@given(st.text(max_size=400))
def test_offsets_lead_back_to_the_text(text: str) -> None:
    words = spoken(text)
    assert len(lowered(text)) == len(text)
    places = [(words.start(number), words.end(number)) for number in range(len(words.names))]
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert places == sorted(places)


@given(st.text(alphabet="ab ,.:-'?\"\n(@/e.g", max_size=40))
def test_what_stands_between_blanks_is_split_alike_alone_and_in_its_text(text: str) -> None:
    whole = Splitter(CANON).split(f"{text} `")  # the mark of code has a text split in one piece
    parts = Splitter(CANON).split(f"{text} a")
    assert parts.names == [*whole.names, "a"]
    assert parts.quotes() == whole.quotes()
    assert [parts.start(number) for number in range(len(whole.names))] == list(
        map(whole.start, range(len(whole.names)))
    )


def test_no_stream_of_odd_words_fills_the_memory() -> None:
    splitter = Splitter(CANON)
    splitter.split(" ".join(map(str, range(2 * MOST_REMEMBERED))))
    assert len(splitter) == MOST_REMEMBERED
    assert splitter.split("a" * 1000).end(0) == 1000
    assert "a" * 1000 not in splitter


@given(st.text(alphabet="ab .\n", max_size=60), st.integers(0, 400))
def test_blocks_are_the_text_again(text: str, times: int) -> None:
    long = text * times
    told = list(blocks(long))
    assert "".join(block for _, block in told) == long[:LONGEST_TEXT]
    assert all(long.startswith(block, start) for start, block in told)
    assert all(len(block) <= LONGEST_BLOCK for _, block in told)
