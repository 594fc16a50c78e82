"""The laws of a digest's words, for any week that closing could freeze."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digests.asides import KEEP, LESS, Claims
from bot.digests.words import MOST_WORDS, Beside, Seen, Tried, digest, is_quiet
from bot.slack.beside import OUTCOMES, Watched
from bot.slack.faces import Message
from tests.ledger.scenes import actions, texts, word_count

WEEK = "2026-W47"
labels = st.lists(st.sampled_from(["releases", "wait", "for", "the", "change", "board"]), min_size=2, max_size=10).map(
    " ".join
)
counts = st.integers(0, 99)
lines = st.fixed_dictionaries(
    {
        "theme": st.integers(1, 99),
        "kind": st.just("dependence"),
        "label": labels,
        "state": st.sampled_from(["recurring", "recurring", "new", "quiet"]),
        "thread_voices": st.integers(1, 99),
        "private_voices": counts,
        "weeks": st.lists(counts, min_size=8, max_size=8),
        "since": st.sampled_from([WEEK, "2026-W40"]),
        "volunteered": st.booleans(),
        "threads": st.just(["1.000001"]),
    },
    optional={"was": labels},
)
contents = st.fixed_dictionaries(
    {
        "week": st.just(WEEK),
        "thread_voices": counts,
        "private_voices": counts,
        "not_read": counts,
        "asked": st.just(value=True),
        "lines": st.lists(lines, max_size=9, unique_by=lambda line: line["theme"]),
    }
)
words_of_people = st.lists(st.text("abc<>&*_ :!", min_size=1, max_size=5), min_size=1, max_size=15).map(" ".join)
tries = st.builds(
    Tried, st.integers(1, 9), words_of_people, st.just(date(2026, 12, 1)), st.sampled_from(["", *OUTCOMES])
)
watches = st.builds(
    lambda name, thread, private, ends: Seen(Watched(f"“{name}”", thread, private), ends=ends),
    labels,
    st.lists(counts, min_size=1, max_size=8),
    st.lists(counts, max_size=8),
    st.booleans(),
)
marks = st.dictionaries(st.sampled_from(["real", "perceived", "unknown", "keep"]), st.integers(1, 99))
asides = st.builds(
    Beside,
    listens=st.booleans(),
    marks=st.dictionaries(st.integers(1, 99), marks),
    watched=st.lists(watches, max_size=3),
    tried=st.lists(tries, max_size=6),
    look=st.none() | tries,
    asks_of_try=st.sampled_from(["", "What did you expect from this try, and what did you see?"]),
    quiet_line=st.sampled_from(["", "Nothing recurred this week."]),
    dismissed=st.tuples(st.integers(0, 20), st.just(20)),
    claims=st.builds(
        Claims,
        motion=st.sampled_from(["", "scaling", "fixing"]),
        goal=st.text("ab <&", max_size=300),
        goal_since=st.just(date(2026, 9, 7)),
        goal_thread=st.sampled_from(["", "1.000001"]),
    ),
    asks=st.sampled_from(["", "", KEEP, LESS]),
    less_now=st.booleans(),
).map(lambda beside: replace(beside, look=None) if beside.asks else beside)
LINKS = {"1.000001": "https://example.org/archives/C1/p1000001"}


def told(message: Message) -> list[Any]:
    return [block for block in message.blocks if block["type"] == "section" and "▁" in texts([block])]


@given(contents, asides)
def test_no_digest_is_longer_than_150_words(content: Any, beside: Beside) -> None:
    message = digest(content, LINKS, beside)
    seen = type("Seen", (), {"text": message.text, "blocks": list(message.blocks)})
    assert word_count(seen) <= MOST_WORDS  # type: ignore[arg-type] # it has what is counted


@given(contents, asides)
def test_three_constraints_at_most_in_the_order_of_the_count_and_the_first_always(content: Any, beside: Beside) -> None:
    blocks = list(digest(content, LINKS, beside).blocks)
    recurring = [str(line["theme"]) for line in content["lines"] if line["state"] == "recurring"]
    why = [
        element["value"]
        for block in blocks
        for element in block.get("elements", [])
        if element.get("action_id") == "digest_why"
    ]
    menus = [block["accessory"]["options"][0]["value"].split(":")[1] for block in blocks if "accessory" in block]
    shown = [*why, *menus]
    assert shown == recurring[: len(shown)]
    assert min(1, len(recurring)) <= len(shown) <= 3


@given(contents, asides)
def test_the_first_digest_offers_no_mark_and_no_try_and_asks_about_none(content: Any, beside: Beside) -> None:
    message = digest(content, LINKS, beside)
    if beside.listens:
        assert not {"digest_mark", "digest_try"} & actions(list(message.blocks))
        assert "Marked:" not in message.text
        assert "ried: “" not in message.text
        assert "Time to look" not in message.text


@given(contents, asides)
def test_a_look_that_is_due_is_always_asked(content: Any, beside: Beside) -> None:
    offered = {action for action in actions(list(digest(content, LINKS, beside).blocks)) if "look" in action}
    assert len(offered) == (4 if beside.look and not beside.listens else 0)


@given(contents, asides)
def test_nothing_that_people_wrote_is_markup(content: Any, beside: Beside) -> None:
    message = digest(content, LINKS, beside)
    for one in [*beside.tried, *([beside.look] if beside.look else [])]:
        held = [block for block in message.blocks if block["type"] == "section" and f"“{one.what}”" in texts([block])]
        assert all(block["text"]["type"] == "plain_text" for block in held if "ried: “" in block["text"]["text"])
    assert "<" not in message.text
    assert ">" not in message.text


def week_with(**of: Any) -> dict[str, Any]:
    return {"week": WEEK, "thread_voices": 0, "private_voices": 0, "not_read": 0, "asked": True, "lines": [], **of}


def a_line(**of: Any) -> dict[str, Any]:
    line = {"theme": 1, "kind": "scarcity", "label": "there is no time", "weeks": [0] * 8, "since": "2026-W40"}
    return {**line, "state": "recurring", "volunteered": True, "threads": [], **of}


def test_what_has_gone_quiet_is_told_once() -> None:
    for weeks, told in ((3, True), (4, False), (7, False)):
        week = week_with(lines=[a_line(state="quiet", quiet_for=weeks)])
        assert ("Gone quiet: there is no time." in digest(week, {}).text) is told
        assert is_quiet(week) is not told


@pytest.mark.parametrize("motion", ["", "scaling"])
def test_what_has_gone_quiet_is_told_once_in_a_digest_too(motion: str) -> None:
    for weeks, told in ((3, 1), (4, 0)):
        week = week_with(lines=[a_line(state="quiet", quiet_for=weeks)])
        assert digest(week, {}, Beside(claims=Claims(motion))).text.count("Gone quiet") == told


def test_of_many_that_went_quiet_the_rest_is_counted() -> None:
    lines = [a_line(theme=one, label=f"limit {one}", state="quiet", quiet_for=3) for one in range(1, 6)]
    assert "Gone quiet: limit 1; limit 2; and three more." in digest(week_with(lines=lines), {}).text


def test_a_week_without_a_question_is_not_called_unanswered() -> None:
    assert "Nothing was asked this week." in digest(week_with(asked=False), {}).text
    assert "Nobody answered this week" in digest(week_with(), {}).text


def test_what_was_only_said_privately_brings_no_zeros_of_threads() -> None:
    line = a_line(thread_voices=0, private_voices=3)
    message = digest(week_with(private_voices=3, lines=[line]), {})
    assert "heard from three privately" in message.text
    assert "By week" not in message.text
    assert "▁" not in texts(list(message.blocks))


def test_new_limits_are_counted_in_words_that_fit_one_and_many() -> None:
    new = [a_line(theme=theme, state="new") for theme in (1, 2)]
    assert "One limit is new, heard from one person." in digest(week_with(thread_voices=1, lines=new[:1]), {}).text
    assert "Two limits are new, each heard from one person." in digest(week_with(thread_voices=2, lines=new), {}).text


def test_a_line_that_was_called_otherwise_says_so() -> None:
    line = a_line(thread_voices=1, private_voices=0, was="nobody has time for the <app>")
    message = digest(week_with(thread_voices=1, lines=[line]), {})
    assert "Called “nobody has time for the &lt;app&gt;” before." in message.text
    assert "Called “nobody has time for the &lt;app&gt;” before." in texts(list(message.blocks))


def test_split_marks_are_told_as_a_question_and_others_are_not() -> None:
    week = week_with(thread_voices=1, lines=[a_line(thread_voices=1, private_voices=0)])
    for counts, split in (
        ({"real": 2, "perceived": 1}, True),
        ({"perceived": 1, "keep": 2}, True),
        ({"real": 3}, False),
    ):
        text = digest(week, {}, Beside(marks={1: counts})).text
        assert ("What would show which?" in text) is split


def test_how_many_lines_were_dismissed_fits_one_and_many() -> None:
    week = week_with()
    assert "The one line so far was dismissed." in digest(week, {}, Beside(dismissed=(1, 1))).text
    assert "Of the last 20 lines three were dismissed." in digest(week, {}, Beside(dismissed=(3, 20))).text
    assert "dismissed" not in digest(week, {}, Beside(dismissed=(0, 20))).text


def test_a_week_with_nothing_to_tell_says_so_and_no_other_does() -> None:
    line = "A quiet week. Quiet weeks count as weeks."
    for week, told in (
        (week_with(), True),
        (week_with(thread_voices=2), True),
        (week_with(thread_voices=2, lines=[a_line(state="new")]), False),
        (week_with(lines=[a_line(state="quiet", quiet_for=3)]), False),
        (week_with(lines=[a_line(state="quiet", quiet_for=5)]), True),
    ):
        assert (line in digest(week, {}, Beside(quiet_line=line)).text) is told
    watched = Seen(Watched("“there is no time”", [0]))
    assert line not in digest(week_with(), {}, Beside(quiet_line=line, watched=[watched])).text
    look = Tried(1, "Ask nobody", date(2026, 11, 16))
    asked = digest(week_with(), {}, Beside(quiet_line=line, look=look, asks_of_try="Who felt this try, and how?"))
    assert "Time to look at a try: “Ask nobody”. Who felt this try, and how?" in asked.text
    assert line not in asked.text
