"""Two worlds that differ only in who answered privately look the same to everybody, over the wire."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.team import Team, a_team

BOARD = "We can't release before the harbour board has signed."
BUDGET = "We have no budget for training."
WEEKS = 2


async def lived(database: Path, authors: tuple[tuple[str, ...], ...]) -> list[Any]:
    """Live through two weeks and return all that cleo is shown in them; `authors` answer privately, week by week."""
    async with a_team(f"sqlite:///{database}") as team:
        await team.set_up()
        seen: list[Any] = []
        for week in range(WEEKS):
            nudge = await team.nudged()
            await team.reply("ada", nudge, BOARD)
            await team.reply("cleo", nudge, BUDGET)
            for name in authors[week]:
                await team.answer(name, BOARD)
            seen.append(await shown(team))
            await team.digested()
            seen.append(await shown(team))
        return [*seen, *(post.text for post in team.posts)]


async def shown(team: Team) -> Any:
    await team["cleo"].slash(team.channel, "/opshat constraints")
    view = team["cleo"].view
    assert view is not None
    await team["cleo"].close()
    home = await team["cleo"].open_home()
    assert home is not None
    digest = (await team["cleo"].slash(team.channel, "/opshat digest")).text
    return json.loads(json.dumps([_plain(view.blocks), _plain(home.blocks), digest]))


def _plain(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**block, "block_id": ""} for block in blocks]


@pytest.mark.parametrize(
    "others",
    [
        (("ada", "ben", "cleo"), ("dov", "eva", "finn")),
        (("dov", "eva", "finn"), ("dov", "eva", "finn")),
    ],
)
async def test_other_authors_change_nothing_that_is_shown(
    tmp_path: Path, migrated_sqlite: Path, others: tuple[tuple[str, ...], ...]
) -> None:
    told = []
    for number, authors in enumerate(((("ben", "dov", "eva"), ("ada", "dov", "finn")), others)):
        database = tmp_path / f"{number}.db"
        shutil.copy(migrated_sqlite, database)
        told.append(await lived(database, authors))
    assert told[0] == told[1]
    assert "three privately" in str(told[0])


async def test_two_answers_and_none_look_the_same(tmp_path: Path, migrated_sqlite: Path) -> None:
    told = []
    for number, authors in enumerate(((("ben", "dov"), ("eva",)), ((), ()))):
        database = tmp_path / f"{number}.db"
        shutil.copy(migrated_sqlite, database)
        told.append(await lived(database, authors))
    assert told[0] == told[1]
