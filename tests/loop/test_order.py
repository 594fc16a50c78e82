"""What is said in one channel stands there in the order in which it was written, however fast Slack answers."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot import postings
from bot.postings import Draft
from bot.slack.faces import Message
from tests.team import Team

SAID = [f"line {number}" for number in range(8)]


async def write(team: Team, lines: Sequence[str]) -> None:
    """Write lines down for the channel, more than the noise budget would let through one by one."""
    moments = (team.clock() + timedelta(seconds=number) for number in range(len(lines)))
    drafts = [
        (1, Draft(postings.NOTICE, postings.on_request(), at, Message(line)))
        for at, line in zip(moments, lines, strict=False)
    ]
    async with team.bot.db.write() as session:
        await postings.write_many(session, drafts)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_messages_of_one_tick_keep_their_order(team: Team) -> None:
    await team.set_up()
    for attempt in range(5):
        await write(team, SAID)
        await team.bot.postman.deliver()
        assert [post.text for post in team.posts][-len(SAID) :] == SAID, attempt


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_one_that_slack_refuses_holds_up_none_of_the_others(team: Team) -> None:
    await team.set_up()
    await team.walk.forward(1)
    team.standin.mischief.fail_next("chat.postMessage", "429")
    await write(team, SAID[:3])
    await team.serve()
    assert sorted(post.text for post in team.posts)[-3:] == SAID[:3]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_fourth_message_within_seven_days_is_never_said_whoever_writes_it_down(team: Team) -> None:
    await team.set_up()
    await team.walk.forward(1)
    async with team.bot.db.write() as session:
        for line in SAID:
            draft = Draft(postings.NOTICE, postings.on_request(), team.clock(), Message(line))
            await postings.write_down(session, 1, draft)
    await team.serve()
    assert len(team.posts) == postings.NOISE_BUDGET
    assert await team.count("postings", "state = 'skipped' AND reason = 'noise budget' AND payload IS NULL") == 7
