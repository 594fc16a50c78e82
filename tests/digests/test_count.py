"""The laws of "Counting, exactly", each against inputs that nobody chose."""

from collections.abc import Collection
from dataclasses import replace
from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digests.count import Count, Heard, Line, Voices, count, shown_privately

WEEKS = [f"2026-W{number}" for number in range(36, 50)]
NOW = WEEKS[-1]
THEMES = ["release-board", "no-time", "legal"]
PEOPLE = ["ada", "bo", "cy", "dee", "eli", "flo"]
NOBODY = Voices()

said = st.builds(
    Heard,
    theme=st.sampled_from(THEMES),
    voice=st.sampled_from(PEOPLE),
    week=st.sampled_from(WEEKS) | st.just(NOW),
    private=st.booleans(),
    asked=st.booleans(),
)
talks = st.lists(said, max_size=40)
nudged = st.sets(st.sampled_from(WEEKS)).map(lambda names: sorted({*names, NOW}))
members = st.none() | st.integers(0, 9)


def thread(theme: str, voice: str, week: str = NOW, *, asked: bool = False) -> Heard:
    return Heard(theme, voice, week, private=False, asked=asked)


def privately(theme: str, voices: Collection[str], *, asked: bool = False) -> list[Heard]:
    return [Heard(theme, voice, NOW, private=True, asked=asked) for voice in voices]


def counted(
    heard: list[Heard],
    weeks: list[str] = WEEKS,
    size: int | None = 8,
    published: dict[tuple[str, str], int] | None = None,
) -> dict[str, Line]:
    return {line.theme: line for line in count(NOW, weeks, heard, size, NOBODY, published=published or {}).lines}


# Laws


@given(talks, nudged, members, st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_makes_a_difference(
    heard: list[Heard], weeks: list[str], size: int | None, random: Random
) -> None:
    again = [*heard, *heard, *heard[:3]]
    random.shuffle(again)
    assert count(NOW, weeks, again, size, NOBODY) == count(NOW, weeks, heard, size, NOBODY)


@given(talks, nudged, st.integers(0, 9))
def test_too_few_private_voices_leave_no_trace_at_all(heard: list[Heard], weeks: list[str], size: int) -> None:
    def hidden(*themes: str) -> bool:
        voices = {one.voice for one in heard if one.private and one.week == NOW and one.theme in themes}
        return not 3 <= len(voices) <= size - 2

    seen = [one for one in heard if not (one.private and (hidden(one.theme) or hidden(*THEMES)))]
    assert count(NOW, weeks, heard, size, NOBODY) == count(NOW, weeks, seen, size, NOBODY)


@given(talks, nudged, members, st.frozensets(st.sampled_from(PEOPLE)))
def test_a_private_number_is_none_or_neither_too_few_nor_nearly_all(
    heard: list[Heard], weeks: list[str], size: int | None, private: frozenset[str]
) -> None:
    result = count(NOW, weeks, heard, size, Voices(private=private))
    numbers = [result.private_voices, *(line.private_voices for line in result.lines)]
    assert all(number == 0 or (size is not None and 3 <= number <= size - 2) for number in numbers)


@given(talks, nudged)
def test_a_channel_of_unknown_size_has_no_private_voices(heard: list[Heard], weeks: list[str]) -> None:
    aloud = [one for one in heard if not one.private]
    everyone = Voices(private=frozenset(PEOPLE))
    assert count(NOW, weeks, heard, None, everyone) == count(NOW, weeks, aloud, None, NOBODY)


@given(talks, nudged, members)
def test_private_voices_of_past_weeks_are_gone(heard: list[Heard], weeks: list[str], size: int | None) -> None:
    kept = [one for one in heard if not (one.private and one.week != NOW)]
    assert count(NOW, weeks, heard, size, NOBODY) == count(NOW, weeks, kept, size, NOBODY)


@given(talks, nudged, members, st.sampled_from(THEMES), st.sampled_from(PEOPLE))
def test_one_more_voice_takes_nothing_away_and_touches_no_other_theme(
    heard: list[Heard], weeks: list[str], size: int | None, theme: str, voice: str
) -> None:
    before = counted(heard, weeks, size)
    after = counted([*heard, thread(theme, voice)], weeks, size)
    assert {**before, theme: None} == {**after, theme: None}
    if theme in before and before[theme].state != "quiet":
        assert after[theme].thread_voices >= before[theme].thread_voices
        assert after[theme].private_voices == before[theme].private_voices
        assert (before[theme].state, after[theme].state) != ("recurring", "new")


@given(talks, nudged, members)
def test_what_was_asked_never_recurs(heard: list[Heard], weeks: list[str], size: int | None) -> None:
    asked = [replace(one, asked=True) for one in heard]
    lines = counted(asked, weeks, size).values()
    assert {line.state for line in lines} <= {"new"}
    assert not any(line.volunteered for line in lines)


@given(st.lists(said.filter(lambda one: not one.private), max_size=40), nudged)
def test_recurring_is_what_two_people_volunteered_within_eight_weeks(heard: list[Heard], weeks: list[str]) -> None:
    window = [week for week in WEEKS if week >= weeks[-8:][0]]
    expected = {
        theme
        for theme in THEMES
        if any(one.theme == theme and one.week == NOW for one in heard)
        and any(
            one.theme == other.theme == theme and one.voice != other.voice
            for one, other in product(heard, heard)
            if one.week in window and other.week in window and not one.asked and not other.asked
        )
    }
    assert {line.theme for line in counted(heard, weeks).values() if line.state == "recurring"} == expected


@given(talks, nudged, members, st.integers(1, 3))
def test_weeks_without_a_nudge_neither_break_nor_extend_a_run(
    heard: list[Heard], weeks: list[str], size: int | None, pause: int
) -> None:
    """A pause between any two weeks, however long, changes nothing but the names of the weeks."""
    later = {week: f"{2020 + place * pause}-W01" for place, week in enumerate(WEEKS)}
    spread = count(
        later[NOW],
        [later[week] for week in weeks],
        [replace(one, week=later[one.week]) for one in heard],
        size,
        NOBODY,
    )
    plain = count(NOW, weeks, heard, size, NOBODY)
    renamed = [replace(line, since=later[line.since]) for line in plain.lines if line.since]
    assert spread == Count(plain.thread_voices, plain.private_voices, tuple(renamed))


@given(talks, nudged, members)
def test_the_future_is_not_heard(heard: list[Heard], weeks: list[str], size: int | None) -> None:
    now = WEEKS[7]
    past = [one for one in heard if one.week <= now]
    assert count(now, weeks, heard, size, NOBODY) == count(now, weeks, past, size, NOBODY)


@given(talks, nudged, members, st.permutations(PEOPLE))
def test_it_does_not_matter_who_is_who(
    heard: list[Heard], weeks: list[str], size: int | None, names: list[str]
) -> None:
    other = dict(zip(PEOPLE, names, strict=True))
    renamed = [replace(one, voice=other[one.voice]) for one in heard]
    assert count(NOW, weeks, renamed, size, NOBODY) == count(NOW, weeks, heard, size, NOBODY)


@given(talks, nudged, members)
def test_every_line_is_told_once_and_in_order(heard: list[Heard], weeks: list[str], size: int | None) -> None:
    lines = count(NOW, weeks, heard, size, NOBODY).lines
    assert len({line.theme for line in lines}) == len(lines)
    states = [("recurring", "new", "quiet").index(line.state) for line in lines]
    assert states == sorted(states)
    assert all(len(line.weeks) == len(line.private_weeks) == 8 for line in lines)
    assert all(line.weeks[-1] == line.thread_voices for line in lines)


# Cases


def test_two_people_in_one_week_recur_at_once() -> None:
    line = counted([thread("legal", "ada"), thread("legal", "bo"), thread("legal", "bo")])["legal"]
    assert line == Line("legal", "recurring", 2, 0, (0, 0, 0, 0, 0, 0, 0, 2), NOW, volunteered=True)


def test_one_person_alone_is_new_once_and_then_nobodys_business() -> None:
    assert counted([thread("legal", "ada")])["legal"].state == "new"
    assert counted([thread("legal", "ada", WEEKS[-2]), thread("legal", "ada")]) == {}


def test_a_second_person_within_eight_weeks_makes_it_recur() -> None:
    line = counted([thread("legal", "ada", WEEKS[-8]), thread("legal", "bo")])["legal"]
    assert (line.state, line.since, line.weeks) == ("recurring", WEEKS[-8], (1, 0, 0, 0, 0, 0, 0, 1))
    assert counted([thread("legal", "ada", WEEKS[-9]), thread("legal", "bo")]) == {}


def test_an_answer_to_a_probe_keeps_it_heard_but_is_told_after_what_was_volunteered() -> None:
    heard = [
        *(thread("legal", voice, WEEKS[-3]) for voice in ("ada", "bo")),
        *(thread("legal", voice, asked=True) for voice in PEOPLE),
        *(thread("no-time", voice) for voice in ("ada", "bo")),
    ]
    lines = count(NOW, WEEKS, heard, 8, NOBODY).lines
    assert [(line.theme, line.thread_voices, line.volunteered) for line in lines] == [
        ("no-time", 2, True),
        ("legal", 6, False),
    ]


def test_more_voices_come_first_then_the_longest_heard() -> None:
    heard = [
        *(thread("no-time", voice) for voice in ("ada", "bo")),
        *(thread("legal", voice) for voice in ("ada", "bo")),
        *(thread("release-board", voice) for voice in ("ada", "bo", "cy")),
        thread("no-time", "cy", WEEKS[-2]),
    ]
    assert list(counted(heard)) == ["release-board", "no-time", "legal"]


def test_what_was_heard_longer_ago_than_the_voices_reach_is_not_new() -> None:
    heard = [thread("legal", "ada"), thread("no-time", "ada"), thread("no-time", "bo")]
    lines = count(NOW, WEEKS, heard, 8, NOBODY, since={"legal": "2026-W02", "no-time": "2026-W03"}).lines
    assert [(line.theme, line.state, line.since) for line in lines] == [("no-time", "recurring", "2026-W03")]


def test_quiet_needs_three_weeks_with_a_nudge_and_to_have_recurred() -> None:
    heard = [
        thread("legal", "ada", WEEKS[2]),
        thread("legal", "bo", WEEKS[2]),
        thread("no-time", "ada", WEEKS[2]),
    ]
    assert counted(heard, [WEEKS[2], WEEKS[5], NOW]) == {}
    line = counted(heard, [WEEKS[2], WEEKS[5], WEEKS[7], NOW])["legal"]
    assert (line.state, line.quiet_for, line.volunteered) == ("quiet", 3, False)
    assert line.weeks == (0, 0, 0, 0, 2, 0, 0, 0)


def test_after_eight_quiet_weeks_it_leaves_by_itself() -> None:
    heard = [thread("legal", "ada", WEEKS[0]), thread("legal", "bo", WEEKS[0])]
    assert counted(heard, [WEEKS[0], *WEEKS[-7:]])["legal"].quiet_for == 7
    assert counted(heard, [WEEKS[0], *WEEKS[-8:]]) == {}


def test_what_is_heard_in_a_week_without_a_nudge_is_heard() -> None:
    heard = [thread("legal", "ada", WEEKS[-2]), thread("legal", "bo")]
    assert counted(heard, [WEEKS[-4], NOW])["legal"].state == "recurring"
    assert counted([*heard, thread("no-time", "ada")], [WEEKS[-4]]).keys() == {"legal", "no-time"}


def test_three_private_voices_recur_and_are_counted_apart() -> None:
    heard = [thread("legal", "ada"), *privately("legal", ["x", "y", "z"])]
    line = counted(heard, size=6)["legal"]
    assert (line.state, line.thread_voices, line.private_voices) == ("recurring", 1, 3)
    assert (line.weeks[-1], line.private_weeks[-1]) == (1, 3)


def test_private_answers_to_a_probe_are_evidence_only() -> None:
    line = counted(privately("legal", ["x", "y", "z"], asked=True))["legal"]
    assert (line.state, line.private_voices, line.volunteered) == ("new", 3, False)


def test_one_volunteer_among_those_asked_privately_is_not_told() -> None:
    asked = privately("legal", ["x", "y", "z"], asked=True)
    assert counted([*asked, *privately("legal", ["x"])]) == counted(asked)


def test_private_numbers_of_past_weeks_are_what_was_published_then() -> None:
    published = {("legal", WEEKS[-4]): 3, ("no-time", WEEKS[-4]): 2, ("release-board", NOW): 4}
    lines = counted([], published=published)
    assert list(lines) == ["legal"]
    assert (lines["legal"].state, lines["legal"].quiet_for) == ("quiet", 3)
    assert lines["legal"].private_weeks == (0, 0, 0, 0, 3, 0, 0, 0)
    assert lines["legal"].weeks == (0,) * 8


def test_everybody_who_answered_is_a_voice_whatever_they_said() -> None:
    voices = Voices(frozenset(PEOPLE[:4]), frozenset("xyz"))
    assert count(NOW, WEEKS, [], 6, voices) == Count(4, 3, ())
    assert count(NOW, WEEKS, [], 4, voices) == Count(4, 0, ())


@pytest.mark.parametrize(
    ("voices", "size", "shown"),
    [(2, 9, 0), (3, 5, 3), (3, 4, 0), (4, 6, 4), (5, 6, 0), (3, None, 0), (0, 9, 0)],
)
def test_the_private_rule(voices: int, size: int | None, shown: int) -> None:
    assert shown_privately(voices, size) == shown


def test_where_nearly_all_answered_privately_no_number_of_theirs_is_told() -> None:
    """Else the one who did not would know of each of the others that they did."""
    three, one_more = privately("legal", ["a", "b", "c"]), privately("no-time", ["d"])
    assert counted(three, size=5)["legal"].private_voices == 3
    assert counted([*three, *one_more], size=5) == {}
    assert counted([*three, *one_more], size=6)["legal"].private_voices == 3
