"""A process of the bot that dies by `kill -9` just before its n-th statement or commit."""

import asyncio
import os
import signal
from datetime import timedelta
from typing import Any

from sqlalchemy import event

from bot.app import Bot, Clock, build
from bot.settings import Settings
from tests.chaos import forked


async def dies(settings: dict[str, Any], offset: timedelta, statement: int) -> bool:
    """Let a process tick once, at most up to its n-th statement; return whether it came to die.

    Args:
        settings: of its bot; it opens no door.
        offset: of its clock.
        statement: the one that it does not live to send, counted from 1; commits count too.

    """
    code = await forked.ended(forked.start(_live, settings, offset, statement))
    assert code in (0, -signal.SIGKILL), f"it ended by itself with {code}"
    return code != 0


def _live(settings: dict[str, Any], offset: timedelta, statement: int) -> None:
    asyncio.run(_tick(build(Settings.load(**settings), now=Clock(offset), pace=0), statement))


async def _tick(bot: Bot, statement: int) -> None:
    await bot.start(doors=False, ticks=False)
    left = statement

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    for what in ("before_cursor_execute", "commit"):
        event.listen(bot.db.engine.sync_engine, what, count)
    await bot.tick()
    await bot.stop()
