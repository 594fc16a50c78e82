"""App Home over the wire: what one person sees of the channels that they are in, and of no other."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.playground.world import SCOPES, Channel
from tests.team import SCHEDULE, Team, a_team

BOARD = "We can't release before the harbour board has signed."
ALONE = ("We have no budget for training.", "There is still no budget for training here.")


@pytest.fixture
async def team(database_url: str) -> AsyncIterator[Team]:
    async with a_team(database_url) as team:
        yield team


async def home(team: Team, name: str) -> str:
    view = await team[name].open_home()
    assert view is not None
    return str([{**block, "block_id": ""} for block in view.blocks])


async def set_up_in(team: Team, channel: Channel) -> None:
    await team["ada"].invite_bot(channel)
    await team.serve()
    await team["ada"].slash(channel, "/opshat schedule")
    await team["ada"].submit(SCHEDULE)
    await team["ada"].close()
    await team.serve()


async def test_home_says_what_is_planned_and_the_noise_budget(team: Team) -> None:
    await team.set_up()
    shown = await home(team, "ben")
    assert "The next question comes Tuesday 8 September at 10:00" in shown
    assert "1 of 3 messages in the last seven days" in shown
    assert "The bot is in none of your channels" not in shown


async def test_a_channel_that_the_viewer_is_not_in_never_shows(team: Team) -> None:
    private = team.workspace.add_channel("board-room", private=True, members=[team["ada"], team["ben"]])
    public = team.workspace.add_channel("open", members=[team["ada"]])
    await set_up_in(team, private)
    await set_up_in(team, public)
    assert private.id in await home(team, "ada")
    assert public.id in await home(team, "ada")
    assert private.id in await home(team, "ben")
    shown = await home(team, "ben")
    assert public.id not in shown
    assert "The bot is in none of your channels" in await home(team, "cleo")
    await team["ben"].leave(private)
    assert private.id not in await home(team, "ben")


async def test_what_one_alone_keeps_saying_is_shown_to_them_alone(team: Team) -> None:
    await team.set_up()
    for words in ALONE:
        nudge = await team.nudged()
        await team.reply("cleo", nudge, words)
        await team.reply("ben", nudge, BOARD)
        await team.reply("ada", nudge, BOARD)
        await team.digested()
    mine = await home(team, "cleo")
    assert "Only you keep saying" in mine
    assert "training" in mine
    for name in ("ada", "dov"):
        assert "training" not in await home(team, name)
    assert "harbour" not in mine.partition("Only you keep saying")[2]


async def test_the_open_weeks_private_answers_are_nowhere_in_it(team: Team) -> None:
    await team.set_up()
    await team.nudged()
    before = {name: await home(team, name) for name in ("ada", "finn")}
    for name in ("ada", "ben", "cleo"):
        await team.answer(name, BOARD)
    assert {name: await home(team, name) for name in before} == before
    await team.digested()
    assert "three privately" in await home(team, "finn")


async def test_skips_and_pauses_say_why(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    await team["ben"].click(team.channel, nudge.ts, "not_this_week")
    await team.walk.to_next("nudge")
    await team.walk.to(team.clock() + timedelta(days=1))
    assert "somebody pressed *Not this week*" in await home(team, "dov")
    await team["ada"].slash(team.channel, "/opshat pause")
    assert "Paused: somebody paused it." in await home(team, "dov")


async def test_a_week_without_a_question_is_not_called_unanswered(team: Team) -> None:
    await team.set_up()
    await team["ben"].slash(team.channel, "/opshat pause")
    await team.walk.forward(24 * 15)
    assert "nothing was asked; nothing recurred" in await home(team, "ben")


async def test_watches_and_tries_that_are_open_show(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    await team["ben"].click(team.channel, nudge.ts, "watch")
    assert "Watching: what the question of 8 September raised." in await home(team, "dov")


async def test_privacy_opens_from_home_for_that_channel(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    await team.reply("ben", nudge, BOARD)
    await home(team, "ben")
    await team["ben"].press("home_privacy", home=True)
    view = team["ben"].view
    assert view is not None
    assert BOARD in str(view.blocks)
    await team["ben"].press("privacy_delete")
    await team["ben"].press("privacy_surely")
    assert await team.count("replies", "text IS NOT NULL") == 0


async def test_an_old_home_opens_no_channel_that_was_left(team: Team) -> None:
    await team.set_up()
    await home(team, "ben")
    await team["ben"].leave(team.channel)
    view = (await (await team["ben"].press("home_privacy", home=True)).something()).view
    assert view is not None
    assert "You are not in that channel any more" in str(view.blocks)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ({"channels:read", "groups:read"}, "Home cannot tell which channels you are in"),
        ({"groups:read"}, "Private channels are not shown here"),
        ({"channels:read"}, "Public channels are not shown here"),
    ],
)
async def test_what_may_not_be_known_is_left_out_and_said(database_url: str, missing: set[str], said: str) -> None:
    async with a_team(database_url, scopes=[scope for scope in SCOPES if scope not in missing]) as team:
        private = team.workspace.add_channel("board-room", private=True, members=[team["ada"], team["ben"]])
        await set_up_in(team, private)
        await set_up_in(team, team.channel)
        shown = await home(team, "ben")
        assert said in shown
        assert (team.channel.id in shown) == ("channels:read" not in missing)
        assert (private.id in shown) == ("groups:read" not in missing)
        refused = [call for call in team.standin.journal.calls("users.conversations") if not call.accepted]
        assert not refused
