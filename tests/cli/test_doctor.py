"""What the doctor says over the wire: one line for each thing, and the fix."""

import contextlib
import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import make_url, select, update
from typer.testing import CliRunner

from bot.app import build
from bot.cli import app, checkup
from bot.errors import Problem
from bot.postings import METADATA
from bot.settings import Settings
from bot.store.tables import Channel, Posting, Workspace
from tests.host import Host, a_host
from tests.installs.test_install import installed, set_up
from tests.postgres import free_port
from tests.slack import running_slack, small_team
from tests.team import SECRET, a_team

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


async def test_an_address_that_says_yes_to_everything_is_not_slack(database_url: str) -> None:
    del database_url

    async def yes(_: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", yes)
    async with TestServer(app, host="127.0.0.1") as server:
        address = str(server.make_url("/api/"))
        looked = await at_slack(slack_bot_token="xoxb-1", slack_app_token=None, slack_api_url=address)
    assert looked["Slack"][0] is False
    assert "SLACK_API_URL" in looked["Slack"][1]


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


async def test_posts_of_which_slack_tells_nothing_mean_that_events_are_not_subscribed(database_url: str) -> None:
    async with a_host(database_url) as host:
        places = [(await installed(host, name))[0] for name in ("Heard", "Deaf")]
        assert (await of_host(host, database_url))["events"][0], "what was posted just now may still be on its way"
        async with host.bot.db.write() as session:
            hour_ago = datetime.now(UTC) - timedelta(hours=1)
            await session.execute(update(Posting).values(due_at=hour_ago))
            told = update(Workspace).where(Workspace.team_id == places[0].team.id)
            await session.execute(told.values(heard_at=hour_ago + timedelta(seconds=1)))
            await session.execute(update(Workspace).where(Workspace.team_id != places[0].team.id).values(heard_at=None))
        fine, say = (await of_host(host, database_url))["events"]
    assert not fine
    assert places[1].team.id in say
    assert places[0].team.id not in say
    assert "Event Subscriptions must be on" in say


async def test_an_echo_is_what_shows_that_events_arrive(database_url: str) -> None:
    async with a_host(database_url) as host:
        place = host.workspace("One")
        await host.install(place.team.id)
        assert await host.count("workspaces", "heard_at IS NULL") == 1
        await set_up(host, place)
        await host.serve()
        assert await host.count("workspaces", "heard_at IS NOT NULL") == 1


async def test_an_echo_counts_also_after_slacks_answer_and_is_noted_at_most_every_ten_minutes(
    database_url: str,
) -> None:
    async with a_host(database_url) as host:
        place, channel = await installed(host)
        [(posting, ts)] = await host.rows("SELECT id, ts FROM postings WHERE ts IS NOT NULL LIMIT 1")
        metadata = {"event_type": METADATA, "event_payload": {"posting_id": posting}}
        event = {"type": "message", "channel": channel.id, "ts": ts, "bot_id": place.team.bot_id, "metadata": metadata}
        heard: list[list[Any]] = []
        async with host.bot.db.write() as session:
            await session.execute(update(Workspace).values(heard_at=None))
        for minutes in (0, 9, 2):
            host.clock.offset += timedelta(minutes=minutes)
            await host.bot.events.take({"type": "event_callback", "team_id": place.team.id, "event": event})
            heard.append(await host.rows("SELECT heard_at FROM workspaces"))
        assert heard[0] != [(None,)]
        assert heard[0] == heard[1] != heard[2]


async def test_an_echo_that_was_not_noted_because_another_had_just_been_is_no_false_alarm(database_url: str) -> None:
    async with a_host(database_url) as host:
        await installed(host)
        hour_ago = datetime.now(UTC) - timedelta(hours=1)
        for before, fine in ((9, True), (11, False)):
            async with host.bot.db.write() as session:
                await session.execute(update(Posting).values(due_at=hour_ago))
                await session.execute(update(Workspace).values(heard_at=hour_ago - timedelta(minutes=before)))
            assert (await of_host(host, database_url))["events"][0] == fine


async def test_a_posting_that_waits_too_long_and_a_full_disk_are_named(database_url: str) -> None:
    async with a_host(database_url) as host:
        await installed(host)
        async with host.bot.db.write() as session:
            await session.execute(update(Posting).values(due_at=datetime.now(UTC) - timedelta(hours=2), state="due"))
        looked = await of_host(host, database_url)
    assert not looked["postings"][0]
    assert "is `opshat worker` (or `run`) running?" in looked["postings"][1]
    settings = Settings.load(database_url=database_url, opshat_secret=SECRET)
    assert checkup.look_at_disk(settings)[1]
    assert "make room, or move the database" in checkup.look_at_disk(settings, least=10**18)[2]


async def test_a_clock_that_is_off_is_named_and_nothing_starts(database_url: str) -> None:
    del database_url

    async def yesterday(_: web.Request) -> web.Response:
        return web.json_response({"ok": True}, headers={"Date": "Mon, 07 Sep 2026 08:00:00 GMT"})

    slack = web.Application()
    slack.router.add_get("/api/api.test", yesterday)
    async with TestServer(slack) as server:
        url = f"http://127.0.0.1:{server.port}/api/"
        looked = await at_slack(slack_bot_token=None, slack_app_token=None, slack_api_url=url)
    assert not looked["clock"][0]
    assert "seconds off Slack's: switch on time synchronisation" in looked["clock"][1]


@pytest.mark.parametrize(
    "where", ["ops:hidden-word@127.0.0.1:{port}/n", "127.0.0.1:{port}/n?user=ops&password=hidden-word"]
)
def test_a_database_that_cannot_be_opened_is_named_without_its_password(
    database_url: str, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    del database_url
    monkeypatch.setenv("DATABASE_URL", f"postgresql://{where.format(port=free_port())}")
    monkeypatch.setenv("SLACK_API_URL", f"http://127.0.0.1:{free_port()}/api/")
    told = CliRunner().invoke(app, ["doctor", "--json"]).output
    assert "127.0.0.1" in told
    assert "cannot be opened" in told
    assert "hidden-word" not in told


async def test_another_secret_than_the_one_that_wrapped_the_keys_is_named_and_nothing_starts(database_url: str) -> None:
    async with a_team(database_url) as team:
        await team.set_up()
        given = {"slack_api_url": team.standin.api_url, "database_url": database_url}
        for secret, fine in ((SECRET, True), (SECRET[::-1], False)):
            settings = Settings.load(**given, opshat_secret=secret)
            looked = by_name([one async for one in checkup.look_at_installs(settings)])
            assert looked["secret"][0] == fine
        assert "set that one again" in looked["secret"][1]
        bot = build(settings)
        with pytest.raises(Problem, match="set that one again"):
            await bot.start()
        await bot.stop()


async def test_one_damaged_key_keeps_nothing_from_starting(database_url: str) -> None:
    async with a_team(database_url) as team:
        await team.set_up()
        async with team.bot.db.write() as session:
            channel = (await session.scalars(select(Channel))).one()
            channel.key = channel.key[:-1] + bytes([channel.key[-1] ^ 1])
        await team.restart()


def test_a_language_that_is_not_there_and_a_slip_in_a_name_are_named(database_url: str, tmp_path: Path) -> None:
    given = {
        "DATABASE_URL": database_url,
        "SLACK_API_URL": f"http://127.0.0.1:{free_port()}/",
        "OPSHAT_LANGUAGE": str(tmp_path / "none.toml"),
        "OPSHAT_ADMIN": "U012AB3CD",
    }
    told = CliRunner().invoke(app, ["doctor"], env=given)
    assert told.exit_code == 2
    assert "FIX  language:" in told.output
    assert "cannot be read (No such file or directory): name one that is there" in told.output
    assert "FIX  settings: OPSHAT_ADMIN is no setting and does nothing: write OPSHAT_ADMINS" in told.output


def test_a_database_that_may_not_be_written_stops_no_doctor(database_url: str) -> None:
    path = str(make_url(database_url).database)
    with contextlib.closing(sqlite3.connect(path)) as other:
        # Out of WAL, so that the bot has to write when it opens it.
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN IMMEDIATE")
        given = {
            "DATABASE_URL": database_url,
            "SLACK_API_URL": f"http://127.0.0.1:{free_port()}/",
            "OPSHAT_SECRET": SECRET,
        }
        told = CliRunner().invoke(app, ["doctor"], env=given)
    assert told.exit_code == 2
    assert "refused what was asked (database is locked): check the room on its disk" in told.output
    assert "ok   disk:" in told.output
