"""`opshat detect` and `opshat evaluate`: the detector over lines of JSON."""

import gc
import multiprocessing
import os
import sys
from codecs import BOM_UTF8
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Final

import orjson
import typer

from bot.cli import app
from bot.constraints.find import Detector, Finding, Suppressed
from bot.constraints.own import OwnLanguage
from bot.errors import Problem

if TYPE_CHECKING:
    from multiprocessing.pool import AsyncResult, Pool

BATCH = 500
"""Lines read at once. A longer input is shared among the processors, batch by batch and in its order."""

_File = Annotated[str, typer.Argument(metavar="[FILE|-]", help="Lines of JSON with `text` and perhaps `prompt`.")]


OwnFile = Annotated[
    Path | None, typer.Option("--language", metavar="FILE", help="Phrases of your own, as OPSHAT_LANGUAGE names them.")
]


@app.command()
def detect(
    file: _File = "-",
    explain: Annotated[bool, typer.Option("--explain", help="Also show what was stopped, and by which veto.")] = False,
    language: OwnFile = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes for a long input; as many as there are processors otherwise.")
    ] = None,
) -> None:
    """Find the limits that replies assert: JSON lines in and out.

    Each line comes back with its `findings`: kind, span, start, end, rule and why.
    """
    gc.disable()  # nothing here makes cycles, and looking for some costs a tenth of the time
    detector = OwnLanguage.read(language).detector()
    with _opened(file) as source:
        batches = _batches(source)
        first = next(batches, None)
        if first is None:
            return
        work = partial(_detected, detector, explain=explain)
        write = sys.stdout.buffer.write
        write(work(first))
        if len(first[1]) == BATCH and (processes := jobs or _processors()) > 1:
            with multiprocessing.get_context("fork").Pool(processes, _HELD.append, (work,)) as pool:
                for written in _shared(pool, batches, 2 * processes):
                    write(written)
        else:
            for batch in batches:
                write(work(batch))


def _processors() -> int:
    """Return how many processors we may use; where the system does not say (macOS), how many there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_HELD: Final[list[Callable[[tuple[int, list[bytes]]], bytes]]] = []
"""What a worker does with a batch: a forked process is handed it once, as a detector cannot be sent."""


def _shared(pool: "Pool", batches: Iterator[tuple[int, list[bytes]]], most: int) -> Iterator[bytes]:
    """Give what each batch comes to, in order; no more than `most` are under way, however slowly they are taken."""
    under_way: deque[AsyncResult[bytes]] = deque()
    for batch in batches:
        under_way.append(pool.apply_async(_in_turn, (batch,)))
        if len(under_way) == most:
            yield under_way.popleft().get()
    yield from (one.get() for one in under_way)


def _in_turn(batch: tuple[int, list[bytes]]) -> bytes:
    return _HELD[-1](batch)


def _batches(source: BinaryIO) -> Iterator[tuple[int, list[bytes]]]:
    """Give the lines in batches, each with the number of its first line."""
    number = 1
    while lines := list(islice(source, BATCH)):
        yield number, lines
        number += len(lines)


def _detected(detector: Detector, batch: tuple[int, list[bytes]], *, explain: bool) -> bytes:
    first, lines = batch
    objects = (_object(raw, number) for number, raw in enumerate(lines, start=first) if not raw.isspace())
    told = (_told(detector, line, explain=explain) for line in objects)
    return b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in told)


@app.command()
def evaluate(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Labelled lines of JSON.")], language: OwnFile = None
) -> None:
    """Measure the detector on labelled replies.

    Tells precision, recall, F1, kinds, spans and vetoes.
    """
    from bot.constraints.measure import Labelled, report  # noqa: PLC0415 - the other commands start without it

    detector = OwnLanguage.read(language).detector()
    labelled = [Labelled.read(line) for line in read_lines(file)]
    print(report(labelled, [detector.read(one.text, one.prompt) for one in labelled]))


def read_lines(file: str) -> Iterator[dict[str, Any]]:
    """Give the objects of a JSONL file (`-` is standard input); raises `Problem` naming a bad line."""
    with _opened(file) as source:
        for number, raw in enumerate(source, start=1):
            if not raw.isspace():
                yield _object(raw, number)


def _opened(file: str) -> Any:  # noqa: ANN401 - a context manager of a binary file, whose type has no name
    if file == "-":
        return nullcontext[BinaryIO](sys.stdin.buffer)
    try:
        return Path(file).open("rb")
    except OSError as error:
        raise Problem(f"{file} cannot be read: {error.strerror}.") from error


def _object(raw: bytes, number: int) -> dict[str, Any]:
    try:
        line = orjson.loads(raw.removeprefix(BOM_UTF8) if number == 1 else raw)  # some editors put it first
    except orjson.JSONDecodeError as error:
        raise Problem(
            f'Line {number} is not JSON ({error}); each line must be an object such as {{"text": "..."}}.'
        ) from error
    if not isinstance(line, dict) or not isinstance(line.get("text"), str):
        raise Problem(f'Line {number} has no text; each line must be an object such as {{"text": "..."}}.')
    if not isinstance(line.get("prompt", ""), str | None):
        raise Problem(f"Line {number} has a prompt that is not a text; leave it out or write a question.")
    return line


def _told(detector: Detector, line: dict[str, Any], *, explain: bool) -> dict[str, Any]:
    text = line["text"]
    reading = detector.read(text, line.get("prompt"))
    line["findings"] = [_finding(text, one) for one in reading.findings]
    line["against"] = [_finding(text, one) for one in reading.against]
    if explain:
        line["suppressed"] = [_suppressed(text, one) for one in reading.suppressed]
    return line


def _finding(text: str, one: Finding) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "span": text[one.start : one.end],
        "start": one.start,
        "end": one.end,
        "rule": one.rule,
        "why": one.why,
    }


def _suppressed(text: str, one: Suppressed) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "span": text[one.start : one.end],
        "rule": one.rule,
        "veto": one.veto,
        "why": one.why,
    }
