"""`opshat export` and `opshat import`: everything the bot knows, in one file, between any two databases."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli import app
from bot.errors import Problem


@app.command("export")
def export_all(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not be there yet.")],
) -> None:
    """Write the whole database into one file of JSON lines.

    `opshat import` reads it. It holds what people wrote and the wrapped keys: only its owner may read it. Keep
    OPSHAT_SECRET as well.
    """
    from bot.settings import Settings  # noqa: PLC0415 - slow, see bot/cli/__init__.py
    from bot.store.migrate import check_migrated  # noqa: PLC0415 - slow, see bot/cli/__init__.py
    from bot.store.move import count_rows, export_lines  # noqa: PLC0415 - slow, see bot/cli/__init__.py

    url = Settings.load().database
    check_migrated(url)  # before there is a file
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise Problem(
            f"{file} cannot be written ({error.strerror}): name one not there yet, in a folder you may write."
        ) from None
    try:
        with (
            os.fdopen(descriptor, "wb") as out,
            typer.progressbar(length=count_rows(url), label="Exporting", file=sys.stderr) as bar,
        ):
            out.writelines(export_lines(url, bar.update))
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        file.unlink()  # half an export would be in the way of a whole one
        raise Problem(
            f"{file} could not be written to its end ({error.strerror}): make room, or name another."
        ) from None
    print(f"Wrote {file}.")


@app.command("import")
def import_all(
    file: Annotated[Path, typer.Argument(help="What `opshat export` wrote.")],
) -> None:
    """Read what `opshat export` wrote into an empty database.

    That of DATABASE_URL, migrated; all of it is read, or nothing.
    """
    from bot.settings import Settings  # noqa: PLC0415 - slow, see bot/cli/__init__.py
    from bot.store.migrate import told_in_one_sentence  # noqa: PLC0415 - slow, see bot/cli/__init__.py
    from bot.store.move import import_lines  # noqa: PLC0415 - slow, see bot/cli/__init__.py

    url = Settings.load().database
    try:
        source = file.open("rb")
    except OSError as error:
        raise Problem(f"{file} cannot be read ({error.strerror}): name what `opshat export` wrote.") from None
    with source, typer.progressbar(length=file.stat().st_size, label="Importing", file=sys.stderr) as bar:
        told = 0

        def move_bar(_: int) -> None:
            nonlocal told
            position = source.tell()
            bar.update(position - told)
            told = position

        with told_in_one_sentence(url):
            total = import_lines(url, iter(source.readline, b""), move_bar)
    print(f"Imported {total:,} rows.")
