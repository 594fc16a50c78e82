"""Every message, modal and Home of the bot stands in a file, and every button and modal that is answered is in one."""

from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copy

import pytest

from bot.digests.words import MORE
from tests.docs import payload_scenes as scenes
from tests.docs import written
from tests.docs.payloads import Collector, actions
from tests.team import Team, a_team

SCENES = (
    scenes.before_anything,
    scenes.setting_up,
    scenes.the_first_week,
    scenes.the_second_week,
    scenes.hiding,
    scenes.marking,
    scenes.trying,
    scenes.joining,
    scenes.profile_and_hat,
    scenes.asking_and_pausing,
    scenes.privacy,
    scenes.later_digests,
    scenes.the_bot_as_a_try,
)


@pytest.fixture
async def team(sqlite_url: str) -> AsyncIterator[Team]:
    async with a_team(sqlite_url) as team:
        yield team


async def test_each_payload_has_a_file_and_slack_takes_it(team: Team, migrated_sqlite: Path, tmp_path: Path) -> None:
    seen = Collector(team)
    for scene in SCENES:
        await scene(seen)
    copy(migrated_sqlite, tmp_path / "least.db")
    async with a_team(f"sqlite:///{tmp_path / 'least.db'}", scopes=("chat:write", "commands")) as least:
        reads_nothing = Collector(least)
        await scenes.least_scopes(reads_nothing)
    for one in (team, least):
        assert not one.standin.journal.refused
        assert all(call.answer.get("error") == "missing_scope" for call in one.standin.journal.calls(accepted=False))
    written.folder("payloads", {**seen.texts(), **reads_nothing.texts()})


def test_every_button_and_modal_that_is_answered_is_in_a_file() -> None:
    payloads = written.payloads()
    offered = {action for payload in payloads for action in actions(payload)}
