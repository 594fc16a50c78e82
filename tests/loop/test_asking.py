"""A nudge is written down when it is due; what it asks is chosen when its turn has come, and kept from then on."""

from datetime import timedelta
from functools import partial

import pytest

from bot.nudges.asking import choose_questions
from bot.nudges.choosing import past_of
from bot.nudges.due import write_due_nudges
from bot.postings.claims import Claim, Claims, Waits
from bot.slack.pace import Pace
from tests.team import Team

LEASE = 0.5


async def a_nudge_is_due(team: Team) -> None:
    """Set up, say what there is to say, and write down the first nudge."""
    await team.set_up()
    await team.walk.forward(1)
    moment = await team.bot.next_moment("nudge")
    assert moment
    assert await write_due_nudges(team.bot.db, team.bot.shelf.packs, moment) == 1


async def take(team: Team) -> list[Claim]:
    choose = partial(choose_questions, team.bot.shelf.packs)
    return await Claims(team.bot.db, Waits(LEASE), Pace(0, 0), choose).take(1, 8, late=lambda _: False)


async def asked(team: Team) -> tuple[str, str | None, str | None, bool]:
    (row,) = await team.rows("SELECT state, prompt_id, question, payload IS NULL FROM postings WHERE kind = 'nudge'")
    return row[0], row[1], row[2], bool(row[3])


async def test_its_question_is_chosen_in_the_transaction_that_claims_it(team: Team) -> None:
    await a_nudge_is_due(team)
    assert await asked(team) == ("due", None, None, True)
    (claim,) = await take(team)
    state, prompt, question, is_empty = await asked(team)
    assert (state, is_empty) == ("sending", False)
    assert prompt
    assert claim.posting.question == question
    assert claim.posting.payload
    assert claim.posting.payload["metadata"]["event_payload"] == {"posting_id": claim.posting.id}
    assert question in claim.posting.payload["text"]


async def test_whoever_takes_a_claim_over_says_the_same(team: Team) -> None:
    await a_nudge_is_due(team)
    (first,) = await take(team)
    await team.change("UPDATE postings SET send_at = due_at WHERE kind = 'nudge'")  # the lease has run out
    await team.change("UPDATE channels SET packs = 'another'")
    (second,) = await take(team)
    assert second.left
    assert second.posting.payload == first.posting.payload


async def test_what_is_put_back_keeps_its_question(team: Team) -> None:
    await a_nudge_is_due(team)
    (claim,) = await take(team)
    await Claims(team.bot.db, Waits(LEASE), Pace(0, 0), _no_words).put_back(claim, "due")
    again = await Claims(team.bot.db, Waits(LEASE), Pace(0, 0), _no_words).take(1, 8, late=lambda _: False)
    assert [one.posting.question for one in again] == [claim.posting.question]


async def test_a_late_one_that_is_not_said_was_not_asked(team: Team) -> None:
    await a_nudge_is_due(team)
    moment = team.clock() + timedelta(days=7)
    team.clock.move_to(moment)
    await team.bot.postman.deliver()
    assert [tuple(row) for row in await team.rows("SELECT state, reason FROM postings WHERE kind = 'nudge'")] == [
        ("skipped", "late")
    ]
    async with team.bot.db.read() as session:
        assert not (await past_of(session, [1]))[1].asked


async def test_a_question_that_cannot_be_chosen_leaves_the_nudge_waiting(team: Team) -> None:
    await a_nudge_is_due(team)
    with pytest.raises(RuntimeError, match="no words"):
        await Claims(team.bot.db, Waits(LEASE), Pace(0, 0), _no_words).take(1, 8, late=lambda _: False)
    assert await asked(team) == ("due", None, None, True)
    assert len(await take(team)) == 1


async def test_the_next_one_asks_something_else(team: Team) -> None:
    await a_nudge_is_due(team)
    await team.serve()
    first = (await asked(team))[1]
    await team.walk.to_next("nudge")
    prompts = [row[0] for row in await team.rows("SELECT prompt_id FROM postings WHERE kind = 'nudge' ORDER BY due_at")]
    assert prompts[0] == first
    assert len(set(prompts)) == 2


async def _no_words(*_: object) -> None:
    raise RuntimeError("no words")
