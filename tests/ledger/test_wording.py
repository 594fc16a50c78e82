"""How marks and watches read: numbers side by side, and never a verdict."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.constraints.standing import Standing
from bot.ledger import words
from bot.slack.beside import MARKS, Watched, marks, observed, times, weeks


@pytest.mark.parametrize(
    ("thread", "private", "said"),
    [
        ([0], [], "not heard"),
        ([0, 0, 0], [0, 0, 0], "not heard"),
        ([1], [], "heard once"),
        ([1, 0, 0], [0, 0, 0], "heard once, then quiet"),
        ([0, 2, 1], [], "heard three times"),
        ([2, 0], [3, 0], "heard twice, three times privately, then quiet"),
        ([0, 0], [0, 4], "heard four times privately"),
        ([0, 13], [], "heard 13 times"),
    ],
)
def test_what_a_watch_saw(thread: list[int], private: list[int], said: str) -> None:
    assert observed(Watched("it", thread, private)) == said


def test_marks_stand_in_one_order_whatever_their_numbers() -> None:
    assert marks({"keep": 3, "real": 1}) == "Real 1 · Perceived 0 · Don't know 0 · Worth keeping 3"


def test_how_often_and_how_long() -> None:
    assert [times(count) for count in (1, 2, 3)] == ["once", "twice", "three times"]
    assert [weeks(count) for count in (1, 2, 20)] == ["a week", "two weeks", "20 weeks"]


@given(st.dictionaries(st.sampled_from(list(MARKS)), st.integers(0, 99)))
def test_no_mark_is_added_up_or_wins(counts: dict[str, int]) -> None:
    said = marks(counts)
    assert [part.rsplit(" ", 1)[0] for part in said.split(" · ")] == list(MARKS.values())
    assert [int(part.rsplit(" ", 1)[1]) for part in said.split(" · ")] == [counts.get(mark, 0) for mark in MARKS]


def test_what_the_page_has_no_room_for_is_counted_in_words_that_fit_one_and_many() -> None:
    for more, said in ((0, ""), (1, "One more was heard less often."), (2, "Two more were heard less often.")):
        entries = [
            words.Entry(Standing(theme, "releases wait", "2026-W40", (1,), (0,), 0))
            for theme in range(words.MOST_SHOWN + more)
        ]
        shown = str(words.page(entries, {}, {}).blocks)
        assert said in shown
        assert ("heard less" in shown) is bool(more)


@pytest.mark.parametrize(("threads", "bars"), [((0, 0), False), ((0, 2), True)])
def test_what_was_only_said_privately_has_no_bars_that_say_nobody_did(threads: tuple[int, ...], *, bars: bool) -> None:
    entry = words.Entry(Standing(1, "releases wait", "2026-W40", threads, (0, 3), 0))
    for modal in (words.page([entry], {}, {}), words.details(entry, {})):
        assert ("▁" in str(modal.blocks)) is bars


def test_a_line_that_left_the_page_says_where_to_look() -> None:
    assert words.LEFT.endswith("`/opshat constraints` shows what is there now.")


def test_nobody_is_told_what_they_should_do() -> None:
    said = [value for name, value in vars(words).items() if name.isupper() and isinstance(value, str)]
    assert not [line for line in said if "should" in line or "must" in line or "!" in line]
