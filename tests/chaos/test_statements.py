"""The short form of `tests.chaos.statements`: every eighteenth statement; `tests.chaos.full` kills at each."""

import pytest

from tests.chaos.statements import go_through


@pytest.mark.parametrize(("database_url", "first"), [("sqlite", 1), ("postgres", 7)], indirect=["database_url"])
async def test_a_kill_before_any_statement_leaves_one_nudge_one_count_one_digest(database_url: str, first: int) -> None:
    deaths = await go_through(database_url, first=first, step=18)
    assert set(deaths) == {"nudge", "week", "digest"}
    assert min(deaths.values()) > 1, "there were statements to die at"
