"""Several workspaces in one stand-in: tokens, events and conversations stay apart."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.standin import StandIn
from bot.playground.workspace import Workspace
from tests.playground.echo import by_socket
from tests.slack import small_team


def client(slack: StandIn, workspace: Workspace) -> AsyncWebClient:
    return AsyncWebClient(token=workspace.bot_token, base_url=slack.api_url)


async def test_one_app_in_two_workspaces_hears_both_and_speaks_with_each_token(slack: StandIn, team: Workspace) -> None:
    other = small_team(slack, app=team.app)
    async with by_socket(slack, team) as echo:
        for workspace in (team, other):
            general = workspace.add_channel("general")
            await workspace.person("alice").invite_bot(general)
            await workspace.person("bob").say(general, f"hello from {workspace.team.id}")
        await slack.settle()
        heard = {body["team_id"]: body["event"]["text"] for body in echo.heard if body["event"].get("text")}
    assert heard == {it.team.id: f"hello from {it.team.id}" for it in (team, other)}
    assert (await client(slack, other).auth_test())["team_id"] == other.team.id


async def test_another_workspaces_channel_cannot_be_reached(slack: StandIn, team: Workspace) -> None:
    other = small_team(slack)
    theirs = other.add_channel("general")
    await other.person("alice").invite_bot(theirs)
    with pytest.raises(SlackApiError, match="channel_not_found"):
        await client(slack, team).chat_postMessage(channel=theirs.id, text="x")


async def test_two_workspaces_may_share_every_id(slack: StandIn, team: Workspace) -> None:
    other = small_team(slack)
    for person in team.people:
        other.give_id(other.person(person.name), person.id)
    ours, theirs = team.add_channel("general"), other.add_channel("general")
    team.change_id(ours)
    other.change_id(theirs, ours.id)
    for workspace, channel in ((team, ours), (other, theirs)):
        await workspace.person("alice").invite_bot(channel)
        await workspace.person("bob").say(channel, workspace.team.id)
    assert list(ours.messages) == list(theirs.messages)
    for workspace in (team, other):
        history = await client(slack, workspace).conversations_history(channel=ours.id, limit=1)
        assert history["messages"][0]["text"] == workspace.team.id
        assert history["messages"][0]["user"] == team.person("bob").id


async def test_a_new_install_has_a_new_token_and_the_old_one_opens_nothing(slack: StandIn, team: Workspace) -> None:
    old = client(slack, team)
    team.uninstall()
    team.reinstall({"chat:write"})
    with pytest.raises(SlackApiError, match="invalid_auth"):
        await old.auth_test()
    assert (await client(slack, team).auth_test()).headers["X-OAuth-Scopes"] == "chat:write"


async def test_channels_come_and_go_and_the_app_is_told(slack: StandIn, team: Workspace) -> None:
    alice = team.person("alice")
    general, secret = team.add_channel("general"), team.add_channel("secret", private=True)
    for channel in (general, secret):
        await alice.invite_bot(channel)
    before = len(slack.journal.deliveries())
    team.rename(general, "gossip")
    team.archive(general)
    team.unarchive(general)
    team.share(general, "T0ELSEWHERE")
    team.change_id(general)
    team.archive(secret)
    team.delete_channel(secret)
    told = slack.journal.deliveries()[before:]
    assert [delivery.name for delivery in told] == [
        "channel_rename",
        "channel_archive",
        "channel_unarchive",
        "channel_shared",
        "channel_id_changed",
        "group_archive",
        "group_deleted",
    ]
    listed: Any = await client(slack, team).conversations_list(types="public_channel,private_channel")
    assert [(it["name"], it["is_ext_shared"]) for it in listed["channels"]] == [("gossip", True)]


async def test_members_and_users_are_listed_in_pages(slack: StandIn, team: Workspace) -> None:
    general = team.add_channel("general")
    await team.person("alice").invite_bot(general)
    web = client(slack, team)
    first = await web.conversations_members(channel=general.id, limit=3)
    cursor = first["response_metadata"]["next_cursor"]
    rest = await web.conversations_members(channel=general.id, limit=3, cursor=cursor)
    assert first["members"] + rest["members"] == general.members
    everybody = await web.users_list()
    assert {user["name"] for user in everybody["members"]} == {"opshat", "alice", "bob", "carol"}
    assert (await web.bots_info(bot=team.team.bot_id))["bot"]["app_id"] == team.app.id


async def test_a_direct_conversation_is_opened_once_with_its_scope(slack: StandIn, team: Workspace) -> None:
    web, bob = client(slack, team), team.person("bob")
    with pytest.raises(SlackApiError, match="missing_scope"):
        await web.conversations_open(users=bob.id)
    team.scopes.add("im:write")
    opened = (await web.conversations_open(users=bob.id))["channel"]["id"]
    posted = await web.chat_postMessage(channel=bob.id, text="just for you")
    assert posted["channel"] == opened == bob.direct().id
    edited = await web.chat_update(channel=opened, ts=posted["ts"], text="for you")
    assert edited["text"] == "for you"
    await web.chat_delete(channel=opened, ts=posted["ts"])
    assert team.messages(bob.direct()) == []
