"""The short form of `tests.chaos.fuzz`."""

from tests.chaos.fuzz import Fuzz, check
from tests.team import a_team


async def test_every_mutated_payload_is_answered_and_none_is_taken_for_what_it_is_not(database_url: str) -> None:
    async with a_team(database_url, http=True) as team:
        fuzz = Fuzz(team, seed=1)
        await fuzz.send(250)
        assert not await check(team, fuzz)
        assert sum(fuzz.statuses.values()) == 250
        assert fuzz.statuses[200] > 125
