"""`opshat run`, `web`, `worker`: the bot itself; `migrate`: its database."""

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import app
from bot.errors import Problem

if TYPE_CHECKING:
    from bot.settings import Settings


@app.command()
def run() -> None:
    """Run everything in one process: the right choice for one team.

    Listens through Socket Mode where SLACK_APP_TOKEN is set, else by HTTP on PORT.
    """
    settings = _complete()
    asyncio.run(_serve(settings, doors=True, ticks=True, listens=not settings.socket_mode))


@app.command()
def web() -> None:
    """Run what Slack talks to: answers requests on PORT, and holds the socket in Socket Mode.

    Nothing is posted on time without `opshat worker` (or use `opshat run` for both).
    """
    asyncio.run(_serve(_complete(), doors=True, ticks=False, listens=True))


@app.command()
def worker() -> None:
    """Run what happens on time: nudges, digests, the closing of weeks. Any number may share a PostgreSQL."""
    asyncio.run(_serve(_complete(), doors=False, ticks=True, listens=False))


@app.command()
def migrate(
    revision: Annotated[str, typer.Argument(help="`head`, `base`, or a revision such as 0001")] = "head",
) -> None:
    """Bring the database to the shape that this version needs (or to an earlier one)."""
    from bot.settings import Settings  # noqa: PLC0415 - slow, see bot/cli/__init__.py
    from bot.store.migrate import migrate as move  # noqa: PLC0415 - as above

    move(Settings.load().database, revision)
    print(f"The database is at {revision}.")


@app.command("rotate-secret")
def rotate_secret() -> None:
    """Wrap all keys and tokens anew with the first secret of OPSHAT_SECRET; the others can then be left out."""
    print(f"Wrapped {asyncio.run(_rotate())} keys and tokens anew. OPSHAT_SECRET needs only its first secret now.")


async def _rotate() -> int:
    from bot.installs.rotate import rotate  # noqa: PLC0415 - slow, see bot/cli/__init__.py
    from bot.keys import KeyRing  # noqa: PLC0415 - as above
    from bot.settings import Settings  # noqa: PLC0415 - as above
    from bot.store.engine import Database  # noqa: PLC0415 - as above
    from bot.store.migrate import check_migrated  # noqa: PLC0415 - as above

    settings = Settings.load()
    if settings.opshat_secret is None:
        raise Problem("OPSHAT_SECRET is missing: write the new secret before the old one, with a comma between.")
    check_migrated(settings.database)
    db = Database(settings.database)
    try:
        return await rotate(db, KeyRing(settings.opshat_secret.get_secret_value()))
    finally:
        await db.close()


def _complete() -> "Settings":
    from bot.settings import Settings  # noqa: PLC0415 - slow, see bot/cli/__init__.py

    return Settings.load().for_slack()


async def _serve(settings: "Settings", *, doors: bool, ticks: bool, listens: bool) -> None:
    import uvicorn  # noqa: PLC0415 - slow, see bot/cli/__init__.py

    from bot.app import build  # noqa: PLC0415 - as above
    from bot.cli.logs import configure_logs  # noqa: PLC0415 - as above

    configure_logs(settings.opshat_log_format)
    bot = build(settings)
    try:
        await bot.start(doors=doors, ticks=ticks)
        if listens:
            await uvicorn.Server(
                uvicorn.Config(bot.asgi, host="0.0.0.0", port=settings.port, log_config=None)  # noqa: S104 - a host's router must reach it
            ).serve()
        else:
            print(f"Ops Hat is running (process {os.getpid()}).", flush=True)
            await until_told()
    finally:
        await bot.stop()


async def until_told() -> None:
    """Wait for SIGTERM or Ctrl-C."""
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    await told.wait()
