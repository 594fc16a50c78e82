"""The playground as one process: the stand-in, its page, the bot, and three weeks that a made-up team lives through."""

import errno
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from bot.app import Clock, build
from bot.errors import Problem
from bot.playground.seed import beginning, live_through, people_the_place, set_up
from bot.playground.standin import StandIn
from bot.playground.walk import Walk
from bot.settings import Settings
from bot.store.migrate import migrate

_PATIENCE = 15.0  # seconds for one stop of a walk; more than enough unless the page's reader lets Slack misbehave


@asynccontextmanager
async def playing(folder: Path, port: int, now: datetime | None = None) -> AsyncIterator[StandIn]:
    """Run the playground until the block ends; its page is at the stand-in's `url`.

    The stand-in forgets when it stops, so the database in `folder` starts anew each time.

    Args:
        folder: where the database goes.
        port: where the page listens; 0 takes a free one.
        now: the aware moment that the story ends at, by default the present one.

    Raises:
        Problem: the port is taken, or nothing can be kept in the folder.

    """
    present = datetime.now(UTC)
    now = now or present
    clock = Clock(beginning(now) - present)
    standin = StandIn(now=clock)
    await _listen(standin, port)
    place = people_the_place(standin)
    bot = build(_settings(folder, standin, place.workspace.bot_token, place.workspace.app_token), clock, pace=0)
    standin.time = walk = Walk(clock, bot, standin, _PATIENCE)
    try:
        await bot.start(ticks=False)
        await standin.connected(place.workspace.app)
        await set_up(place)
        await live_through(standin, place, walk, now)
        bot.ticker.start()
        yield standin
    finally:
        await bot.stop()
        await standin.stop()


async def _listen(standin: StandIn, port: int) -> None:
    try:
        await standin.start(port)
    except OSError as error:
        reason = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
        raise Problem(f"Port {port} {reason}: stop what listens there, or choose another with --port.") from None


def _room(folder: Path, port: int) -> Path:
    """Return where the database goes; by the port, which two playgrounds in one folder cannot share."""
    path = folder / f"opshat-{port}.db"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for leftover in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
            leftover.unlink(missing_ok=True)
    except OSError as error:
        raise Problem(f"Nothing can be kept in {folder} ({error.strerror}): choose another with --folder.") from None
    return path.resolve()


def _settings(folder: Path, standin: StandIn, bot_token: str, app_token: str) -> Settings:
    path = _room(folder, standin.port)
    settings = Settings.load(
        slack_bot_token=bot_token,
        slack_app_token=app_token,
        slack_signing_secret=None,
        slack_client_id=None,
        slack_client_secret=None,
        slack_api_url=standin.api_url,
        database_url=f"sqlite:///{path}",
        opshat_secret=secrets.token_hex(32),
        opshat_tick_seconds=2,
        opshat_admins="",
        opshat_channels="",
    )
    migrate(settings.database)
    return settings
