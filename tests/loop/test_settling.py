"""Where messages stand is recorded together for all that came meanwhile, each once."""

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy import event

from bot import postings
from bot.postings import Draft
from bot.postings.settling import Settling
from bot.slack.faces import Message
from tests.team import Team

MANY = 30


async def written(team: Team) -> list[str]:
    """Write down what is then taken to have been said."""
    await team.set_up()
    await team.walk.forward(1)
    moments = [team.clock() + timedelta(seconds=number) for number in range(MANY)]
    drafts = [Draft(postings.NOTICE, postings.on_request(), at, Message("said")) for at in moments]
    async with team.bot.db.write() as session:
        await postings.write_many(session, [(1, draft) for draft in drafts])
    return [posting for (posting,) in await team.rows("SELECT id FROM postings WHERE state = 'due' ORDER BY due_at")]


async def test_what_is_found_at_once_is_recorded_in_few_transactions_and_each_once(team: Team) -> None:
    due, settling = await written(team), Settling(team.bot.db)
    commits: list[Any] = []
    event.listen(team.bot.db.engine.sync_engine, "commit", commits.append)
    found = await asyncio.gather(*(settling.settle(one, f"{n}.0") for n, one in enumerate(due) for _ in range(2)))
    assert len(commits) == 2, "the first that came, and all that came meanwhile"
    assert sorted(settled.id for settled in found if settled) == sorted(due), "the echo is no second message"
    assert not any(settled.was_lost for settled in found if settled)
    assert await team.count("postings", "state = 'due' OR payload IS NOT NULL") == 0
    assert await team.count("postings", "send_at IS NOT NULL OR ts IS NULL") == 0


async def test_one_that_cannot_be_recorded_keeps_none_of_the_others_from_it(team: Team) -> None:
    due, settling = await written(team), Settling(team.bot.db)
    # No channel has two messages of one ts: the third says what the second has said.
    ts = [f"{max(number, 1) if number < 3 else number}.0" for number in range(MANY)]
    given = zip(due, ts, strict=True)
    found = await asyncio.gather(*(settling.settle(one, at) for one, at in given), return_exceptions=True)
    failed = [one for one in found if isinstance(one, Exception)]
    assert failed
    again = [
        settling.settle(one, at) for one, at, how in zip(due, ts, found, strict=True) if isinstance(how, Exception)
    ]
    await asyncio.gather(*again, return_exceptions=True)
    assert await team.count("postings", "ts IS NULL") == 1
