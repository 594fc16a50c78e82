"""Whatever is excepted from a check says why beside it."""

import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXCEPTION = re.compile(r"(?:noqa: [A-Z0-9, ]+[0-9]|type: ignore\[[\w, -]+\])(.*)")


def bare(path: Path) -> Iterator[str]:
    """Give the exceptions of a file that have no reason behind them."""
    with path.open("rb") as source:
        for token in tokenize.tokenize(source.readline):
            found = EXCEPTION.search(token.string) if token.type == tokenize.COMMENT else None
            if found and not re.search(r"[A-Za-z]{2}", found[1]):
                yield f"{path.relative_to(ROOT)}:{token.start[0]}"


def test_every_exception_has_its_reason() -> None:
    files = [path for folder in ("bot", "tests", "migrations", "training") for path in (ROOT / folder).rglob("*.py")]
    assert [place for path in files for place in bare(path)] == []
