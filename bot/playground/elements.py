"""What Slack refuses of Block Kit elements: buttons, pickers, selects and inputs. Pure checks."""

import re
from collections.abc import Collection

from bot.playground.faults import Faults, Fields, check_fields, check_text
from bot.playground.world import JSON

_ID, _URL, _ALT = 255, 3000, 2000
_BUTTON_TEXT, _BUTTON_VALUE, _LABEL = 75, 2000, 75
_PLACEHOLDER, _OPTION_TEXT, _OPTION_VALUE = 150, 75, 150
_OPTIONS, _BOXES, _OVERFLOW, _GROUPS = 100, 10, 5, 100
_INPUT_MAX = 3000

_COMMON = ("action_id", "confirm", "focus_on_load")
_SELECT = (*_COMMON, "placeholder")
_MULTI = (*_SELECT, "max_selected_items")
_TEXTS = (*_SELECT, "initial_value", "dispatch_action_config")

_ELEMENTS = {
    "button": Fields(("text",), ("action_id", "url", "value", "style", "confirm", "accessibility_label")),
    "image": Fields(("alt_text",), ("image_url", "slack_file")),
    "overflow": Fields(("options",), ("action_id", "confirm")),
    "static_select": Fields((), (*_SELECT, "options", "option_groups", "initial_option")),
    "multi_static_select": Fields((), (*_MULTI, "options", "option_groups", "initial_options")),
    "checkboxes": Fields(("options",), (*_COMMON, "initial_options")),
    "radio_buttons": Fields(("options",), (*_COMMON, "initial_option")),
    "users_select": Fields((), (*_SELECT, "initial_user")),
    "multi_users_select": Fields((), (*_MULTI, "initial_users")),
    "channels_select": Fields((), (*_SELECT, "initial_channel", "response_url_enabled")),
    "multi_channels_select": Fields((), (*_MULTI, "initial_channels")),
    "conversations_select": Fields(
        (),
        (
            *_SELECT,
            "initial_conversation",
            "default_to_current_conversation",
            "response_url_enabled",
            "filter",
        ),
    ),
    "multi_conversations_select": Fields(
        (), (*_MULTI, "initial_conversations", "default_to_current_conversation", "filter")
    ),
    "datepicker": Fields((), (*_SELECT, "initial_date")),
    "timepicker": Fields((), (*_SELECT, "initial_time", "timezone")),
    "datetimepicker": Fields((), (*_COMMON, "initial_date_time")),
    "plain_text_input": Fields((), (*_TEXTS, "multiline", "min_length", "max_length")),
    "number_input": Fields(("is_decimal_allowed",), (*_TEXTS, "min_value", "max_value")),
    "email_text_input": Fields((), _TEXTS),
    "url_text_input": Fields((), _TEXTS),
}

_PICKERS = {name for name in _ELEMENTS if "select" in name or "picker" in name} | {
    "checkboxes",
    "radio_buttons",
}
_WRITTEN = {name for name in _ELEMENTS if name.endswith("_input")}

in_actions = _PICKERS | {"button", "overflow"}
"""The elements an actions block takes."""
in_sections = (in_actions | {"image"}) - {"datetimepicker"}
"""The elements a section takes beside its text."""
in_inputs = _PICKERS | _WRITTEN
"""The elements an input block takes."""

_OWN_PATTERNS = {
    "initial_time": re.compile(r"([01]\d|2[0-3]):[0-5]\d"),
    "initial_date": re.compile(r"\d{4}-\d\d-\d\d"),
}


def check_element(it: object, at: str, allowed: Collection[str], faults: Faults) -> None:
    """Note what is wrong with an element, in a place that takes only the `allowed` kinds."""
    if not isinstance(it, dict):
        faults.add(at, "must be an object")
        return
    kind = str(it.get("type"))
    if kind not in allowed or kind not in _ELEMENTS:
        faults.add(f"{at}/type", f"unsupported type: {kind}")
        return
    if check_fields(it, _ELEMENTS[kind], at, faults):
        _check_common(it, at, faults)
        _check_kind(it, at, faults)


def _check_common(it: JSON, at: str, faults: Faults) -> None:
    faults.longer(it.get("action_id"), _ID, f"{at}/action_id")
    if "placeholder" in it:
        check_text(it["placeholder"], f"{at}/placeholder", _PLACEHOLDER, faults, plain=True)
    for name, pattern in _OWN_PATTERNS.items():
        if name in it and not (isinstance(it[name], str) and pattern.fullmatch(it[name])):
            faults.add(f"{at}/{name}", "failed to match its format")


def _check_kind(it: JSON, at: str, faults: Faults) -> None:
    kind = it["type"]
    if kind == "button":
        _button(it, at, faults)
    elif kind == "image":
        faults.text(it["alt_text"], f"{at}/alt_text", _ALT)
    elif kind in ("checkboxes", "radio_buttons", "overflow"):
        most = _OVERFLOW if kind == "overflow" else _BOXES
        _chosen(it, _options(it["options"], f"{at}/options", most, faults), at, faults)
    elif kind in ("static_select", "multi_static_select"):
        _select(it, at, faults)
    elif kind == "plain_text_input":
        _text_input(it, at, faults)


def _button(it: JSON, at: str, faults: Faults) -> None:
    check_text(it["text"], f"{at}/text", _BUTTON_TEXT, faults, plain=True)
    faults.longer(it.get("value"), _BUTTON_VALUE, f"{at}/value")
    faults.longer(it.get("url"), _URL, f"{at}/url")
    faults.longer(it.get("accessibility_label"), _LABEL, f"{at}/accessibility_label")
    if it.get("style") not in (None, "primary", "danger"):
        faults.add(f"{at}/style", "must be a valid enum value")


def _select(it: JSON, at: str, faults: Faults) -> None:
    if ("options" in it) == ("option_groups" in it):
        faults.add(at, "must define either `options` or `option_groups`")
        return
    known = _options(it["options"], f"{at}/options", _OPTIONS, faults) if "options" in it else []
    groups = faults.listed(it.get("option_groups", []), f"{at}/option_groups", _GROUPS)
    for number, group in enumerate(groups):
        here = f"{at}/option_groups/{number}"
        if isinstance(group, dict) and check_fields(group, Fields(("label", "options")), here, faults):
            check_text(group["label"], f"{here}/label", _OPTION_TEXT, faults, plain=True)
            known += _options(group["options"], f"{here}/options", _OPTIONS, faults)
    _chosen(it, known, at, faults)


def _options(options: object, at: str, most: int, faults: Faults) -> list[JSON]:
    known = []
    for number, option in enumerate(faults.listed(options, at, most, least=1)):
        here = f"{at}/{number}"
        fields = Fields(("text", "value"), ("description", "url"))
        if not isinstance(option, dict):
            faults.add(here, "must be an object")
        elif check_fields(option, fields, here, faults):
            check_text(option["text"], f"{here}/text", _OPTION_TEXT, faults)
            faults.text(option["value"], f"{here}/value", _OPTION_VALUE)
            if "description" in option:
                check_text(option["description"], f"{here}/description", _OPTION_TEXT, faults)
            known.append(option)
    return known


def _chosen(it: JSON, known: list[JSON], at: str, faults: Faults) -> None:
    if "initial_option" in it and it["initial_option"] not in known:
        faults.add(f"{at}/initial_option", "must be one of the options")
    if "initial_options" in it:
        chosen = faults.listed(it["initial_options"], f"{at}/initial_options", _OPTIONS, least=1)
        if any(option not in known for option in chosen):
            faults.add(f"{at}/initial_options", "must be among the options")


def _whole(value: object) -> int:
    return value if isinstance(value, int) else -1


def _text_input(it: JSON, at: str, faults: Faults) -> None:
    most = it.get("max_length", _INPUT_MAX)
    if not isinstance(most, int) or not 0 < most <= _INPUT_MAX:
        faults.add(f"{at}/max_length", f"must be less than {_INPUT_MAX + 1}")
        return
    faults.longer(it.get("initial_value"), most, f"{at}/initial_value")
    if not 0 <= _whole(it.get("min_length", 0)) <= most:
        faults.add(f"{at}/min_length", "must not be more than max_length")
