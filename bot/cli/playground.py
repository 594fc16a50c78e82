"""`opshat playground`: the bot beside a local stand-in for Slack, with a page to try both on."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.cli import app


@app.command()
def playground(
    port: Annotated[
        int, typer.Option(help="where the page listens, on this machine only; 0 takes a free one", min=0, max=65535)
    ] = 8710,
    folder: Annotated[Path, typer.Option(help="where its database goes, a new one each time")] = Path(".playground"),
) -> None:
    """Try the bot in a browser, on a made-up team.

    The team has three weeks of history, and a clock that you can move. Nothing leaves this machine; stop it
    with Ctrl-C.
    """
    asyncio.run(_play(folder, port))


async def _play(folder: Path, port: int) -> None:
    from bot.cli.logs import configure_logs  # noqa: PLC0415 - slow, see bot/cli/__init__.py
    from bot.cli.run import told_to_stop  # noqa: PLC0415 - slow, see bot/cli/__init__.py
    from bot.playground.run import playing  # noqa: PLC0415 - slow, see bot/cli/__init__.py

    configure_logs("text")
    print("A made-up team lives through three weeks...", flush=True)
    async with playing(folder, port) as standin:
        print(f"Open {standin.url}/ (Ctrl-C stops it).", flush=True)
        await told_to_stop().wait()
