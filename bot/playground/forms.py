"""What a person enters in a view, as Slack's client would send it; it refuses what the client would. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.playground.world import JSON

_LONGEST = 3000

_SINGLE = {
    "users_select": ("selected_user", "initial_user"),
    "channels_select": ("selected_channel", "initial_channel"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}
_ONE_OF = frozenset({"static_select", "radio_buttons"})
_SOME_OF = frozenset({"multi_static_select", "checkboxes"})


class CannotSubmit(Exception):  # noqa: N818 - a fact about the form
    """Slack's client would not send the form; `errors` says why, by block id."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{block}: {words}" for block, words in errors.items()))
        self.errors = dict(errors)


def holds_value(element: JSON) -> bool:
    """Say whether an element has a value that a view's state carries."""
    kind = element.get("type", "")
    return kind in _SINGLE or kind in _ONE_OF or kind in _SOME_OF or kind.endswith("_input")


def elements_of(block: JSON) -> list[JSON]:
    """Return the elements of a block that a person can use."""
    if block["type"] == "input":
        return [block["element"]]
    if block["type"] == "actions":
        return list(block["elements"])
    return [block["accessory"]] if "accessory" in block else []


def fill(blocks: list[JSON], entered: Mapping[str, Any]) -> JSON:
    """Return the `state.values` of a view after somebody entered values and left the rest as it was.

    Args:
        blocks: the view's blocks.
        entered: block id to a value, or to a mapping of action id to value. A value is text, a list of
            option values, or None to empty the field.

    Raises:
        CannotSubmit: a required field is empty, a value is too long, or an option is none of those offered.
        KeyError: a block or action id that is not in the view.

    """
    unknown = set(entered) - {block["block_id"] for block in blocks}
    if unknown:
        raise KeyError(f"no such block in the view: {', '.join(sorted(unknown))}")
    errors: dict[str, str] = {}
    values: JSON = {}
    for block in blocks:
        mine = [element for element in elements_of(block) if holds_value(element)]
        for element in mine:
            value = _entered(element, entered.get(block["block_id"], ...))
            state, error = _state(element, value)
            if block["type"] == "input" and not error and not block.get("optional") and _is_empty(state):
                error = "Please complete this required field."
            if error:
                errors[block["block_id"]] = error
            values.setdefault(block["block_id"], {})[element["action_id"]] = state
    if errors:
        raise CannotSubmit(errors)
    return values


def state_of(element: JSON, value: Any) -> JSON:  # noqa: ANN401 - text, a list of texts, or None
    """Return what one element's state becomes when a value is entered, without its checks."""
    return _state(element, value)[0]


def _entered(element: JSON, given: Any) -> Any:  # noqa: ANN401 - whatever a field can hold; ... where nothing was given
    if isinstance(given, Mapping):
        return given.get(element["action_id"], ...)
    return given


def _is_empty(state: JSON) -> bool:
    return not any(value for name, value in state.items() if name != "type")


def _state(element: JSON, value: Any) -> tuple[JSON, str]:  # noqa: ANN401 - as above
    kind = element["type"]
    rule: Callable[[JSON, Any], tuple[JSON, str]] = _written
    if kind in _SINGLE:
        rule = _picked
    elif kind in _ONE_OF:
        rule = _chosen
    elif kind in _SOME_OF:
        rule = _ticked
    state, error = rule(element, value)
    return {"type": kind, **state}, error


def _written(element: JSON, value: Any) -> tuple[JSON, str]:  # noqa: ANN401 - as above
    text = element.get("initial_value") if value is ... else value
    text = str(text) if text not in (None, "") else None
    length = len(text or "")
    if length > element.get("max_length", _LONGEST):
        return {"value": text}, f"At most {element.get('max_length', _LONGEST)} characters."
    if text and length < element.get("min_length", 0):
        return {"value": text}, f"At least {element['min_length']} characters."
    if text and element["type"] == "number_input":
        return {"value": text}, _number_error(element, text)
    return {"value": text}, ""


def _number_error(element: JSON, text: str) -> str:
    try:
        number = float(text) if element["is_decimal_allowed"] else int(text)
    except ValueError:
        return "This must be a number."
    if number < float(element.get("min_value", number)) or number > float(element.get("max_value", number)):
        return "This number is out of range."
    return ""


def _picked(element: JSON, value: Any) -> tuple[JSON, str]:  # noqa: ANN401 - as above
    name, initial = _SINGLE[element["type"]]
    return {name: element.get(initial) if value is ... else value or None}, ""


def _options(element: JSON) -> dict[str, JSON]:
    grouped = [option for group in element.get("option_groups", []) for option in group["options"]]
    return {option["value"]: option for option in [*element.get("options", []), *grouped]}


def _chosen(element: JSON, value: Any) -> tuple[JSON, str]:  # noqa: ANN401 - as above
    if value is ...:
        return {"selected_option": element.get("initial_option")}, ""
    option = _options(element).get(value) if value else None
    return {"selected_option": option}, "" if option or not value else f"{value} is not offered."


def _ticked(element: JSON, value: Any) -> tuple[JSON, str]:  # noqa: ANN401 - as above
    if value is ...:
        return {"selected_options": list(element.get("initial_options", []))}, ""
    offered = _options(element)
    unknown = [it for it in value or [] if it not in offered]
    error = f"{', '.join(unknown)} is not offered." if unknown else ""
    return {"selected_options": [offered[it] for it in value or [] if it in offered]}, error
