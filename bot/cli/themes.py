"""`opshat themes`: statements in, the theme and the label of each one out."""

import sys
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import typer

from bot.cli import app
from bot.cli.language import OwnFile
from bot.constraints.kinds import KINDS
from bot.constraints.own import OwnLanguage
from bot.constraints.themes import Parts, Themes
from bot.constraints.together import gather_together
from bot.errors import Problem

STDIN: Final = "-"


@app.command("themes")
def themes_command(
    file: Annotated[
        str, typer.Argument(help="A JSONL file, one object with `text` a line; - reads standard input.")
    ] = STDIN,
    language: OwnFile = None,
) -> None:
    """Group statements that speak of the same constraint.

    Reads JSON lines with a `text` (and a `kind`, where one is known) and writes the same objects with
    `theme`, an id, and `label`, a neutral name. The lines are compared all with all, whatever their order;
    of a long file, the first 400 are, and the later ones join what is there.
    """
    rows = list(_rows(file))
    themes = OwnLanguage.read(language).themes()
    statements = [themes.parts(row["text"], row.get("kind")) for row in rows]
    ids = gather_together(themes, statements)
    labels = _labels(themes, ids, statements)
    for row, theme in zip(rows, ids, strict=True):
        sys.stdout.write(orjson.dumps({**row, "theme": theme, "label": labels[theme]}).decode() + "\n")


def _labels(themes: Themes, ids: Sequence[str], statements: Sequence[Parts]) -> dict[str, str]:
    members: dict[str, list[Parts]] = {}
    for theme, parts in zip(ids, statements, strict=True):
        members.setdefault(theme, []).append(parts)
    return {theme: themes.label(parts) for theme, parts in members.items()}


def _rows(file: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(_lines(file), start=1):
        if line.strip():
            yield _row(line, f"Line {number} of {'standard input' if file == STDIN else file}")


def _lines(file: str) -> Iterable[bytes]:
    if file == STDIN:
        return sys.stdin.buffer.read().removeprefix(BOM_UTF8).split(b"\n")
    try:
        return Path(file).read_bytes().removeprefix(BOM_UTF8).split(b"\n")
    except OSError as error:
        raise Problem(
            f"{file} can't be read ({error.strerror}): give a file of JSON lines, or - for standard input."
        ) from error


def _row(line: bytes, where: str) -> dict[str, Any]:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise Problem(f'{where} is no JSON: write one object a line, such as {{"text": "we have no time"}}.') from error
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise Problem(f'{where} has no `text`: write one object a line, such as {{"text": "we have no time"}}.')
    if row.get("kind") not in (None, *KINDS):
        raise Problem(f"{where} has the unknown kind {row['kind']!r}: leave it out, or use one of {', '.join(KINDS)}.")
    return row
