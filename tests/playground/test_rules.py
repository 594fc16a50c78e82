"""The stand-in's pure parts hold their laws: ts, typed text, forms, trigger and channel bookkeeping."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.forms import CannotSubmit, fill
from bot.playground.typed import as_sent
from bot.playground.world import Channel, Message, World

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@given(st.lists(st.sampled_from([0, 0, 0, 1, 60]), min_size=2, max_size=40))
def test_a_ts_never_repeats_and_keeps_the_order_of_time(steps: list[int]) -> None:
    moment = START
    world = World(lambda: moment, seed=1)
    seen = []
    for step in steps:
        moment += timedelta(seconds=step)
        seen.append(world.new_ts("T1"))
    assert seen == sorted(set(seen))


def test_a_ts_follows_a_clock_that_is_set_back() -> None:
    moment = START
    world = World(lambda: moment, seed=1)
    world.new_ts("T1")
    moment = START - timedelta(hours=1)
    assert world.new_ts("T1") == f"{int(moment.timestamp())}.000000"


def test_the_same_seed_gives_the_same_ids() -> None:
    one, other = World(lambda: START, seed=5).ids, World(lambda: START, seed=5).ids
    assert [one.new("C"), one.token("xoxb")] == [other.new("C"), other.token("xoxb")]
    assert one.new("C").startswith("C0")


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("a < b > c & d", "a &lt; b &gt; c &amp; d"),
        ("@ada and @nobody", "<@U1> and @nobody"),
        ("see #ops.", "see <#C1|ops>."),
        ("@channel @here", "<!channel> <!here>"),
        ("me@ada.example", "me@ada.example"),
        ("https://example.com/#ops?a=1&b=2", "<https://example.com/#ops?a=1&amp;b=2>"),
        ("<!channel>", "&lt;!channel&gt;"),
    ],
)
def test_typed_text_goes_over_the_wire_as_slack_sends_it(typed: str, sent: str) -> None:
    assert as_sent(typed, {"ada": "U1"}, {"ops": "C1"}) == sent


@given(st.text())
def test_typed_text_brings_no_markup_of_its_own(text: str) -> None:
    sent = as_sent(text, {}, {})
    assert "<@" not in sent
    assert "<#" not in sent


def question(kind: str, name: str = "it", **element: Any) -> dict[str, Any]:
    return {"type": "input", "block_id": name, "element": {"type": kind, "action_id": name, **element}}


OPTIONS = [{"text": {"type": "plain_text", "text": name}, "value": name} for name in ("one", "two")]


def test_what_is_not_touched_is_sent_as_it_stands() -> None:
    blocks = [
        question("plain_text_input", "text", initial_value="kept"),
        question("static_select", "select", options=OPTIONS, initial_option=OPTIONS[1]),
        question("checkboxes", "boxes", options=OPTIONS, initial_options=OPTIONS[:1]),
        question("timepicker", "time", initial_time="10:00"),
    ]
    values = fill(blocks, {})
    assert values["text"]["text"] == {"type": "plain_text_input", "value": "kept"}
    assert values["select"]["select"]["selected_option"] == OPTIONS[1]
    assert values["boxes"]["boxes"]["selected_options"] == OPTIONS[:1]
    assert values["time"]["time"]["selected_time"] == "10:00"


@pytest.mark.parametrize(
    ("block", "value", "words"),
    [
        (question("plain_text_input"), "", "required"),
        (question("plain_text_input", max_length=3), "four", "At most 3"),
        (question("plain_text_input", min_length=3), "no", "At least 3"),
        (question("static_select", options=OPTIONS), "three", "not offered"),
        (question("checkboxes", options=OPTIONS), [], "required"),
        (question("checkboxes", options=OPTIONS), ["one", "three"], "not offered"),
        (question("number_input", is_decimal_allowed=False), "1.5", "number"),
        (question("number_input", is_decimal_allowed=True, min_value="2"), "1.5", "range"),
        (question("timepicker"), None, "required"),
    ],
)
def test_a_form_is_not_sent_when_slacks_client_would_refuse(block: Any, value: Any, words: str) -> None:
    with pytest.raises(CannotSubmit, match=words):
        fill([block], {"it": value})


def test_an_optional_field_may_stay_empty_and_an_unknown_one_is_a_mistake() -> None:
    optional = question("plain_text_input") | {"optional": True}
    assert fill([optional], {"it": ""})["it"]["it"]["value"] is None
    with pytest.raises(KeyError, match="no such block"):
        fill([optional], {"that": "x"})


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), max_size=30))
def test_threads_are_what_the_messages_say(steps: list[tuple[bool, int]]) -> None:
    """Adding and removing in any order, a thread always holds exactly its present replies."""
    channel = Channel("C1", "ops", "channel", 0)
    for number, (adds, parent) in enumerate(steps):
        if adds:
            ts, thread = f"{1000 + number}.000000", f"{parent}.000000"
            channel.add(Message(ts, "C1", "U1", "x", "T1", thread_ts=thread))
        elif channel.messages:
            channel.remove(next(iter(channel.messages.values())))
    for parent in range(6):
        expected = [m for m in channel.messages.values() if m.thread_ts == f"{parent}.000000"]
        assert channel.thread(f"{parent}.000000") == sorted(expected, key=lambda message: message.ts)
