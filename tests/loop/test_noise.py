"""Less and more, over the wire: *Not this week*, extra questions, and never over three messages in seven days."""

import random
from datetime import timedelta

import pytest

from bot.channels import words
from bot.postings import NOTICE, STOPPED, Draft, on_request, write_down, write_many
from bot.slack.faces import Message
from tests.loop.asked import day_of, keeps_the_budget, questions, skips
from tests.team import Team, a_team


async def test_not_this_week_skips_seven_days_once(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    ben, cleo = team["ben"], team["cleo"]
    assert "No question here" in (await (await ben.click(team.channel, nudge.ts, "not_this_week")).something()).text
    seen = await (await cleo.click(team.channel, nudge.ts, "not_this_week")).something()
    assert "Somebody has pressed this already" in seen.text
    await team.walk.to(team.clock() + timedelta(days=6, hours=23, minutes=59))
    assert len(questions(team)) == 1
    await team.walk.to(team.clock() + timedelta(days=8))
    assert len(questions(team)) == 2


async def test_not_this_week_promises_no_digest_while_the_bot_is_paused(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    await team["ada"].slash(team.channel, "/opshat pause")
    seen = await (await team["ben"].click(team.channel, nudge.ts, "not_this_week")).something()
    assert seen.text.startswith("The bot is paused here")


async def test_after_not_this_week_the_question_that_is_really_asked_next_is_told(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    await team.walk.forward(1)
    await (await team["ben"].click(team.channel, nudge.ts, "not_this_week")).something()
    told = "The next question comes Tuesday 22 September at 10:00"
    assert told in (await team["ben"].slash(team.channel, "/opshat")).text
    home = await team["ben"].open_home()
    assert home is not None
    assert told in str(home.blocks)
    assert await team.nudged() == nudge, "the one that is skipped"
    assert day_of(await team.nudged()).isoformat() == "2026-09-22"


async def test_an_extra_question_fits_the_noise_budget_or_says_when_it_would(team: Team) -> None:
    await team.set_up()
    await team.nudged()
    await team.walk.to(team.clock() + timedelta(days=8))
    seen = await team["ada"].slash(team.channel, "/opshat nudge")
    assert "A question is on its way" in seen.text
    await team.serve()
    asked = questions(team)
    assert len(asked) == len(set(asked)) == 3
    seen = await team["ada"].slash(team.channel, "/opshat nudge")
    assert "Three messages in seven days are the most" in seen.text
    await team.serve()
    assert len(questions(team)) == 3
    assert keeps_the_budget(team.posts)


async def say(team: Team, lines: int) -> None:
    async with team.bot.db.write() as session:
        for number in range(lines):
            await write_down(session, 1, Draft(NOTICE, on_request(), team.clock(), Message(f"line {number}")))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_extra_question_takes_no_planned_digests_place(team: Team) -> None:
    await team.set_up()
    await team.walk.to(team.clock() + timedelta(days=8))
    await team.change("DELETE FROM postings")
    await team.change("UPDATE channels SET nudge_at = NULL")
    await say(team, 1)
    assert "on its way" in (await team["ada"].slash(team.channel, "/opshat nudge")).text
    seen = await team["ada"].slash(team.channel, "/opshat nudge")
    assert "Three messages in seven days are the most" in seen.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_change_that_waits_to_be_announced_has_its_place(team: Team) -> None:
    await team.set_up()
    await team.walk.to(team.clock() + timedelta(days=8))
    await team.change("DELETE FROM postings")
    await team.schedule(time="11:00")
    await team.change("UPDATE channels SET nudge_at = NULL")
    await say(team, 1)
    seen = await team["ada"].slash(team.channel, "/opshat nudge")
    assert "Three messages in seven days are the most" in seen.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_planned_question_is_one_of_two(team: Team) -> None:
    await team.set_up()
    await team.walk.to(team.clock() + timedelta(days=9))
    await team.change("DELETE FROM postings")
    await team.change("UPDATE channels SET digest_at = NULL")
    assert "on its way" in (await team["ada"].slash(team.channel, "/opshat nudge")).text
    assert "Two questions in seven days" in (await team["ben"].slash(team.channel, "/opshat nudge")).text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_is_late_counts_on_the_day_on_which_it_is_said(team: Team) -> None:
    await team.set_up()
    await team.change("DELETE FROM postings")
    await team.change("UPDATE channels SET nudge_at = NULL, digest_at = NULL")
    due = team.clock() - timedelta(days=9)
    async with team.bot.db.write() as session:
        lines = [Draft(NOTICE, on_request(), due, Message(f"line {number}")) for number in range(3)]
        await write_many(session, [(1, line) for line in lines])
    waiting = await team["ada"].slash(team.channel, "/opshat nudge")
    await team.serve()
    said = await team["ada"].slash(team.channel, "/opshat nudge")
    assert len(team.posts) == 4, "the introduction and what was late"
    for seen in (waiting, said):
        assert "Three messages in seven days are the most" in seen.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_is_for_one_person_needs_no_room_and_takes_none(team: Team) -> None:
    await team.set_up()
    await team.change("DELETE FROM postings")
    await team.change("UPDATE channels SET nudge_at = NULL, digest_at = NULL")
    await tell_ada(team)
    await say(team, 3)
    await tell_ada(team)
    assert await skips(team) == []


async def tell_ada(team: Team) -> None:
    async with team.bot.db.write() as session:
        draft = Draft(STOPPED, on_request(), team.clock(), Message("for you"), to=team["ada"].id)
        await write_down(session, 1, draft)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_that_somebody_pauses_takes_no_place_of_what_was_planned_before(team: Team) -> None:
    await team.set_up()
    await team.walk.to(team.clock() + timedelta(days=8))
    await team.change("DELETE FROM postings")
    await say(team, 2)
    told = (await team["ada"].slash(team.channel, "/opshat pause")).text
    assert told == words.PAUSED


async def test_no_third_question_is_asked_in_seven_days(team: Team) -> None:
    await team.set_up()
    await team.change("UPDATE channels SET nudge_at = NULL, digest_at = NULL")  # there is room for three messages
    await team.walk.to(team.clock() + timedelta(days=8))
    for _ in range(2):
        assert "on its way" in (await team["ada"].slash(team.channel, "/opshat nudge")).text
        await team.serve()
    seen = await team["ben"].slash(team.channel, "/opshat nudge")
    assert seen.text.startswith("Two questions in seven days are the most that the bot asks in a channel;")
    assert len(questions(team)) == 2


async def test_nothing_is_asked_extra_while_paused_or_not_set_up(team: Team) -> None:
    await team["ada"].invite_bot(team.channel)
    await team.serve()
    assert "`/opshat schedule` sets it up" in (await team["ada"].slash(team.channel, "/opshat nudge")).text
    await team.schedule()
    await team["ada"].slash(team.channel, "/opshat pause")
    assert "`/opshat resume` starts it again" in (await team["ada"].slash(team.channel, "/opshat nudge")).text


@pytest.mark.parametrize("seed", [1, 2])
async def test_eight_weeks_of_everything_keep_the_noise_budget(sqlite_url: str, seed: int) -> None:
    """Two nudges a week, extra questions, changed schedules, outages, the bot removed and invited again."""
    chance = random.Random(seed)  # noqa: S311 - a test's dice
    async with a_team(sqlite_url) as team:
        await team.set_up(days=["2", "4"])
        for day in range(56):
            await team.walk.to(team.clock() + timedelta(hours=chance.randrange(20, 28)))
            doing = chance.choice(["nudge", "nudge", "schedule", "away", "invite", "reply", "reply", "pause"])
            if doing == "nudge":
                await team["ada"].slash(team.channel, "/opshat nudge")
            elif doing == "schedule":
                days = chance.sample(["1", "2", "3", "4", "5"], 2)
                await team.schedule(days=days, digest_day=chance.choice("12345"))
            elif doing == "away":
                team.clock.offset += timedelta(hours=chance.randrange(1, 60))
            elif doing == "invite":
                await team["ada"].remove_bot(team.channel)
                await team["ada"].invite_bot(team.channel)
            elif doing == "reply" and questions(team):
                nudge = next(post for post in reversed(team.posts) if "Answer in the thread" in post.text)
                await team.reply("ben", nudge, f"We can't wait, day {day}.")
            elif doing == "pause":
                await team["ada"].slash(team.channel, "/opshat pause")
                await team["ada"].slash(team.channel, "/opshat resume")
            await team.serve()
            assert keeps_the_budget(team.posts), [(day_of(post), post.text[:40]) for post in team.posts]
        assert len(team.posts) > 12
        closed = await team.count("weeks", "closed_at IS NOT NULL AND content IS NOT NULL")
        assert closed >= 8
