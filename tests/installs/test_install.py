"""Installing over the wire: from the page to the first question, and every way in which it can go wrong."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import aiohttp
import pytest
from sqlalchemy import text, update

from bot.errors import Problem
from bot.installs import words
from bot.installs.oauth import STATE_FOR, States
from bot.installs.scopes import all_scopes
from bot.keys import KeyRing
from bot.playground.workspace import Workspace
from bot.playground.world import Channel
from bot.store.tables import UsedState
from tests.host import Host, a_host, query
from tests.team import SCHEDULE, SECRET


@pytest.fixture
async def host(database_url: str) -> AsyncIterator[Host]:
    async with a_host(database_url) as host:
        yield host


async def set_up(host: Host, workspace: Workspace) -> Channel:
    channel = workspace.add_channel("ops")
    ada = workspace.person("ada")
    await ada.invite_bot(channel)
    await host.serve()
    await ada.slash(channel, "/opshat schedule")
    assert ada.view is not None, ada.user.notices
    await ada.submit(SCHEDULE)
    await ada.close()
    return channel


async def installed(host: Host, name: str = "One") -> tuple[Workspace, Channel]:
    """A workspace where the app is installed, and a channel that is set up."""
    workspace = host.workspace(name)
    await host.install(workspace.team.id)
    channel = await set_up(host, workspace)
    await host.serve()
    return workspace, channel


async def test_from_the_page_to_the_first_question(host: Host) -> None:
    workspace = host.workspace("One")
    page = await host.get(f"{host.url}/slack/install")
    assert "Add to Slack" in page.text
    assert "24 hours" in page.text
    done = await host.install(workspace.team.id)
    assert (done.status, words.DONE[0] in done.text) == (200, True)
    channel = await set_up(host, workspace)
    await host.walk.to_next("nudge")
    assert any("Answer in the thread" in post.text for post in workspace.from_bot(channel))
    # Slack was asked who we are once, at the install; never again for a request.
    assert len(host.standin.journal.calls("auth.test")) == 1


async def test_all_scopes_of_the_manifest_are_asked_for(host: Host) -> None:
    begun = await host.get(f"{host.url}/slack/install/go")
    assert query(begun.location)["scope"].split(",") == list(all_scopes())
    assert begun.location.startswith(f"{host.standin.url}/oauth/v2/authorize?")


async def test_of_a_used_state_nothing_is_kept_when_its_time_is_over(host: Host) -> None:
    await host.install(host.workspace("One").team.id)
    async with host.bot.db.write() as session:
        await session.execute(update(UsedState).values(ends_at=datetime.now(UTC) - STATE_FOR))
    await host.install(host.workspace("Two").team.id)
    assert await host.count("used_states") == 1


async def test_tokens_stand_in_the_database_only_wrapped(host: Host) -> None:
    workspace = host.workspace("One")
    await host.install(workspace.team.id)
    [(stored,)] = await host.rows("SELECT token FROM workspaces")
    assert workspace.bot_token.encode() not in bytes(stored)
    about = f"the token of workspace /{workspace.team.id}"
    assert KeyRing(SECRET).unwrap(bytes(stored), about).decode() == workspace.bot_token
    with pytest.raises(Problem, match="changed from outside"):
        KeyRing(SECRET).unwrap(bytes(stored), "the token of workspace /T0OTHER")


async def test_two_workspaces_are_answered_with_their_own_tokens(host: Host) -> None:
    one, two = host.workspace("One"), host.workspace("Two")
    channels = []
    for workspace in (one, two):
        await host.install(workspace.team.id)
        channels.append(await set_up(host, workspace))
    await host.walk.to_next("nudge")
    for workspace, channel in zip((one, two), channels, strict=True):
        assert len(workspace.from_bot(channel)) >= 2
    assert not host.standin.journal.calls("chat.postMessage", accepted=False)


async def test_a_state_of_another_browser_installs_nothing(host: Host) -> None:
    workspace = host.workspace("One")
    address, _ = await host.allowed(workspace.team.id)
    other = await host.get(f"{host.url}/slack/install/go")
    for cookie in ("", other.cookie):
        page = await host.get(address, cookie)
        assert page.status == 400
        assert words.OTHER_BROWSER in page.text
    assert await host.count("workspaces") == 0
    assert not host.standin.journal.calls("oauth.v2.access")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_cookie_is_sent_to_this_host_alone_and_read_by_no_script(host: Host) -> None:
    async with (
        aiohttp.ClientSession() as browser,
        browser.get(f"{host.url}/slack/install/go", allow_redirects=False) as answer,
    ):
        name, *said = answer.headers["Set-Cookie"].split("; ")
    assert name.startswith("__Host-")
    assert {one.lower() for one in said} == {"httponly", "max-age=600", "path=/", "samesite=lax", "secure"}


async def test_a_made_up_state_installs_nothing(host: Host) -> None:
    for state in ("AAAA", "not base64!", "", "%C3%A9"):
        page = await host.get(f"{host.url}/slack/oauth_redirect?code=x&state={state}", state)
        assert page.status == 400
        assert words.OTHER_BROWSER in page.text


async def test_what_slack_sent_back_works_once(host: Host) -> None:
    workspace = host.workspace("One")
    address, cookie = await host.allowed(workspace.team.id)
    assert (await host.get(address, cookie)).status == 200
    token = workspace.bot_token
    again = await host.get(address, cookie)
    assert (again.status, words.USED in again.text) == (400, True)
    assert workspace.bot_token == token
    assert len(host.standin.journal.calls("oauth.v2.access")) == 1


async def test_a_replayed_code_with_a_fresh_state_is_refused_by_slack(host: Host) -> None:
    workspace = host.workspace("One")
    address, cookie = await host.allowed(workspace.team.id)
    await host.get(address, cookie)
    fresh = await host.get(f"{host.url}/slack/install/go")
    replayed = f"{host.url}/slack/oauth_redirect?code={query(address)['code']}&state={fresh.cookie}"
    page = await host.get(replayed, fresh.cookie)
    assert page.status == 400
    assert "code_already_used" in page.text
    assert await host.count("workspaces") == 1


async def test_cancelling_changes_nothing(host: Host) -> None:
    begun = await host.get(f"{host.url}/slack/install/go")
    page = await host.get(f"{host.url}/slack/oauth_redirect?error=access_denied&state={begun.cookie}", begun.cookie)
    assert (page.status, words.CANCELLED in page.text) == (400, True)
    assert await host.count("used_states") == 0


async def test_a_slack_that_does_not_answer_leaves_nothing_half_done(host: Host) -> None:
    workspace = host.workspace("One")
    host.standin.mischief.fail_next("oauth.v2.access", "500")
    page = await host.install(workspace.team.id)
    assert (page.status, words.NO_ANSWER in page.text) == (400, True)
    assert await host.count("workspaces") == 0
    assert (await host.install(workspace.team.id)).status == 200


async def test_an_organisation_installs_once_for_all_its_workspaces(host: Host) -> None:
    east, west = host.workspace("East", "E0ORG"), host.workspace("West", "E0ORG")
    assert (await host.install("E0ORG")).status == 200
    [(enterprise, team)] = await host.rows("SELECT enterprise_id, team_id FROM workspaces")
    assert (enterprise, team) == ("E0ORG", "")
    channels = [await set_up(host, workspace) for workspace in (east, west)]
    await host.walk.to_next("nudge")
    for workspace, channel in zip((east, west), channels, strict=True):
        assert any("Answer in the thread" in post.text for post in workspace.from_bot(channel))
    assert await host.count("workspaces", "token IS NULL") == 2


async def test_what_an_organisation_grants_anew_holds_in_its_workspaces(host: Host) -> None:
    east = host.workspace("East", "E0ORG")
    await host.install("E0ORG")
    await set_up(host, east)
    async with host.bot.db.write() as session:
        earlier = "UPDATE workspaces SET scopes = 'chat:write', bot_user_id = 'U0OLD', bot_id = 'B0OLD'"
        await session.execute(text(earlier))
    assert (await host.install("E0ORG")).status == 200
    known = await host.rows("SELECT bot_user_id, bot_id, scopes FROM workspaces")
    assert len(known) == 2
    assert len(set(map(tuple, known))) == 1
    assert "files:write" in known[0][2]


async def test_a_workspace_where_nobody_installed_it_gets_nothing(host: Host) -> None:
    stranger = host.workspace("Stranger")
    channel = stranger.add_channel("ops")
    await stranger.person("ada").invite_bot(channel)
    await stranger.person("ada").slash(channel, "/opshat")
    await host.serve()
    assert await host.count("workspaces") == 0
    assert await host.count("channels") == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_pages_load_nothing_from_outside(host: Host) -> None:
    page = await host.get(f"{host.url}/slack/install")
    assert "<script" not in page.text
    assert "http" not in page.text.replace(host.url, "")


def test_a_state_ends_after_ten_minutes() -> None:
    states, now = States(KeyRing(SECRET)), datetime(2026, 9, 7, tzinfo=UTC)
    state = states.new(now)
    states.check(state, state, now + STATE_FOR - timedelta(seconds=1))
    with pytest.raises(Problem, match="longer than ten minutes"):
        states.check(state, state, now + STATE_FOR + timedelta(seconds=1))


def test_no_two_states_are_alike_and_none_is_another_secrets() -> None:
    now = datetime(2026, 9, 7, tzinfo=UTC)
    states = States(KeyRing(SECRET))
    assert states.new(now) != states.new(now)
    foreign = States(KeyRing("another secret that is long enough")).new(now)
    with pytest.raises(Problem, match="not started in this browser"):
        states.check(foreign, foreign, now)


@pytest.mark.parametrize("more", ["====", "!!!!", "."])
def test_a_state_that_is_written_otherwise_is_the_same_state(more: str) -> None:
    states, now = States(KeyRing(SECRET)), datetime(2026, 9, 7, tzinfo=UTC)
    state = states.new(now)
    try:
        again = states.check(state + more, state + more, now)
    except Problem:
        return
    assert again == states.check(state, state, now)


@pytest.mark.parametrize(
    "granted",
    [
        {"ok": True, "authed_user": {"id": "U1", "access_token": "xoxp-1"}, "team": {"id": "T1"}},
        {"ok": True, "access_token": "xoxb-1", "bot_user_id": "U2", "team": None, "is_enterprise_install": False},
        {"ok": True, "access_token": "xoxb-1", "bot_user_id": "U2", "enterprise": None, "is_enterprise_install": True},
        {"ok": True},
    ],
    ids=["a person's token alone", "no workspace", "no organisation", "nothing"],
)
async def test_an_answer_that_installs_nothing_changes_nothing(host: Host, granted: dict[str, Any]) -> None:
    workspace = host.workspace("One")
    address, cookie = await host.allowed(workspace.team.id)
    ask = host.bot.slack.call_with

    async def call_with(token: str, method: str, **arguments: Any) -> dict[str, Any]:
        answer = await ask(token, method, **arguments)
        return granted if method == "oauth.v2.access" else answer

    with patch.object(host.bot.slack, "call_with", call_with), patch.object(host.bot.slack, "who", whoever):
        page = await host.get(address, cookie)
    assert (page.status, "no_bot_token" in page.text) == (400, True)
    assert await host.count("workspaces") == 0


async def whoever(_: str) -> tuple[dict[str, Any], str]:
    return {"ok": True, "bot_id": "B1"}, ""
