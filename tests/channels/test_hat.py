"""The hat over the wire: taken, passed, put down; its private question, and its mirror in profile and tries."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.playground.world import SCOPES
from bot.store.tables import Channel
from tests.ledger.scenes import BOARD, a_week, click, opened, press, seen, two_weeks
from tests.team import Team, a_team

LIMIT = "we can't release without the change board"
TRY = {
    "what": f"Ask, though {LIMIT}",
    "feels": "Those who sign",
    "stops": "One reader who is misled",
    "look": "2026-10-06",
}


async def take(team: Team, name: str) -> None:
    await opened(team, name, "hat")
    assert "You wear the hat now." in await press(team, name, "hat_take")
    await team[name].close()


def questions_to(team: Team, name: str) -> list[str]:
    """What the bot wrote to somebody alone."""
    alone = [
        channel
        for channel in team.workspace.team.channels.values()
        if channel.kind == "im" and team[name].id in channel.members
    ]
    return [message.text for channel in alone for message in channel.messages.values()]


async def test_unworn_is_fine_and_nobody_else_can_put_it_down(team: Team) -> None:
    await team.set_up()
    assert "Nobody wears the hat here, and that is fine." in await opened(team, "ada", "hat")
    await take(team, "ada")
    assert f"<@{team['ada'].id}> has worn the hat since" in await opened(team, "ben", "hat")
    assert team["ben"].view is not None
    assert not [block for block in team["ben"].view.blocks if block["type"] == "actions"]


async def test_two_who_take_it_at_once_do_not_take_it_from_one_another(team: Team) -> None:
    await team.set_up()
    await opened(team, "ada", "hat")
    await opened(team, "ben", "hat")
    await press(team, "ada", "hat_take")
    assert "Somebody else wears the hat already" in await press(team, "ben", "hat_take")
    assert await team.rows("SELECT hat_user FROM channels") == [(team["ada"].id,)]


async def test_one_who_takes_it_in_the_same_moment_is_told(team: Team) -> None:
    await team.set_up()
    await opened(team, "ben", "hat")
    async with team.bot.db.write() as session:
        await session.execute(update(Channel).values(hat_user=team["ada"].id))
        pressing = asyncio.create_task(press(team, "ben", "hat_take"))
        await asyncio.sleep(0.3)  # in which he reads a channel whose hat nobody wears yet
    assert "Somebody else wears the hat already" in await pressing
    assert await team.rows("SELECT hat_user FROM channels") == [(team["ada"].id,)]


async def test_passing_offers_it_to_one_person_who_may_leave_it(team: Team) -> None:
    await team.set_up()
    await take(team, "ada")
    await opened(team, "ada", "hat")
    await press(team, "ada", "hat_pass")
    await team["ada"].submit({"to": team["ada"].id})
    assert "choose somebody else" in str(team["ada"].view and team["ada"].view.errors)
    told = await team.submit("ada", {"to": team["ben"].id})
    assert "The hat is free until somebody takes it" in told
    assert await team.rows("SELECT hat_user FROM channels") == [(None,)]
    [offer] = team["ben"].ephemerals(team.channel)
    assert "offers you the ops hat" in offer.text
    assert team["cleo"].ephemerals(team.channel) == []
    assert "You wear the hat now." in await click(team, "ben", offer, "hat_take")
    await team["ben"].close()
    await opened(team, "ben", "hat")
    assert "Nobody has to take it." in await press(team, "ben", "hat_down")
    rows = await team.rows("SELECT hat_user, hat_since, hat_ops, hat_product FROM channels")
    assert [tuple(row) for row in rows] == [(None, None, "", "")]


async def test_whoever_does_not_wear_it_is_told_so_whatever_they_press(team: Team) -> None:
    await team.set_up()
    await take(team, "ada")
    await opened(team, "ada", "hat")
    await team.change("UPDATE channels SET hat_user = NULL, hat_since = NULL")
    assert "You do not wear the hat here." in await team.submit("ada", {"hat_ops": "new", "hat_product": "new"})


async def test_a_private_question_a_week_and_no_way_to_answer_it(team: Team) -> None:
    await team.set_up()
    await take(team, "ada")
    for _ in range(3):
        await team.walk.to_next("nudge")
    told = questions_to(team, "ada")
    assert len(told) == len(set(told)) == 3
    assert all("It takes no answer." in text for text in told)
    rows = await team.rows("SELECT payload FROM postings WHERE kind = 'hat'")
    assert [row.payload for row in rows] == [None, None, None]
    assert questions_to(team, "ben") == []


async def test_where_the_channel_is_not_asked_the_wearer_is_not_either(team: Team) -> None:
    await team.set_up()
    await take(team, "ada")
    await team.change("UPDATE channels SET skip_until = :at", at=team.clock() + timedelta(days=7))
    await team.walk.to_next("nudge")
    assert await team.count("postings", "kind = 'nudge' AND state = 'skipped'") == 1
    assert questions_to(team, "ada") == []


async def test_who_left_the_channel_can_put_it_down_where_its_question_comes(team: Team) -> None:
    await team.set_up()
    await take(team, "ben")
    await team["ben"].leave(team.channel)
    await team.walk.to_next("nudge")
    direct = team["ben"].direct()
    [asked] = direct.messages
    await (await team["ben"].click(direct, asked, "put_hat_down")).something()
    assert "Nobody has to take it." in seen(team["ben"])
    assert await team.rows("SELECT hat_user FROM channels") == [(None,)]


@pytest.mark.parametrize(("scopes", "free"), [(SCOPES, True), (("chat:write", "commands"), False)])
async def test_the_hat_of_somebody_who_left_is_free_where_slack_tells(
    sqlite_url: str, scopes: Iterable[str], *, free: bool
) -> None:
    async with a_team(sqlite_url, scopes=scopes) as team:
        await team.set_up()
        await take(team, "ada")
        await team["ada"].leave(team.channel)
        assert ("Nobody wears the hat here" in await opened(team, "ben", "hat")) is free


async def test_the_mirror_shows_the_wearer_alone_what_is_heard_in_the_profile(team: Team) -> None:
    await team.set_up()
    await take(team, "ada")
    for name, mirrored in (("ada", True), ("ben", False)):
        await team[name].slash(team.channel, "/opshat profile")
        said = await team.submit(name, {"goal": f"A seat in three minutes, though {LIMIT}, says {name}"})
        assert ("Only you see this" in said) is mirrored
        assert (LIMIT in said) is mirrored
    assert await team.count("findings") == 0
    assert not [post for post in team.posts if LIMIT in post.text]


@pytest.mark.parametrize("wearer", ["ada", "ben"])
async def test_the_mirror_shows_the_wearer_alone_what_is_heard_in_a_try(team: Team, wearer: str) -> None:
    digest = await two_weeks(team)
    await take(team, wearer)
    before = await team.count("findings")
    await click(team, "ada", digest, "digest_try")
    await team["ada"].submit(TRY)
    said = seen(team["ada"])
    assert "on or after 6 October" in said
    assert ("Only you see this, because you wear the hat" in said) is (wearer == "ada")
    assert await team.count("findings") == before
    told = await a_week(team, ("ada", BOARD[0]))
    assert "Only you see this" not in told.text
