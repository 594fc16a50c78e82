"""What stands on the page of constraints: laws over closed weeks that nobody chose."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.constraints import standing as rules
from bot.constraints.standing import dismissed_of_last, returns, roots, standing, told_lines, told_voices
from bot.digests import count

THEMES = [1, 2, 3, 4]
STATES = ["recurring", "new", "quiet"]


def line(theme: int, state: str = "recurring", voices: int = 2, private: int = 0, since: str = "2026-W01") -> Any:
    return {
        "theme": theme,
        "state": state,
        "label": f"label {theme}",
        "since": since,
        "thread_voices": voices,
        "private_voices": private,
        "weeks": [0] * 7 + [voices],
        "private_weeks": [0] * 7 + [private],
    }


def content(week: int, *lines: Any, asked: bool = True) -> Any:
    return {"week": f"2026-W{week:02}", "asked": asked, "lines": list(lines)}


lines = st.builds(line, st.sampled_from(THEMES), st.sampled_from(STATES), st.integers(1, 9))
weeks_of_lines = st.lists(st.lists(lines, max_size=4, unique_by=lambda one: one["theme"]), max_size=14)
joins = st.dictionaries(st.integers(1, 30), st.none() | st.integers(1, 30), max_size=20)


def contents_of(told: list[list[Any]]) -> list[Any]:
    return [content(number, *lines) for number, lines in enumerate(told, start=1)]


@given(joins)
def test_every_chain_ends_at_a_root_that_is_its_own(same_as: dict[int, int | None]) -> None:
    resolved = roots(same_as)
    for theme, following in same_as.items():
        if following is None:
            assert resolved[theme] == theme
        elif following < theme and all(other is None or other < one for one, other in same_as.items()):
            assert resolved[theme] == resolved.get(following, following)


def test_the_thresholds_are_those_of_counting() -> None:
    assert rules.QUIET_AFTER == count.QUIET_WEEKS
    assert rules.LEAVES_AFTER == rules.SHOWN_WEEKS == count.RECURRING_WEEKS


@given(weeks_of_lines)
def test_what_never_recurred_is_never_shown(told: list[list[Any]]) -> None:
    recurred = {one["theme"] for week in told for one in week if one["state"] == "recurring"}
    assert {one.theme for one in standing(contents_of(told), {})} <= recurred


@given(weeks_of_lines, st.integers(0, 9))
def test_it_goes_quiet_after_three_weeks_and_leaves_after_eight(told: list[list[Any]], later: int) -> None:
    closed = [content(1, line(1)), *(content(2 + number) for number in range(later))]
    shown = standing(closed, {})
    assert len(shown) == (later < 8)
    assert [one.quiet for one in shown] == [later >= 3][: len(shown)]
    assert all(one.quiet_for < 8 for one in standing(contents_of(told), {}))


@given(weeks_of_lines, st.integers(0, 13), st.integers(1, 5))
def test_weeks_without_a_nudge_change_nothing(told: list[list[Any]], place: int, pause: int) -> None:
    closed = contents_of(told)
    paused = [*closed[:place], *(content(53, asked=False) for _ in range(pause)), *closed[place:]]
    assert standing(paused, {}) == standing(closed, {})


@given(weeks_of_lines)
def test_joining_two_lines_shows_one_that_is_no_younger_and_no_quieter(told: list[list[Any]]) -> None:
    closed = contents_of(told)
    apart = {one.theme: one for one in standing(closed, {})}
    joined = {one.theme: one for one in standing(closed, roots({1: None, 2: 1, 3: None, 4: None}))}
    assert joined.keys() == {1 if theme == 2 else theme for theme in apart}
    for theme in apart.keys() & {1, 2}:
        assert joined[1].quiet_for <= apart[theme].quiet_for
        assert joined[1].since <= apart[theme].since
        assert all(map(int.__ge__, joined[1].weeks, apart[theme].weeks))
    assert all(joined[theme] == apart[theme] for theme in apart.keys() - {1, 2})


def test_the_numbers_of_joined_lines_are_not_added() -> None:
    closed = [content(1, line(1, voices=2), line(2, voices=3, private=3))]
    assert standing(closed, {2: 1})[0].weeks[-1] == 3
    assert told_voices(closed, {2: 1}, 1) == [(3, 3)]


def test_heard_comes_before_quiet_and_more_voices_first() -> None:
    closed = [
        content(1, line(1, voices=9)),
        content(2),
        content(3),
        content(4, line(2, voices=2), line(3, voices=5)),
    ]
    assert [one.theme for one in standing(closed, {})] == [3, 2, 1]


@given(weeks_of_lines, st.sets(st.sampled_from(THEMES)))
def test_told_lines_keep_their_order_and_leave_out_what_is_hidden(told: list[list[Any]], hidden: set[int]) -> None:
    for one in contents_of(told):
        shown = [line["theme"] for line in told_lines(one["lines"], {}, hidden)]
        assert shown == [line["theme"] for line in one["lines"] if line["theme"] not in hidden]


@given(weeks_of_lines, st.sets(st.sampled_from(THEMES)))
def test_the_footer_counts_among_twenty_lines_at_most(told: list[list[Any]], dismissed: set[int]) -> None:
    gone, of = dismissed_of_last(contents_of(told), {}, {}, [(theme, "2026-W99") for theme in dismissed])
    assert 0 <= gone <= min(of, len(dismissed)) <= 20
    assert dismissed_of_last(contents_of(told), {}, {}, []) == (0, of)


def test_a_hidden_line_was_not_told_from_then_on() -> None:
    closed = [content(week, line(1), line(2)) for week in (1, 2, 3)]
    assert dismissed_of_last(closed, {}, {1: "2026-W02"}, [(1, "2026-W02")]) == (1, 4)


def test_a_dismissal_means_the_line_that_was_told_last_before_it() -> None:
    closed = [content(week, line(1), line(2)) for week in (1, 2, 3)]
    assert dismissed_of_last(closed, {}, {}, [(1, "2026-W03"), (1, "2026-W03")]) == (1, 6)
    assert dismissed_of_last(closed, {}, {}, [(1, "2026-W03"), (1, "2026-W04"), (2, "2026-W04")]) == (3, 6)
    assert dismissed_of_last(closed, {}, {}, [(1, "2026-W01"), (3, "2026-W04")]) == (0, 6)


@given(st.lists(st.sampled_from("abcd")), st.lists(st.integers(0, 5)))
def test_three_people_bring_a_line_back_and_one_who_repeats_it_does_not(people: list[str], private: list[int]) -> None:
    assert returns(people, private) == returns([*people, *people], private)
    assert returns(people, private) == (len(set(people)) >= 3 or max(private, default=0) >= 3)
