"""Drives the playground's Slack in tests: over real HTTP and WebSockets, with short waits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from bot.playground.standin import StandIn
from bot.playground.workspace import Workspace

RETRY_SCALE = 0.0005
"""Slack's five minutes become 0.15 s."""


class TestClock:
    """A clock that stands still until it is moved."""

    __test__ = False

    def __init__(self, moment: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **of: float) -> None:
        self.moment += timedelta(**of)


@asynccontextmanager
async def running_slack(clock: TestClock | None = None, seed: int = 7) -> AsyncIterator[StandIn]:
    """Give a stand-in that listens, and stop it afterwards."""
    standin = StandIn(now=clock or TestClock(), seed=seed)
    standin.set_retries(scale=RETRY_SCALE, ack_seconds=1.0)
    await standin.start()
    try:
        yield standin
    finally:
        await standin.stop()


def small_team(standin: StandIn, **options: object) -> Workspace:
    """Add a workspace with alice (an admin), bob and carol."""
    workspace = standin.add_workspace("Small", **options)  # type: ignore[arg-type]  # passed on as they are
    workspace.add_person("alice", tz="Europe/Paris", admin=True)
    workspace.add_person("bob", tz="America/Santiago")
    workspace.add_person("carol")
    return workspace
