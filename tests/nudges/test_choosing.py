"""What a channel is asked next: its prompts in turn, its goal now and then, and one of its own constraints."""

import itertools
from collections.abc import Sequence
from typing import Any

from bot.nudges.choosing import GOAL_EVERY_WEEKS, PROBE_EVERY, Past, Question, next_question
from bot.prompts import LENSES, OWN_PACKS, read_packs
from bot.store.tables import Channel

PACKS = read_packs([OWN_PACKS])
LENS_OF = {prompt.id: LENSES[prompt.lens] for prompt in PACKS.prompts}
GOALS = {line.id for line in PACKS.goal_questions}
PROBES = {probe.id for probe in PACKS.probes}
NOTHING: dict[str, Any] = {"lines": []}


def channel(number: int) -> Channel:
    return Channel(id=number, nudge_days="1", packs="", hat_ops="")


def line(theme: int, label: str, weeks: int, kind: str = "dependence") -> dict[str, Any]:
    heard = [0] * (8 - weeks) + [2] * weeks
    return {"theme": theme, "label": label, "kind": kind, "state": "recurring", "weeks": heard}


def a_year(number: int, lines: Sequence[dict[str, Any]] = ()) -> list[Question]:
    past, asked = Past(contents=[{"lines": list(lines)}]), []
    for _ in range(52):
        question = next_question(PACKS, channel(number), past)
        past.asked.append(question.id)
        past.probed += [question.theme] if question.theme else []
        asked.append(question)
    return asked


def test_the_goal_is_asked_every_eighth_week_and_each_time_in_other_words() -> None:
    for number in range(20):
        goals = [week for week, question in enumerate(a_year(number), start=1) if question.id in GOALS]
        assert goals == list(range(GOAL_EVERY_WEEKS, 53, GOAL_EVERY_WEEKS))
        assert len({question.id for question in a_year(number)}) == 52


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
