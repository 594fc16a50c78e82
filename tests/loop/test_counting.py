"""Lines of "Counting, exactly" that need more than a week, over the wire; the rules are in `tests/digests`."""

import pytest

from bot.readings import read_open_weeks_again
from tests.ledger.scenes import BOARD, TRAINING, a_week, the_page
from tests.team import Team


async def test_quiet_is_what_was_not_heard_for_three_weeks_that_had_a_question(team: Team) -> None:
    await team.set_up()
    await team.stay()
    await a_week(team, ("ada", BOARD[0]), ("ben", BOARD[1]))
    quiet = []
    for number in range(5):
        if number == 1:
            await team["eva"].click(team.channel, (await team.nudged()).ts, "not_this_week")
            await team.digested()
            await team.walk.to_next("digest")  # a week without a question
        digest = await a_week(team, ("cleo", "A good week."))
        quiet.append("Gone quiet: releases wait for the change board." in digest.text)
    assert quiet == [False, True, False, False, False], "told once, after three questions"


async def test_themes_belong_to_one_channel(team: Team) -> None:
    await team.set_up()
    other = team.workspace.add_channel("elsewhere")
    await team["ada"].invite_bot(other)
    await team.serve()
    first, team.channel = team.channel, other
    await team.schedule()
    nudge = await team.nudged()
    await team.reply("ada", nudge, BOARD[0])
    team.channel = first
    nudge = team.last
    await team.reply("ben", nudge, BOARD[1])
    for place in (first, other):
        team.channel = place
        digest = await team.digested() if place is first else team.last
        assert "One limit is new, heard from one person." in digest.text
    assert await team.count("themes") == 2


async def test_one_person_in_two_weeks_is_not_two_people(team: Team) -> None:
    await team.set_up()
    for _ in range(3):
        digest = await a_week(team, ("ada", BOARD[0]))
    assert "Releases wait" not in digest.text
    assert "Nothing has recurred here yet." in await the_page(team, "ben")
    assert "Releases wait" in (await a_week(team, ("ben", BOARD[1]))).text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_new_lexicon_reads_the_open_week_again_and_no_closed_one(team: Team) -> None:
    await team.set_up()
    await a_week(team, ("ada", BOARD[0]), ("ben", BOARD[1]))
    closed = await team.rows("SELECT content FROM weeks WHERE closed_at IS NOT NULL")
    nudge = await team.nudged()
    await team.reply("cleo", nudge, TRAINING[0])
    await team.serve()
    await team.change("UPDATE replies SET read_with = 'an older lexicon'")
    await read_open_weeks_again(team.bot.db, team.bot.language.detector)
    assert await team.count("replies", "read_with IS NULL") == 1
    await team.serve()
    assert await team.count("replies", "read_with = 'an older lexicon'") == 2
    assert await team.count("findings") == 3
    assert await team.rows("SELECT content FROM weeks WHERE closed_at IS NOT NULL") == closed


async def test_a_private_number_is_told_at_closing_and_not_carried_over(team: Team) -> None:
    await team.set_up()
    told = []
    for private in (("cleo", "dov"), ("cleo",), ("cleo", "dov", "eva")):
        await team.nudged()
        for name in private:
            await team.answer(name, BOARD[0])
        told.append((await team.digested()).text)
    assert "privately." not in told[0].replace("too few privately", "")
    assert "Releases wait" not in told[0] + told[1]
    assert "heard from three privately, for the first time" in told[2]
