"""Uninstalled, revoked, installed again, in any order: schedules stop at once, data go in time, or stay."""

import itertools
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from bot.installs.leave import FORGET_REVOKED_AFTER
from bot.playground.workspace import Workspace
from bot.playground.world import Channel
from bot.store.tables import Table
from tests.host import Host, a_host
from tests.installs.test_install import installed, set_up

DAY = timedelta(hours=24)


@pytest.fixture
async def host(database_url: str) -> AsyncIterator[Host]:
    async with a_host(database_url) as host:
        yield host


async def lived_in(host: Host, name: str = "One") -> tuple[Workspace, Channel]:
    """A workspace with a question, a reply, a private answer and a digest."""
    workspace, channel = await installed(host, name)
    await host.walk.to_next("nudge")
    nudge = next(post for post in workspace.from_bot(channel) if "Answer in the thread" in post.text)
    for person in ("ada", "ben"):
        await workspace.person(person).say(channel, "We can't release before the board signs.", thread_ts=nudge.ts)
    await workspace.person("cleo").slash(channel, "/opshat answer")
    await workspace.person("cleo").submit({"answer": "We can't release before the board signs."})
    await host.serve()
    return workspace, channel


async def left_rows(host: Host) -> dict[str, int]:
    counts = {table: await host.count(table) for table in Table.metadata.tables if table != "used_states"}
    return {table: count for table, count in counts.items() if count}


async def pass_time(host: Host, span: timedelta) -> None:
    await host.walk.to(host.clock() + span)


async def test_uninstalling_stops_at_once_and_deletes_everything_within_a_day(host: Host) -> None:
    workspace, channel = await lived_in(host)
    assert len(await left_rows(host)) >= 5
    said = len(workspace.from_bot(channel))
    workspace.uninstall()
    await host.standin.settle()
    assert await host.bot.next_moment("nudge") is None
    assert await host.count("workspaces", "token IS NOT NULL") == 0
    await pass_time(host, DAY - timedelta(minutes=1))
    assert await host.count("channels") == 1
    await pass_time(host, timedelta(minutes=2))
    assert await left_rows(host) == {}
    assert len(workspace.from_bot(channel)) == said
    assert not host.standin.journal.calls("chat.postMessage", accepted=False)


async def test_installing_again_in_between_keeps_everything_and_goes_on(host: Host) -> None:
    workspace, _ = await lived_in(host)
    before = await left_rows(host)
    workspace.uninstall()
    await host.standin.settle()
    await pass_time(host, DAY / 2)
    await host.install(workspace.team.id)
    await host.serve()
    assert await host.bot.next_moment("nudge") is not None
    await pass_time(host, DAY * 2)
    assert await left_rows(host) == before
    await host.walk.to_next("nudge")
    assert not host.standin.journal.calls("chat.postMessage", accepted=False)


async def test_installing_again_starts_no_channel_that_was_shared_in_between(host: Host) -> None:
    workspace, channel = await lived_in(host)
    workspace.uninstall()
    await host.standin.settle()
    channel.shared_with.append("T0OTHER")
    await host.install(workspace.team.id)
    await host.serve()
    assert await host.bot.next_moment("nudge") is None
    assert await host.count("channels", "pause_reason = 'shared'") == 1


async def test_an_uninstall_that_arrives_late_does_not_touch_the_new_install(host: Host) -> None:
    workspace, _ = await lived_in(host)
    workspace.uninstall()
    await host.standin.settle()
    told = [delivery.payload for delivery in host.standin.journal.deliveries("app_uninstalled")]
    host.clock.offset += timedelta(seconds=5)
    await host.install(workspace.team.id)
    await deliver(host, told[0])
    await host.serve()
    assert await host.count("workspaces", "token IS NOT NULL AND forget_at IS NULL") == 1
    assert await host.bot.next_moment("nudge") is not None


async def deliver(host: Host, body: dict[str, Any]) -> None:
    await host.bot.events.take(body)


async def test_a_revoked_token_pauses_and_deletes_after_fourteen_days(host: Host) -> None:
    workspace, _ = await lived_in(host)
    workspace.revoke_token()
    await host.standin.settle()
    assert await host.bot.next_moment("nudge") is None
    await pass_time(host, FORGET_REVOKED_AFTER - timedelta(minutes=1))
    assert await host.count("channels") == 1
    await pass_time(host, timedelta(minutes=2))
    assert await left_rows(host) == {}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "order", [*itertools.permutations(["tokens_revoked", "app_uninstalled"]), ("app_uninstalled",) * 3], ids=str
)
async def test_in_any_order_and_however_often(host: Host, order: tuple[str, ...]) -> None:
    workspace, _ = await lived_in(host)
    workspace.uninstall()
    told = {delivery.name: delivery.payload for delivery in host.standin.journal.deliveries()}
    await host.standin.settle()
    for name in order:
        await deliver(host, told[name])
    [(gone,)] = await host.rows("SELECT count(*) FROM workspaces WHERE forget_at IS NOT NULL")
    assert gone == 1
    await pass_time(host, DAY + timedelta(minutes=1))
    assert await left_rows(host) == {}
    for name in order:
        await deliver(host, told[name])
    assert await left_rows(host) == {}


async def test_the_other_workspace_notices_nothing(host: Host) -> None:
    leaving, _ = await lived_in(host, "Leaving")
    staying, channel = await lived_in(host, "Staying")
    leaving.uninstall()
    await host.standin.settle()
    await pass_time(host, DAY + timedelta(minutes=1))
    assert await host.count("workspaces") == 1
    said = len(staying.from_bot(channel))
    await host.walk.to_next("nudge")
    assert len(staying.from_bot(channel)) > said


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_organisation_leaves_as_a_whole(host: Host) -> None:
    workspaces = [host.workspace(name, "E0ORG") for name in ("East", "West")]
    await host.install("E0ORG")
    for workspace in workspaces:
        await set_up(host, workspace)
    workspaces[0].uninstall()
    await host.standin.settle()
    assert await host.bot.next_moment("nudge") is None
    await pass_time(host, DAY / 2)
    await host.install("E0ORG")
    await host.serve()
    assert await host.bot.next_moment("nudge") is not None
    workspaces[1].uninstall()
    await host.standin.settle()
    await pass_time(host, DAY + timedelta(minutes=1))
    assert await left_rows(host) == {}


async def in_two_of_one_organisation(host: Host) -> tuple[Workspace, Workspace]:
    east, west = (host.workspace(name, "E0ORG") for name in ("East", "West"))
    await host.install("E0ORG")
    for workspace in (east, west):
        await set_up(host, workspace)
    return east, west


def said_in(workspace: Workspace) -> int:
    return sum(len(workspace.from_bot(channel)) for channel in workspace.team.channels.values())


async def channels_in(host: Host) -> list[str]:
    query = "SELECT team_id FROM channels JOIN workspaces ON workspaces.id = workspace_id ORDER BY channels.id"
    return [team for (team,) in await host.rows(query)]


async def test_a_workspace_that_its_organisation_takes_the_app_from_leaves_alone(host: Host) -> None:
    east, west = await in_two_of_one_organisation(host)
    said = said_in(east)
    east.drop()
    await host.standin.settle()
    await host.install("E0ORG")  # does not bring it back
    await pass_time(host, DAY - timedelta(minutes=1))
    assert await channels_in(host) == [east.team.id, west.team.id]
    await pass_time(host, timedelta(minutes=2))
    assert await channels_in(host) == [west.team.id]
    heard = said_in(west)
    await host.walk.to_next("nudge")
    assert said_in(east) == said
    assert said_in(west) > heard


async def test_a_workspace_that_its_organisation_lets_the_app_in_again_keeps_everything_and_goes_on(host: Host) -> None:
    east, west = await in_two_of_one_organisation(host)
    for workspace in (east, west):
        workspace.drop()
    await host.standin.settle()
    assert await host.bot.next_moment("nudge") is None
    await pass_time(host, DAY / 2)
    east.let_in()
    await host.standin.settle()
    await pass_time(host, DAY)
    assert await channels_in(host) == [east.team.id]
    said = said_in(east)
    await host.walk.to_next("nudge")
    assert said_in(east) > said


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_organisation_that_takes_the_app_away_leaves_a_workspaces_own_install_alone(host: Host) -> None:
    workspace = host.workspace("East", "E0ORG")
    await host.install(workspace.team.id)
    await set_up(host, workspace)
    told = {"enterprise_id": "E0ORG", "event_time": int(host.clock().timestamp())}
    for kind in ("team_access_revoked", "team_access_granted"):
        await deliver(host, {**told, "event": {"type": kind, "team_ids": [workspace.team.id]}})
        assert await host.bot.next_moment("nudge") is not None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_an_organisation_said_earlier_changes_nothing_when_it_arrives_later(host: Host) -> None:
    east, _ = await in_two_of_one_organisation(host)

    async def told(kind: str, ago: timedelta) -> None:
        at = int((host.clock() - ago).timestamp())
        event = {"type": f"team_access_{kind}", "team_ids": [east.team.id]}
        await deliver(host, {"enterprise_id": "E0ORG", "event_time": at, "event": event})

    await told("revoked", DAY / 4)  # from before it was installed
    assert await host.count("workspaces", "dropped_at IS NOT NULL") == 0
    await told("revoked", timedelta())
    await told("granted", DAY / 4)
    assert await host.count("workspaces", "dropped_at IS NOT NULL") == 1


async def test_a_workspace_that_its_organisation_takes_the_app_from_can_install_it_for_itself(host: Host) -> None:
    east, _ = await in_two_of_one_organisation(host)
    told = {"enterprise_id": "E0ORG", "event_time": int(host.clock().timestamp())}
    await deliver(host, {**told, "event": {"type": "team_access_revoked", "team_ids": [east.team.id]}})
    assert await host.count("workspaces", "dropped_at IS NOT NULL") == 1
    await host.install(east.team.id)
    assert await host.count("workspaces", "dropped_at IS NOT NULL OR forget_at IS NOT NULL") == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_persons_own_revoked_token_is_not_ours(host: Host) -> None:
    workspace, _ = await lived_in(host)
    person = workspace.person("ada").id
    event = {"type": "tokens_revoked", "tokens": {"oauth": [person], "bot": []}}
    await deliver(host, {"team_id": workspace.team.id, "event": event})
    assert await host.bot.next_moment("nudge") is not None


async def test_an_uninstall_of_which_slack_told_nobody_ends_after_fourteen_days(host: Host) -> None:
    workspace, _ = await lived_in(host)
    host.standin.mischief.drop_events = True
    workspace.uninstall()
    await host.walk.to_next("digest")  # it is refused, and so the token is found to be void
    await pass_time(host, timedelta(hours=2))
    assert await host.count("workspaces", "forget_at IS NOT NULL") == 1
    await pass_time(host, FORGET_REVOKED_AFTER - timedelta(hours=4))
    assert await host.count("channels") == 1
    await pass_time(host, timedelta(hours=4))
    assert await left_rows(host) == {}


async def test_an_uninstall_while_slack_is_asked_about_the_token_stands(host: Host) -> None:
    workspace, _ = await lived_in(host)
    workspace.team.token_error = "token_expired"
    await host.walk.to_next("digest")
    workspace.team.token_error = None
    ask = host.bot.slack.scopes_of

    async def asked(workspace_id: int) -> str:
        scopes = await ask(workspace_id)
        workspace.uninstall()
        await host.standin.settle()
        return scopes

    with patch.object(host.bot.slack, "scopes_of", asked):
        await pass_time(host, timedelta(hours=2))
    assert await host.count("workspaces", "token IS NULL AND forget_at IS NOT NULL") == 1
    assert await host.bot.next_moment("nudge") is None
