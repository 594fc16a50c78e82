"""`opshat run`, `web`, `worker`: the bot itself; `migrate`: its database."""

import asyncio
import errno
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import app
from bot.errors import Problem

if TYPE_CHECKING:
    from bot.door.http import Asgi
    from bot.settings import Settings

_LAST_ANSWERS_SECONDS = 5


@app.command()
def run() -> None:
    """Run everything in one process: right for one team.

    Listens through Socket Mode where SLACK_APP_TOKEN is set, else by HTTP on PORT.
    """
    settings = _complete()
    _start(settings, doors=True, ticks=True, listens=not settings.socket_mode)


@app.command()
def web() -> None:
    """Run what Slack talks to; `opshat worker` does the rest.

    Answers requests on PORT, and holds the socket in Socket Mode. Nothing is posted on time without `opshat
    worker` (or use `opshat run` for both).
    """
    _start(_complete(), doors=True, ticks=False, listens=True)


@app.command()
def worker() -> None:
    """Run what happens on time: nudges, digests, closed weeks.

    Any number may share a PostgreSQL. Where PORT is set, /healthz, /readyz and /metrics are answered there.
    """
    _start(_complete(), doors=False, ticks=True, listens=False)


@app.command()
def migrate(
    revision: Annotated[str, typer.Argument(help="`head`, `base`, or a revision such as 0001")] = "head",
) -> None:
    """Bring the database to the shape that this version needs.

    Or to an earlier one, before an earlier version is installed.
    """
    from bot.settings import Settings  # noqa: PLC0415 - slow, see bot/cli/__init__.py
    from bot.store.migrate import migrate as move  # noqa: PLC0415 - slow, see bot/cli/__init__.py

    reached = move(Settings.load().database, revision)
    print(f"The database is at revision {reached}." if reached else "The database is empty.")


@app.command("rotate-secret")
def rotate_secret() -> None:
    """Wrap all keys and tokens again, with the first secret.

    That of OPSHAT_SECRET, which holds several with commas between; the others can then be left out.
    """
    print(f"Wrapped {asyncio.run(_rotate())} keys and tokens again. OPSHAT_SECRET needs only its first secret now.")


async def _rotate() -> int:
    from bot.installs.rotate import rotate  # noqa: PLC0415 - slow, see bot/cli/__init__.py
    from bot.keys import KeyRing  # noqa: PLC0415 - slow, see bot/cli/__init__.py
    from bot.settings import Settings  # noqa: PLC0415 - slow, see bot/cli/__init__.py
    from bot.store.opened import opened  # noqa: PLC0415 - slow, see bot/cli/__init__.py

    settings = Settings.load()
    if settings.opshat_secret is None:
        raise Problem("OPSHAT_SECRET is missing: write the new secret before the old one, with a comma between.")
    async with opened(settings.database) as db:
        return await rotate(db, KeyRing(settings.opshat_secret.get_secret_value()))


def _complete() -> "Settings":
    from bot.settings import Settings  # noqa: PLC0415 - slow, see bot/cli/__init__.py

    return Settings.load_for_slack()


def _start(settings: "Settings", *, doors: bool, ticks: bool, listens: bool) -> None:
    with asyncio.Runner(loop_factory=_fast_loop()) as runner:
        runner.run(_serve(settings, doors=doors, ticks=ticks, listens=listens))


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return what makes event loops: uvloop's, which takes a third off every request, where there is one."""
    try:
        import uvloop  # noqa: PLC0415 - only for what runs for long
    except ImportError:  # on Windows
        return None
    return uvloop.new_event_loop


async def _serve(settings: "Settings", *, doors: bool, ticks: bool, listens: bool) -> None:
    from bot.app import build  # noqa: PLC0415 - slow, see bot/cli/__init__.py
    from bot.cli.logs import configure_logs  # noqa: PLC0415 - slow, see bot/cli/__init__.py
    from bot.store.migrate import told_in_one_sentence  # noqa: PLC0415 - slow, see bot/cli/__init__.py

    configure_logs(settings.opshat_log_format)
    port = _take_port(settings.port) if listens else _spare_port(settings)
    bot = build(settings)
    told = told_to_stop()
    try:
        with told_in_one_sentence(settings.database):
            await bot.start(doors=doors, ticks=ticks)
        print(f"Ops Hat is running (process {os.getpid()}).", flush=True)
        pages = bot.asgi if listens else bot.health_pages
        failed = asyncio.create_task(bot.failed())
        serving = asyncio.create_task(told.wait() if port is None else _listen(pages, port, told))
        await asyncio.wait([failed, serving], return_when=asyncio.FIRST_COMPLETED)
        for task in (failed, serving):
            if task.done():
                task.result()
            task.cancel()
    finally:
        await bot.stop()


def told_to_stop() -> asyncio.Event:
    """Return what SIGTERM and Ctrl-C set."""
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    return told


def _take_port(number: int) -> socket.socket:
    """Return a socket that listens on every interface; a host's router must reach it.

    Raises:
        Problem: the port is taken, or may not be used.

    """
    try:
        return socket.create_server(("0.0.0.0", number))  # noqa: S104 - said above
    except OSError as error:
        reason = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
        raise Problem(f"PORT {number} {reason}: set another, or stop what listens there.") from None


def _spare_port(settings: "Settings") -> socket.socket | None:
    """Return a socket for the health pages of a process that Slack does not talk to, where somebody set a port."""
    if not settings.port_is_set:
        return None
    try:
        return _take_port(settings.port)
    except Problem as problem:
        # Perhaps `opshat web` beside us has it; what we are here for needs none.
        print(f"No health pages here: {problem}", file=sys.stderr)
        return None


async def _listen(asgi: "Asgi", port: socket.socket, told: asyncio.Event) -> None:
    """Serve until told to stop, and let what is being answered end.

    Uvicorn's own handling of signals would end the process before the bot has stopped.
    """
    import uvicorn  # noqa: PLC0415 - slow, see bot/cli/__init__.py

    from bot.door.http import SERVER  # noqa: PLC0415 - slow, see bot/cli/__init__.py

    class Server(uvicorn.Server):
        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    server = Server(uvicorn.Config(asgi, timeout_graceful_shutdown=_LAST_ANSWERS_SECONDS, **SERVER))
    serving = asyncio.create_task(server.serve(sockets=[port]))
    telling = asyncio.create_task(told.wait())
    await asyncio.wait((serving, telling), return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    telling.cancel()
    await serving
