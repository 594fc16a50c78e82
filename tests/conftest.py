"""What every test shares."""

from collections.abc import AsyncIterator

import pytest

from bot.playground.standin import StandIn
from bot.playground.workspace import Workspace
from tests.slack import TestClock, running_slack, small_team


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
async def slack(clock: TestClock) -> AsyncIterator[StandIn]:
    async with running_slack(clock) as standin:
        yield standin


@pytest.fixture
def team(slack: StandIn) -> Workspace:
    return small_team(slack)
