"""Who may set the bot up where: over the wire, from the first time on."""

from collections.abc import AsyncIterator

import pytest

from bot.channels.words import NO_GUESTS, SLACK_IS_LATE, TOO_LARGE, WHO_ARE_YOU
from tests.team import SCHEDULE, Team, a_team


@pytest.fixture
async def team(sqlite_url: str) -> AsyncIterator[Team]:
    async with a_team(sqlite_url) as team:
        await team["ada"].invite_bot(team.channel)
        await team.serve()
        yield team


async def asked(team: Team, name: str, words: str = "schedule") -> str:
    """Type a command; return what somebody is told, or "" where a modal opens."""
    await team[name].close()
    return (await team[name].slash(team.channel, f"/opshat {words}")).text


def fill(team: Team) -> None:
    team.channel.members += [team.workspace.add_person(f"person{number}").id for number in range(100)]


async def test_more_than_a_hundred_people_need_an_admin_the_first_time_too(team: Team) -> None:
    fill(team)
    assert await asked(team, "ben") == TOO_LARGE
    assert await asked(team, "cleo") == TOO_LARGE
    team["dov"].user.is_admin = True
    assert await asked(team, "dov") == ""
    assert "The next question comes" in await team.submit("dov", SCHEDULE)
    assert await asked(team, "cleo", "pause") == TOO_LARGE
    assert "Paused." in await asked(team, "dov", "pause")


async def test_who_opened_the_modal_while_the_channel_was_small_is_refused_when_it_has_grown(team: Team) -> None:
    assert await asked(team, "ben") == ""
    fill(team)
    assert "more than a hundred people" in await team.submit("ben", SCHEDULE)
    assert await team.count("channels", "zone IS NOT NULL") == 0


async def test_the_general_channel_needs_an_admin(team: Team) -> None:
    team.channel.is_general = True
    assert await asked(team, "ben") == TOO_LARGE
    team["dov"].user.is_admin = True
    assert await asked(team, "dov") == ""


async def test_where_slack_does_not_say_what_channel_it_is_nothing_starts(team: Team) -> None:
    assert await asked(team, "ben") == ""
    team.standin.mischief.fail_next("conversations.info", "500")
    assert SLACK_IS_LATE in await team.submit("ben", SCHEDULE)
    assert await team.count("channels", "zone IS NOT NULL") == 0


async def test_a_size_that_is_typed_needs_an_admin_from_the_first_save_on(database_url: str) -> None:
    async with a_team(database_url, scopes=["chat:write", "commands", "users:read"]) as team:
        team["dov"].user.is_admin = True
        await team["ada"].invite_bot(team.channel)
        assert "Nothing is scheduled" in await asked(team, "ben", "")
        assert "more than a hundred people" in await team.schedule(by="ben", size="101")
        assert await team.count("channels", "zone IS NOT NULL") == 0
        assert "The next question comes" in await team.schedule(by="ben", size="100")
        assert "The next question comes" in await team.schedule(by="dov", size="101")
        assert await asked(team, "ben") == TOO_LARGE, "nor can it be made smaller by whoever may not change it"


async def test_where_slack_tells_of_no_admin_the_operator_names_one(sqlite_url: str) -> None:
    async with a_team(sqlite_url, scopes=["chat:write", "commands"]) as team:
        team["dov"].user.is_admin = True
        await team["ada"].invite_bot(team.channel)
        assert "Nothing is scheduled" in await asked(team, "dov", "")
        assert "somebody named in OPSHAT_ADMINS" in await team.schedule(by="dov", size="101")


async def test_people_of_another_organisation_skip_no_question_and_take_no_hat(team: Team) -> None:
    assert "The next question comes" in await team.schedule()
    nudge = await team.nudged()
    stranger = team.workspace.add_person("zoe", team="T0OTHER")
    team.channel.members.append(stranger.id)
    seen = await (await team["zoe"].click(team.channel, nudge.ts, "not_this_week")).something()
    assert "Only members of this workspace" in seen.text
    assert await team.count("channels", "skip_until IS NOT NULL") == 0


async def test_a_guest_takes_the_hat_only_where_guests_are_let_in(team: Team) -> None:
    await team.schedule()
    guest = team.workspace.add_person("gus", guest=True)
    team.channel.members.append(guest.id)
    await team["gus"].slash(team.channel, "/opshat hat")
    seen = await (await team["gus"].press("hat_take")).something()
    assert "the hat is for members" in str(seen.view.blocks if seen.view else seen.text)
    assert await team.count("channels", "hat_user IS NOT NULL") == 0
    await team["gus"].close()
    await team.schedule(guests=["yes"])
    await team["gus"].slash(team.channel, "/opshat hat")
    await (await team["gus"].press("hat_take")).something()
    assert await team.rows("SELECT hat_user FROM channels") == [(guest.id,)]


async def test_before_set_up_the_profile_of_a_large_channel_needs_an_admin_too(team: Team) -> None:
    fill(team)
    await team["ben"].slash(team.channel, "/opshat profile")
    shown = str(team["ben"].view and team["ben"].view.blocks)
    assert "an admin of the workspace" in shown
    assert '"type": "input"' not in shown.replace("'", '"')
    team["dov"].user.is_admin = True
    await team["dov"].slash(team.channel, "/opshat profile")
    await team["dov"].submit({"goal": "Letters arrive."})
    assert await team.rows("SELECT what, text FROM profile_lines WHERE what = 'goal'") == [("goal", "Letters arrive.")]


async def test_a_channel_that_has_grown_since_needs_an_admin_for_everything(team: Team) -> None:
    assert "The next question comes" in await team.schedule(by="ben")
    await team["ben"].slash(team.channel, "/opshat profile")
    fill(team)
    await team["ben"].submit({"goal": "Letters arrive."})
    assert await team.count("profile_lines") == 0
    assert await asked(team, "ben", "pause") == TOO_LARGE
    assert await asked(team, "ben", "nudge") == TOO_LARGE
    assert await team.count("channels", "paused_at IS NOT NULL") == 0


async def test_where_slack_is_late_what_was_known_of_the_size_counts(team: Team) -> None:
    assert "The next question comes" in await team.schedule(by="ben")
    team.standin.mischief.fail_next("conversations.info", "500")
    assert "Paused." in await asked(team, "ben", "pause")


async def test_whoever_may_be_a_guest_changes_nothing_until_slack_says_who_they_are(team: Team) -> None:
    await team.schedule()
    nudge = await team.nudged()
    guest = team.workspace.add_person("gus", guest=True)
    team.channel.members.append(guest.id)
    team.standin.mischief.fail_sometimes("users.info", "500", 1.0)
    assert await asked(team, "gus", "pause") == WHO_ARE_YOU
    seen = await (await team["gus"].click(team.channel, nudge.ts, "not_this_week")).something()
    assert seen.text == WHO_ARE_YOU
    team.standin.mischief.fail_sometimes("users.info", "500", 0.0)
    seen = await (await team["gus"].click(team.channel, nudge.ts, "not_this_week")).something()
    assert seen.text == NO_GUESTS
    assert await team.count("channels", "skip_until IS NOT NULL OR paused_at IS NOT NULL") == 0
