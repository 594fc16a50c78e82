"""What a channel is asked next: its prompts in turn, its goal now and then, and one of its own constraints."""

import itertools
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.nudges.choosing import GOAL_EVERY_WEEKS, PROBE_EVERY, Past, Question, goal_is_due, next_question
from bot.prompts import LENSES, OWN_PACKS, read_packs
from bot.store.tables import Channel
from tests.team import MONDAY

PACKS = read_packs([OWN_PACKS])
LENS_OF = {prompt.id: LENSES[prompt.lens] for prompt in PACKS.prompts}
GOALS = {line.id for line in PACKS.goal_questions}
PROBES = {probe.id for probe in PACKS.probes}
NOTHING: dict[str, Any] = {"lines": []}


def channel(number: int) -> Channel:
    return Channel(id=number, zone="Europe/Paris", nudge_days="1", packs="", hat_ops="")


def line(theme: int, label: str, weeks: int, kind: str = "dependence") -> dict[str, Any]:
    heard = [0] * (8 - weeks) + [2] * weeks
    return {"theme": theme, "label": label, "kind": kind, "state": "recurring", "weeks": heard}


EVERY_WEEK = tuple(7 * week for week in range(52))


def a_year(number: int, lines: Sequence[dict[str, Any]] = (), days: Sequence[int] = EVERY_WEEK) -> list[Question]:
    """Ask on these days, counted from a Monday."""
    past, asked = Past(contents=[{"lines": list(lines)}]), []
    for day in days:
        at = MONDAY + timedelta(days=day)
        question = next_question(PACKS, channel(number), past, at)
        past.asked.append(question.id)
        past.at.append(at)
        past.probed += [question.theme] if question.theme else []
        asked.append(question)
    return asked


def weeks_with_the_goal(days: Sequence[int]) -> list[int]:
    asked = zip(days, a_year(3, days=days), strict=True)
    return [day // 7 + 1 for day, question in asked if question.id in GOALS]


def test_the_goal_is_asked_every_eighth_week_and_each_time_in_other_words() -> None:
    for number in range(20):
        goals = [week for week, question in enumerate(a_year(number), start=1) if question.id in GOALS]
        assert goals == list(range(GOAL_EVERY_WEEKS, 53, GOAL_EVERY_WEEKS))
        assert len({question.id for question in a_year(number)}) == 52


def test_two_questions_a_week_or_weeks_without_any_do_not_move_the_goal() -> None:
    eighths = list(range(GOAL_EVERY_WEEKS, 53, GOAL_EVERY_WEEKS))
    assert weeks_with_the_goal([7 * week + day for week in range(52) for day in (1, 3)]) == eighths
    assert weeks_with_the_goal([day for day in EVERY_WEEK if day // 7 not in {2, 3, 11, 25}]) == eighths
    assert weeks_with_the_goal([day for day in EVERY_WEEK if day // 7 + 1 != 8]) == [9, 17, 25, 33, 41, 49]
    assert weeks_with_the_goal([day for day in EVERY_WEEK if not 3 < day // 7 < 30]) == [31, 39, 47]


@given(st.lists(st.integers(0, 400), unique=True, min_size=1).map(sorted))
def test_the_goal_is_asked_for_with_the_first_question_of_the_eighth_week_or_later(days: list[int]) -> None:
    past, since = Past(), days[0] // 7 - 1
    for day in days:
        at = MONDAY + timedelta(days=day)
        due = goal_is_due(past, {"goal"}, at, "Europe/Paris")
        assert due == (day // 7 - since >= GOAL_EVERY_WEEKS)
        since = day // 7 if due else since
        past.asked.append("goal" if due else "other")
        past.at.append(at)


def test_around_the_goal_question_its_lens_rests_and_no_lens_takes_over() -> None:
    for number in range(50):
        asked = a_year(number)
        for week, question in enumerate(asked):
            if question.id in GOALS:
                assert LENSES["goal"] not in {LENS_OF.get(after.id) for after in asked[week + 1 : week + 4]}
        lenses = [LENS_OF.get(question.id) for question in asked]
        for start in range(52 - 29):
            window = lenses[start : start + 30]
            assert max(window.count(lens) for lens in LENS_OF.values()) <= 30 / len(LENSES) + 1


def test_what_recurs_is_asked_about_in_turn_and_in_other_words() -> None:
    lines = [line(1, "releases wait for the change board", 8), line(2, "nobody has time for testing", 4)]
    probes = [(week, question) for week, question in enumerate(a_year(3, lines)) if question.id in PROBES]
    assert [question.theme for _, question in probes][:4] == [1, 2, 1, 2]
    assert len({question.id for _, question in probes[:8]}) == len(probes[:8])
    assert all(later - sooner > PROBE_EVERY for (sooner, _), (later, _) in itertools.pairwise(probes))
    assert all(lines[(question.theme or 0) - 1]["label"] in question.words for _, question in probes)


def test_what_was_heard_in_two_weeks_is_no_reason_to_ask() -> None:
    assert not [one for one in a_year(3, [line(1, "nobody has time for testing", 2)]) if one.id in PROBES]
    assert not [one for one in a_year(3) if one.theme]
