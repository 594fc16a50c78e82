"""`opshat digest --export` as somebody runs it who has installed nothing else."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.digests.an_export import message, pack, write

LIMIT = "We can't release without the change board's approval."


@pytest.fixture
def export(tmp_path: Path) -> Path:
    return write(
        tmp_path / "export",
        {
            "general/2026-11-17.json": [
                message("2026-11-17 09:00", "UADA", LIMIT),
                message("2026-11-17 09:01", "UBO", LIMIT),
                message("2026-11-17 09:02", "UCY", "Lunch?"),
                message("2026-11-17 09:03", "UBOT", LIMIT),
            ],
            "general/2026-11-24.json": [message("2026-11-24 09:00", "UADA", "Good morning, all of you.")],
            "general/notes.txt": b"odd",
        },
    )


def opshat(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command in an empty environment and folder, as on a machine that has no settings."""
    command = [sys.executable, "-m", "bot", "digest", *map(str, words)]
    here = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd())}
    return subprocess.run(command, env=here, cwd=words[1].parent, capture_output=True, text=True, check=False)  # type: ignore[union-attr]  # noqa: S603 - our own command


def test_text_begins_with_whose_words_were_read_and_tells_what_recurred(export: Path) -> None:
    before = sorted(export.parent.rglob("*"))
    result = opshat("--export", export)
    assert result.returncode == 0
    first, second, third, *_ = result.stdout.splitlines()
    assert first.startswith("Read without being asked: the words of 3 people")
    assert "2026-W47" in second
    assert third.startswith("- ")
    assert "Heard from 2 people" in third
    assert "Skipped general/notes.txt: no day's messages." in result.stderr
    assert "bot 1" in result.stderr
    assert sorted(export.parent.rglob("*")) == before


def test_a_day_that_is_missing_is_named_before_stray_files(export: Path) -> None:
    for number in range(30):
        (export / "general" / f".stray-{number}").touch()
    (export / "general" / "2026-11-18.json").write_text("[{")
    named = opshat("--export", export).stderr.splitlines()
    assert named[0] == "Skipped general/2026-11-18.json: broken JSON, or not UTF-8."
    assert named[20] == "Skipped 12 more; --format json names them all."


def test_json_is_one_document_on_standard_output(export: Path) -> None:
    zipped = pack(export, export.parent / "export.zip", "Our Slack export/")
    result = opshat("--export", zipped, "--format", "json", "--channel", "general", "--zone", "Europe/Paris")
    document = json.loads(result.stdout)
    assert (document["week"], document["zone"], document["people_read"]) == ("2026-W47", "Europe/Paris", 3)
    assert [one["voices"] for one in document["constraints"]] == [2]
    assert document["skipped_files"] == [{"file": "general/notes.txt", "why": "no day's messages"}]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--channel", "genral"], "Did you mean general?"),
        (["--week", "2026-47"], "write it like 2026-W47"),
        (["--zone", "Europe/Pari"], "Did you mean Europe/Paris?"),
        (["--format", "html"], "'html' is not one of"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(export: Path, words: list[str], sentence: str) -> None:
    result = opshat("--export", export, *words)
    assert result.returncode == 2
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr


def test_a_folder_that_is_no_export(tmp_path: Path) -> None:
    result = opshat("--export", tmp_path / "nowhere")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"There is no folder or zip at {tmp_path / 'nowhere'}.\n"
