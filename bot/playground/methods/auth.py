"""auth.test and apps.connections.open."""

from bot.playground.methods.call import Call, Method
from bot.playground.world import JSON


def _test(call: Call) -> JSON:
    team = call.team
    return {
        "url": f"{call.parts.url()}/",
        "team": team.name,
        "user": team.bot.name,
        "team_id": team.id,
        "user_id": team.bot.id,
        "bot_id": team.bot_id,
        "is_enterprise_install": team.of_org,
        **({"enterprise_id": team.enterprise_id} if team.enterprise_id else {}),
    }


def _open_connection(call: Call) -> JSON:
    address = call.parts.url().replace("http", "ws", 1)
    ticket = call.parts.sockets.ticket(call.app)
    return {"url": f"{address}/link/?ticket={ticket}&app_id={call.app.id}"}


METHODS = {
    "auth.test": Method(_test, per_minute=300),
    "apps.connections.open": Method(_open_connection, token="app", per_minute=100),  # noqa: S106 - a kind, not a token
}
