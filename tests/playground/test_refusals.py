"""What Slack refuses over the wire, the stand-in refuses in the same words."""

import asyncio
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.standin import StandIn
from bot.playground.workspace import Workspace
from bot.playground.world import Channel
from tests.playground.echo import MODAL
from tests.slack import TestClock, small_team


@pytest.fixture
def web(slack: StandIn, team: Workspace) -> AsyncWebClient:
    return AsyncWebClient(token=team.bot_token, base_url=slack.api_url)


@pytest.fixture
async def general(team: Workspace) -> Channel:
    channel = team.add_channel("general")
    await team.person("alice").invite_bot(channel)
    return channel


async def refusal(call: Any) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as raised:
        await call
    return dict(raised.value.response.data)


async def test_tokens(slack: StandIn, team: Workspace) -> None:
    def client(token: str) -> AsyncWebClient:
        return AsyncWebClient(token=token, base_url=slack.api_url)

    assert (await refusal(client("xoxb-wrong").auth_test()))["error"] == "invalid_auth"
    assert (await refusal(client(team.app_token).auth_test()))["error"] == "not_allowed_token_type"
    bot = client(team.bot_token)
    assert (await refusal(bot.apps_connections_open(app_token=team.bot_token)))["error"] == "invalid_auth"
    team.revoke_token()
    assert (await refusal(bot.auth_test()))["error"] == "token_revoked"
    team.uninstall()
    assert (await refusal(bot.auth_test()))["error"] == "account_inactive"


async def test_missing_scopes_are_named(team: Workspace, web: AsyncWebClient, general: Channel) -> None:
    team.scopes.clear()
    team.scopes.update({"chat:write", "commands"})
    answer = await refusal(web.users_info(user=team.person("bob").id))
    assert (answer["error"], answer["needed"]) == ("missing_scope", "users:read")
    assert answer["provided"] == "chat:write,commands"
    assert (await refusal(web.conversations_history(channel=general.id)))["error"] == "missing_scope"
    granted = (await web.auth_test()).headers["X-OAuth-Scopes"]
    assert granted == "chat:write,commands"


async def test_a_private_channels_history_needs_its_own_scope(team: Workspace, web: AsyncWebClient) -> None:
    secret = team.add_channel("secret", private=True)
    await team.person("alice").invite_bot(secret)
    team.scopes.discard("groups:history")
    answer = await refusal(web.conversations_history(channel=secret.id))
    assert (answer["error"], answer["needed"]) == ("missing_scope", "groups:history")


async def test_channels_that_cannot_be_posted_in(team: Workspace, web: AsyncWebClient, general: Channel) -> None:
    async def error(channel: str) -> object:
        return (await refusal(web.chat_postMessage(channel=channel, text="x")))["error"]

    assert await error("C0NOWHERE") == "channel_not_found"
    assert await error(team.add_channel("other").id) == "not_in_channel"
    assert await error(team.add_channel("secret", private=True).id) == "channel_not_found"
    team.archive(general)
    assert await error(general.id) == "is_archived"


async def test_messages_that_are_not_taken(web: AsyncWebClient, general: Channel) -> None:
    async def answer(**message: Any) -> dict[str, Any]:
        return await refusal(web.api_call("chat.postMessage", json={"channel": general.id, **message}))

    assert (await answer())["error"] == "no_text"
    assert (await answer(text="x", blocks="{"))["error"] == "invalid_blocks_format"
    assert (await answer(text="x", thread_ts="1.1"))["error"] == "thread_not_found"
    assert (await answer(text="x", metadata={"event_type": "x"}))["error"] == "invalid_metadata_format"
    payload = {"event_type": "x", "event_payload": {"much": "x" * 8000}}
    assert (await answer(text="x", metadata=payload))["error"] == "metadata_too_large"
    wrong = await answer(text="x", blocks=[{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}])
    assert wrong["error"] == "invalid_blocks"
    assert "[json-pointer:/blocks/0/text/text]" in wrong["response_metadata"]["messages"][0]


async def test_long_text_is_cut_when_posted_and_refused_when_edited(web: AsyncWebClient, general: Channel) -> None:
    posted = await web.chat_postMessage(channel=general.id, text="x" * 40_001)
    assert len(posted["message"]["text"]) == 40_000
    edit = web.chat_update(channel=general.id, ts=posted["ts"], text="x" * 4001)
    assert (await refusal(edit))["error"] == "msg_too_long"


async def test_only_own_messages_can_be_changed(team: Workspace, web: AsyncWebClient, general: Channel) -> None:
    theirs = await team.person("bob").say(general, "mine")
    edit = web.chat_update(channel=general.id, ts=theirs.ts, text="x")
    assert (await refusal(edit))["error"] == "cant_update_message"
    delete = web.chat_delete(channel=general.id, ts=theirs.ts)
    assert (await refusal(delete))["error"] == "cant_delete_message"
    assert (await refusal(web.chat_delete(channel=general.id, ts="1.1")))["error"] == "message_not_found"


async def test_reading_methods_do_not_read_json(slack: StandIn, team: Workspace, general: Channel) -> None:
    async with aiohttp.ClientSession() as session:
        url, headers = f"{slack.api_url}conversations.info", {"Authorization": f"Bearer {team.bot_token}"}
        async with session.post(url, json={"channel": general.id}, headers=headers) as response:
            assert (await response.json())["error"] == "invalid_arguments"
        async with session.post(url, data={"channel": general.id}, headers=headers) as response:
            assert (await response.json())["ok"]


async def test_a_trigger_opens_one_modal_within_three_seconds(
    slack: StandIn, team: Workspace, web: AsyncWebClient
) -> None:
    tickets, bob = slack.tickets, team.person("bob").user
    trigger = tickets.trigger(team.team, bob)
    await web.views_open(trigger_id=trigger, view=MODAL)
    assert (await refusal(web.views_open(trigger_id=trigger, view=MODAL)))["error"] == "exchanged_trigger_id"
    tickets.trigger_seconds = 0.05
    late = tickets.trigger(team.team, bob)
    await asyncio.sleep(0.06)
    assert (await refusal(web.views_open(trigger_id=late, view=MODAL)))["error"] == "expired_trigger_id"
    assert (await refusal(web.views_open(trigger_id="1.2.3", view=MODAL)))["error"] == "invalid_trigger_id"
    elsewhere = small_team(slack).person("bob")
    theirs = tickets.trigger(elsewhere.team, elsewhere.user)
    assert (await refusal(web.views_open(trigger_id=theirs, view=MODAL)))["error"] == "invalid_trigger_id"


async def test_a_refused_view_does_not_spend_the_trigger(slack: StandIn, team: Workspace, web: AsyncWebClient) -> None:
    trigger = slack.tickets.trigger(team.team, team.person("bob").user)
    wrong = MODAL | {"title": {"type": "plain_text", "text": "x" * 25}}
    answer = await refusal(web.views_open(trigger_id=trigger, view=wrong))
    assert answer["error"] == "invalid_arguments"
    assert "/view/title/text" in answer["response_metadata"]["messages"][0]
    await web.views_open(trigger_id=trigger, view=MODAL)


async def test_views_change_by_hash_and_lie_three_deep(slack: StandIn, team: Workspace, web: AsyncWebClient) -> None:
    bob = team.person("bob")

    async def trigger() -> str:
        return slack.tickets.trigger(team.team, bob.user)

    opened = (await web.views_open(trigger_id=await trigger(), view=MODAL))["view"]
    await web.views_update(view_id=opened["id"], hash=opened["hash"], view=MODAL)
    stale = web.views_update(view_id=opened["id"], hash=opened["hash"], view=MODAL)
    assert (await refusal(stale))["error"] == "hash_conflict"
    await web.views_push(trigger_id=await trigger(), view=MODAL)
    third = (await web.views_push(trigger_id=await trigger(), view=MODAL))["view"]
    assert third["root_view_id"] == opened["id"]
    assert (await refusal(web.views_push(trigger_id=await trigger(), view=MODAL)))["error"] == "push_limit_reached"


async def test_a_response_url_works_five_times(slack: StandIn, team: Workspace, general: Channel) -> None:
    bob = team.person("bob")
    url = f"{slack.url}/response/{slack.tickets.give_return(team.team, bob.user, general)}"
    async with aiohttp.ClientSession() as session:
        statuses = [(await session.post(url, json={"text": f"{n}"})).status for n in range(6)]
    assert statuses == [200] * 5 + [404]
    assert [message.text for message in bob.ephemerals(general)] == ["0", "1", "2", "3", "4"]


async def test_a_file_goes_into_a_thread_and_its_answer_does_not_tell_where(
    team: Workspace, web: AsyncWebClient, general: Channel
) -> None:
    posted = await web.chat_postMessage(channel=general.id, text="digest")
    answer = await web.files_upload_v2(
        channel=general.id, thread_ts=posted["ts"], content="picture", filename="a.png", alt_txt="A chart"
    )
    assert "shares" not in answer["files"][0]
    _, upload = team.messages(general, posted["ts"])
    assert (upload.subtype, upload.files[0].content, upload.files[0].alt_text) == (
        "file_share",
        b"picture",
        "A chart",
    )


async def test_an_image_of_an_unshared_file_is_invalid(web: AsyncWebClient, general: Channel) -> None:
    step = await web.files_getUploadURLExternal(filename="a.png", length=3)
    image = {"type": "image", "slack_file": {"id": step["file_id"]}, "alt_text": "x"}
    answer = await refusal(web.chat_postMessage(channel=general.id, text="x", blocks=[image]))
    assert "invalid slack file" in answer["errors"][0]


async def test_whispers_reach_members_only(team: Workspace, web: AsyncWebClient, general: Channel) -> None:
    outsider = team.add_person("dave")
    whisper = web.chat_postEphemeral(channel=general.id, user=outsider.id, text="x")
    assert (await refusal(whisper))["error"] == "user_not_in_channel"
    await web.chat_postEphemeral(channel=general.id, user=team.person("bob").id, text="psst")
    assert [message.text for message in team.person("bob").ephemerals(general)] == ["psst"]
    assert team.messages(general)[-1].text != "psst"


async def test_histories_are_cut_into_pages(
    clock: TestClock, team: Workspace, web: AsyncWebClient, general: Channel
) -> None:
    bob = team.person("bob")
    parent = await bob.say(general, "parent")
    for number in range(5):
        clock.forward(seconds=1)
        await bob.say(general, f"reply {number}", parent.ts)
    first = await web.conversations_replies(channel=general.id, ts=parent.ts, limit=4)
    assert [m["text"] for m in first["messages"]] == ["parent", "reply 0", "reply 1", "reply 2"]
    assert first["messages"][0]["reply_count"] == 5
    cursor = first["response_metadata"]["next_cursor"]
    rest = await web.conversations_replies(channel=general.id, ts=parent.ts, limit=4, cursor=cursor)
    assert [m["text"] for m in rest["messages"]] == ["reply 3", "reply 4"]
    assert not rest["has_more"]
    history = await web.conversations_history(channel=general.id, latest=parent.ts, inclusive=True, limit=1)
    assert [m["text"] for m in history["messages"]] == ["parent"]


async def test_people_are_who_they_are(team: Workspace, web: AsyncWebClient, general: Channel) -> None:
    guest = team.add_person("gus", guest=True)
    stranger = team.add_person("sal", team="T0ELSEWHERE")
    assert (await web.users_info(user=guest.id))["user"]["is_restricted"]
    told = (await web.users_info(user=stranger.id))["user"]
    assert (told["team_id"], told["is_stranger"]) == ("T0ELSEWHERE", True)
    assert (await web.users_info(user=team.person("alice").id))["user"]["tz"] == "Europe/Paris"
    info = await web.conversations_info(channel=general.id, include_num_members=True)
    assert info["channel"]["num_members"] == 4
    assert (await refusal(web.users_info(user="U0NOBODY")))["error"] == "user_not_found"
