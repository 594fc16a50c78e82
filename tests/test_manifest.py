"""The manifest has the shape that Slack's schema (v2) demands; nothing it does not know stands in it."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.door.events import EVENTS
from bot.installs.scopes import all_scopes, scopes

MANIFEST = Path(__file__).parents[1] / "manifest.json"

Shape = dict[str, Any]
TEXT, FLAG, NUMBER = str, bool, int

COMMAND: Shape = {"command": TEXT, "description": TEXT, "usage_hint?": TEXT, "should_escape?": FLAG, "url?": TEXT}
SHORTCUT: Shape = {"name": TEXT, "type": TEXT, "callback_id": TEXT, "description": TEXT}
SHAPE: Shape = {
    "_metadata": {"major_version": NUMBER, "minor_version": NUMBER},
    "display_information": {"name": TEXT, "description?": TEXT, "background_color?": TEXT, "long_description?": TEXT},
    "features": {
        "app_home": {"home_tab_enabled": FLAG, "messages_tab_enabled": FLAG, "messages_tab_read_only_enabled": FLAG},
        "bot_user": {"display_name": TEXT, "always_online?": FLAG},
        "slash_commands?": [COMMAND],
        "shortcuts?": [SHORTCUT],
    },
    "oauth_config": {"redirect_urls?": [TEXT], "scopes": {"bot": [TEXT], "bot_optional?": [TEXT]}},
    "settings": {
        "event_subscriptions": {"bot_events": [TEXT], "request_url?": TEXT},
        "interactivity": {"is_enabled": FLAG, "request_url?": TEXT},
        "org_deploy_enabled": FLAG,
        "socket_mode_enabled": FLAG,
        "token_rotation_enabled": FLAG,
        "is_hosted?": FLAG,
    },
}


def faults(value: Any, shape: Any, where: str = "") -> list[str]:
    """Return what in a document is not of a shape: keys that end in "?" may be missing, no others may be there."""
    if isinstance(shape, type):
        return [] if type(value) is shape else [f"{where} is no {shape.__name__}"]
    if isinstance(shape, list):
        return [fault for number, one in enumerate(value) for fault in faults(one, shape[0], f"{where}[{number}]")]
    known = {key.rstrip("?"): part for key, part in shape.items()}
    missing = [f"{where}.{key} is missing" for key in shape if not key.endswith("?") and key not in value]
    unknown = [f"{where}.{key} is unknown" for key in value if key not in known]
    within = [fault for key in value if key in known for fault in faults(value[key], known[key], f"{where}.{key}")]
    return missing + unknown + within


def printed(*arguments: str) -> Shape:
    document: Shape = json.loads(CliRunner().invoke(app, ["manifest", *arguments]).stdout)
    return document


@pytest.mark.parametrize("arguments", [(), ("--url", "https://hat.example")], ids=["socket", "http"])
def test_both_variants_have_slacks_shape_and_fit_its_lengths(arguments: tuple[str, ...]) -> None:
    document = printed(*arguments)
    assert faults(document, SHAPE) == []
    shown = document["display_information"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert all(len(shortcut["name"]) <= 24 for shortcut in document["features"].get("shortcuts", []))
    assert all(command["command"].startswith("/") for command in document["features"]["slash_commands"])


def test_a_fault_would_be_found() -> None:
    document = json.loads(MANIFEST.read_text(encoding="utf-8"))
    document["settings"]["surprise"] = True
    document["display_information"].pop("name")
    document["features"]["bot_user"]["always_online"] = "no"
    assert sorted(faults(document, SHAPE)) == [
        ".display_information.name is missing",
        ".features.bot_user.always_online is no bool",
        ".settings.surprise is unknown",
    ]


def test_over_http_everything_has_an_address_and_no_socket_is_open() -> None:
    document = printed("--url", "https://hat.example")
    addresses = [
        *(command["url"] for command in document["features"]["slash_commands"]),
        document["settings"]["event_subscriptions"]["request_url"],
        document["settings"]["interactivity"]["request_url"],
    ]
    assert set(addresses) == {"https://hat.example/slack/events"}
    assert document["oauth_config"]["redirect_urls"] == ["https://hat.example/slack/oauth_redirect"]
    assert document["settings"]["socket_mode_enabled"] is False
    assert document["settings"]["token_rotation_enabled"] is False
    assert document["settings"]["org_deploy_enabled"] is True, "else no organisation could install it as a whole"


def test_every_event_that_is_taken_in_is_subscribed() -> None:
    subscribed = set(json.loads(MANIFEST.read_text(encoding="utf-8"))["settings"]["event_subscriptions"]["bot_events"])
    taken = {"message.channels", "message.groups", *EVENTS} - {"message"}
    assert subscribed == taken


def test_an_install_asks_for_what_the_manifest_asks_for() -> None:
    asked = json.loads(MANIFEST.read_text(encoding="utf-8"))["oauth_config"]["scopes"]
    assert scopes() == (tuple(asked["bot"]), tuple(asked["bot_optional"]))
    assert set(scopes()[0]) == {"chat:write", "commands"}
    assert len(all_scopes()) == len(set(all_scopes()))
