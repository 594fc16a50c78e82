"""What a channel chose of the bot lasts through whatever stops and starts it, and silence is counted fairly."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest

from bot.channels.everywhere import pause_all, resume_all
from bot.digests.words import LESS_NOW, STAYING
from tests.team import MONDAY, Team, a_team


@pytest.fixture
async def team(database_url: str) -> AsyncIterator[Team]:
    """A channel that is to be asked whether the bot stays with its first digest, whose week had an answer."""
    async with a_team(database_url) as team:
        await team.set_up()
        await team.change("UPDATE channels SET set_up_at = :at", at=MONDAY - timedelta(weeks=6))
        await team.reply("ben", await team.nudged(), "We can't.")
        yield team


async def press(team: Team, choice: str) -> str:
    digest = next(post for post in reversed(team.posts) if STAYING in post.text)
    return (await (await team["ada"].click(team.channel, digest.ts, f"digest_keep {choice}")).something()).text


async def the_operator(team: Team) -> None:
    await pause_all(team.bot.db, team.clock())
    await resume_all(team.bot.db, team.clock())


async def the_archive(team: Team) -> None:
    team.workspace.archive(team.channel)
    await team.serve()
    team.workspace.unarchive(team.channel)


async def an_invitation(team: Team) -> None:
    await team["ben"].remove_bot(team.channel)
    await team.serve()
    await team["ada"].invite_bot(team.channel)


async def a_person(team: Team) -> None:
    await team["ben"].slash(team.channel, "/opshat pause")
    await team["ben"].slash(team.channel, "/opshat resume")


@pytest.mark.parametrize("stops_and_starts", [the_operator, the_archive, an_invitation, a_person])
async def test_less_lasts_until_somebody_chooses_otherwise(
    team: Team, stops_and_starts: Callable[[Team], Awaitable[None]]
) -> None:
    await team.digested()
    await press(team, "less")
    await stops_and_starts(team)
    await team.serve()
    assert await team.bot.next_moment("digest") is not None
    assert await team.bot.next_moment("nudge") is None
    await press(team, "keep")
    assert await team.bot.next_moment("nudge") is not None


async def test_saving_a_schedule_asks_again_after_less(team: Team) -> None:
    await team.digested()
    await press(team, "less")
    await team.schedule()
    assert await team.bot.next_moment("nudge") is not None


@pytest.mark.parametrize("choice", ["keep", "less", "stop"])
async def test_no_button_of_an_old_digest_ends_the_operators_pause(team: Team, choice: str) -> None:
    await team.digested()
    await pause_all(team.bot.db, team.clock())
    assert "Whoever runs the bot paused it" in await press(team, choice)
    assert "Whoever runs the bot paused it" in (await team["ada"].slash(team.channel, "/opshat resume")).text
    assert await team.count("channels", "pause_reason = 'operator'") == 1


async def test_silence_counts_from_when_the_question_could_be_read(team: Team) -> None:
    due = await team.bot.next_moment("digest")
    assert due is not None
    team.clock.move_to(due + timedelta(days=6))  # the bot was down meanwhile
    await team.bot.tick()
    await team.serve()
    assert STAYING in team.last.text
    await team.walk.to(due + timedelta(days=8))
    assert not told(team, LESS_NOW)
    await team.walk.to(due + timedelta(days=15))
    assert told(team, LESS_NOW) == 1


async def test_while_the_operator_keeps_the_bot_from_asking_nobody_is_silent(team: Team) -> None:
    await team.digested()
    await pause_all(team.bot.db, team.clock())
    await team.walk.to(team.clock() + timedelta(days=10))
    await resume_all(team.bot.db, team.clock())
    await team.serve()
    await team.walk.to_next("digest")
    assert not told(team, LESS_NOW)
    await team.walk.to_next("digest")
    assert (told(team, STAYING), told(team, LESS_NOW)) == (1, 1)


async def saves(team: Team) -> None:
    await team.schedule(by="ben", time="11:00")


@pytest.mark.parametrize("answers", [a_person, saves])
async def test_who_resumes_or_saves_a_schedule_has_answered(
    team: Team, answers: Callable[[Team], Awaitable[None]]
) -> None:
    await team.digested()
    await answers(team)
    for _ in range(2):
        await team.nudged()
        await team.walk.to_next("digest")
    assert (told(team, STAYING), told(team, LESS_NOW)) == (1, 0)
    assert await team.bot.next_moment("nudge") is not None


def told(team: Team, line: str) -> int:
    return sum(line in post.text for post in team.posts)
