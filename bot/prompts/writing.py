"""Add a prompt to a pack file: checked first, appended only if the whole folder still passes."""

import re
import tempfile
from pathlib import Path

from bot.errors import Problem
from bot.prompts.questions import LONGEST_ID
from bot.prompts.reading import OWN_PACKS, read_packs

_WORDS_IN_ID = 4


def add_prompt(file: Path, *, question: str, lens: str, follow_up: str, why: str) -> str:
    """Append a prompt to `file` (made if missing) and return the id that it was given.

    Raises `Problem`, and writes nothing, if the pack with the new prompt would not pass `read_packs`, or the file
    cannot be read or written.
    """
    if file.suffix != ".toml":
        raise Problem(f"{file} is no pack file; its name has to end in .toml.")
    name = _identifier(lens, question)
    added = _entry(name, question, lens, follow_up, why)
    try:
        before = file.read_text(encoding="utf-8") if file.is_file() else ""
        _try_out(file, before + added)
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as pack:
            pack.write(added)
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"Nothing can be added to {file} ({error}): name UTF-8 text that you may write to.") from error
    return name


def _try_out(file: Path, text: str) -> None:
    """Read `text` in the place of `file`: a copy of its folder, beside our own packs."""
    with tempfile.TemporaryDirectory() as copy:
        for neighbour in file.parent.glob("*.toml"):
            (Path(copy) / neighbour.name).write_bytes(neighbour.read_bytes())
        (Path(copy) / file.name).write_text(text, encoding="utf-8")
        try:
            read_packs([Path(copy)] if file.parent.resolve() == OWN_PACKS else [OWN_PACKS, Path(copy)])
        except Problem as problem:
            raise Problem(str(problem).replace(copy, str(file.parent))) from problem


def _identifier(lens: str, question: str) -> str:
    words = re.findall(r"[a-z0-9]+", question.lower().replace("'", ""))
    return "-".join([lens, *words[:_WORDS_IN_ID]])[:LONGEST_ID].rstrip("-")


def _entry(name: str, question: str, lens: str, follow_up: str, why: str) -> str:
    values = {"id": name, "question": question, "lens": lens, "follow_up": follow_up, "why": why}
    return "\n[[prompt]]\n" + "".join(f"{key} = {_quoted(value)}\n" for key, value in values.items())


def _quoted(text: str) -> str:
    """Write `text` as a TOML string; line breaks and other control characters become spaces."""
    clean = re.sub(r"[\x00-\x1f\x7f]+", " ", text).strip()
    return '"' + clean.replace("\\", "\\\\").replace('"', '\\"') + '"'
