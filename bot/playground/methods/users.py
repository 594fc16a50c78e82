"""users.* and bots.info: who is who."""

from bot.playground import shapes
from bot.playground.methods.call import Call, Method, page_of
from bot.playground.world import JSON, Refusal


def _info(call: Call) -> JSON:
    team = call.team
    return {"user": shapes.user(team.user(call.text("user")), team.id)}


def _list(call: Call) -> JSON:
    team = call.team
    page, facts = page_of(call, [shapes.user(user, team.id) for user in team.users.values()], 1000, 1000)
    return {"members": page, "cache_ts": call.parts.world.seconds(), **facts}


def _bot(call: Call) -> JSON:
    team = call.team
    if call.text("bot", team.bot_id) != team.bot_id:
        raise Refusal("bot_not_found")
    facts = {"id": team.bot_id, "deleted": False, "name": team.bot.name}
    return {"bot": {**facts, "app_id": team.app.id, "user_id": team.bot.id}}


METHODS = {
    "users.info": Method(_info, ("users:read",), forms_only=True, per_minute=100),
    "users.list": Method(_list, ("users:read",), forms_only=True, per_minute=20),
    "bots.info": Method(_bot, ("users:read",), forms_only=True),
}
