"""The short form: a few kills in the suite; `python -m tests.chaos.full` is the long one."""

from pathlib import Path

import pytest

from tests.chaos.storm import Storm


@pytest.mark.parametrize(
    ("database_url", "commands"),
    [("sqlite", ["run"]), ("postgres", ["web", "worker", "run"])],
    indirect=["database_url"],
)
async def test_nothing_is_lost_and_nothing_comes_twice(database_url: str, commands: list[str], tmp_path: Path) -> None:
    books = await Storm(database_url, commands, seed=1, logs=tmp_path).rage(kills=3)
    assert not books.faults, books
    assert books.kills == 3
    assert books.nudges
    assert books.replies
