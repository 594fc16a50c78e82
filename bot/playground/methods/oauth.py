"""oauth.v2.access, and the page where somebody allows an install: here they always do."""

from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from bot.playground.methods.call import Call, Method, Parts
from bot.playground.world import JSON, App, Refusal, Team


@dataclass(eq=False)
class Grant:
    """What somebody allowed: a code is exchanged for it once."""

    app: App
    teams: list[Team]
    scopes: set[str]
    of_org: bool
    used: bool = False


def allow(parts: Parts, asked: web.Request) -> web.StreamResponse:
    """Install the app and send the browser back with a code.

    `team` names a workspace, or an organisation for all of its workspaces (Slack's page asks which).
    """
    app = next((one for one in parts.world.apps if one.client_id == asked.query.get("client_id")), None)
    if app is None or app.redirect_url is None:
        return web.Response(status=400, text="invalid_client_id")
    where = asked.query["team"]
    teams = [team for team in parts.world.teams.values() if where in (team.id, team.enterprise_id)]
    scopes = set(asked.query["scope"].split(","))
    code = parts.world.ids.token("code")
    parts.world.grants[code] = Grant(app, teams, scopes, of_org=all(team.id != where for team in teams))
    back = urlencode({"code": code, "state": asked.query.get("state", "")})
    return web.Response(status=302, headers={"Location": f"{app.redirect_url}?{back}"})


def _access(call: Call) -> JSON:
    if call.text("client_secret") != call.app.client_secret:
        raise Refusal("bad_client_secret")
    grant = call.parts.world.grants.get(call.text("code"))
    if grant is None or grant.app is not call.app:
        raise Refusal("invalid_code")
    if grant.used:
        raise Refusal("code_already_used")
    grant.used = True
    token = call.parts.world.ids.token("xoxb")
    for team in grant.teams:
        call.parts.world.enrol(team, token)
        team.scopes, team.token_error, team.of_org = grant.scopes, None, grant.of_org
        _share_bot(team, grant.teams[0])
    team = grant.teams[0]
    enterprise = {"id": team.enterprise_id, "name": team.enterprise_id} if team.enterprise_id else None
    return {
        "access_token": token,
        "token_type": "bot",
        "scope": ",".join(sorted(grant.scopes)),
        "bot_user_id": team.bot.id,
        "app_id": call.app.id,
        "team": None if grant.of_org else {"id": team.id, "name": team.name},
        "enterprise": enterprise,
        "is_enterprise_install": grant.of_org,
        "authed_user": {"id": next((user.id for user in team.users.values() if not user.is_bot), "")},
    }


def _share_bot(team: Team, first: Team) -> None:
    """Let the bot be the same user in all workspaces of an organisation."""
    team.users.pop(team.bot.id)
    team.bot.id, team.bot_id = first.bot.id, first.bot_id
    team.users[team.bot.id] = team.bot


METHODS = {"oauth.v2.access": Method(_access, token="client", per_minute=600)}  # noqa: S106 - a kind, not a token
