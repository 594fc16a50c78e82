from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.replies.arrive import told
from bot.slack.markup import as_typed

REPLY = {"type": "message", "channel": "C1", "user": "U1", "text": "hello", "ts": "2.000001", "thread_ts": "1.000001"}


def test_a_reply_is_told_with_its_thread_and_its_first_version() -> None:
    message = told(REPLY)
    assert message is not None
    assert (message.channel, message.ts, message.thread_ts, message.version) == (
        "C1",
        "2.000001",
        "1.000001",
        "2.000001",
    )
    assert (message.user, message.text) == ("U1", "hello")


@pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast"])
def test_a_file_with_a_comment_and_a_broadcast_are_replies_too(subtype: str) -> None:
    assert told({**REPLY, "subtype": subtype}) is not None


@pytest.mark.parametrize(
    "event",
    [
        {**REPLY, "thread_ts": "2.000001"},
        {name: value for name, value in REPLY.items() if name != "thread_ts"},
        {**REPLY, "bot_id": "B1"},
        {**REPLY, "subtype": "bot_message"},
        {**REPLY, "subtype": "channel_join"},
        {**REPLY, "user": None},
        {"type": "message", "subtype": "message_changed", "channel": "C1"},
        {"type": "message", "subtype": "message_deleted", "channel": "C1"},
        {"type": "message"},
    ],
)
def test_what_is_no_persons_reply_is_nothing(event: dict[str, Any]) -> None:
    assert told(event) is None


def test_an_edit_is_its_message_in_a_later_version() -> None:
    changed = {**REPLY, "text": "hello again", "edited": {"user": "U1", "ts": "3.000001"}}
    message = told({"type": "message", "subtype": "message_changed", "channel": "C1", "message": changed, "ts": "3.0"})
    assert message is not None
    assert (message.ts, message.version, message.text) == ("2.000001", "3.000001", "hello again")


@pytest.mark.parametrize("before", [{}, {"previous_message": REPLY}])
def test_a_deletion_needs_no_more_than_the_ts(before: dict[str, Any]) -> None:
    message = told(
        {"type": "message", "subtype": "message_deleted", "channel": "C1", "deleted_ts": "2.000001", **before}
    )
    assert message is not None
    assert (message.ts, message.text) == ("2.000001", None)
    assert message.version > "9999999999.999999"


def test_a_deleted_parent_of_a_thread_arrives_as_a_tombstone() -> None:
    changed = {"type": "message", "subtype": "tombstone", "ts": "1.000001"}
    message = told({"type": "message", "subtype": "message_changed", "channel": "C1", "message": changed})
    assert message is not None
    assert (message.ts, message.text) == ("1.000001", None)


@pytest.mark.parametrize(
    ("slack", "typed"),
    [
        ("ask <@U012AB3CD>", "ask @someone"),
        ("ask <@U012AB3CD|maria>", "ask @someone"),
        ("<!channel> hear", "@channel hear"),
        ("<!subteam^S1|@platform> decides", "@platform decides"),
        ("see <https://example.org/a?b=1&amp;c|the page>", "see the page"),
        ("see <https://example.org>", "see https://example.org"),
        ("in <#C1|general> and <#C2>", "in #general and #channel"),
        ("a &lt;b&gt; &amp; c", "a <b> & c"),
        ("5 > 3, we can’t", "5 > 3, we can’t"),
        ("half a sign\ud83d, and none\0", "half a sign, and none"),
    ],
)
def test_markup_becomes_what_a_reader_sees(slack: str, typed: str) -> None:
    assert as_typed(slack) == typed


@given(st.text(alphabet="UWABC0123456789", min_size=2, max_size=12))
def test_no_user_id_survives(user: str) -> None:
    assert user not in as_typed(f"<@{user}> said <@{user}|name>").replace("@someone", "")


def test_outside_of_threads_only_what_was_said_before_is_told() -> None:
    plain = {name: value for name, value in REPLY.items() if name != "thread_ts"}
    unfurled = {"type": "message", "subtype": "message_changed", "channel": "C1", "message": plain}
    assert told(unfurled) is None
    edited = told({**unfurled, "message": {**plain, "edited": {"user": "U1", "ts": "3.000001"}}})
    deleted = told({**unfurled, "subtype": "message_deleted", "deleted_ts": plain["ts"], "previous_message": plain})
    assert edited is not None
    assert deleted is not None
    assert edited.is_later
    assert deleted.is_later
    assert edited.thread_ts == deleted.thread_ts == plain["ts"]
