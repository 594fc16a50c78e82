"""The page's endpoints keep to this machine, show each person their own, and lead permalinks home."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground import page_api
from bot.playground.standin import StandIn
from bot.playground.trouble import SWITCHES
from bot.playground.workspace import Workspace
from bot.playground.world import Channel


@pytest.fixture
async def general(team: Workspace) -> Channel:
    channel = team.add_channel("general")
    await team.person("alice").invite_bot(channel)
    return channel


@pytest.fixture
async def http(slack: StandIn) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(slack.url) as session:
        yield session


async def state(http: aiohttp.ClientSession, **asked: str) -> dict[str, Any]:
    async with http.get("/playground/state", params=asked) as response:
        return dict(await response.json())


async def test_another_sites_page_can_do_nothing(http: aiohttp.ClientSession, team: Workspace) -> None:
    act = {"as": team.person("alice").id, "do": "say"}
    async with http.post("/playground/act", data=act) as response:
        assert response.status == 415
    async with http.post("/playground/act", json=act, headers={"Host": "evil.example:80"}) as response:
        assert response.status == 403
    async with http.get("/playground/state", headers={"Host": "evil.example:80"}) as response:
        assert response.status == 403


@pytest.mark.usefixtures("team")
async def test_only_the_pages_own_files_are_served(http: aiohttp.ClientSession) -> None:
    files = [path.name for path in Path(page_api.__file__).with_name("page").iterdir()]
    assert "page.js" in files
    for name in ["", *files]:
        async with http.get(f"/playground/{name}") as response:
            assert response.status == 200
            assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    for name in ("seed.py", "..%2fseed.py", "files/F0NONE"):
        async with http.get(f"/playground/{name}") as response:
            assert response.status == 404


async def test_each_person_sees_their_own(
    http: aiohttp.ClientSession, slack: StandIn, team: Workspace, general: Channel
) -> None:
    alice, bob = team.person("alice"), team.person("bob")
    secret = team.add_channel("secret", private=True, members=[alice])
    web = AsyncWebClient(token=team.bot_token, base_url=slack.api_url)
    await web.chat_postEphemeral(channel=general.id, user=bob.id, text="for bob")
    seen = await state(http, **{"as": bob.id, "channel": general.id})
    assert seen["messages"][-1]["text"] == "for bob"
    assert [it["name"] for it in seen["channels"]] == ["general"]
    seen = await state(http, **{"as": alice.id, "channel": secret.id})
    assert seen["channel"] == secret.id
    assert "for bob" not in str(await state(http, **{"as": alice.id, "channel": general.id}))


async def test_what_cannot_be_done_is_said(http: aiohttp.ClientSession, team: Workspace, general: Channel) -> None:
    async def problem(**fields: Any) -> str:
        person = team.person("bob").id
        async with http.post("/playground/act", json={"as": person, "channel": general.id, **fields}) as response:
            assert response.status == 409
            return str((await response.json())["problem"])

    mine = await team.person("alice").say(general, "mine")
    assert "own messages" in await problem(do="edit", ts=mine.ts, text="x")
    assert "no such thing" in await problem(do="fly")
    assert "no modal" in await problem(do="submit")
    team.archive(general)
    assert "is_archived" in await problem(do="say", text="x")
    async with http.post("/playground/time", json={"to": "nudge"}) as response:
        assert response.status == 409


async def test_every_trouble_is_switched_on_and_off(
    http: aiohttp.ClientSession, slack: StandIn, team: Workspace
) -> None:
    async def turn(name: str, *, on: bool = True) -> int:
        async with http.post("/playground/trouble", json={"turn": name, "on": on}) as response:
            return response.status

    async def on() -> list[str]:
        return [it["name"] for it in (await state(http))["trouble"] if it["on"]]

    assert await on() == []
    for name in SWITCHES:
        assert await turn(name) == 200
        slack.mischief.delay = 0.0 if name != "slow" else 0.01
        assert await on() == [name]
        assert await turn(name, on=False) == 200
        assert await on() == []
    for name in SWITCHES:
        await turn(name)
    assert team.team.token_error == "token_revoked"
    assert await turn("refresh") == 200
    assert await turn("calm") == 200
    assert await on() == []
    assert team.team.token_error is None
    assert await turn("flood") == 409


async def test_what_a_switch_says_is_what_happens(
    http: aiohttp.ClientSession, slack: StandIn, team: Workspace, general: Channel
) -> None:
    web = AsyncWebClient(token=team.bot_token, base_url=slack.api_url, retry_handlers=[])
    await http.post("/playground/trouble", json={"turn": "revoked", "on": True})
    with pytest.raises(SlackApiError, match="token_revoked"):
        await web.chat_postMessage(channel=general.id, text="x")
    await http.post("/playground/trouble", json={"turn": "calm"})
    await http.post("/playground/trouble", json={"turn": "limited", "on": True})
    told = []
    for _ in range(20):
        try:
            await web.chat_postMessage(channel=general.id, text="x")
        except SlackApiError as error:
            told.append(error.response.headers["Retry-After"])
    assert 0 < len(told) < 20
    assert set(told) == {"3"}


async def test_a_permalink_leads_to_the_thread_on_the_page(
    http: aiohttp.ClientSession, slack: StandIn, team: Workspace, general: Channel
) -> None:
    web = AsyncWebClient(token=team.bot_token, base_url=slack.api_url)
    parent = await team.person("alice").say(general, "parent")
    reply = await team.person("bob").say(general, "reply", parent.ts)
    for message in (parent, reply):
        link = (await web.chat_getPermalink(channel=general.id, message_ts=message.ts))["permalink"]
        async with http.get(link, allow_redirects=False) as response:
            assert response.headers["Location"].endswith(f"?channel={general.id}&thread={parent.ts}")


async def test_users_conversations_shows_what_both_are_in(slack: StandIn, team: Workspace, general: Channel) -> None:
    alice = team.person("alice")
    team.add_channel("secret", private=True, members=[alice])
    shared = team.add_channel("shared", private=True, members=[alice])
    await alice.invite_bot(shared)
    web = AsyncWebClient(token=team.bot_token, base_url=slack.api_url)
    told = await web.users_conversations(user=alice.id, types="public_channel,private_channel")
    assert [channel["id"] for channel in told["channels"]] == [general.id, shared.id]
