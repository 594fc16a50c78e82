"""How long a claim holds goes by a clock that all processes share: the database's."""

import psycopg

from bot import postings
from bot.postings import Draft
from bot.postings.claims import Claims, Waits
from bot.slack.faces import Message
from bot.slack.pace import Pace
from tests.team import a_team

SECONDS = 60.0
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
