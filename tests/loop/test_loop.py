"""The whole loop over the wire: invited, set up, nudged, answered, told."""

from datetime import timedelta

from tests.team import Team


async def test_an_invitation_introduces_and_schedules_nothing(team: Team) -> None:
    await team["ada"].invite_bot(team.channel)
    await team.serve()
    [welcome] = team.posts
    assert len(welcome.text.splitlines()) == 4
    assert "after six weeks" in welcome.text
    assert await team.bot.next_moment() is None


async def test_each_introduction_to_a_channel_has_other_words(team: Team) -> None:
    for _ in range(3):
        await team["ada"].invite_bot(team.channel)
        await team.serve()
        await team["ada"].remove_bot(team.channel)
        await team.walk.to(team.clock() + timedelta(days=8))
    assert len(team.posts) == 3
    assert len({welcome.text for welcome in team.posts}) == 3


async def test_set_up_says_the_next_moments_in_local_words(team: Team) -> None:
    shown = await team.set_up()
    assert "The next question comes Tuesday 8 September at 10:00 (Europe/Paris)" in shown
    assert "the next digest Monday 14 September at 10:00 (Europe/Paris)" in shown


async def test_two_answer_in_the_thread_and_three_privately(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    await team.reply("ada", nudge, "We can't release before the harbour board has signed.")
    await team.reply("ben", nudge, "releases have to wait for the harbour board, every time")
    for name in ("cleo", "dov", "eva"):
        await team.answer(name, "We can't release anything until the harbour board says yes.")
    digest = await team.digested()
    assert "Two people answered in the thread, three privately." in digest.text
    assert "two in the thread and three privately" in digest.text
    assert await team.count("private_answers") == 0


async def test_of_two_private_answers_nothing_is_said(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    await team.reply("ada", nudge, "We can't release before the harbour board has signed.")
    for name in ("cleo", "dov"):
        await team.answer(name, "We can't release anything until the harbour board says yes.")
    digest = await team.digested()
    assert "One person answered in the thread." in digest.text
    assert "privately" not in digest.text
    assert await team.count("private_answers") == 0
    assert await team.count("weeks", "key IS NOT NULL AND closed_at IS NOT NULL") == 0


async def test_every_message_fits_what_slack_takes(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    await team.reply("ada", nudge, "We can't release before the harbour board has signed.")
    await team.digested()
    assert not [call for call in team.standin.journal.calls() if not call.accepted]
    assert not team.standin.journal.refused
