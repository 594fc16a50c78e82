import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import ORDER, app

ROOT = Path(__file__).parents[1]


def test_help_names_the_product() -> None:
    result = CliRunner().invoke(app, ["--help"])
    assert "limits that it keeps naming" in " ".join(result.output.split())


def test_it_tells_its_version() -> None:
    assert CliRunner().invoke(app, ["--version"]).output.startswith("Ops Hat 0.")


def test_every_command_is_listed_with_a_whole_sentence() -> None:
    for command in ((), ("prompts",)):
        told = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "80"}).output
        listed = [line for line in told.partition("Commands:")[2].splitlines() if line.strip()]
        assert listed
        assert [line for line in listed if not line.endswith(".") or line.endswith("...")] == []


def test_a_newcomers_commands_come_first() -> None:
    told = CliRunner().invoke(app, ["--help"]).output.partition("Commands:")[2]
    listed = [line.split()[0] for line in told.splitlines() if line.strip()]
    assert tuple(listed[: len(ORDER)]) == ORDER


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--port", "99999"), "Invalid value for '--port'"),
        (("--folder", "a-file"), "Nothing can be kept in a-file (File exists): choose another with --folder."),
    ],
)
def test_a_playground_that_cannot_start_says_why(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    (tmp_path / "a-file").touch()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "bot", "playground", "--port", "0", *words],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert started.returncode == 2
    assert said in started.stderr
    assert "Traceback" not in started.stderr
