"""What is told to be chatter, by its bytes or at a glance: nothing that could be ours ever is."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.door import shapes
from bot.door.events import EVENTS
from bot.door.triage import edited, is_chatter, is_chatter_unparsed
from bot.replies import arrive

TS, LATER = "1355517523.000005", "1355517536.000001"
subtypes = st.sampled_from(
    ["message_deleted", "message_changed", "file_share", "thread_broadcast", "channel_join", "tombstone", "bot_message"]
)
anything = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.lists(st.none(), max_size=1))
said = {
    "user": st.sampled_from(["U1", "", None]),
    "bot_id": st.sampled_from(["B1", "", None]),
    "text": st.text(max_size=9),
    "thread_ts": st.sampled_from(["1355517500.000005", TS, "", None]),
    "subtype": subtypes | st.none(),
    "edited": st.sampled_from([{"user": "U1", "ts": LATER}, {"ts": TS}, {}, None]),
}
messages = st.fixed_dictionaries(
    {"type": st.just("message"), "channel": st.just("C1"), "ts": st.just(TS)},
    optional={
        **said,
        "deleted_ts": st.just(TS),
        "message": st.fixed_dictionaries({"ts": st.just(TS)}, optional=said),
    },
)
oddities = st.dictionaries(st.sampled_from([*said, "ts", "message", "deleted_ts"]), anything)


@given(event=messages)
def test_whatever_becomes_a_reply_an_edit_or_a_deletion_is_no_chatter(event: dict[str, Any]) -> None:
    if arrive.told(event) is not None:
        assert not is_chatter(event)


@given(event=messages, odd=oddities)
def test_an_odd_event_that_would_be_taken_in_is_no_chatter(event: dict[str, Any], odd: dict[str, Any]) -> None:
    changed = {**event, **odd}
    chatter = is_chatter(changed)  # which raises nothing, whatever it is given
    if shapes.is_event({"event": changed}) and arrive.told(changed) is not None:
        assert not chatter


@given(event=messages)
def test_what_is_looked_up_as_an_edit_is_never_a_deletion_or_new(event: dict[str, Any]) -> None:
    told = arrive.told(event)
    if edited(event) is not None and told is not None:
        assert told.text is not None
        assert told.ts == event["message"]["ts"]
        assert told.is_later or told.thread_ts != told.ts


def as_sent(event: dict[str, Any], *, spaced: bool = False) -> bytes:
    separators = (", ", ": ") if spaced else (",", ":")
    return json.dumps({"type": "event_callback", "team_id": "T1", "event": event}, separators=separators).encode()


@given(event=messages, odd=oddities, spaced=st.booleans())
def test_what_its_bytes_tell_is_what_a_glance_tells(
    event: dict[str, Any], odd: dict[str, Any], *, spaced: bool
) -> None:
    changed = {**event, **odd, "type": "message"}
    if is_chatter_unparsed(as_sent(changed, spaced=spaced)):
        assert is_chatter(changed)


@pytest.mark.parametrize("kind", sorted(EVENTS - {"message"}))
def test_by_its_bytes_no_other_event_is_chatter(kind: str) -> None:
    assert not is_chatter_unparsed(as_sent({"type": kind, "user": "U1", "channel": "C1", "tab": "message"}))


def test_nor_is_a_challenge_or_what_is_no_json() -> None:
    for body in (b'{"type":"url_verification","challenge":"message"}', b"", b"message", b'"message"'):
        assert not is_chatter_unparsed(body)


@pytest.mark.parametrize("words", ["good morning", 'she said "thread_ts"', "caf\u00e9\nand a line"])
@pytest.mark.parametrize("spaced", [False, True])
def test_what_people_write_makes_nothing_ours(words: str, *, spaced: bool) -> None:
    """Words with quotes, line ends or accents are parsed, and so are blanks between keys: then they are chatter."""
    event = {"type": "message", "channel": "C1", "user": "U1", "ts": TS, "text": words}
    assert is_chatter_unparsed(as_sent(event, spaced=spaced)) == (words == "good morning" and not spaced)
    assert is_chatter(event)


def test_chatter_is() -> None:
    chatter = {"type": "message", "channel": "C1", "user": "U1", "ts": TS, "text": "good morning"}
    by_a_bot = {**chatter, "bot_id": "B1", "thread_ts": LATER}
    unfurled = {"type": "message", "subtype": "message_changed", "message": chatter, "previous_message": chatter}
    joined = {**chatter, "subtype": "channel_join", "thread_ts": LATER}
    for event in (chatter, by_a_bot, unfurled, {**unfurled, "message": by_a_bot}, joined):
        assert is_chatter(event)


def test_what_we_say_ourselves_is_none_for_it_may_settle_a_posting() -> None:
    echo = {"type": "message", "bot_id": "B1", "ts": TS, "metadata": {"event_type": "opshat_posting"}}
    assert not is_chatter(echo)


@pytest.mark.parametrize("at", range(len("thread_ts")))
def test_a_letter_written_as_an_escape_hides_nothing(at: int) -> None:
    hidden = "thread_ts"[:at] + f"\\u{ord('thread_ts'[at]):04x}" + "thread_ts"[at + 1 :]
    event = f'{{"type": "message", "user": "U1", "ts": "{TS}", "{hidden}": "{LATER}"}}'
    assert not is_chatter(orjson.loads(event))
    assert not is_chatter_unparsed(f'{{"type": "event_callback", "event": {event}}}'.encode())
