"""`opshat pause --all` and `resume --all`: the operator stops the bot in every channel at once, and starts it again."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import app
from bot.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.store.engine import Database

All = Annotated[bool, typer.Option("--all", help="every channel of every workspace in this database")]

WHICH = "Write `opshat {word} --all`; one channel is changed there, with `/opshat {word}`."


@app.command()
def pause(everything: All = False) -> None:
    """Stop asking and telling, in every channel at once.

    Until `opshat resume --all`. Takes effect at once, also in bots that are running. Weeks still close, so that
    private answers go in time.
    """
    _check(everything, "pause")
    from bot.channels.everywhere import pause_all  # noqa: PLC0415 - slow, see bot/cli/__init__.py

    count = asyncio.run(_in_database(pause_all))
    print(f"Paused: {_channels(count)}. `opshat resume --all` starts them again.")


@app.command()
def resume(everything: All = False) -> None:
    """Start again what `opshat pause --all` stopped.

    Questions that fell due meanwhile are not made up for; a digest comes late. Channels that somebody had paused
    before, or where Slack refuses the bot, stay paused; one that became shared with another organisation waits until
    somebody there chooses.
    """
    _check(everything, "resume")
    from bot.channels.everywhere import resume_all  # noqa: PLC0415 - slow, see bot/cli/__init__.py

    count = asyncio.run(_in_database(resume_all))
    when = " They start as soon as the running bot has asked Slack whether they are shared meanwhile." if count else ""
    print(f"Going on: {_channels(count)}.{when}")


def _check(everything: bool, word: str) -> None:
    if not everything:
        raise Problem(WHICH.format(word=word))


def _channels(count: int) -> str:
    return "1 channel" if count == 1 else f"{count} channels"


async def _in_database(act: "Callable[[Database, datetime], Awaitable[int]]") -> int:
    from bot.settings import Settings  # noqa: PLC0415 - slow, see bot/cli/__init__.py
    from bot.store.opened import opened  # noqa: PLC0415 - slow, see bot/cli/__init__.py

    async with opened(Settings.load().database) as db:
        return await act(db, datetime.now(UTC))
