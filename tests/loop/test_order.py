"""What is said in one channel stands there in the order in which it was written, however fast Slack answers."""

from datetime import timedelta

import pytest

from bot import postings
from bot.postings import Draft
from bot.slack.faces import Message
from tests.team import Team

SAID = [f"line {number}" for number in range(8)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_messages_of_one_tick_keep_their_order(team: Team) -> None:
    await team.set_up()
    for attempt in range(5):
        async with team.bot.db.write() as session:
            for number, line in enumerate(SAID):
                at = team.clock() + timedelta(seconds=number)
                draft = Draft(postings.NOTICE, postings.on_request(), at, Message(line))
                await postings.write_down(session, 1, draft)
        await team.bot.postman.deliver()
        assert [post.text for post in team.posts][-len(SAID) :] == SAID, attempt


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_one_that_slack_refuses_holds_up_none_of_the_others(team: Team) -> None:
    await team.set_up()
    await team.walk.forward(1)
    team.standin.mischief.fail_next("chat.postMessage", "429")
    async with team.bot.db.write() as session:
        for line in SAID[:3]:
            await postings.write_down(
                session, 1, Draft(postings.NOTICE, postings.on_request(), team.clock(), Message(line))
            )
    await team.serve()
    assert sorted(post.text for post in team.posts)[-3:] == SAID[:3]
