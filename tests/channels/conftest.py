from collections.abc import AsyncIterator

import pytest

from tests.team import Team, a_team


@pytest.fixture
async def team(database_url: str) -> AsyncIterator[Team]:
    """A fictional team of six with the bot, before anybody has invited it."""
    async with a_team(database_url) as team:
        yield team
