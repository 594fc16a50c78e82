"""Slack on a bad day: what fails, what was done all the same, and what happens to events."""

import time
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.mischief import How
from bot.playground.standin import StandIn
from bot.playground.workspace import Workspace
from bot.playground.world import Channel
from tests.playground.echo import by_socket


@pytest.fixture
def web(slack: StandIn, team: Workspace) -> AsyncWebClient:
    return AsyncWebClient(token=team.bot_token, base_url=slack.api_url, retry_handlers=[])


@pytest.fixture
async def general(team: Workspace) -> Channel:
    channel = team.add_channel("general")
    await team.person("alice").invite_bot(channel)
    return channel


@pytest.mark.parametrize(
    ("how", "done"),
    [
        ("429", False),
        ("ratelimited", False),
        ("500", False),
        ("cut", False),
        ("cut_after", True),
        ("internal_error", True),
        ("hang", True),
    ],
)
async def test_a_call_fails_once_and_the_journal_knows_what_was_done(
    slack: StandIn, team: Workspace, web: AsyncWebClient, how: How, *, done: bool
) -> None:
    general = team.add_channel("general")
    await team.person("alice").invite_bot(general)
    slack.mischief.hang_seconds = 0.05
    slack.mischief.fail_next("chat.postMessage", how, retry_after=9)
    with pytest.raises((SlackApiError, aiohttp.ClientError)) as raised:
        await web.chat_postMessage(channel=general.id, text="once")
    if how == "429":
        assert isinstance(raised.value, SlackApiError)
        assert raised.value.response.headers["Retry-After"] == "9"
    assert [message.text for message in team.from_bot(general)] == ["once"] * done
    (call,) = slack.journal.calls("chat.postMessage")
    assert (call.accepted, call.told) == (done, how)
    assert "token" not in call.arguments
    await web.chat_postMessage(channel=general.id, text="twice")
    assert team.from_bot(general)[-1].text == "twice"


async def test_limits_hold_where_they_are_switched_on(slack: StandIn, web: AsyncWebClient, general: Channel) -> None:
    slack.pace.enforced = True
    await web.chat_postMessage(channel=general.id, text="first")
    with pytest.raises(SlackApiError) as raised:
        await web.chat_postMessage(channel=general.id, text="too soon")
    assert raised.value.response.status_code == 429
    assert raised.value.response.headers["Retry-After"] == "1"
    assert len(slack.journal.calls("chat.postMessage", accepted=True)) == 1


async def test_strict_histories_give_15_messages_once_a_minute(
    slack: StandIn, team: Workspace, web: AsyncWebClient, general: Channel
) -> None:
    slack.pace.strict_histories = True
    for number in range(20):
        await team.person("bob").say(general, str(number))
    assert len((await web.conversations_history(channel=general.id, limit=100))["messages"]) == 15
    with pytest.raises(SlackApiError, match="ratelimited"):
        await web.conversations_history(channel=general.id)


async def test_events_come_twice_or_in_another_order(slack: StandIn, team: Workspace, general: Channel) -> None:
    bob = team.person("bob")
    async with by_socket(slack, team) as echo:
        await slack.settle()
        slack.mischief.duplicate_events = 1.0
        await bob.say(general, "twice")
        await slack.settle()
        assert len({body["event_id"] for body in echo.heard if body["event"].get("text") == "twice"}) == 1
        assert [body["event"].get("text") for body in echo.heard].count("twice") == 2

        slack.mischief.calm()
        slack.mischief.reorder_events = 1.0
        first = await bob.say(general, "first")
        slack.mischief.reorder_events = 0.0
        await bob.edit(first, "second")
        await slack.settle()
        assert [event.get("subtype") for event in echo.events("message")[-2:]] == ["message_changed", None]


async def test_what_is_said_while_no_socket_is_open_comes_by_retries(
    slack: StandIn, team: Workspace, general: Channel
) -> None:
    slack.set_retries(scale=0.02)
    await team.person("bob").say(general, "anybody?")
    async with by_socket(slack, team) as echo:
        await slack.settle()
        assert "anybody?" in [event.get("text") for event in echo.events("message")]
    delivery = slack.journal.deliveries("message")[-1]
    assert delivery.attempts[0].outcome == "no_connection"


async def test_a_refreshed_socket_connects_anew(slack: StandIn, team: Workspace, general: Channel) -> None:
    async with by_socket(slack, team) as echo:
        await slack.refresh_sockets()
        await slack.connected(team.app)
        await team.person("bob").say(general, "still here?")
        await slack.settle()
        assert "still here?" in [event.get("text") for event in echo.events("message")]
    assert len(slack.journal.calls("apps.connections.open")) >= 2


async def test_a_silent_socket_is_open_and_says_nothing(slack: StandIn, team: Workspace, general: Channel) -> None:
    slack.set_retries(scale=0.0005, ack_seconds=0.05)
    async with by_socket(slack, team) as echo:
        await slack.settle()
        echo.heard.clear()
        slack.mischief.silent_sockets = True
        await team.person("bob").say(general, "hello?")
        await slack.settle()
        assert echo.heard == []
    assert slack.journal.deliveries("message")[-1].state == "given up"


async def test_two_sockets_share_the_events(slack: StandIn, team: Workspace, general: Channel) -> None:
    async with by_socket(slack, team) as one, by_socket(slack, team) as two:
        await slack.settle()
        one.heard.clear()
        two.heard.clear()
        for number in range(30):
            await team.person("bob").say(general, str(number))
        await slack.settle()
        heard = [event["text"] for echo in (one, two) for event in echo.events("message")]
    assert sorted(heard, key=int) == [str(number) for number in range(30)]
    assert one.heard
    assert two.heard


async def test_answers_are_delayed(slack: StandIn, web: AsyncWebClient) -> None:
    slack.mischief.delay = 0.1
    before = time.monotonic()
    await web.auth_test()
    assert time.monotonic() - before >= 0.1


@pytest.mark.parametrize(
    ("scopes", "heard"),
    [
        ({"chat:write"}, set()),
        ({"channels:history"}, {"message"}),
        ({"channels:read"}, {"member_joined_channel"}),
        ({"groups:history", "groups:read"}, set()),
    ],
)
async def test_events_need_their_scopes(slack: StandIn, team: Workspace, scopes: set[str], heard: set[str]) -> None:
    team.scopes.clear()
    team.scopes.update(scopes)
    general = team.add_channel("general")
    await team.person("alice").invite_bot(general)
    await team.person("alice").say(general, "x")
    names: set[Any] = {delivery.name.partition(".")[0] for delivery in slack.journal.deliveries()}
    assert names == heard


async def test_events_need_membership_and_subscription(slack: StandIn, team: Workspace, general: Channel) -> None:
    bob, elsewhere = team.person("bob"), team.add_channel("elsewhere")
    await bob.say(elsewhere, "not heard")
    await team.person("alice").remove_bot(general)
    await bob.say(general, "not heard either")
    assert slack.journal.deliveries("message") == []
    assert slack.journal.deliveries("channel_left")
    team.app.subscriptions.clear()
    await team.person("alice").invite_bot(general)
    await bob.say(general, "nor this")
    assert slack.journal.deliveries("message") == []
