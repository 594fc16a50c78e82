"""The bot as a try: it asks once whether to stay, takes silence as less, and offers to ask less, never more."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.digests.words import ASKING_LESS, LESS_NOW, STAYING
from bot.postings import NOTICE, Draft, on_request, write_down
from bot.slack.faces import Message
from tests.team import Team, a_team

BOARD = "We can't release before the harbour board has signed."


@pytest.fixture
async def team(database_url: str) -> AsyncIterator[Team]:
    async with a_team(database_url) as team:
        await team.set_up()
        yield team


async def a_week(team: Team, *names: str) -> str:
    """Live through one week, in which these people answer; return the digest that was told, or ""."""
    before = len(team.posts)
    nudge = await team.nudged()
    for name in names:
        await team.reply(name, nudge, BOARD)
    await team.walk.to_next("digest")
    await team.serve()
    return next((post.text for post in team.posts[before:] if "What was heard here" in post.text), "")


async def until_asked(team: Team) -> None:
    for _ in range(6):
        assert STAYING not in await a_week(team, "ada", "ben")
    assert STAYING in await a_week(team, "ada", "ben")


async def press(team: Team, choice: str, who: str = "ada") -> str:
    digest = next(post for post in reversed(team.posts) if STAYING in post.text or ASKING_LESS in post.text)
    seen = await team[who].click(team.channel, digest.ts, f"digest_keep {choice}")
    return (await seen.something()).text


async def test_after_six_weeks_it_asks_once_and_keeps_on_when_kept(team: Team) -> None:
    await until_asked(team)
    assert "It stays as it is." in await press(team, "keep")
    for _ in range(2):
        digest = await a_week(team, "ada", "ben")
        assert digest
        assert STAYING not in digest


async def test_silence_means_less(team: Team) -> None:
    await until_asked(team)
    digest = await a_week(team, "ada", "ben")
    assert LESS_NOW in digest
    assert await team.bot.next_moment("nudge") is None
    posts = len(team.posts)
    for _ in range(3):
        await team.walk.to_next("digest")
    assert len(team.posts) == posts


async def test_stop_stops_and_resume_starts_again(team: Team) -> None:
    await until_asked(team)
    assert "silent from now on" in await press(team, "stop")
    for choice in ("keep", "less"):
        assert "Paused. Nothing is posted here until `/opshat resume`" in await press(team, choice, "ben")
    assert await team.bot.next_moment("nudge") is None
    seen = await team["ben"].slash(team.channel, "/opshat resume")
    assert "Running again" in seen.text
    assert await team.bot.next_moment("nudge") is not None


async def test_four_unanswered_questions_bring_an_offer_to_ask_less_once(team: Team) -> None:
    digests = [await a_week(team) for _ in range(5)]
    offered = [ASKING_LESS in digest for digest in digests]
    assert offered == [False, False, False, True, False]
    assert "asks less from now on" in await press(team, "less")
    assert await team.bot.next_moment("nudge") is None


async def test_with_two_questions_a_week_four_in_a_row_are_two_weeks(sqlite_url: str) -> None:
    async with a_team(sqlite_url) as team:
        await team.set_up(days=["2", "4"])
        offered = []
        for answers in (True, False, False):
            for _ in range(2):
                nudge = await team.nudged()
                if answers:
                    await team.reply("ada", nudge, BOARD)
            offered.append(ASKING_LESS in (await team.digested()).text)
        assert offered == [False, False, True]


async def test_that_silence_means_less_is_told_also_when_the_digest_had_to_wait_for_room(sqlite_url: str) -> None:
    async with a_team(sqlite_url) as team:
        await team.set_up()
        await until_asked(team)
        due = await team.bot.next_moment("digest")
        assert due is not None
        await team.walk.to(due - timedelta(hours=1))
        async with team.bot.db.write() as session:
            for number in range(3):
                line = Draft(NOTICE, on_request(), team.clock(), Message(f"line {number}"))
                await write_down(session, 1, line)
        await team.walk.to(due + timedelta(hours=1))
        assert LESS_NOW not in team.last.text
        await team.walk.to(due + timedelta(days=8))
        assert sum(LESS_NOW in post.text for post in team.posts) == 1
        assert await team.bot.next_moment("nudge") is None


async def test_silence_on_a_question_that_nobody_could_read_means_nothing(sqlite_url: str) -> None:
    async with a_team(sqlite_url) as team:
        await team.set_up()
        await until_asked(team)
        await team.change(
            "UPDATE postings SET ts = NULL, state = 'refused' WHERE kind = 'digest' "
            "AND due_at = (SELECT asked_to_keep_at FROM channels)"
        )
        digest = await a_week(team, "ada", "ben")
        assert LESS_NOW not in digest
        assert STAYING in digest


async def test_less_of_two_questions_a_week_is_one(database_url: str) -> None:
    async with a_team(database_url) as team:
        await team.set_up(days=["2", "4"])
        await until_asked_twice_a_week(team)
        for who, choice in (("ada", "less"), ("ben", "less"), ("cleo", "keep"), ("dov", "less")):
            assert "counts once" in await press(team, choice, who) or who in {"ada", "cleo"}
            assert (await team.rows("SELECT nudge_days FROM channels"))[0][0] == "2"
            assert await team.bot.next_moment("nudge") is not None


async def until_asked_twice_a_week(team: Team) -> None:
    for _ in range(8):
        await team.walk.to_next("nudge")
        nudge = next(post for post in reversed(team.posts) if "Answer in the thread" in post.text)
        await team.reply("ada", nudge, BOARD)
        await team.walk.to_next("digest")
        if STAYING in team.posts[-1].text:
            return
