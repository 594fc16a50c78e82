"""Which entries of an export are something a person said, and what is kept of them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digests.messages import LONGEST_TEXT, PassedOver, People, Said, read_message
from bot.slack.markup import as_typed
from tests.digests.an_export import USERS, message

PEOPLE = People.of(USERS)
AT = "2026-11-17 09:00"
SAID = message(AT, "UADA", "we can't")
TS = str(SAID["ts"])

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def test_a_plain_message() -> None:
    said = read_message(SAID, PEOPLE)
    assert said == Said(TS, "UADA", "we can't")
    assert said.at == datetime(2026, 11, 17, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "more",
    [
        {"attachments": None, "reactions": None, "blocks": None},
        {"subtype": None},
        {"subtype": "thread_broadcast", "thread_ts": "1.0"},
        {"subtype": "me_message"},
        {"subtype": "file_share", "files": [None]},
        {"edited": {"user": "UADA", "ts": TS}},
        {"user_team": "T1", "source_team": "T1"},
    ],
)
def test_what_counts_too(more: dict[str, object]) -> None:
    assert read_message({**SAID, **more}, PEOPLE).text == "we can't"


def test_of_an_old_upload_only_the_comment_is_the_persons_own() -> None:
    text = "<@UADA|ada> uploaded a file: <https://x.example/a|We can't.png> and commented: no budget for that"
    assert read_message({**SAID, "subtype": "file_share", "text": text}, PEOPLE).text == "no budget for that"
    assert str(read_message({**SAID, "text": text}, PEOPLE).text).startswith("@someone uploaded a file")


@pytest.mark.parametrize("ts", [1763370000, 1763370000.25, "1763370000", "1763370000.1"])
def test_a_time_is_taken_however_it_is_written(ts: object) -> None:
    assert read_message({**SAID, "ts": ts}, PEOPLE).at.isoformat() == "2025-11-17T09:00:00+00:00"


def test_a_message_of_blocks_alone_has_their_words() -> None:
    parts = [
        {"type": "user", "user_id": "UADA"},
        {"type": "text", "text": " we can't "},
        {"type": "link", "url": "https://x.example", "text": "ship"},
        {"type": "emoji", "name": "ship"},
    ]
    quoted = {"type": "rich_text_quote", "elements": [{"type": "text", "text": "no budget"}]}
    items = [{"type": "rich_text_section", "elements": [{"type": "text", "text": words}]} for words in ("one", "two")]
    block = {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_section", "elements": parts},
            quoted,
            {"type": "rich_text_list", "elements": items},
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "code"}]},
        ],
    }
    said = read_message({**SAID, "text": "", "blocks": [block, {"type": "divider"}, None]}, PEOPLE)
    assert said.text == "@someone we can't ship:ship:\n> no budget\none\ntwo\n```code```"
    assert read_message({**SAID, "blocks": [block]}, PEOPLE).text == "we can't"


def test_blocks_within_blocks_end() -> None:
    block: dict[str, object] = {"type": "rich_text"}
    block["elements"] = [block]
    with pytest.raises(PassedOver, match="without words"):
        read_message({**SAID, "text": "", "blocks": [block]}, PEOPLE)


def test_a_comment_on_a_file_is_its_writers() -> None:
    entry = {
        **SAID,
        "user": "UBO",
        "subtype": "file_comment",
        "comment": {"user": "UCY", "comment": "too late"},
    }
    assert read_message(entry, PEOPLE) == Said(TS, "UCY", "too late")


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"subtype": "channel_join"}, "channel_join"),
        ({"subtype": "bot_message"}, "bot_message"),
        ({"subtype": "never_heard_of"}, "never_heard_of"),
        ({"subtype": ["odd"]}, r"\['odd'\]"),
        ({"bot_id": "B1"}, "bot"),
        ({"user": "UBOT"}, "bot"),
        ({"user": "USLACKBOT"}, "bot"),
        ({"user": "UGUEST"}, "guest"),
        ({"user": "UELSEWHERE", "user_team": "T2"}, "another organisation"),
        ({"user": None}, "without author or text"),
        ({"text": None}, "without author or text"),
        ({"text": {}}, "without author or text"),
        ({"text": " \n"}, "without words"),
        ({"text": "x" * (LONGEST_TEXT + 1)}, "longer than Slack allows"),
        ({"ts": None}, "without a time"),
        ({"ts": "soon"}, "without a time"),
        ({"ts": "1e9"}, "without a time"),
        ({"ts": 17.5}, "without a time"),
        ({"ts": float("inf")}, "without a time"),
        ({"ts": True}, "without a time"),
        ({"text": "<@UADA> uploaded a file: <https://x.example/a|We can't.png>", "subtype": "file_share"}, "words"),
        ({"type": "reaction"}, "no message"),
    ],
)
def test_what_is_passed_over(more: dict[str, object], kind: str) -> None:
    with pytest.raises(PassedOver, match=kind):
        read_message({**SAID, **more}, PEOPLE)


@pytest.mark.parametrize(
    "entry",
    [
        {
            "type": "message",
            "subtype": "tombstone",
            "user": "USLACKBOT",
            "ts": TS,
            "text": "This message was deleted.",
        },
        {"type": "message", "subtype": "message_deleted", "ts": "1900000000.0", "deleted_ts": TS},
        {
            "type": "message",
            "subtype": "message_deleted",
            "ts": "1900000000.0",
            "previous_message": {"ts": TS},
        },
        {"type": "message", "subtype": "message_changed", "message": {"subtype": "tombstone", "ts": TS}},
    ],
)
def test_deletions_erase(entry: dict[str, object]) -> None:
    assert read_message(entry, PEOPLE) == Said(TS, "", None)


def test_an_edit_carries_the_new_words() -> None:
    entry = {"type": "message", "subtype": "message_changed", "message": {**SAID, "text": "we can"}}
    assert read_message(entry, PEOPLE) == Said(TS, "UADA", "we can")


def test_edits_within_edits_end() -> None:
    entry: dict[str, object] = {"type": "message", "subtype": "message_changed"}
    entry["message"] = entry
    with pytest.raises(PassedOver):
        read_message(entry, PEOPLE)


def test_without_users_everybody_but_slackbot_is_a_person() -> None:
    nobody = People.of([None, "odd", {}])
    assert read_message({**SAID, "user": "UBOT", "user_team": "T9"}, nobody).author == "UBOT"
    with pytest.raises(PassedOver, match="bot"):
        read_message({**SAID, "user": "USLACKBOT"}, nobody)


def test_somebody_who_left_or_is_not_listed_counts_as_long_as_they_are_not_from_elsewhere() -> None:
    assert read_message({**SAID, "user": "UBO"}, PEOPLE).author == "UBO"
    assert read_message({**SAID, "user": "UNLISTED", "user_team": "T1"}, PEOPLE).author == "UNLISTED"


def test_every_team_of_a_grid_is_at_home() -> None:
    grid = People.of([{"id": "U1", "team_id": "E1", "enterprise_user": {"enterprise_id": "E1", "teams": ["T5"]}}])
    assert read_message({**SAID, "user": "U2", "user_team": "T5"}, grid).author == "U2"
    with pytest.raises(PassedOver):
        read_message({**SAID, "user": "U2", "user_team": "T6"}, grid)


@given(
    anything
    | st.dictionaries(st.sampled_from(["type", "subtype", "user", "text", "ts", "message", "blocks"]), anything)
)
def test_no_entry_is_fatal(entry: object) -> None:
    try:
        said = read_message(entry, PEOPLE)
    except PassedOver as kind:
        assert str(kind)  # noqa: PT017 - either outcome is right, and this is what one of them promises
    else:
        assert said.at.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ask <@UADA> or <@UBO|bo>", "ask @someone or @someone"),
        ("<!here> <!subteam^S1|@ops> <!subteam^S2>", "@here @ops @subteam"),
        ("see <#C1|general> and <#C2>", "see #general and #channel"),
        ("<https://example.com|the page> <https://example.com>", "the page https://example.com"),
        ("we can&apos;t &amp; won&#39;t &lt;b&gt;", "we can't & won't <b>"),
    ],
)
def test_markup_becomes_what_a_reader_sees(text: str, shown: str) -> None:
    assert as_typed(text) == shown


@given(st.text(alphabet="<>@#!|^&;U1 a"))
def test_no_user_id_survives(text: str) -> None:
    assert "<@U1>" not in as_typed(f"{text} <@U1> {text}")


def test_hostile_markup_takes_no_time() -> None:
    assert as_typed("<@" * 20_000) == "<@" * 20_000
