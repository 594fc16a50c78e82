import pytest
from typer.testing import CliRunner

from bot.cli import app as cli
from bot.errors import Problem
from bot.installs.rotate import rotate
from bot.keys import KeyRing
from bot.settings import Settings
from bot.store.engine import Database
from tests.host import a_host
from tests.installs.test_install import set_up
from tests.team import SECRET

NEW = "a new secret of the tests that is long enough"


async def test_a_new_secret_takes_over_and_the_old_one_can_go(database_url: str) -> None:
    async with a_host(database_url) as host:
        workspace = host.workspace("One")
        await host.install(workspace.team.id)
        await set_up(host, workspace)
        await host.walk.to_next("nudge")
        before = await host.rows("SELECT token FROM workspaces")
    renewed = await _rotated(database_url)
    assert renewed >= 3  # a token, a channel's key, a week's key
    assert await _rotated(database_url) == 0
    async with a_host(database_url, opshat_secret=NEW) as host:
        assert await host.rows("SELECT token FROM workspaces") != before
        ids = [row_id for (row_id,) in await host.rows("SELECT id FROM workspaces")]
        assert await host.bot.tenants.token_of(ids[0]) == workspace.bot_token


async def test_the_old_secret_alone_opens_nothing_any_more(database_url: str) -> None:
    async with a_host(database_url) as host:
        await host.install(host.workspace("One").team.id)
    await _rotated(database_url)
    async with a_host(database_url) as host:
        [(row_id,)] = await host.rows("SELECT id FROM workspaces")
        with pytest.raises(Problem, match="another OPSHAT_SECRET"):
            await host.bot.tenants.token_of(row_id)


async def _rotated(database_url: str) -> int:
    db = Database(Settings.load(database_url=database_url).database)
    try:
        return await rotate(db, KeyRing(f"{NEW},{SECRET}"))
    finally:
        await db.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_command_says_what_it_did(database_url: str) -> None:
    environment = {"DATABASE_URL": database_url, "OPSHAT_SECRET": f"{NEW},{SECRET}"}
    result = CliRunner().invoke(cli, ["rotate-secret"], env=environment)
    assert result.output.startswith("Wrapped 0 keys and tokens again.")
