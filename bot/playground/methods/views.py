"""views.*: modals and Home tabs."""

from bot.playground import shapes
from bot.playground.methods.call import Call, Method, missing
from bot.playground.world import JSON, Refusal, View


def _body(call: Call) -> JSON:
    view = call.arguments.get("view")
    if view is None:
        raise missing("view")
    if not isinstance(view, dict):
        raise Refusal("invalid_arguments", response_metadata={"messages": ["[ERROR] view must be an object"]})
    return view


def _shown(call: Call, view: View) -> JSON:
    return {"view": shapes.view(call.team, view)}


def _open(call: Call) -> JSON:
    return _shown(call, call.parts.modals.open(call.team, call.text("trigger_id"), _body(call)))


def _push(call: Call) -> JSON:
    return _shown(call, call.parts.modals.push(call.team, call.text("trigger_id"), _body(call)))


def _update(call: Call) -> JSON:
    return _shown(call, call.parts.modals.update(call.team, {**call.arguments, "view": _body(call)}))


def _publish(call: Call) -> JSON:
    user = call.team.user(call.text("user_id"))
    return _shown(call, call.parts.modals.publish(user, _body(call), call.arguments.get("hash")))


METHODS = {
    "views.open": Method(_open, per_minute=100),
    "views.push": Method(_push, per_minute=100),
    "views.update": Method(_update, per_minute=100),
    "views.publish": Method(_publish, per_minute=100),
}
