"""Every message, modal and Home of the bot stands in a file, and every button and modal that is answered is in one."""

from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copy

import pytest

from bot.channels.find import Rights
from bot.desk.table import Desk
from bot.door.members import Members
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
    check(team)
    routes = Desk(
        team.bot.db,
        team.bot.keys,
        team.bot.slack,
        team.bot.shelf.packs,
        team.clock,
        Rights("", ""),
        Members(team.bot.slack),
        team.bot.language.detector,
        retention_days=90,
    ).routes()
    payloads = list(seen.files.values())
    assert set(routes.buttons) <= set(actions(payloads))
    assert set(routes.modals) <= {payload.get("callback_id") for payload in payloads}
    copy(migrated_sqlite, tmp_path / "least.db")
    async with a_team(f"sqlite:///{tmp_path / 'least.db'}", scopes=("chat:write", "commands")) as least:
        little = Collector(least)
        await scenes.least_scopes(little)
        check(least)
        written.folder("payloads", {**seen.texts(), **little.texts()})


def check(team: Team) -> None:
    """Slack took all of it, but for the questions that a scope was missing for."""
    assert not team.standin.journal.refused
    refused = {str(call.answer.get("error")) for call in team.standin.journal.calls(accepted=False)}
    assert refused <= {"missing_scope"}
