"""Guests and people of other organisations over the wire: not read, counted or kept unless they were let in."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.playground.world import SCOPES
from tests.host import Host, a_host
from tests.installs.test_install import set_up
from tests.slack import RETRY_SCALE
from tests.team import SCHEDULE, Team, a_team

BOARD = "We can't release before the harbour board has signed."


@pytest.fixture
async def team(database_url: str) -> AsyncIterator[Team]:
    async with a_team(database_url) as team:
        yield with_a_guest(team)


def with_a_guest(team: Team) -> Team:
    guest = team.workspace.add_person("gus", guest=True)
    team.channel.members.append(guest.id)
    return team


async def let_guests_in(team: Team) -> str:
    await team["ada"].slash(team.channel, "/opshat schedule")
    await team["ada"].submit({**SCHEDULE, "guests": ["yes"]})
    view = team["ada"].view
    assert view is not None
    await team["ada"].close()
    return str(view.blocks)


async def test_a_guests_reply_is_not_stored_until_guests_are_let_in(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    await team.reply("gus", nudge, BOARD)
    assert await team.count("replies") == 0
    await let_guests_in(team)
    await team.reply("gus", nudge, BOARD)
    assert await team.count("replies", "known_member") == 1


async def test_that_guests_were_let_in_is_announced_and_kept(team: Team) -> None:
    await team.set_up(guests=["yes"])
    await team.walk.forward(1)
    assert "Guests' replies count, too." in team.last.text
    await team["ada"].slash(team.channel, "/opshat schedule")
    await team["ada"].submit({**SCHEDULE, "guests": []})
    assert not await team.count("channels", "guests")


async def test_a_guests_private_answer_is_refused_and_nothing_is_stored(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    seen = await team["gus"].click(team.channel, nudge.ts, "answer")
    await seen.something()
    assert "Guests' answers do not count in this channel" in seen.text
    await let_guests_in(team)
    await team["gus"].click(team.channel, nudge.ts, "answer")
    await team["gus"].submit({"answer": BOARD})
    assert await team.count("private_answers") == 1


async def test_a_stranger_of_another_organisation_answers_in_no_way(team: Team) -> None:
    stranger = team.workspace.add_person("zoe", team="TOTHER")
    team.channel.members.append(stranger.id)
    await team.set_up()
    nudge = await team.nudged()
    await team.reply("zoe", nudge, BOARD)
    seen = await team["zoe"].click(team.channel, nudge.ts, "answer")
    await seen.something()
    assert "Only people in this workspace can answer here" in seen.text
    assert await team.count("replies") == await team.count("private_answers") == 0


@pytest.mark.parametrize(("name", "kept"), [("ben", 1), ("gus", 0)])
async def test_who_could_not_be_told_waits_unread_and_is_asked_about_again(team: Team, name: str, kept: int) -> None:
    await team.set_up()
    nudge = await team.nudged()
    team.standin.set_retries(scale=RETRY_SCALE, ack_seconds=0.3)
    team.standin.mischief.fail_sometimes("users.info", "500", 1.0)
    await team.reply(name, nudge, BOARD)
    assert await team.count("replies", "NOT known_member AND read_with IS NULL") == 1
    await team.bot.tick()
    assert await team.count("replies", "NOT known_member AND read_with IS NULL") == 1
    team.standin.mischief.calm()
    await team.bot.tick()
    assert await team.count("replies", "known_member AND text IS NOT NULL") == kept
    assert await team.count("findings") == kept
    assert await team.count("replies", "text IS NOT NULL") == kept


async def test_whoever_cannot_be_told_is_asked_to_answer_again_later(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    team.standin.mischief.fail_next("users.info", "500")
    seen = await team["ben"].click(team.channel, nudge.ts, "answer")
    await seen.something()
    assert "Slack did not say who you are just now" in seen.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_without_users_read_guests_count_and_set_up_says_so(database_url: str) -> None:
    async with a_team(database_url, scopes=[scope for scope in SCOPES if scope != "users:read"]) as team:
        with_a_guest(team)
        await team.set_up()
        await team["ada"].slash(team.channel, "/opshat schedule")
        view = team["ada"].view
        assert view is not None
        assert "cannot tell guests from members" in str(view.blocks)
        assert "Guests' replies count, too" not in str(view.blocks)
        nudge = await team.nudged()
        for words in ("One.", "Two.", "Three."):
            await team.reply("gus", nudge, words)
        assert await team.count("replies", "known_member") == 3
        assert len(team.standin.journal.calls("users.info")) == 1


@pytest.mark.parametrize("first", ["One", "Two"])
async def test_a_workspace_that_slack_says_nothing_of_holds_up_no_other(database_url: str, first: str) -> None:
    async with a_host(database_url) as host:
        host.standin.set_retries(scale=RETRY_SCALE, ack_seconds=0.3)
        places = [host.workspace(name) for name in ("One", "Two")]
        for place in places:
            await host.install(place.team.id)
            channel = await set_up(host, place)
        await host.walk.to_next("nudge")
        host.standin.mischief.fail_sometimes("users.info", "500", 1.0)
        for place in sorted(places, key=lambda place: place.team.name != first):
            channel = next(channel for channel in place.team.channels.values() if channel.name == "ops")
            nudge = next(post for post in place.from_bot(channel) if "Answer in the thread" in post.text)
            for name in ("ben", "cleo"):
                await place.person(name).say(channel, BOARD, thread_ts=nudge.ts)
                await host.standin.settle()
        assert await host.count("replies", "NOT known_member") == 4
        host.standin.mischief.calm()
        places[0].team.token_error = "token_revoked"
        await host.bot.tick()
        known = "SELECT workspace_id FROM replies JOIN channels ON channels.id = channel_id WHERE known_member"
        assert await host.rows(known) == [(2,), (2,)]
        await host.bot.tick()
        assert len(waiting(host)) == 2
        places[0].uninstall()
        await host.standin.settle()
        await host.walk.to(host.clock() + timedelta(hours=25))
        await host.bot.tick()
        assert waiting(host) == [], "their channel was forgotten"


def waiting(host: Host) -> list[tuple[int, int, str]]:
    return list(host.bot.gaps.taker._vetting._waiting)  # noqa: SLF001 - kept in memory only, and shown nowhere
