"""Processes of the bot to be killed: forked from one that has loaded everything, so that each starts in a moment."""

import asyncio
import multiprocessing
import os
import sys
from collections.abc import Callable, Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from bot.cli import main
from bot.constraints.find import load_detector
from bot.constraints.themes import load_themes

load_detector()
load_themes()

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.chaos.forked", "bot.app", "uvicorn"])


def start(work: Callable[..., None], *arguments: Any) -> BaseProcess:
    """Start a process that does some work, a function that can be imported."""
    process = _FORKS.Process(target=work, args=arguments, daemon=True)
    process.start()
    return process


async def ended(process: BaseProcess) -> int:
    """Wait until a process has ended; return its exit code, negative for the signal that killed it."""
    await asyncio.to_thread(process.join)
    assert process.exitcode is not None
    code = process.exitcode
    process.close()
    return code


def opshat(command: str, environment: Mapping[str, str], log: Path) -> None:
    """Be `opshat` with a command and these settings."""
    os.environ.update(environment)
    sys.argv = ["opshat", command]
    with log.open("ab") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    main()
