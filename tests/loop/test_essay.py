"""The table "The essay, as features" of the product over the wire, row by row; some rows have files of their own.

The hat: `tests/channels/test_hat.py`. Marks, evidence, watches and tries: `tests/ledger/test_wire.py`. Lenses:
`tests/loop/test_schedule.py` (half a year) and `tests/prompts`. The bot as a try: `tests/loop/test_try_of_the_bot.py`.
"""

from datetime import UTC, datetime

import pytest

from bot.nudges.history import next_in
from bot.playground.world import Message
from bot.prompts import OWN_PACKS, read_packs
from tests.ledger.scenes import BOARD, TRAINING, a_week, actions, texts
from tests.team import Team

GOAL = "A seat in three minutes"
ONE_OF_EACH = {
    "customer-distance": "Developers are not allowed to talk to customers.",
    "buffering": "We have to shield the team from requests.",
    "conformance": "Every team has to follow the same process.",
    "dependence": "We can't ship without the platform team.",
    "central-ownership": "Everything has to be owned by one central team.",
    "immaturity": "We're not mature enough for trunk-based development.",
    "impossibility": "We can't possibly deploy on Fridays.",
    "permission": "We need approval from legal for every release.",
    "scarcity": "We don't have time for testing.",
    "precedent": "We have always done the release by hand.",
    "obligation": "We're obliged to report every outage.",
}


async def why_next(team: Team) -> str:
    async with team.bot.db.read() as session:
        return (await next_in(session, team.channel.id, team.bot.shelf.packs(), team.clock())).why


async def weeks_of(team: Team, count: int) -> list[Message]:
    """Live through weeks in which two people name the board; return the questions."""
    questions = []
    for _ in range(count):
        nudge = await team.nudged()
        questions.append(nudge)
        for name, words in zip(("ada", "ben"), BOARD, strict=False):
            await team.reply(name, nudge, words)
        await team.digested()
    return questions


def asks_for_the_goal(nudge: Message) -> bool:
    return nudge.text.splitlines()[0] in {line.text for line in read_packs([OWN_PACKS]).goal_questions}


async def test_every_eighth_week_the_goal_is_asked_and_the_digest_puts_the_line_beside_the_thread(team: Team) -> None:
    await team.set_up(goal=GOAL)
    late = datetime(2026, 9, 7, 22, 30, tzinfo=UTC)  # in Paris the next day has begun
    await team.change("UPDATE profile_lines SET written_at = :late", late=late)
    await team.stay()
    asked = await weeks_of(team, 8)
    assert [asks_for_the_goal(question) for question in asked] == [*[False] * 7, True]
    assert not [post for post in team.posts if GOAL in post.text and "What was heard" not in post.text]
    [digest] = [post for post in team.posts if GOAL in post.text]
    assert f"The profile has claimed since 8 September: “{GOAL}”." in digest.text
    assert f"p{asked[-1].ts.replace('.', '')}|What was answered this week>" in texts(digest.blocks)


async def test_with_two_questions_a_week_the_goal_comes_every_eighth_week_too(team: Team) -> None:
    await team.set_up(days=["2", "4"])
    await team.stay()
    asked = [asks_for_the_goal(await team.nudged()) for _ in range(16)]
    assert asked == [*[False] * 14, True, False]


async def test_what_a_question_asked_about_is_evidence_and_is_told_after_what_nobody_asked(team: Team) -> None:
    await team.set_up()
    await team.stay()
    asked = await weeks_of(team, 9)
    label = (await team.rows("SELECT label FROM themes"))[0][0]
    assert not [question for question in asked if label in question.text]
    probe = await team.nudged()
    assert label in probe.text
    for name, words in (("ada", BOARD[0]), ("ben", BOARD[1]), ("cleo", BOARD[0]), ("dov", TRAINING[0])):
        await team.reply(name, probe, words)
    await team.reply("eva", probe, TRAINING[1])
    told = (await team.digested()).text
    assert "heard from three in the thread, first in the week of 7 September. The question had asked about it." in told
    assert told.index("training") < told.lower().index(label), (
        "what nobody asked about comes first, though fewer said it"
    )
    [(voices,)] = await team.rows(
        "SELECT thread_voices FROM theme_weeks ORDER BY week DESC, thread_voices DESC LIMIT 1"
    )
    assert voices == 3


async def test_what_recurred_leans_every_second_question(team: Team) -> None:
    await team.set_up()
    assert "Nothing steered it" in await why_next(team)
    await weeks_of(team, 1)
    steered = await why_next(team)
    assert "was heard in the last weeks" in steered
    await weeks_of(team, 1)
    assert "Nothing steered it" in await why_next(team)


@pytest.mark.parametrize(
    ("motion", "opens"),
    [
        ("scaling", "What here works well enough to leave alone?"),
        ("fixing", "Heard longest: releases wait for the change board. What would be the smallest safe try?"),
    ],
)
async def test_the_claimed_motion_opens_the_digest(team: Team, motion: str, opens: str) -> None:
    await team.set_up()
    await team["ada"].slash(team.channel, "/opshat profile")
    await team.submit("ada", {"motion": motion})
    first = await a_week(team, ("ada", BOARD[0]), ("ben", BOARD[1]))
    assert opens not in first.text, "the first digest only listens"
    assert not {"digest_mark", "digest_try"} & actions(first.blocks)
    second = await a_week(team, ("ada", BOARD[1]), ("cleo", BOARD[0]))
    assert second.text.splitlines()[2] == opens


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("kind", "sentence"), ONE_OF_EACH.items())
async def test_each_kind_of_limit_is_heard_and_told(team: Team, kind: str, sentence: str) -> None:
    await team.set_up()
    digest = await a_week(team, ("ada", sentence), ("ben", sentence))
    assert await team.rows("SELECT kind FROM themes") == [(kind,)]
    [label] = (await team.rows("SELECT label FROM themes"))[0]
    assert f"{label}: heard from two in the thread, for the first time.".lower() in digest.text.lower()
