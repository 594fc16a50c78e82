"""What the doctor says over the wire: one line for each thing, and the fix."""

import json
from typing import Any

import pytest

from bot.cli import checkup
from bot.settings import Settings
from tests.host import Host, a_host
from tests.postgres import free_port
from tests.slack import running_slack, small_team
from tests.team import SECRET

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def by_name(looked: list[tuple[str, bool, str]]) -> dict[str, tuple[bool, str]]:
    return {what: (fine, say) for what, fine, say in looked}


async def at_slack(**given: Any) -> dict[str, tuple[bool, str]]:
    return by_name([one async for one in checkup.look_at_slack(Settings.load(**given))])


async def test_a_good_token_socket_and_clock(database_url: str) -> None:
    del database_url
    async with running_slack() as slack:
        team = small_team(slack)
        given = {"slack_bot_token": team.bot_token, "slack_app_token": team.app_token, "slack_api_url": slack.api_url}
        looked = await at_slack(**given)
        assert all(fine for fine, _ in looked.values()), looked
        assert set(looked) == {"Slack", "socket", "clock"}


async def test_missing_scopes_are_told_apart_from_optional_ones(database_url: str) -> None:
    del database_url
    async with running_slack() as slack:
        little = small_team(slack, scopes=["chat:write", "commands"])
        looked = await at_slack(slack_bot_token=little.bot_token, slack_app_token=None, slack_api_url=slack.api_url)
        assert looked["Slack"][0]
        assert "not offered: channels:history" in looked["Slack"][1]
        nothing = small_team(slack, scopes=["users:read"])
        looked = await at_slack(slack_bot_token=nothing.bot_token, slack_app_token=None, slack_api_url=slack.api_url)
        assert looked["Slack"] == (False, "chat:write, commands is not granted: reinstall the app from its Slack page.")


async def test_refused_tokens_and_a_silent_slack_name_their_fix(database_url: str) -> None:
    del database_url
    async with running_slack() as slack:
        given = {"slack_bot_token": "xoxb-wrong", "slack_app_token": "xapp-wrong", "slack_api_url": slack.api_url}
        looked = await at_slack(**given)
        assert "copy the Bot User OAuth Token again" in looked["Slack"][1]
        assert "connections:write" in looked["socket"][1]
    nobody = f"http://127.0.0.1:{free_port()}/api/"
    looked = await at_slack(slack_bot_token=None, slack_app_token=None, slack_api_url=nobody)
    assert looked["clock"] == (False, f"Slack's clock could not be read at {nobody}: check the network.")


async def of_host(host: Host, database_url: str) -> dict[str, tuple[bool, str]]:
    settings = Settings.load(slack_api_url=host.standin.api_url, database_url=database_url, opshat_secret=SECRET)
    return by_name([one async for one in checkup.look_at_installs(settings)])


async def test_installed_workspaces_and_stuck_postings(database_url: str) -> None:
    async with a_host(database_url) as host:
        good, bad = host.workspace("Good"), host.workspace("Bad")
        for workspace in (good, bad):
            await host.install(workspace.team.id)
        bad.team.token_error = "token_revoked"
        looked = await of_host(host, database_url)
        assert looked[f"workspace {good.team.id}"][0]
        assert "install the app there again" in looked[f"workspace {bad.team.id}"][1]
        assert looked["postings"] == (True, "none waits too long")


async def test_an_address_is_tried(database_url: str) -> None:
    async with a_host(database_url) as host:
        assert (await checkup.look_at_address(host.url))[1]
        assert not (await checkup.look_at_address(f"http://127.0.0.1:{free_port()}"))[1]
        page = await host.get(f"{host.url}/readyz")
        assert (page.status, json.loads(page.text)) == (200, {"ok": True})
