"""Bring a database to the shape that this version of the bot expects, or say how far it is from it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, create_engine
from sqlalchemy.exc import DBAPIError

from bot.errors import Problem

_ROOT = Path(__file__).parents[2]


def sync_url(url: URL) -> URL:
    """The same database through a driver that Alembic can use."""
    return url.set(drivername="sqlite") if url.get_backend_name() == "sqlite" else url


def migrate(url: URL, revision: str = "head") -> str | None:
    """Move the database to a revision: forwards to a later one, backwards to an earlier one or to `base`.

    Returns the revision that it is at then.

    Raises:
        Problem: the database cannot be reached, or is of a newer version of the bot.

    """
    current = revision_of(url)
    if current is not None and current not in _known():
        raise Problem(_NEWER)
    if current is None:
        _keep_from_others(url)
    config = _config()
    config.attributes["url"] = sync_url(url)
    forwards = revision == "head" or current is None or current < revision
    try:
        with told_in_one_sentence(url):
            (command.upgrade if forwards and revision != "base" else command.downgrade)(config, revision)
    except CommandError as error:
        raise Problem(f"There is no revision {revision}: {str(error).rstrip('.')}.") from None
    return revision_of(url)


def _keep_from_others(url: URL) -> None:
    """Let only its owner read a new SQLite file, and what SQLite puts beside it: people's words go there."""
    if url.get_backend_name() != "sqlite":
        return
    file = Path(url.database or "")
    with suppress(OSError):  # somebody else's file, or none
        if file.is_file() and not file.stat().st_size:
            file.chmod(0o600)


def check_migrated(url: URL) -> None:
    """Return when the database has exactly the shape that this version expects.

    Raises:
        Problem: it cannot be reached, is not migrated yet, or is of a newer version of the bot.

    """
    current = revision_of(url)
    if current == _head():
        return
    if current is None:
        raise Problem("The database is empty: run `opshat migrate` first.")
    if current in _known():
        raise Problem("The database is of an earlier version of Ops Hat: run `opshat migrate`.")
    raise Problem(_NEWER)


def shown(url: URL) -> str:
    """Name a database as operators do, without what lets anybody in: passwords may stand among its options, too."""
    return url.set(drivername=url.get_backend_name(), query={}).render_as_string(hide_password=True)


def revision_of(url: URL) -> str | None:
    """The revision that a database is at, or None before the first.

    Raises:
        Problem: the database cannot be reached.

    """
    engine = create_engine(sync_url(url))
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except DBAPIError as error:
        raise Problem(f"The database {shown(url)} cannot be opened ({_reason(error)}): check DATABASE_URL.") from None
    finally:
        engine.dispose()


@contextmanager
def told_in_one_sentence(url: URL) -> Iterator[None]:
    """Tell an operator in one sentence that a database opens, and then refuses what is asked of it.

    Raises:
        Problem: it is full, read-only, locked, or its user may not do that.

    """
    try:
        yield
    except DBAPIError as error:
        what = _ON_DISK if url.get_backend_name() == "sqlite" else _ON_A_SERVER
        raise Problem(f"The database {shown(url)} refused what was asked ({_reason(error)}): check {what}.") from None


_ON_DISK = "the room on its disk, who may write the file and its folder, and what else has it open"
_ON_A_SERVER = "the server, and what its user may do there"


def _reason(error: DBAPIError) -> str:
    return (str(error.orig).strip().splitlines() or [type(error.orig).__name__])[0]


_NEWER = "The database is of a newer version of Ops Hat: install that version, or restore the backup of before."


@cache
def _head() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def _known() -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def _config() -> Config:
    config = Config()  # not from pyproject.toml, which is not where the package alone is installed
    config.set_main_option("script_location", str(_ROOT / "migrations").replace("%", "%%"))
    return config
