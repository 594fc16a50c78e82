"""`opshat prompts ...`: check, list, write, look at and explain the questions; needs no database."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli import app
from bot.errors import Problem
from bot.prompts import KINDS, LENSES, OWN_PACKS, Leaning, Packs, Prompt, choose, read_packs
from bot.prompts.coverage import page, summary
from bot.prompts.tally import tally
from bot.prompts.writing import add_prompt

prompts = typer.Typer(name="prompts", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(prompts, help="The questions: check packs, list, write and look at prompts.")

Folders = Annotated[
    list[Path] | None, typer.Option("--folder", help="A folder of packs beside our own; may be given again.")
]
Asked = Annotated[
    Path, typer.Option("--asked", help="A file of prompt ids in the order asked, one a line; - is stdin.")
]


@prompts.command()
def check(
    folders: Annotated[list[Path] | None, typer.Argument(help="Folders of packs, checked with our own.")] = None,
) -> None:
    """Check packs: every mistake with its file and line, or one line on what they hold."""
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
    """Add a prompt to a pack of your own; nothing is written if the pack would not pass."""
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
    print(json.dumps({"blocks": _blocks(prompt)}, indent=2, ensure_ascii=False) if as_json else _text(prompt))


@prompts.command()
def why(
    asked: Asked,
    motion: Annotated[str, typer.Option(help="scaling, fixing or both.")] = "both",
    kind: Annotated[list[str] | None, typer.Option(help="A kind heard lately; may be given again, most first.")] = None,
    salt: Annotated[str, typer.Option(help="What makes channels differ, such as the channel's id.")] = "",
    folder: Folders = None,
) -> None:
    """Say which prompt comes next after a history, and why this one."""
    _known("motion", motion, ("scaling", "fixing", "both"))
    for heard in kind or ():
        _known("kind", heard, KINDS)
    chosen = choose(_read(folder).prompts, _ids(asked), Leaning(motion, tuple(kind or ())), salt)
    print(f"{chosen.prompt.id}: {chosen.prompt.question}\n{chosen.why}")


@prompts.command()
def stats(asked: Asked, folder: Folders = None) -> None:
    """Count a history by lens: how many nudges were asked, and how many of them had an answer.

    A line of the history may hold the number of answers after the id: `goal-visitor 3`.
    """
    print("asked  answered")
    for count in tally(_read(folder).prompts, _history(asked)):
        print(f"{count.asked:5}  {count.answered:8}  {count.name}")


@prompts.command()
def coverage(
    out: Annotated[Path, typer.Option(help="Where to write the page.")] = Path("docs/prompts.md"),
) -> None:
    """Write the page that says what our own prompts cover."""
    out.write_text(page(read_packs([OWN_PACKS])), encoding="utf-8")
    print(f"Wrote {out}.")


def _read(folders: Sequence[Path] | None) -> Packs:
    return read_packs([OWN_PACKS, *(folders or ())])


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


def _small_print(prompt: Prompt) -> str:
    return f"{LENSES[prompt.lens]} · The thread is open to this channel; the button is private."


def _text(prompt: Prompt) -> str:
    return f"{prompt.question}\n{_small_print(prompt)}\n[Answer] [Watch] [Not this week]"


def _blocks(prompt: Prompt) -> list[dict[str, Any]]:
    buttons = [
        {
            "type": "button",
            "text": {"type": "plain_text", "text": label},
            "action_id": action,
            "value": prompt.id,
        }
        for label, action in (("Answer", "answer"), ("Watch", "watch"), ("Not this week", "skip"))
    ]
    return [
        {"type": "section", "text": {"type": "plain_text", "text": prompt.question}},
        {"type": "context", "elements": [{"type": "plain_text", "text": _small_print(prompt)}]},
        {"type": "actions", "elements": buttons},
    ]
