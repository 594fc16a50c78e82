"""What is told apart by its bytes: nothing that could be ours is ever taken for chatter."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.door.events import EVENTS
from bot.door.triage import may_concern_us
from bot.replies import arrive

texts = st.text(max_size=40)
messages = st.fixed_dictionaries(
    {"type": st.just("message"), "channel": st.just("C1"), "user": st.just("U1"), "ts": st.just("2.0"), "text": texts},
    optional={
        "thread_ts": st.sampled_from(["1.0", "2.0"]),
        "deleted_ts": st.just("2.0"),
        "subtype": st.sampled_from(["message_deleted", "message_changed", "file_share", "thread_broadcast"]),
        "message": st.fixed_dictionaries(
            {"user": st.just("U1"), "ts": st.just("2.0"), "text": texts},
            optional={
                "thread_ts": st.just("1.0"),
                "subtype": st.just("tombstone"),
                "edited": st.just({"user": "U1", "ts": "3.0"}),
            },
        ),
    },
)


@given(event=messages)
def test_whatever_becomes_a_reply_is_worth_parsing(event: dict[str, Any]) -> None:
    sent = {"type": "event_callback", "event": event}
    for body in (orjson.dumps(sent), json.dumps(sent, separators=(",", ":")).encode()):
        if arrive.told(event) is not None:
            assert may_concern_us(body)


@pytest.mark.parametrize("name", [*sorted(EVENTS - {"message"}), "url_verification"])
def test_every_event_that_is_taken_in_is_worth_parsing(name: str) -> None:
    assert may_concern_us(json.dumps({"type": "event_callback", "event": {"type": name}}).encode())


def test_chatter_is_not() -> None:
    chatter = {"type": "message", "channel": "C1", "user": "U1", "ts": "2.0", "text": "good morning"}
    unfurled = {"type": "message", "subtype": "message_changed", "message": chatter, "previous_message": chatter}
    for event in (chatter, unfurled, {"type": "reaction_added"}):
        assert not may_concern_us(json.dumps({"type": "event_callback", "event": event}).encode())


@given(key=st.sampled_from(["thread_ts", "deleted_ts", "app_uninstalled"]), at=st.integers(0, 8))
def test_a_letter_written_as_an_escape_hides_nothing(key: str, at: int) -> None:
    hidden = key[:at] + f"\\u{ord(key[at]):04x}" + key[at + 1 :]
    assert may_concern_us(f'{{"type": "event_callback", "{hidden}": "1.0"}}'.encode())


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"\xff\xfe", b'{"type": "something new"}'])
def test_what_is_no_event_is_looked_at(body: bytes) -> None:
    assert may_concern_us(body)
