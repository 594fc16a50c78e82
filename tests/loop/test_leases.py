"""A claim holds by the clock that all processes share, the database's, and only for who made it last."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import text

from bot import postings
from bot.postings import Draft
from bot.postings.claims import Claim, Claims, Waits
from bot.slack.faces import Message
from bot.slack.pace import Pace
from tests.team import Team, a_team

SECONDS = 60.0
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
A_CLOCK_OF_ITS_OWN = """
    CREATE SCHEMA own;
    CREATE TABLE own.clock AS SELECT interval '0' AS ahead;
    CREATE FUNCTION own.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
        AS 'SELECT pg_catalog.clock_timestamp() + ahead FROM own.clock';
"""


async def _nothing(*_: object) -> None:
    """No words are to be found for what has some."""


async def test_a_claim_is_taken_over_when_the_databases_clock_says_that_its_lease_has_run_out(
    postgres_url: str,
) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as database:
        database.execute(A_CLOCK_OF_ITS_OWN)
    async with a_team(f"{postgres_url}?options=-csearch_path%3Down,public,pg_catalog") as team:
        await team.set_up()
        await team.walk.forward(1)
        async with team.bot.db.write() as session:
            draft = Draft(postings.HAT, "due", team.clock(), Message("For you"), to=team["ada"].id)
            await postings.write_down(session, 1, draft)
        ours, theirs = (Claims(team.bot.db, Waits(SECONDS), Pace(1.0, 30), _nothing) for _ in range(2))
        assert len(await ours.take(1, 8, late=lambda _: False)) == 1

        async def taken_over(ahead: float) -> list[bool]:
            await team.change(f"UPDATE own.clock SET ahead = interval '{ahead} seconds'")  # noqa: S608 - ours
            return [claim.left for claim in await theirs.take(1, 8, late=lambda _: False)]

        assert await taken_over(SECONDS - 10) == []
        assert await taken_over(SECONDS) == [True]


async def for_ada(team: Team, *ahead: int, kind: str = postings.HAT) -> Claims:
    """Set up, say what there is to say, and write down messages for ada, due so many seconds from now."""
    await team.set_up()
    await team.walk.forward(1)
    drafts = [
        Draft(kind, postings.on_request(), team.clock() + timedelta(seconds=one), Message("For you"), to=team["ada"].id)
        for one in ahead
    ]
    async with team.bot.db.write() as session:
        await postings.write_many(session, [(1, draft) for draft in drafts])
    return Claims(team.bot.db, Waits(SECONDS), Pace(0, 0), _nothing)


async def take(claims: Claims, *, late: bool = False) -> list[Claim]:
    return await claims.take(1, 8, late=lambda _: late)


async def test_who_lost_a_claim_changes_nothing_any_more(team: Team) -> None:
    claims = await for_ada(team, 0)
    (first,) = await take(claims)
    await team.change("UPDATE postings SET send_at = :at WHERE kind = 'hat'", at=LONG_AGO)  # the lease has run out
    (second,) = await take(claims)
    assert (first.turn is None, second.turn is None) == (False, True), "it has to be looked for first"
    await claims.end(first, "refused", "too late")
    assert await team.rows("SELECT state, reason FROM postings WHERE kind = 'hat'") == [("sending", "")]
    await claims.end(second, "refused", "x" * 100)
    assert await team.rows("SELECT state, reason FROM postings WHERE kind = 'hat'") == [("refused", "x" * 64)]


async def test_what_is_late_takes_no_turn(team: Team) -> None:
    (claim,) = await take(await for_ada(team, 0), late=True)
    assert claim.turn is None


async def test_what_waits_longest_comes_first_then_what_was_due_first(team: Team) -> None:
    claims = await for_ada(team, 3, 2, 1)
    last = "(SELECT max(due_at) FROM postings)"
    await team.change(f"UPDATE postings SET send_at = :at WHERE due_at = {last}", at=LONG_AGO)  # noqa: S608 - ours
    taken = [round((claim.posting.due_at - team.clock()).total_seconds()) for claim in await take(claims)]
    assert taken == [3, 1, 2]


async def test_a_claim_is_fresh_for_half_its_lease(team: Team) -> None:
    claims = await for_ada(team, 0)
    (claim,) = await take(claims)
    assert claims.is_fresh(replace(claim, at=claim.at - SECONDS / 2 + 5))
    assert not claims.is_fresh(replace(claim, at=claim.at - SECONDS / 2))


async def test_what_was_claimed_just_before_its_channel_went_on_is_said(team: Team) -> None:
    claims = await for_ada(team, 0, kind=postings.DIGEST)
    (claim,) = await take(claims)
    await claims.hold(claim)
    assert await team.count("postings", "kind = 'digest' AND state = 'due' AND send_at IS NOT NULL") == 1


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_what_somebody_is_stopping_just_now_is_not_claimed(team: Team) -> None:
    claims = await for_ada(team, 0)
    async with team.bot.db.write() as session:
        await session.execute(text("UPDATE postings SET state = 'skipped', send_at = NULL WHERE kind = 'hat'"))
        assert await asyncio.wait_for(take(claims), 5) == []
