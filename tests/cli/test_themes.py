import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.errors import Problem

LINES: list[dict[str, object]] = [
    {"id": 7, "text": "devs can't talk to users"},
    {"text": "pancakes"},
    {"text": "engineers aren't allowed to contact customers", "kind": "customer-distance"},
]


def jsonl(rows: list[dict[str, object]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def refusal(content: bytes) -> str:
    result = CliRunner().invoke(app, ["themes"], input=content)
    assert isinstance(result.exception, Problem)
    assert not result.stdout
    return str(result.exception)


def test_every_line_gets_a_theme_and_a_label() -> None:
    result = CliRunner().invoke(app, ["themes", "-"], input="\n" + jsonl(LINES))
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["theme"] for row in rows] == ["t1", "t2", "t1"]
    assert rows[0] == LINES[0] | {"theme": "t1", "label": "talking to customers is not for developers"}
    assert rows[1]["label"] == "this is out of reach"


def test_a_file_reads_like_standard_input(tmp_path: Path) -> None:
    (tmp_path / "said.jsonl").write_text(jsonl(LINES), "utf-8")
    from_file = CliRunner().invoke(app, ["themes", str(tmp_path / "said.jsonl")])
    assert from_file.stdout == CliRunner().invoke(app, ["themes"], input=jsonl(LINES)).stdout


def test_a_mark_that_some_editors_put_first_is_no_part_of_the_first_line() -> None:
    marked = CliRunner().invoke(app, ["themes"], input="\ufeff" + jsonl(LINES))
    assert marked.stdout == CliRunner().invoke(app, ["themes"], input=jsonl(LINES)).stdout


def test_nothing_in_nothing_out() -> None:
    assert CliRunner().invoke(app, ["themes"], input="").stdout == ""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"text": "a"}\n{"text"', "Line 2 of standard input is no JSON"),
        (b"[]", "Line 1 of standard input has no `text`"),
        (b'{"text": 5}', "Line 1 of standard input has no `text`"),
        (b'{"text": "a", "kind": "mood"}', "Line 1 of standard input has the unknown kind 'mood'"),
        (b'{"text": "a", "kind": ["mood"]}', "Line 1 of standard input has the unknown kind ['mood']"),
        (b"\xff\xfe", "Line 1 of standard input is no JSON"),
    ],
)
def test_a_bad_line_is_named(content: bytes, words: str) -> None:
    assert words in refusal(content)


def test_a_missing_file_is_named() -> None:
    result = CliRunner().invoke(app, ["themes", "nowhere.jsonl"])
    assert "nowhere.jsonl can't be read" in str(result.exception)
