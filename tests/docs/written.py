"""What tests write into docs/: compared on every run, written only when OPSHAT_WRITE_DOCS is set."""

import os
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
ANEW = "write it anew with OPSHAT_WRITE_DOCS=1"


def writes() -> bool:
    """Say whether this run writes what it would compare."""
    return os.environ.get("OPSHAT_WRITE_DOCS") == "1"


def page(name: str, text: str) -> None:
    """Fail when a page of docs/ differs from `text`, or write it."""
    path = DOCS / name
    if writes():
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"docs/{name} is missing: {ANEW}"
    assert path.read_text(encoding="utf-8") == text, f"docs/{name} differs: {ANEW}"


def folder(name: str, files: dict[str, str]) -> None:
    """Fail when the JSON files of a folder in docs/ are not exactly these, or write them and remove the others."""
    place = DOCS / name
    if writes():
        place.mkdir(exist_ok=True)
        for left_over in {path.name for path in place.glob("*.json")} - set(files):
            (place / left_over).unlink()
        for file, text in files.items():
            (place / file).write_text(text, encoding="utf-8")
    there = {path.name: path.read_text(encoding="utf-8") for path in place.glob("*.json")}
    differing = {file for file in files.keys() | there.keys() if files.get(file) != there.get(file)}
    assert not differing, f"docs/{name} differs in {sorted(differing)}: {ANEW}"
