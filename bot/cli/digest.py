"""`opshat digest --export ...`: what a team can see before it installs anything."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import app

if TYPE_CHECKING:
    from bot.digests.export import Export

MOST_NAMED = 20


class Format(StrEnum):
    """How the digest is printed."""

    text = "text"
    json = "json"


@app.command()
def digest(
    export: Annotated[Path, typer.Option(help="A Slack export: its folder, or the zip as Slack made it.")],
    channel: Annotated[str, typer.Option(help="One public channel; without it, all of them together.")] = "",
    week: Annotated[
        str,
        typer.Option(help="Such as 2026-W47; without it, the last week that the export covers to its end."),
    ] = "",
    zone: Annotated[str, typer.Option(help="By whose clocks weeks begin, such as Europe/Paris.")] = "UTC",
    form: Annotated[Format, typer.Option("--format", help="Plain text, or one JSON document.")] = Format.text,
) -> None:
    """Print the digest of one week of a Slack export.

    It says what the bot would have said. Reads public channels only, over the eight weeks that end with that one.
    Needs no settings, database or token, writes nothing and sends nothing. What could not be read is named on
    standard error.
    """
    from bot.digests import ear, files, unasked, unasked_words  # noqa: PLC0415 - slow, and only this command needs them
    from bot.digests.export import Export  # noqa: PLC0415 - slow, see bot/cli/__init__.py

    with files.open_files(export) as opened:
        source = Export(opened)
        scope = unasked.scope_from(source, channel, week, zone)
        hidden = not sys.stderr.isatty()
        total = unasked.files_of(source, scope)
        with typer.progressbar(length=total, label="Reading", file=sys.stderr, hidden=hidden) as bar:
            told = unasked.overhear(source, scope, ear.load_ear(), lambda: bar.update(1))
    if form is Format.json:
        print(json.dumps(unasked_words.as_document(told, source), indent=2))
    else:
        print(unasked_words.as_text(told))
    _name_what_was_not_read(source)


def _name_what_was_not_read(source: "Export") -> None:
    from bot.digests.export import STRAY  # noqa: PLC0415 - slow, see bot/cli/__init__.py

    # Words that are missing come first: a stray name costs nothing.
    for skipped in sorted(source.skipped, key=lambda one: one.why == STRAY)[:MOST_NAMED]:
        print(f"Skipped {skipped.file}: {skipped.why}.", file=sys.stderr)
    if len(source.skipped) > MOST_NAMED:
        print(f"Skipped {len(source.skipped) - MOST_NAMED} more; --format json names them all.", file=sys.stderr)
    kinds = ", ".join(f"{kind} {number:,}" for kind, number in source.passed_over.most_common())
    if kinds:
        print(f"Not counted as said by a person: {kinds}.", file=sys.stderr)
