"""`opshat prompts ...`: check, list, write, look at, explain and count the questions."""

import asyncio
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import app
from bot.errors import Problem
from bot.prompts import KINDS, LENSES, OWN_PACKS, Leaning, Packs, Prompt, choose, read_packs
from bot.prompts.coverage import page, summary
from bot.prompts.tally import tally
from bot.prompts.writing import add_prompt

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from bot.slack.faces import Message
    from bot.store.engine import Database

prompts = typer.Typer(name="prompts", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(prompts, help="Check, list, write and look at the questions.")

Folders = Annotated[
    list[Path] | None,
    typer.Option("--folder", help="A folder of packs beside those that the bot asks from; may be given again."),
]
Asked = Annotated[
    Path | None, typer.Option("--asked", help="A file of prompt ids in the order asked, one a line; - is stdin.")
]


@prompts.command()
def check(
    folders: Annotated[
        list[Path] | None, typer.Argument(help="Folders of packs, checked with our own and those of OPSHAT_PROMPTS.")
    ] = None,
) -> None:
    """Check packs: every mistake with its file and line.

    Where there is none, one line says what they hold.
    """
    print(summary(_read(folders)))


@prompts.command("list")
def list_prompts(
    lens: Annotated[str, typer.Option(help="Show this lens only, by its id.")] = "",
    kind: Annotated[str, typer.Option(help="Show what answers this kind of constraint only.")] = "",
    folder: Folders = None,
) -> None:
    """List the prompts: id, lens and question, one a line."""
    _known("lens", lens, LENSES)
    _known("kind", kind, KINDS)
    for prompt in _read(folder).prompts:
        if lens in ("", prompt.lens) and (not kind or kind in prompt.kinds):
            print(f"{prompt.id}\t{prompt.lens}\t{prompt.question}")


@prompts.command()
def new(
    file: Annotated[Path, typer.Argument(help="The pack to add to, such as ours/first.toml; made if missing.")],
    question: Annotated[str, typer.Option(prompt="The question, under 120 characters if you can")],
    lens: Annotated[str, typer.Option(prompt=f"Its lens ({', '.join(LENSES)})")],
    follow_up: Annotated[str, typer.Option(prompt="A follow-up for the thread")],
    why: Annotated[str, typer.Option(prompt="Why it is asked, in one line")],
) -> None:
    """Add a prompt to a pack of your own.

    Nothing is written if the pack would not pass.
    """
    name = add_prompt(file, question=question, lens=lens, follow_up=follow_up, why=why)
    print(f"Added {name} to {file}.")


@prompts.command()
def preview(
    name: Annotated[str, typer.Argument(metavar="ID", help="The prompt's id, as `opshat prompts list` shows it.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print Block Kit for Slack's Block Kit Builder.")] = False,
    folder: Folders = None,
) -> None:
    """Show a prompt as it looks in Slack."""
    prompt = _named(_read(folder), name)
    message = _message(prompt)
    if as_json:
        print(json.dumps({"blocks": message.blocks}, indent=2, ensure_ascii=False))
        return
    print(f"{_text(message)}\n\nFollow-up, where it is answered privately: {prompt.follow_up}\nWhy: {prompt.why}")
    if prompt.source:
        print(f"Whom to read: {prompt.source}")


@prompts.command()
def why(
    channel: Annotated[str, typer.Argument(metavar="[CHANNEL]", help="A channel's Slack id, such as C024BE91L.")] = "",
    asked: Asked = None,
    motion: Annotated[str, typer.Option(help="scaling, fixing or both.")] = "both",
    kind: Annotated[list[str] | None, typer.Option(help="A kind heard lately; may be given again, most first.")] = None,
    salt: Annotated[str, typer.Option(help="What makes channels differ, such as the channel's id.")] = "",
    folder: Folders = None,
) -> None:
    """Say which prompt comes next in a channel, and why.

    Or which would after a history of your own (--asked).
    """
    if asked is None:
        if kind or salt or motion != "both":
            raise Problem("--motion, --kind and --salt go with --asked; a channel has its own.")
        print(asyncio.run(_next_in(channel, _read(folder))))
        return
    _either(channel, asked)
    _known("motion", motion, ("scaling", "fixing", "both"))
    for heard in kind or ():
        _known("kind", heard, KINDS)
    chosen = choose(_read(folder).prompts, _ids(asked), Leaning(motion, tuple(kind or ())), salt)
    print(f"{chosen.prompt.id}: {chosen.prompt.question}\n{chosen.why}")


@prompts.command()
def stats(
    channel: Annotated[str, typer.Argument(metavar="[CHANNEL]", help="Of one channel only, by its Slack id.")] = "",
    asked: Asked = None,
    folder: Folders = None,
) -> None:
    """Count by lens how many nudges were asked and answered.

    Answered means in their thread. With --asked a history of your own is counted: a prompt id a line, and the
    number of answers after it.
    """
    _either(channel, asked)
    history = _history(asked) if asked else asyncio.run(_asked_and_answered(channel))
    print("asked  answered")
    for count in tally(_read(folder).prompts, history):
        print(f"{count.asked:5}  {count.answered:8}  {count.name}")


def _either(channel: str, asked: Path | None) -> None:
    if channel and asked is not None:
        raise Problem("Name a channel, or a history of your own with --asked.")


async def _next_in(channel: str, packs: Packs) -> str:
    from bot.nudges.history import next_in  # noqa: PLC0415 - slow, see bot/cli/__init__.py

    if not channel:
        raise Problem("Name a channel by its Slack id, such as C024BE91L, or give a history with --asked.")
    async with _database() as db, db.read() as session:
        question = await next_in(session, channel, packs, datetime.now(UTC))
    return f"{question.id}: {question.words}\n{question.why}"


async def _asked_and_answered(channel: str) -> list[tuple[str, int]]:
    from bot.nudges.history import asked_and_answered  # noqa: PLC0415 - slow, see bot/cli/__init__.py

    async with _database() as db, db.read() as session:
        return await asked_and_answered(session, channel)


def _database() -> "AbstractAsyncContextManager[Database]":
    from bot.settings import Settings  # noqa: PLC0415 - slow, see bot/cli/__init__.py
    from bot.store.opened import opened  # noqa: PLC0415 - slow, see bot/cli/__init__.py

    return opened(Settings.load().database)


@prompts.command()
def coverage(
    out: Annotated[Path, typer.Option(help="Where to write the page.")] = Path("docs/prompts.md"),
) -> None:
    """Write the page that says what our own prompts cover."""
    told = page(read_packs([OWN_PACKS]))
    try:
        out.write_text(told, encoding="utf-8")
    except OSError as error:
        raise Problem(f"{out} cannot be written ({error.strerror}): name a file that may be.") from None
    print(f"Wrote {out}.")


def _read(folders: Sequence[Path] | None) -> Packs:
    """Read our own packs, those that the bot is set to ask from, and `folders`; each folder once."""
    from bot.settings import Settings  # noqa: PLC0415 - slow, see bot/cli/__init__.py

    known: dict[Path, Path] = {}
    for folder in (OWN_PACKS, *Settings.load().opshat_prompts, *(folders or ())):
        known.setdefault(folder.resolve(), folder)
    return read_packs(list(known.values()))


def _known(what: str, value: str, known: Sequence[str] | dict[str, str]) -> None:
    if value and value not in known:
        raise Problem(f'There is no {what} "{value}"; known are {", ".join(known)}.')


def _named(packs: Packs, name: str) -> Prompt:
    for prompt in packs.prompts:
        if prompt.id == name:
            return prompt
    raise Problem(f'There is no prompt "{name}"; `opshat prompts list` shows them all.')


def _ids(asked: Path) -> list[str]:
    return [name for name, _ in _history(asked)]


def _history(asked: Path) -> list[tuple[str, int]]:
    """Read one prompt id a line, with the number of answers after it where that is known."""
    lines = [line.split() for line in _text_of(asked).splitlines() if line.strip()]
    if any(len(line) > 2 or not all(word.isdigit() for word in line[1:]) for line in lines):  # noqa: PLR2004 - id and number
        raise Problem(f"{asked} is not a list of prompt ids; write one a line, and the number of answers after it.")
    return [(line[0], int(line[1]) if line[1:] else 0) for line in lines]


def _text_of(asked: Path) -> str:
    try:
        return sys.stdin.read() if str(asked) == "-" else asked.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"{asked} is not readable as a list of prompt ids ({error}).") from error


def _text(message: "Message") -> str:
    labels = (
        element["text"]["text"]
        for block in message.blocks
        for element in block.get("elements", ())
        if block["type"] == "actions"
    )
    return f"{message.text}\n{' '.join(f'[{label}]' for label in labels)}"


def _message(prompt: Prompt) -> "Message":
    from bot.nudges.choosing import Question  # noqa: PLC0415 - slow, see bot/cli/__init__.py
    from bot.nudges.words import nudge  # noqa: PLC0415 - slow, see bot/cli/__init__.py

    return nudge(Question(prompt.id, prompt.question, LENSES[prompt.lens], ""))
