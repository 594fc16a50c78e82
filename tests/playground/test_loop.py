"""The same app on the same wire as Slack's: everything here runs by Socket Mode and by signed HTTP."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.answers import TROUBLE
from bot.playground.forms import CannotSubmit
from bot.playground.people import NotPossible
from bot.playground.standin import StandIn
from bot.playground.workspace import Workspace
from tests.playground.echo import MODAL, Echo, by_http, by_socket


@pytest.fixture(params=[by_socket, by_http], ids=["socket", "http"])
async def echo(request: pytest.FixtureRequest, slack: StandIn, team: Workspace) -> AsyncIterator[Echo]:
    async with request.param(slack, team) as echo:
        yield echo


@pytest.fixture
async def web(slack: StandIn, team: Workspace) -> AsyncWebClient:
    return AsyncWebClient(token=team.bot_token, base_url=slack.api_url)


def texts(team: Workspace, channel: Any, thread_ts: str | None = None) -> list[str]:
    return [message.text for message in team.messages(channel, thread_ts)]


async def test_messages_threads_edits_and_deletions_arrive(slack: StandIn, team: Workspace, echo: Echo) -> None:
    alice, bob = team.person("alice"), team.person("bob")
    general = team.add_channel("general")
    await alice.invite_bot(general)
    first = await alice.say(general, "a < b & @bob")
    reply = await bob.say(general, "indeed", first.ts)
    shout = await bob.say(general, "loud", first.ts, broadcast=True)
    await bob.edit(reply, "indeed so")
    await bob.delete(shout)
    await slack.settle()

    heard = {(e.get("subtype"), e["ts"]): e for e in echo.events("message")}
    assert heard[None, first.ts]["text"] == f"a &lt; b &amp; <@{bob.id}>"
    assert "thread_ts" not in heard[None, first.ts]
    assert heard[None, reply.ts]["thread_ts"] == first.ts
    assert heard[None, reply.ts]["parent_user_id"] == alice.id
    assert heard["thread_broadcast", shout.ts]["root"]["ts"] == first.ts
    changed = next(e for e in echo.events("message") if e.get("subtype") == "message_changed")
    assert changed["message"]["text"] == "indeed so"
    assert changed["message"]["edited"]["user"] == bob.id
    assert changed["previous_message"]["text"] == "indeed"
    deleted = next(e for e in echo.events("message") if e.get("subtype") == "message_deleted")
    assert deleted["deleted_ts"] == shout.ts
    joined = echo.events("member_joined_channel")[0]
    assert (joined["user"], joined["inviter"]) == (team.team.bot.id, alice.id)


async def test_a_parent_with_replies_leaves_a_tombstone_until_they_go(
    slack: StandIn, team: Workspace, echo: Echo
) -> None:
    alice, general = team.person("alice"), team.add_channel("general")
    await alice.invite_bot(general)
    parent = await alice.say(general, "parent")
    reply = await alice.say(general, "reply", parent.ts)
    await alice.delete(parent)
    await slack.settle()
    changed = echo.events("message")[-1]
    assert (changed["subtype"], changed["message"]["subtype"]) == ("message_changed", "tombstone")
    assert changed["previous_message"]["text"] == "parent"
    assert "This message was deleted." in texts(team, general)
    await alice.delete(reply)
    assert "This message was deleted." not in texts(team, general)


async def test_strangers_write_as_their_own_team_and_run_no_commands(
    slack: StandIn, team: Workspace, echo: Echo
) -> None:
    stranger, general = team.add_person("sal", team="T0ELSEWHERE"), team.add_channel("general")
    await team.person("alice").invite_bot(general)
    said = await stranger.say(general, "hello from elsewhere")
    await slack.settle()
    (event,) = [event for event in echo.events("message") if event["ts"] == said.ts]
    assert (event["team"], event["user_team"]) == ("T0ELSEWHERE", "T0ELSEWHERE")
    with pytest.raises(NotPossible, match="other organisations"):
        await stranger.slash(general, "/echo", "hi")


async def test_a_direct_conversation_takes_commands_too(slack: StandIn, team: Workspace, echo: Echo) -> None:
    bob = team.person("bob")
    seen = await bob.slash(bob.direct(), "/echo", "hi")
    assert seen.text == "you said hi"
    (sent,) = slack.journal.deliveries("/echo")
    assert sent.payload["channel_name"] == "directmessage"
    assert "you said hi" in str(sent.answer)
    assert echo.heard == []


async def test_a_refused_event_comes_again_with_the_same_id(slack: StandIn, team: Workspace, echo: Echo) -> None:
    alice, general = team.person("alice"), team.add_channel("general")
    await alice.invite_bot(general)
    await slack.settle()
    slack.set_retries(scale=0.0005, ack_seconds=0.1)
    echo.heard.clear()
    echo.refuse_next = 2
    await alice.say(general, "hello")
    await slack.settle()
    (delivery,) = slack.journal.deliveries("message")
    assert delivery.state == "acked"
    assert len(delivery.attempts) == 3
    assert [body["event_id"] for body in echo.heard] == [delivery.event_id]


async def test_an_event_is_given_up_after_three_retries(slack: StandIn, team: Workspace, echo: Echo) -> None:
    alice, general = team.person("alice"), team.add_channel("general")
    await alice.invite_bot(general)
    await slack.settle()
    slack.set_retries(scale=0.0005, ack_seconds=0.1)
    echo.refuse_next = 99
    await alice.say(general, "hello")
    await slack.settle()
    (delivery,) = slack.journal.deliveries("message")
    assert (delivery.state, len(delivery.attempts)) == ("given up", 4)


@pytest.mark.usefixtures("echo")
async def test_a_command_is_answered_for_the_person_alone(team: Workspace) -> None:
    general = team.add_channel("general")
    seen = await team.person("bob").slash(general, "/echo", "hi")
    assert seen.text == "you said hi"
    assert not team.person("alice").ephemerals(general)
    assert texts(team, general) == []


@pytest.mark.usefixtures("echo")
async def test_a_command_without_answer_times_out(slack: StandIn, team: Workspace) -> None:
    slack.set_retries(scale=0.001, ack_seconds=0.2)
    seen = await team.person("bob").slash(team.add_channel("general"), "/slow")
    assert "/slow failed" in seen.notices[0]


async def test_a_modal_opens_and_its_submission_is_answered(slack: StandIn, team: Workspace, echo: Echo) -> None:
    alice, general = team.person("alice"), team.add_channel("general")
    seen = await alice.slash(general, "/form")
    assert seen.view is not None
    assert seen.view.title == "A form"
    with pytest.raises(CannotSubmit, match="required"):
        await alice.submit({})
    with pytest.raises(CannotSubmit, match="At most 40"):
        await alice.submit({"words": "x" * 41})

    echo.on_submit = {"response_action": "errors", "errors": {"words": "not these"}}
    await alice.submit({"words": "hm"})
    assert alice.view is not None
    assert alice.view.errors == {"words": "not these"}

    echo.on_submit = {"response_action": "errors", "errors": {"elsewhere": "no such block"}}
    assert (await alice.submit({"words": "hm"})).notices == [TROUBLE]
    assert "invalid_errors" in slack.journal.refused[0]

    echo.on_submit = {
        "response_action": "update",
        "view": MODAL | {"title": {"type": "plain_text", "text": "Two"}},
    }
    assert (await alice.submit({"words": "hm"})).view is alice.view
    assert alice.view.title == "Two"

    echo.on_submit = {"response_action": "push", "view": MODAL}
    await alice.submit({"words": "hm"})
    assert [view.title for view in alice.user.modals] == ["Two", "A form"]

    echo.on_submit = {}
    await alice.submit({"words": "hm"})
    assert [view.title for view in alice.user.modals] == ["Two"]
    echo.on_submit = {"response_action": "clear"}
    await alice.submit({"words": "hm"})
    assert alice.view is None


@pytest.mark.usefixtures("echo")
async def test_buttons_and_shortcuts_answer_by_response_url(team: Workspace, web: AsyncWebClient) -> None:
    alice, general = team.person("alice"), team.add_channel("general")
    await alice.invite_bot(general)
    button = {
        "type": "button",
        "text": {"type": "plain_text", "text": "Go"},
        "action_id": "press",
        "value": "7",
    }
    posted = await web.chat_postMessage(
        channel=general.id, text="Go?", blocks=[{"type": "actions", "elements": [button]}]
    )
    seen = await (await alice.click(general, str(posted["ts"]), "press")).something()
    assert seen.text == "pressed 7"
    note = await alice.say(general, "remember me")
    seen = await (await alice.shortcut("keep", note)).something()
    assert seen.text == "kept remember me"


@pytest.mark.usefixtures("echo")
async def test_opening_home_tells_the_app_which_publishes_it(slack: StandIn, team: Workspace) -> None:
    alice = team.person("alice")
    await alice.open_home()
    await slack.until(lambda: alice.home is not None)
    assert alice.home is not None
    assert alice.home.blocks[0]["text"]["text"] == "Home"


async def test_the_bots_own_message_comes_back_with_its_metadata(
    slack: StandIn, team: Workspace, echo: Echo, web: AsyncWebClient
) -> None:
    general = team.add_channel("general")
    await team.person("alice").invite_bot(general)
    metadata = {"event_type": "posted", "event_payload": {"id": "42"}}
    posted = await web.chat_postMessage(channel=general.id, text="mine", metadata=metadata)
    await slack.settle()
    own = next(e for e in echo.events("message") if e["ts"] == posted["ts"])
    assert (own["metadata"], own["bot_id"]) == (metadata, team.team.bot_id)
    plain = await web.conversations_history(channel=general.id, limit=1)
    full = await web.conversations_history(channel=general.id, limit=1, include_all_metadata=True)
    assert "metadata" not in plain["messages"][0]
    assert full["messages"][0]["metadata"] == metadata


async def test_a_request_url_is_verified_by_its_challenge(slack: StandIn, team: Workspace) -> None:
    async with by_http(slack, team):
        assert await slack.verify_url(team.app)
        team.app.signing_secret = "another"
        assert not await slack.verify_url(team.app)
