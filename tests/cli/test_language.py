import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.cli.language import BATCH
from bot.errors import Problem

LIMIT = "We are not allowed to open the cabinet."


def detected(source: str, *options: str) -> list[dict[str, Any]]:
    result = CliRunner().invoke(app, ["detect", *options], input=source, catch_exceptions=False)
    assert result.exit_code == 0
    return [json.loads(line) for line in result.output.splitlines()]


def test_detect_gives_the_same_objects_back_with_findings() -> None:
    (told,) = detected(json.dumps({"text": LIMIT, "colour": "blue"}))
    assert told["colour"] == "blue"
    assert told["against"] == []
    (found,) = told["findings"]
    assert found["span"] == LIMIT[found["start"] : found["end"]] == LIMIT[:-1]
    assert (found["kind"], found["rule"]) == ("permission", "not-allowed")
    assert found["why"]


def test_a_mark_that_an_editor_put_first_and_its_line_ends_do_not_matter() -> None:
    told = detected("\ufeff" + json.dumps({"text": LIMIT}) + "\r\n\r\n" + json.dumps({"text": LIMIT}))
    assert [len(one["findings"]) for one in told] == [1, 1]


def test_detect_explains_what_it_did_not_tell() -> None:
    (told,) = detected(json.dumps({"text": "We can't wait to see it."}), "--explain")
    assert told["findings"] == []
    assert {one["veto"] for one in told["suppressed"]} == {"idiom"}


@pytest.mark.parametrize(("line", "part"), [
    ("{", "Line 2 is not JSON"),
    ("[]", "Line 2 has no text"),
    ('{"text": 1}', "Line 2 has no text"),
    ('{"text": "a", "prompt": 1}', "Line 2 has a prompt that is not a text"),
])  # fmt: skip
def test_a_bad_line_is_named_by_its_number(line: str, part: str) -> None:
    with pytest.raises(Problem) as caught:
        CliRunner().invoke(app, ["detect"], input=f'{{"text": "a"}}\n{line}\n', catch_exceptions=False)
    assert part in str(caught.value)


def test_a_missing_file_is_said_so() -> None:
    with pytest.raises(Problem, match=r"nowhere\.jsonl cannot be read"):
        CliRunner().invoke(app, ["detect", "nowhere.jsonl"], catch_exceptions=False)


def test_long_input_keeps_its_order_and_its_line_numbers(tmp_path: Path) -> None:
    lines = [json.dumps({"text": LIMIT, "number": number}) for number in range(3 * BATCH)]
    path = tmp_path / "long.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    command = [sys.executable, "-m", "bot", "detect", str(path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own command
    assert [json.loads(line)["number"] for line in told.stdout.splitlines()] == list(range(3 * BATCH))
    path.write_text("\n".join([*lines, "{"]), encoding="utf-8")
    failed = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - as above
    assert failed.returncode == 2
    assert f"Line {3 * BATCH + 1} is not JSON" in failed.stderr


def test_any_number_of_processes_tells_the_same(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    path.write_text("\n".join(json.dumps({"text": LIMIT, "number": number}) for number in range(3 * BATCH)))
    command = [sys.executable, "-m", "bot", "detect", str(path), "--jobs"]
    told = [subprocess.run([*command, jobs], capture_output=True, check=True).stdout for jobs in ("1", "3")]  # noqa: S603 - our own command
    assert told[0] == told[1]


def test_a_system_that_counts_no_processors_for_a_process_takes_long_input_too(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    path.write_text("\n".join(json.dumps({"text": LIMIT}) for _ in range(BATCH)))
    as_on_macos = "import os, sys; del os.sched_getaffinity; from bot.cli import main; sys.argv[0] = 'opshat'; main()"
    command = [sys.executable, "-c", as_on_macos, "detect", str(path)]
    told = subprocess.run(command, capture_output=True, check=False, timeout=60)  # noqa: S603 - our own
    assert (len(told.stdout.splitlines()), told.stderr) == (BATCH, b"")


def test_evaluate_prints_a_report(tmp_path: Path) -> None:
    path = tmp_path / "labelled.jsonl"
    labels = [{"kind": "permission", "span": LIMIT[:-1]}]
    path.write_text(json.dumps({"text": LIMIT, "stratum": "mine", "findings": labels}), encoding="utf-8")
    result = CliRunner().invoke(app, ["evaluate", str(path)], catch_exceptions=False)
    assert "mine" in result.output
    assert "No veto cost a marked text." in result.output
