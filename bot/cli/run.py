"""`opshat run`, `web`, `worker`: the bot itself; `migrate`: its database."""

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import app

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
        failed = asyncio.create_task(bot.failed())
        if listens:
            serving = asyncio.create_task(
                uvicorn.Server(
                    uvicorn.Config(bot.asgi, host="0.0.0.0", port=settings.port, log_config=None)  # noqa: S104 - a host's router must reach it
                ).serve()
            )
        else:
            print(f"Ops Hat is running (process {os.getpid()}).", flush=True)
            serving = asyncio.create_task(until_told())
        await asyncio.wait([failed, serving], return_when=asyncio.FIRST_COMPLETED)
        for task in (failed, serving):
            if task.done():
                task.result()
            task.cancel()
    finally:
        await bot.stop()


async def until_told() -> None:
    """Wait for SIGTERM or Ctrl-C."""
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    await told.wait()
