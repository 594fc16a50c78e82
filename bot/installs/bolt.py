"""Bolt for commands, buttons and modals; who we are in a workspace comes from what we stored."""

from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.installs.tenants import Tenants


def make_bolt(tenants: Tenants, api_url: str, secret: str | None, *, verifies: bool) -> AsyncApp:
    """Return a Bolt app that asks Slack for nothing itself.

    Args:
        tenants: know the token of each workspace; Bolt would ask Slack for every request.
        api_url: the base of Slack's Web API.
        secret: the app's signing secret; Socket Mode has none.
        verifies: whether requests are signed, as they are by HTTP.

    """

    async def authorize(enterprise_id: str | None, team_id: str | None) -> Any:  # noqa: ANN401 - Bolt takes None too
        workspace = await tenants.find(enterprise_id or "", team_id or "")
        if workspace is None:
            return None
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_token=await tenants.token_of(workspace.id),
            bot_id=workspace.bot_id,
            bot_user_id=workspace.bot_user_id,
        )

    return AsyncApp(
        name="opshat",  # else Bolt looks for one by reading the source of all that is on the stack
        signing_secret=secret or "unused in Socket Mode",
        client=AsyncWebClient(base_url=api_url),
        authorize=authorize,
        request_verification_enabled=verifies,
    )
