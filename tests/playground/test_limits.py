"""What Slack refuses of Block Kit is refused, at the limit and not below it."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.limits import check_message, check_view

Block = dict[str, Any]


def plain(text: str = "x") -> Block:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text}


def button(**fields: Any) -> Block:
    return {"type": "button", "text": plain("Go"), **fields}


def select(count: int = 1, **fields: Any) -> Block:
    return {"type": "static_select", "options": options(count), **fields}


def options(count: int) -> list[Block]:
    return [{"text": plain(str(number)), "value": str(number)} for number in range(count)]


def actions(*elements: Block) -> Block:
    return {"type": "actions", "elements": list(elements)}


def question(element: Block, **fields: Any) -> Block:
    return {"type": "input", "label": plain(), "element": element, **fields}


def modal(**fields: Any) -> Block:
    return {"type": "modal", "title": plain("A title"), "submit": plain("Send"), "blocks": [], **fields}


DIVIDER: Block = {"type": "divider"}
TEXT: Block = {"type": "plain_text_input"}

SIZES = [
    (lambda n: {"type": "section", "text": mrkdwn("x" * n)}, 3000, "/blocks/0/text/text"),
    (lambda n: {"type": "section", "fields": [mrkdwn("x")] * n}, 10, "/blocks/0/fields"),
    (lambda n: {"type": "section", "fields": [mrkdwn("x" * n)]}, 2000, "/blocks/0/fields/0/text"),
    (lambda n: {"type": "header", "text": plain("x" * n)}, 150, "/blocks/0/text/text"),
    (lambda n: {"type": "divider", "block_id": "x" * n}, 255, "/blocks/0/block_id"),
    (lambda n: {"type": "context", "elements": [mrkdwn("x")] * n}, 10, "/blocks/0/elements"),
    (lambda n: actions(*[button()] * n), 25, "/blocks/0/elements"),
    (lambda n: actions(button(text=plain("x" * n))), 75, "/blocks/0/elements/0/text/text"),
    (lambda n: actions(button(value="x" * n)), 2000, "/blocks/0/elements/0/value"),
    (lambda n: actions(button(action_id="x" * n)), 255, "/blocks/0/elements/0/action_id"),
    (lambda n: actions(select(n)), 100, "/blocks/0/elements/0/options"),
    (lambda n: actions({"type": "checkboxes", "options": options(n)}), 10, "/blocks/0/elements/0/options"),
    (lambda n: actions({"type": "overflow", "options": options(n)}), 5, "/blocks/0/elements/0/options"),
    (lambda n: {"type": "image", "image_url": "x", "alt_text": "x" * n}, 2000, "/blocks/0/alt_text"),
    (lambda n: question(TEXT, label=plain("x" * n)), 2000, "/blocks/0/label/text"),
    (lambda n: question(TEXT | {"initial_value": "x" * n}), 3000, "/blocks/0/element/initial_value"),
]


@pytest.mark.parametrize(("block_of", "most", "pointer"), SIZES)
def test_a_size_is_taken_at_its_limit_and_refused_above(block_of: Any, most: int, pointer: str) -> None:
    assert check_message([block_of(most)]) == []
    (fault,) = check_message([block_of(most + 1)])
    assert fault.endswith(f"[json-pointer:{pointer}]")


def test_a_message_has_50_blocks_and_a_view_100() -> None:
    assert check_message([DIVIDER] * 50) == []
    assert "no more than 50" in check_message([DIVIDER] * 51)[0]
    assert check_view(modal(blocks=[DIVIDER] * 100)) == []
    assert "no more than 100" in check_view(modal(blocks=[DIVIDER] * 101))[0]


VIEW_SIZES = [
    ("title", 24, plain),
    ("submit", 24, plain),
    ("close", 24, plain),
    ("private_metadata", 3000, str),
    ("callback_id", 255, str),
    ("external_id", 255, str),
]


@pytest.mark.parametrize(("field", "most", "made"), VIEW_SIZES)
def test_a_views_fields_have_their_limits(field: str, most: int, made: Any) -> None:
    assert check_view(modal(**{field: made("x" * most)})) == []
    (fault,) = check_view(modal(**{field: made("x" * (most + 1))}))
    assert f"/view/{field}" in fault


WRONG = [
    ([{"type": "sectoin"}], "unsupported type: sectoin"),
    ([actions({"type": "buton"})], "unsupported type: buton"),
    ([actions(TEXT)], "unsupported type: plain_text_input"),
    ([question(button())], "unsupported type: button"),
    ([{"type": "section"}], "must define either"),
    ([{"type": "section", "text": mrkdwn("")}], "more than 0 characters"),
    ([{"type": "section", "text": plain(), "colour": "red"}], "no such property: colour"),
    ([{"type": "section", "text": mrkdwn("x") | {"emoji": True}}], "no such property: emoji"),
    ([{"type": "header", "text": mrkdwn("x")}], "unsupported type: mrkdwn"),
    ([{"type": "header"}], "missing required field: text"),
    ([{"type": "image", "image_url": "x"}], "missing required field: alt_text"),
    ([{"type": "image", "alt_text": "x"}], "either `image_url` or `slack_file`"),
    ([actions()], "no fewer than 1 items"),
    ([actions(button(action_id="a"), button(action_id="a"))], "`action_id` a already exists"),
    ([actions(button(style="green"))], "valid enum value"),
    ([DIVIDER | {"block_id": "b"}, DIVIDER | {"block_id": "b"}], "`block_id` b already exists"),
    ([actions(select(2, initial_option=options(3)[2]))], "must be one of the options"),
    (
        [actions({"type": "checkboxes", "options": options(1), "initial_options": options(2)})],
        "among the options",
    ),
    ([actions({"type": "static_select"})], "either `options` or `option_groups`"),
    ([actions({"type": "timepicker", "initial_time": "9:00"})], "failed to match"),
    ([question({"type": "number_input"})], "missing required field: is_decimal_allowed"),
    ([question(TEXT | {"max_length": 3001})], "less than 3001"),
    ("blocks", "must provide an array"),
    (["block"], "must be an object"),
]


@pytest.mark.parametrize(("blocks", "words"), WRONG)
def test_what_is_wrong_is_named(blocks: Any, words: str) -> None:
    faults = check_message(blocks)
    assert any(words in fault for fault in faults), faults


def test_a_modal_with_inputs_has_a_submit() -> None:
    faults = check_view({"type": "modal", "title": plain(), "blocks": [question(TEXT)]})
    assert "`submit` is required" in faults[0]


def test_a_home_has_no_title() -> None:
    assert check_view({"type": "home", "blocks": [DIVIDER]}) == []
    assert "no such property: title" in check_view({"type": "home", "blocks": [], "title": plain()})[0]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(string.printable, max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "text",
                    "elements",
                    "options",
                    "accessory",
                    "element",
                    "label",
                    "max_length",
                    "min_length",
                    "fields",
                    "block_id",
                    "action_id",
                ]
            ),
            inner
            | st.sampled_from(
                [
                    "section",
                    "actions",
                    "context",
                    "input",
                    "button",
                    "mrkdwn",
                    "plain_text",
                    "static_select",
                    "plain_text_input",
                ]
            ),
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON_VALUES)
def test_no_nonsense_makes_the_checks_fail_themselves(nonsense: Any) -> None:
    assert isinstance(check_message(nonsense), list)
    assert isinstance(check_message([nonsense]), list)
    assert isinstance(check_view({"type": "modal", "title": nonsense, "blocks": [nonsense]}), list)
