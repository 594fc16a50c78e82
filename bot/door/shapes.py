"""What Slack's requests look like, as far as we read them: anything else is refused at the door. Pure.

Slack signs what it sends, so that nothing here guards against strangers. It keeps a request that is not what we
think it is from tripping a journey half-way, and from storing what could never be found again.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

Check = Callable[[object], bool]

_ID = re.compile(r"\w{1,32}", re.ASCII)
_TS = re.compile(r"\d{1,10}\.\d{6}", re.ASCII)
_TIME = re.compile(r"\d\d:\d\d", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LATEST = 2**33  # seconds; the year 2242


def text(value: object) -> bool:
    """Say whether it is text that every database takes."""
    return isinstance(value, str) and "\x00" not in value


def _words(value: object) -> bool:
    return isinstance(value, str)  # what a database does not take is left out of what people say (`storable`)


def _some(value: object) -> bool:
    return text(value) and value != ""


def _like(pattern: re.Pattern[str]) -> Check:
    matches = pattern.fullmatch
    return lambda value: isinstance(value, str) and matches(value) is not None


def maybe(check: Check) -> Check:
    """Let something be left out."""
    return lambda value: value is None or check(value)


def each(check: Check, least: int = 0) -> Check:
    """Say whether it is a list of such things."""
    return lambda value: isinstance(value, list) and len(value) >= least and all(map(check, value))


def has(**fields: Check) -> Check:
    """Say whether it is an object whose fields are such things; others do not matter."""
    needed = {name for name, check in fields.items() if not check(None)}

    def look(value: object) -> bool:
        if not isinstance(value, dict) or not needed <= value.keys():
            return False
        # It is asked of every event that is parsed: only what is there is looked at.
        for name, said in value.items():
            check = fields.get(name)
            if check is not None and not check(said):
                return False
        return True

    return look


def _flag(value: object) -> bool:
    return value is None or isinstance(value, bool) or value in ("true", "false")


def _anything(value: object) -> bool:
    return isinstance(value, Mapping)


def _address(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("https://", "http://127.0.0.1:"))


def _memo(value: object) -> bool:
    try:
        memo = json.loads(value or "{}") if isinstance(value, str | None) else None
    except ValueError:
        return False
    return isinstance(memo, dict) and all(map(text, memo.values()))


_no_id = _like(re.compile(r"\w{0,32}", re.ASCII))
_id, _ts, _place = _like(_ID), _like(_TS), maybe(has(id=_like(_ID)))

# Events --------------------------------------------------------------------------------------------------

_INSTALLS = maybe(each(has(team_id=maybe(_id), enterprise_id=maybe(_id), is_enterprise_install=_flag)))
_SENT_TO = has(
    team_id=maybe(_id),
    enterprise_id=maybe(_no_id),
    context_team_id=maybe(_id),
    authorizations=_INSTALLS,
    event_time=lambda value: value is None or (isinstance(value, int) and 0 <= value < _LATEST),
)
_BY_SOMEBODY: dict[str, Check] = {
    "ts": _ts,
    "thread_ts": maybe(_ts),
    "user": maybe(_id),
    "user_team": maybe(_id),
    "team": maybe(_id),
    "bot_id": maybe(_id),
    "text": maybe(_words),
    "subtype": maybe(text),
    "edited": maybe(has(ts=_ts)),
    "parent_user_id": maybe(_id),
}
_SAID = has(**_BY_SOMEBODY)
_OF_A_CHANNEL = has(channel=_id, user=maybe(_id))
_EVENTS: Mapping[str, Check] = {
    "message": has(
        **{
            **_BY_SOMEBODY,
            "channel": _id,
            "ts": maybe(_ts),
            "deleted_ts": maybe(_ts),
            "message": maybe(_SAID),
            "previous_message": maybe(has(ts=maybe(_ts), thread_ts=maybe(_ts))),
            "metadata": maybe(has(event_type=maybe(text), event_payload=maybe(_anything))),
        }
    ),
    "channel_id_changed": has(old_channel_id=_id, new_channel_id=_id),
    "app_home_opened": has(user=_id, tab=maybe(text)),
    "app_uninstalled": _anything,
    **dict.fromkeys(("team_access_revoked", "team_access_granted"), has(team_ids=each(_id))),
    "tokens_revoked": has(tokens=maybe(has(bot=maybe(each(_id)), oauth=maybe(each(_id))))),
}


def is_place(channel: object, ts: object) -> bool:
    """Say whether these name a channel and a message in it."""
    return _id(channel) and _ts(ts)


def is_event(body: Mapping[str, Any]) -> bool:
    """Say whether an event callback of a kind that we take looks like one."""
    event = body.get("event")
    return isinstance(event, dict) and _SENT_TO(body) and _EVENTS.get(str(event.get("type")), _OF_A_CHANNEL)(event)


# What people do ------------------------------------------------------------------------------------------

_COMMAND = has(
    command=text,
    text=maybe(_words),
    team_id=_id,
    user_id=_id,
    channel_id=_id,
    enterprise_id=maybe(_no_id),
    trigger_id=_some,
    response_url=maybe(_address),
)
_VIEW = has(
    id=_id,
    type=text,
    callback_id=maybe(text),
    private_metadata=_memo,
    app_installed_team_id=maybe(_id),
    blocks=each(_anything),
)
_BY_A_PERSON: dict[str, Check] = {
    "type": text,
    "user": has(id=_id, team_id=maybe(_id)),
    "team": maybe(has(id=_id, enterprise_id=maybe(_no_id))),
    "enterprise": _place,
    "authorizations": _INSTALLS,
    "team_id": maybe(_id),
    "enterprise_id": maybe(_no_id),
    "channel": _place,
    "is_enterprise_install": _flag,
    "response_url": maybe(_address),
    "response_urls": maybe(each(has(response_url=_address))),
    "trigger_id": maybe(text),
    "view": maybe(_VIEW),
}
_MESSAGE = has(ts=_ts, thread_ts=maybe(_ts), user=maybe(_id), text=maybe(_words), bot_id=maybe(_id))
_PRESSED = has(action_id=text, block_id=maybe(text), value=maybe(text), selected_option=maybe(has(value=text)))
_INTERACTIONS: Mapping[str, Check] = {
    "block_actions": has(
        **{
            **_BY_A_PERSON,
            "actions": each(_PRESSED, least=1),
            "message": maybe(has(ts=maybe(_ts))),
            "trigger_id": _some,
        }
    ),
    "message_action": has(
        **{**_BY_A_PERSON, "callback_id": text, "message": _MESSAGE, "channel": has(id=_id), "trigger_id": _some}
    ),
    "view_submission": has(
        **{
            **_BY_A_PERSON,
            "view": lambda view: (
                _VIEW(view) and isinstance(view, Mapping) and text(view.get("callback_id")) and _fits(view)
            ),
        }
    ),
}


def is_for_us(body: Mapping[str, Any]) -> bool:
    """Say whether it may be what we asked for: a command, a press, a shortcut or a submitted modal.

    What else Slack sends, such as its look at our certificate, is nobody's business here, and only acknowledged.
    """
    kind = body.get("type")
    return "command" in body or ("ssl_check" not in body and (not isinstance(kind, str) or kind in _INTERACTIONS))


def is_of_a_person(body: Mapping[str, Any]) -> bool:
    """Say whether what may be for us looks like it."""
    look = _COMMAND if "command" in body else _INTERACTIONS.get(str(body.get("type")))
    # Bolt counts the addresses that are told, and a `null` there cannot be counted.
    return look is not None and look(body) and body.get("response_urls", ()) is not None


_INPUT = has(
    block_id=text,
    optional=_flag,
    element=has(type=text, action_id=text, options=maybe(each(has(value=text)))),
)


def _fits(view: Mapping[str, Any]) -> bool:
    """Say whether each field of a modal was sent, with a value that it can have."""
    state = view.get("state")
    values = state.get("values") if isinstance(state, Mapping) else None
    inputs = [block for block in view["blocks"] if block.get("type") == "input"]
    return (
        isinstance(values, Mapping)
        and all(map(_INPUT, inputs))
        and values.keys() <= {block["block_id"] for block in inputs}
        and all(_is_filled_in(block, values.get(block["block_id"])) for block in inputs)
    )


def _is_filled_in(block: Mapping[str, Any], told: object) -> bool:
    asked = block["element"]
    if told is None:
        return bool(block.get("optional"))
    value = told.get(asked["action_id"]) if isinstance(told, Mapping) and len(told) == 1 else None
    if not isinstance(value, Mapping) or value.get("type") != asked["type"]:
        return False
    is_empty = all(value[name] is None for name in value if name != "type")
    return (bool(block.get("optional")) or not is_empty) and _can_be(asked)(value)


def _can_be(asked: Mapping[str, Any]) -> Check:
    """Return the check of what an element can hold."""
    names = {option["value"] for option in asked.get("options") or ()}
    chosen = has(value=lambda name: text(name) and name in names)
    of_a_kind = {
        "static_select": has(selected_option=maybe(chosen)),
        "radio_buttons": has(selected_option=maybe(chosen)),
        "checkboxes": has(selected_options=maybe(each(chosen))),
        "multi_static_select": has(selected_options=maybe(each(chosen))),
        "timepicker": has(selected_time=_like(_TIME)),
        "datepicker": has(selected_date=maybe(_like(_DATE))),
        "users_select": has(selected_user=maybe(_id)),
    }
    return of_a_kind.get(asked["type"], has(value=maybe(_words)))
