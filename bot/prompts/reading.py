"""Pack files to packs: every mistake is found in one reading, each with its file and line."""

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.constraints.kinds import KINDS
from bot.errors import Problem
from bot.prompts.packs import (
    EXPERIENCES,
    LENSES,
    MOTIONS,
    READS,
    Introduction,
    Line,
    Packs,
    Probe,
    Prompt,
)
from bot.prompts.questions import LONGEST_ID, LONGEST_LINE, LONGEST_QUESTION, faults, letters

OWN_PACKS = Path(__file__).resolve().parents[2] / "prompts"
"""The packs that come with the bot."""

OWN_NAME = "opshat"
"""The name of our own pack, where a channel chooses among packs."""

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_HEADER = re.compile(r"\s*\[\[\s*([A-Za-z0-9_-]+)\s*\]\]")
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_LABEL = "{label}"


def read_packs(folders: Sequence[Path]) -> Packs:
    """Read every `*.toml` file of `folders`, in the order of the folders and of the file names.

    Raises `Problem` with one line per mistake, `file:line: what is wrong`, for all mistakes in all files.
    """
    if not folders:
        raise Problem("No folder of prompts is given; without one there is nothing to ask.")
    reading = _Reading()
    for folder in folders:
        reading.folder(folder)
    if not reading.mistakes and not reading.read["prompt"]:
        reading.mistakes.append(f"{', '.join(map(str, folders))}: there is no [[prompt]]; a bot needs one to ask.")
    if reading.mistakes:
        raise Problem("\n".join(reading.mistakes))
    return reading.packs()


@dataclass(slots=True)
class _Entry:
    """One `[[table]]` of a file, with what is needed to say where a mistake is."""

    path: Path
    pack: str
    table: str
    values: Mapping[str, Any]
    line: int
    key_lines: Mapping[str, int]
    mistakes: list[str]

    def wrong(self, sentence: str, key: str = "") -> None:
        self.mistakes.append(f"{self.path}:{self.key_lines.get(key, self.line)}: {sentence}")

    def text(self, key: str, default: str | None = None, longest: int = LONGEST_LINE) -> str:
        """Return the text under `key`; note a mistake and return "" where there is none."""
        value = self.values.get(key, default)
        if value is None:
            self.wrong(f'this [[{self.table}]] has no {key}; add {key} = "...".')
        elif not isinstance(value, str):
            self.wrong(f"{key} is not text; put it in quotes.", key)
        elif key in self.values and not value.strip():
            self.wrong(f"{key} is empty; fill it in or remove the line.", key)
        elif len(value) > longest:
            self.wrong(f"{key} is {len(value)} characters long; the most is {longest}.", key)
        else:
            return value.strip()
        return ""

    def one_of(self, key: str, known: Iterable[str], default: str | None = None) -> str:
        value = self.text(key, default)
        if value:
            self.known(key, value, known)
        return value

    def several_of(self, key: str, known: Iterable[str]) -> tuple[str, ...]:
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.wrong(f'{key} is not a list of texts; write {key} = ["..."] or leave the line out.', key)
            return ()
        for item in value:
            self.known(key, item, known)
        return tuple(dict.fromkeys(value))

    def known(self, key: str, value: str, known: Iterable[str]) -> None:
        choices = list(known)
        if value not in choices:
            self.wrong(f'{key} "{value}" is unknown; {_nearest(value, choices)}.', key)

    def flag(self, key: str) -> bool:
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            self.wrong(f"{key} is not true or false; write {key} = true or leave the line out.", key)
        return value is True

    def identifier(self) -> str:
        name = self.text("id", longest=LONGEST_ID)
        if name and not _ID.fullmatch(name):
            self.wrong(f'id "{name}" is not made of a-z, 0-9 and single hyphens.', "id")
        return name

    def question(self, key: str) -> str:
        value = self.text(key)
        for fault in faults(value) if value else ():
            self.wrong(f"{key} {fault}.", key)
        return value


def _prompt(entry: _Entry) -> Prompt:
    return Prompt(
        id=entry.identifier(),
        question=entry.question("question"),
        lens=entry.one_of("lens", LENSES),
        motion=entry.one_of("motion", MOTIONS, "both"),
        experience=entry.one_of("experience", EXPERIENCES, "both"),
        kinds=entry.several_of("kinds", KINDS),
        follow_up=entry.text("follow_up"),
        why=entry.text("why"),
        source=entry.text("source", ""),
        protects=entry.flag("protects"),
        pack=entry.pack,
    )


def _question_line(entry: _Entry) -> Line:
    return Line(entry.identifier(), entry.question("question"))


def _plain_line(entry: _Entry) -> Line:
    return Line(entry.identifier(), entry.text("text"))


def _probe(entry: _Entry) -> Probe:
    probe = Probe(entry.identifier(), entry.question("question"))
    if probe.text and probe.text.count(_LABEL) != 1:
        entry.wrong(f"question needs {_LABEL} exactly once: it stands for the constraint.", "question")
    if probe.text.startswith(_LABEL):
        entry.wrong(f"question begins with {_LABEL}, which is lower case; put words before it.", "question")
    return probe


def _introduction(entry: _Entry) -> Introduction:
    reads = entry.one_of("reads", READS)
    lines = tuple(
        line.strip() for line in entry.text("text", longest=3 * LONGEST_QUESTION).splitlines() if line.strip()
    )
    if lines and len(lines) != 3:  # noqa: PLR2004 - product.md: "in three lines"
        entry.wrong(f"text has {len(lines)} lines; an introduction has three.", "text")
    return Introduction(entry.identifier(), reads, lines)


TABLES: dict[str, tuple[Callable[[_Entry], Any], frozenset[str]]] = {
    "prompt": (
        _prompt,
        frozenset(
            {
                "id",
                "question",
                "lens",
                "motion",
                "experience",
                "kinds",
                "follow_up",
                "why",
                "source",
                "protects",
            }
        ),
    ),
    "hat_question": (_question_line, frozenset({"id", "question"})),
    "look_back": (_question_line, frozenset({"id", "question"})),
    "probe": (_probe, frozenset({"id", "question"})),
    "goal_question": (_question_line, frozenset({"id", "question"})),
    "introduction": (_introduction, frozenset({"id", "reads", "text"})),
    "quiet_line": (_plain_line, frozenset({"id", "text"})),
}
"""For each table: how it is read, and the keys that it may have."""


@dataclass(slots=True)
class _Reading:
    """What has been read so far, and every mistake met on the way."""

    mistakes: list[str] = field(default_factory=list)
    read: dict[str, list[Any]] = field(default_factory=lambda: {table: [] for table in TABLES})
    ids: dict[str, str] = field(default_factory=dict)
    questions: dict[str, str] = field(default_factory=dict)

    def folder(self, folder: Path) -> None:
        if not folder.is_dir():
            self.mistakes.append(f"{folder}: there is no such folder of prompts; create it or correct the path.")
            return
        files = sorted(folder.glob("*.toml"))
        if not files:
            self.mistakes.append(f"{folder}: there is no .toml file in this folder; add a pack or drop the folder.")
        for path in files:
            self.file(path)

    def file(self, path: Path) -> None:
        try:
            source = path.read_text(encoding="utf-8-sig")  # some editors put a mark first
            document = tomllib.loads(source)
        except (OSError, UnicodeDecodeError) as error:
            self.mistakes.append(f"{path}: this file is not readable as UTF-8 text ({error}).")
        except tomllib.TOMLDecodeError as error:
            self.mistakes.append(f"{path}:{_line_of(error, source)}: this is not valid TOML: {error}.")
        else:
            self.document(path, source, document)

    def document(self, path: Path, source: str, document: Mapping[str, Any]) -> None:
        places = _places(source)
        for table, entries in document.items():
            if table not in TABLES:
                line = places.get(table, [(1, {})])[0][0]
                self.mistakes.append(f'{path}:{line}: "{table}" is unknown; {_nearest(table, list(TABLES))}.')
            elif not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
                self.mistakes.append(f"{path}:1: write [[{table}]] in two pairs of brackets above each entry.")
            else:
                self.table(path, table, entries, places.get(table, []))

    def table(
        self,
        path: Path,
        table: str,
        entries: Sequence[Mapping[str, Any]],
        places: Sequence[tuple[int, dict[str, int]]],
    ) -> None:
        # Where the count differs, a header stands inside a text of several lines: then no line is better than
        # a wrong one.
        places = places if len(places) == len(entries) else [(1, {})] * len(entries)
        pack = OWN_NAME if path.parent.resolve() == OWN_PACKS else path.parent.resolve().name
        for values, (line, key_lines) in zip(entries, places, strict=True):
            self.entry(_Entry(path, pack, table, values, line, key_lines, self.mistakes))

    def entry(self, entry: _Entry) -> None:
        make, keys = TABLES[entry.table]
        for key in entry.values.keys() - keys:
            entry.wrong(f'"{key}" is unknown in [[{entry.table}]]; {_nearest(key, sorted(keys))}.', key)
        made = make(entry)
        self.unique(entry, made.id)
        self.read[entry.table].append(made)

    def unique(self, entry: _Entry, name: str) -> None:
        """Remember id and question; a mistake where either was met before."""
        place = f"{entry.path}:{entry.line}"
        if name and self.ids.setdefault(name, place) != place:
            entry.wrong(f'id "{name}" is taken at {self.ids[name]}; choose another.', "id")
        question = entry.values.get("question")
        if isinstance(question, str) and letters(question):
            first = self.questions.setdefault(letters(question), place)
            if first != place:
                entry.wrong(f"this question is asked already at {first}; remove one of them.", "question")

    def packs(self) -> Packs:
        return Packs(
            prompts=tuple(self.read["prompt"]),
            hat_questions=tuple(self.read["hat_question"]),
            look_backs=tuple(self.read["look_back"]),
            probes=tuple(self.read["probe"]),
            goal_questions=tuple(self.read["goal_question"]),
            introductions=tuple(self.read["introduction"]),
            quiet_lines=tuple(self.read["quiet_line"]),
        )


def _places(source: str) -> dict[str, list[tuple[int, dict[str, int]]]]:
    """Find the line of each `[[table]]` and of each of its keys, neither of which `tomllib` tells."""
    places: dict[str, list[tuple[int, dict[str, int]]]] = {}
    key_lines: dict[str, int] = {}
    for number, line in enumerate(source.splitlines(), start=1):
        header = _HEADER.match(line)
        if header:
            key_lines = {}
            places.setdefault(header.group(1), []).append((number, key_lines))
        elif key := line.partition("=")[0].strip():
            key_lines.setdefault(key, number)
    return places


def _line_of(error: tomllib.TOMLDecodeError, source: str) -> int:
    """Return the line that `tomllib` names in its message, or the last one for "at end of document"."""
    named = _AT_LINE.search(str(error))
    return int(named.group(1)) if named else source.count("\n") + 1


def _nearest(value: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(value, known, n=1)
    return f'did you mean "{near[0]}"' if near else f"known are {', '.join(known)}"
