"""The profile over the wire: claims with author and date, the goal at set-up, two people at once, who may only read."""

import pytest

from tests.ledger.scenes import opened
from tests.team import SCHEDULE, Team

GOAL = "A <seat> in three minutes & no queue"
LINES = {"system": "The night trains' booking desk", "serves": "Everybody who would rather sleep than fly"}


def values(team: Team, name: str) -> dict[str, str]:
    """What stands in the fields of the modal that somebody has open."""
    view = team[name].view
    assert view is not None
    return {
        block["block_id"]: str(block["element"].get("initial_value", ""))
        for block in view.blocks
        if block["type"] == "input"
    }


async def test_set_up_asks_for_one_optional_goal_and_announces_it_with_the_schedule(team: Team) -> None:
    await team.set_up(goal=GOAL)
    await team.walk.forward(1)
    [announced] = [post for post in team.posts if "set the schedule" in post.text]
    assert "shows the goal that they claim" in announced.text
    assert GOAL not in announced.text
    shown = await opened(team, "ben", "profile")
    assert values(team, "ben")["goal"] == GOAL
    assert f"<@{team['ada'].id}>, <!date^" in shown
    await team["ben"].close()
    await team["ben"].slash(team.channel, "/opshat schedule")
    assert "goal" not in values(team, "ben"), "later it is the profile's affair"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_goal_may_come_later_or_never(team: Team) -> None:
    await team.set_up()
    await opened(team, "ben", "profile")
    assert values(team, "ben")["goal"] == ""
    assert await team.count("profile_lines") == 0


async def test_each_line_is_a_claim_of_whoever_wrote_it_and_older_ones_are_history(team: Team) -> None:
    await team.set_up()
    await opened(team, "ada", "profile")
    assert "told in one line which settings changed" in await team.submit("ada", LINES)
    await opened(team, "ben", "profile")
    await team.submit("ben", {"serves": "The night porters"})
    shown = await opened(team, "cleo", "profile")
    assert values(team, "cleo")["serves"] == "The night porters"
    assert f"<@{team['ada'].id}>" in shown
    assert f"<@{team['ben'].id}>" in shown
    assert await team.count("profile_lines") == 3
    await team.walk.forward(1)
    [announced] = [post for post in team.posts if "changed the profile" in post.text]
    assert "porters" not in announced.text


async def test_what_no_database_takes_is_left_out_of_a_line(team: Team) -> None:
    await team.set_up()
    await opened(team, "ada", "profile")
    assert "Kept." in await team.submit("ada", {"goal": "No queue\0, half a sign \ud83d"})
    await opened(team, "ben", "profile")
    assert values(team, "ben")["goal"] == "No queue, half a sign"


async def test_whoever_writes_where_there_is_no_room_for_a_line_is_not_told_that_one_comes(team: Team) -> None:
    await team.set_up()
    await team.nudged()
    await opened(team, "ada", "profile")
    assert "Kept. There is no room to tell the channel" in await team.submit("ada", LINES)
    await team.walk.forward(1)
    assert not [post for post in team.posts if "changed the profile" in post.text]


async def test_of_two_people_at_once_neither_undoes_what_the_other_wrote(team: Team) -> None:
    await team.set_up()
    await opened(team, "ada", "profile")
    await opened(team, "ben", "profile")
    await team.submit("ben", {"goal": GOAL})
    await team.submit("ada", LINES)
    await opened(team, "cleo", "profile")
    assert values(team, "cleo") == {**LINES, "goal": GOAL, "motion": ""}


async def test_of_two_people_who_change_the_same_line_the_second_is_told(team: Team) -> None:
    await team.set_up()
    await opened(team, "ada", "profile")
    await opened(team, "ben", "profile")
    await team.submit("ben", {"goal": GOAL})
    told = await team.submit("ada", {"goal": "Something else"})
    assert f"Somebody else changed this line while you wrote: “{GOAL}”" in told
    assert await team.rows("SELECT text FROM profile_lines") == [(GOAL,)]


async def test_of_two_people_who_change_the_schedule_the_second_is_told(team: Team) -> None:
    await team.set_up()
    for name in ("ada", "ben"):
        await team[name].slash(team.channel, "/opshat schedule")
    await team.submit("ben", {**SCHEDULE, "time": "11:00"})
    told = await team.submit("ada", {**SCHEDULE, "time": "09:00"})
    assert "Somebody else changed these settings while this was open: a question on Tuesdays at 11:00" in told
    assert (await team.rows("SELECT nudge_time FROM channels")) == [("11:00",)]
    assert "The next question comes" in await team.schedule(time="09:00")


async def test_who_may_not_change_it_may_read_it(team: Team) -> None:
    await team.set_up(goal=GOAL)
    guest = team.workspace.add_person("gus", guest=True)
    team.channel.members.append(guest.id)
    shown = await opened(team, "gus", "profile")
    assert GOAL in shown
    assert "Guests of this workspace cannot change" in shown
    assert values(team, "gus") == {}
