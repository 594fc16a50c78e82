"""What looks like Slack's is let in, whatever else it carries; what does not is refused before a journey sees it."""

import copy
from typing import Any

import pytest

from bot.door.shapes import is_event, is_for_us, is_of_a_person

REPLY: dict[str, Any] = {
    "token": "x",
    "team_id": "T061EG9R6",
    "api_app_id": "A0PNCHHK2",
    "event": {
        "type": "message",
        "channel": "C123ABC456",
        "user": "U123ABC456",
        "text": "Hello world",
        "ts": "1355517523.000005",
        "thread_ts": "1355517500.000005",
        "edited": {"user": "U123ABC456", "ts": "1355517536.000001"},
        "blocks": [{"type": "rich_text"}],
    },
    "type": "event_callback",
    "authorizations": [{"enterprise_id": None, "team_id": "T061EG9R6", "is_enterprise_install": False}],
    "event_time": 1355517523,
}
COMMAND = {
    "command": "/opshat",
    "text": "",
    "team_id": "T0001",
    "channel_id": "C2147483705",
    "user_id": "U2147483697",
    "enterprise_id": "",
    "is_enterprise_install": "false",
    "trigger_id": "13345224609.738474920.8088930838d88f008e0",
    "response_url": "https://hooks.slack.com/commands/1234/5678",
}
DAY = {"text": {"type": "plain_text", "text": "Monday"}, "value": "1"}
SUBMISSION: dict[str, Any] = {
    "type": "view_submission",
    "team": None,
    "enterprise": {"id": "E0001", "name": "Harbours"},
    "user": {"id": "U0001", "username": "ada", "team_id": "T0001"},
    "is_enterprise_install": True,
    "response_urls": [],
    "view": {
        "id": "VNHU13V36",
        "type": "modal",
        "callback_id": "schedule",
        "private_metadata": '{"channel": "1"}',
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": "x"}},
            {
                "type": "input",
                "block_id": "day",
                "element": {"type": "static_select", "action_id": "day", "options": [DAY]},
            },
            {
                "type": "input",
                "block_id": "note",
                "optional": True,
                "element": {"type": "plain_text_input", "action_id": "note"},
            },
        ],
        "state": {
            "values": {
                "day": {"day": {"type": "static_select", "selected_option": DAY}},
                "note": {"note": {"type": "plain_text_input", "value": None}},
            }
        },
    },
}


def changed(whole: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """Return a copy with another value at a path such as "view.id"."""
    new: Any = copy.deepcopy(whole)
    *way, last = path.split(".")
    place = new
    for step in way:
        place = place[int(step) if step.isdigit() else step]
    place[last] = value
    return dict(new)


def test_slacks_own_examples_are_let_in() -> None:
    assert is_event(REPLY)
    assert is_of_a_person(COMMAND)
    assert is_of_a_person(SUBMISSION)
    assert all(map(is_for_us, (COMMAND, SUBMISSION)))


@pytest.mark.parametrize("body", [{"type": "view_closed", "view": 3}, {"type": ""}, {"ssl_check": "1", "token": "x"}])
def test_what_nobody_asked_for_is_not_for_us(body: dict[str, Any]) -> None:
    assert not is_for_us(body)


@pytest.mark.parametrize("body", [{}, {"type": None}, {"type": ["block_actions"]}, {"type": "block_actions"}])
def test_what_may_be_for_us_has_to_look_like_it(body: dict[str, Any]) -> None:
    assert is_for_us(body)
    assert not is_of_a_person(body)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("event.ts", "99999999999.999999"),
        ("event.edited.ts", "zzz"),
        ("event.user", {"id": "U1"}),
        ("event.channel", ""),
        ("authorizations", "T1"),
        ("team_id", ["T1"]),
    ],
)
def test_an_event_of_another_shape_is_none(path: str, value: object) -> None:
    assert not is_event(changed(REPLY, path, value))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("user", None),
        ("user.id", ""),
        ("enterprise", "E1"),
        ("view.private_metadata", "{"),
        ("view.private_metadata", "[]"),
        ("view.state", None),
        ("view.state.values", {}),
        ("view.state.values.day.day.selected_option", {"value": "8"}),
        ("view.state.values.day.day.selected_option", None),
        ("view.state.values.note.note.value", 3),
        ("view.blocks.1.type", [[]]),
        ("view.blocks.2.type", "section"),
        ("view.callback_id", None),
        ("view.blocks", {}),
        ("response_urls", None),
    ],
)
def test_a_modal_with_what_it_cannot_hold_is_none(path: str, value: object) -> None:
    assert not is_of_a_person(changed(SUBMISSION, path, value))


@pytest.mark.parametrize(("path", "value"), [("user_id", ""), ("trigger_id", ""), ("response_url", "file:///x")])
def test_a_command_without_its_parts_is_none(path: str, value: object) -> None:
    assert not is_of_a_person(changed(COMMAND, path, value))
