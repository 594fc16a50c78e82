"""App Home, over the wire: what is planned and told, in the viewer's own channels only."""

import re
from datetime import timedelta

from tests.team import Team, a_team

ALONE = "We can't buy lanterns until winter is over."


async def home_of(team: Team, name: str) -> str:
    view = await team[name].open_home()
    assert view is not None
    return re.sub(r"'block_id': '\w+', ", "", str(view.blocks))


async def test_it_says_what_is_planned_and_how_much_was_said(team: Team) -> None:
    await team.set_up()
    shown = await home_of(team, "ben")
    assert "The next question comes Tuesday 8 September at 10:00 (Europe/Paris)" in shown
    assert "1 of 3 messages in the last seven days." in shown


async def test_it_never_shows_a_channel_that_the_viewer_is_not_in(team: Team) -> None:
    await team.set_up()
    await team["finn"].leave(team.channel)
    assert team.channel.id in await home_of(team, "ben")
    shown = await home_of(team, "finn")
    assert team.channel.id not in shown
    assert "The bot is in none of your channels" in shown


async def test_what_somebody_alone_keeps_saying_is_shown_to_them_only(team: Team) -> None:
    await team.set_up()
    for _ in range(2):
        nudge = await team.nudged()
        await team.reply("ben", nudge, ALONE)
        await team.digested()
    assert "Only you keep saying (nobody else sees this)" in await home_of(team, "ben")
    assert "Only you keep saying" not in await home_of(team, "cleo")


async def test_the_open_weeks_private_answers_are_in_none_of_it(team: Team) -> None:
    await team.set_up()
    await team.nudged()
    before = await home_of(team, "finn")
    for name in ("ben", "cleo", "dov"):
        await team.answer(name, ALONE)
    assert await home_of(team, "finn") == before


async def test_a_skip_is_told_with_its_reason(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    await team["ben"].click(team.channel, nudge.ts, "not_this_week")
    await team.walk.to_next("nudge")
    assert "because somebody pressed *Not this week*." in await home_of(team, "ben")
    due = await team.bot.next_moment("nudge")
    assert due is not None
    team.clock.move_to(due + timedelta(hours=4))
    await team.serve()
    assert "because it would have come more than two hours late" in await home_of(team, "ben")


async def test_without_the_scope_it_says_why_it_is_empty(database_url: str) -> None:
    async with a_team(database_url, scopes=("chat:write", "commands")) as team:
        assert "the app was not granted `channels:read`" in await home_of(team, "ben")


async def test_a_refusal_of_slacks_is_no_reason_to_send_the_event_again(team: Team) -> None:
    await team.set_up()
    team.workspace.revoke_token()
    await team["ben"].open_home()
    assert [len(delivery.attempts) for delivery in team.standin.journal.deliveries("app_home_opened")] == [1]


async def test_the_wearers_private_question_is_no_message_of_the_channel(team: Team) -> None:
    await team.set_up()
    await team["ada"].slash(team.channel, "/opshat hat")
    await (await team["ada"].press("hat_take")).something()
    await team.nudged()
    assert "3 of 3 messages in the last seven days." in await home_of(team, "ben")


async def test_it_tells_asking_less_from_being_paused(team: Team) -> None:
    await team.set_up()
    await team.change("UPDATE channels SET nudge_on = NULL, nudge_at = NULL")
    assert "No questions are asked; a digest comes Monday 14 September" in await home_of(team, "ben")
    await team["ben"].slash(team.channel, "/opshat pause")
    assert "Paused: somebody paused it." in await home_of(team, "ben")
