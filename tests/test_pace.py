"""Turns and holds, by a clock that the test moves."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.slack.pace import Pace


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


WITHIN = 100_000.0
calls = st.lists(st.tuples(st.integers(1, 2), st.sampled_from("abc"), st.floats(0, 5)), max_size=60)


@given(calls=calls, per_minute=st.integers(1, 300))
def test_no_channel_gets_two_in_a_second_and_no_workspace_more_than_its_minute_holds(
    calls: list[tuple[int, str, float]], per_minute: int
) -> None:
    pace, now = Pace(1.0, per_minute), 1000.0
    books: dict[int, dict[str, float]] = {1: {}, 2: {}}
    sent: list[tuple[float, int, str]] = []
    for workspace, channel, later in calls:
        now += later
        turns = pace.turns(books[workspace], now, WITHIN)
        wait = turns.take(channel)
        assert wait is not None
        sent.append((now + wait, workspace, channel))
        books[workspace] = turns.book
    for workspace in (1, 2):
        times = sorted(at for at, where, _ in sent if where == workspace)
        assert all(sum(first <= at < first + 59.999 for at in times) <= per_minute for first in times)
        for channel in "abc":
            own = sorted(at for at, where, name in sent if (where, name) == (workspace, channel))
            assert all(second - first > 0.999 for first, second in pairwise(own))


def test_a_turn_that_is_too_far_is_not_taken() -> None:
    turns = Pace(1.0, 30).turns({}, 1000.0, within=3)
    assert [turns.take("a"), turns.take("b"), turns.take("c"), turns.take("c")] == [0, 2, None, None]
    later = Pace(1.0, 30).turns(turns.book, 1002.5, within=3)
    assert [later.take("c"), later.take("c")] == [1.5, None]


def test_turns_of_a_clock_that_was_set_back_are_forgotten() -> None:
    turns = Pace(1.0, 30).turns({}, 1000.0, within=30)
    turns.take("a")
    before = Pace(1.0, 30).turns(turns.book, 1000.0 - 3600, within=30)
    assert before.take("a") == 0


def test_where_there_is_no_pace_to_keep_nothing_is_written() -> None:
    turns = Pace(0, 0).turns({}, 1000.0, within=30)
    assert [turns.take("a"), turns.take("a"), turns.book] == [0, 0, {}]


def test_a_hold_is_for_one_method_of_one_workspace() -> None:
    clock = Seconds()
    pace = Pace(1.0, 200, clock)
    pace.hold(1, "chat.postMessage", 30)
    pace.hold(1, "chat.postMessage", 5)
    assert pace.held(1, "chat.postMessage") == 30
    assert pace.held(1, "views.open") == pace.held(2, "chat.postMessage") == 0
    clock.now += 30
    assert pace.held(1, "chat.postMessage") == 0
