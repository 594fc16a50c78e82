"""The commands as real processes: they say what is wrong in one sentence, race without doubling, and stop when told."""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select

from bot.channels import join
from bot.keys import KeyRing
from bot.playground.standin import StandIn
from bot.playground.workspace import Workspace
from bot.settings import Settings
from bot.store.engine import Database
from bot.store.tables import Posting
from bot.store.tables import Workspace as Installed
from tests.postgres import free_port
from tests.team import SECRET

STOPS_WITHIN = 10.0


@pytest.fixture
async def standin() -> AsyncIterator[StandIn]:
    """A Slack by the real clock: other processes cannot be given one of ours."""
    standin = StandIn(seed=1)
    await standin.start()
    yield standin
    await standin.stop()


@pytest.fixture
def workspace(standin: StandIn) -> Workspace:
    workspace = standin.add_workspace("Tests")
    workspace.add_person("ada", tz="Europe/Paris")
    return workspace


def settings_of(standin: StandIn, workspace: Workspace, database_url: str, **more: str) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": workspace.bot_token,
        "SLACK_APP_TOKEN": workspace.app_token,
        "SLACK_API_URL": standin.api_url,
        "DATABASE_URL": database_url,
        "OPSHAT_SECRET": SECRET,
        "OPSHAT_TICK_SECONDS": "0.2",
        **more,
    }


async def opshat(*words: str, cwd: Path, **settings: str) -> asyncio.subprocess.Process:
    """Start `opshat` with these settings and no others."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2]), **settings}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *words, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


async def ended(process: asyncio.subprocess.Process) -> tuple[int, str]:
    """Return the exit code and what it said on stderr."""
    async with asyncio.timeout(60):
        _, stderr = await process.communicate()
    assert process.returncode is not None
    return process.returncode, stderr.decode()


@asynccontextmanager
async def running(*words: str, cwd: Path, **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await opshat(*words, cwd=cwd, **settings)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def stopped(process: asyncio.subprocess.Process) -> int:
    """Tell a process to stop as a supervisor would; return its exit code."""
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(STOPS_WITHIN):
        return await process.wait()


# One sentence --------------------------------------------------------------------------------------------


def one_sentence(said: str) -> str:
    [line] = said.strip().splitlines()
    assert "Traceback" not in said
    return line


async def test_a_bad_token_is_named(standin: StandIn, workspace: Workspace, sqlite_url: str, tmp_path: Path) -> None:
    settings = settings_of(standin, workspace, sqlite_url, SLACK_BOT_TOKEN="xoxb-wrong")
    code, said = await ended(await opshat("worker", cwd=tmp_path, **settings))
    assert code == 2
    assert one_sentence(said).startswith("SLACK_BOT_TOKEN was refused by Slack (invalid_auth)")


async def test_a_bad_app_token_is_named(
    standin: StandIn, workspace: Workspace, sqlite_url: str, tmp_path: Path
) -> None:
    settings = settings_of(standin, workspace, sqlite_url, SLACK_APP_TOKEN="xapp-wrong")
    code, said = await ended(await opshat("run", cwd=tmp_path, **settings))
    assert code == 2
    assert one_sentence(said).startswith("SLACK_APP_TOKEN was refused by Slack (invalid_auth)")


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://host/name", "DATABASE_URL is no database address that we know"),
        ("postgresql://opshat:hidden@127.0.0.1:1/none", "cannot be opened"),
        ("sqlite:////no/such/folder/opshat.db", "cannot be opened"),
    ],
)
async def test_a_bad_database_is_named_without_its_password(
    standin: StandIn, workspace: Workspace, tmp_path: Path, url: str, sentence: str
) -> None:
    code, said = await ended(await opshat("web", cwd=tmp_path, **settings_of(standin, workspace, url, PORT="0")))
    assert code == 2
    assert sentence in one_sentence(said)
    assert "hidden" not in said


async def test_a_database_that_is_not_migrated_or_too_new_is_named(
    standin: StandIn, workspace: Workspace, sqlite_url: str, tmp_path: Path
) -> None:
    empty = settings_of(standin, workspace, f"sqlite:///{tmp_path}/empty.db")
    code, said = await ended(await opshat("run", cwd=tmp_path, **empty))
    assert (code, one_sentence(said)) == (2, "The database is empty: run `opshat migrate` first.")
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    for command in ("run", "migrate"):
        code, said = await ended(await opshat(command, cwd=tmp_path, **settings_of(standin, workspace, sqlite_url)))
        assert code == 2
        assert one_sentence(said).startswith("The database is of a newer version of Ops Hat")


async def test_what_is_missing_is_named_all_at_once(tmp_path: Path) -> None:
    code, said = await ended(await opshat("run", cwd=tmp_path))
    assert code == 2
    assert [line.split()[0] for line in said.splitlines()] == ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "OPSHAT_SECRET"]


async def test_a_port_that_is_taken_is_named(
    standin: StandIn, workspace: Workspace, sqlite_url: str, tmp_path: Path
) -> None:
    taken = standin.url.rpartition(":")[2]
    settings = settings_of(standin, workspace, sqlite_url, PORT=taken)
    code, said = await ended(await opshat("web", cwd=tmp_path, **settings))
    assert code == 2
    assert one_sentence(said).startswith(f"PORT {taken} is taken")


async def test_the_doctor_names_each_thing_and_its_fix(
    standin: StandIn, workspace: Workspace, sqlite_url: str, tmp_path: Path
) -> None:
    well = settings_of(standin, workspace, sqlite_url)
    process = await opshat("doctor", cwd=tmp_path, **well)
    stdout, _ = await process.communicate()
    assert process.returncode == 0, stdout
    process = await opshat("doctor", cwd=tmp_path, **{**well, "SLACK_BOT_TOKEN": "xoxb-wrong"})
    stdout, _ = await process.communicate()
    assert process.returncode == 2
    assert "FIX  Slack: SLACK_BOT_TOKEN was refused by Slack (invalid_auth)" in stdout.decode()


@pytest.mark.parametrize(("token", "code"), [("", 0), ("xoxb-wrong", 2)], ids=["well", "amiss"])
async def test_the_doctor_tells_scripts_in_json_and_by_its_exit_code(
    standin: StandIn, workspace: Workspace, sqlite_url: str, tmp_path: Path, token: str, code: int
) -> None:
    settings = settings_of(standin, workspace, sqlite_url)
    settings["SLACK_BOT_TOKEN"] = token or workspace.bot_token
    process = await opshat("doctor", "--json", cwd=tmp_path, **settings)
    stdout, stderr = await process.communicate()
    assert (process.returncode, stderr) == (code, b"")
    findings = {finding["what"]: finding["fine"] for finding in json.loads(stdout)}
    own = {"settings", "secret", "database", "prompts", "language", "clock", "disk", "postings"}
    assert set(findings) == own | {"Slack", "socket", "events"}
    assert {what for what, fine in findings.items() if not fine} == ({"Slack"} if code else set())


# Running and stopping ------------------------------------------------------------------------------------


async def test_migrate_makes_an_empty_database_ready_to_run(
    standin: StandIn, workspace: Workspace, tmp_path: Path
) -> None:
    settings = settings_of(standin, workspace, f"sqlite:///{tmp_path}/new.db")
    assert await ended(await opshat("migrate", cwd=tmp_path, **settings)) == (0, "")
    channel = workspace.add_channel("ops")
    async with running("run", cwd=tmp_path, **settings) as process:
        await standin.connected(workspace.app, seconds=30)
        await workspace.person("ada").invite_bot(channel)
        await standin.until(lambda: bool(workspace.from_bot(channel)), seconds=15)
        assert await stopped(process) == 0


async def test_by_http_it_answers_on_its_port_and_stops_when_told(
    standin: StandIn, workspace: Workspace, sqlite_url: str, tmp_path: Path
) -> None:
    port = free_port()
    settings = settings_of(standin, workspace, sqlite_url, PORT=str(port))
    settings |= {"SLACK_SIGNING_SECRET": workspace.signing_secret}
    del settings["SLACK_APP_TOKEN"]
    workspace.app.request_url = f"http://127.0.0.1:{port}/slack/events"
    channel = workspace.add_channel("ops")
    async with running("run", cwd=tmp_path, **settings) as process:
        await _until_alive(port)
        await workspace.person("ada").invite_bot(channel)
        await standin.until(lambda: bool(workspace.from_bot(channel)), seconds=15)
        assert "sets it up" in (await workspace.person("ada").slash(channel, "/opshat")).text
        assert await stopped(process) == 0


@pytest.mark.parametrize("words", ["run", "worker"])
async def test_what_slack_does_not_talk_to_answers_only_its_health_on_a_port_that_somebody_set(
    standin: StandIn, workspace: Workspace, sqlite_url: str, tmp_path: Path, words: str
) -> None:
    port = free_port()
    settings = settings_of(standin, workspace, sqlite_url, PORT=str(port), SLACK_SIGNING_SECRET="unused" * 6)
    async with running(words, cwd=tmp_path, **settings) as process, aiohttp.ClientSession() as session:
        await _until_alive(port)
        for page, status in (("readyz", 200), ("metrics", 200), ("slack/events", 404)):
            async with session.get(f"http://127.0.0.1:{port}/{page}") as answer:
                assert answer.status == status
        assert await stopped(process) == 0


async def test_a_worker_whose_port_is_taken_goes_on_without_its_pages(
    standin: StandIn, workspace: Workspace, sqlite_url: str, tmp_path: Path
) -> None:
    settings = settings_of(standin, workspace, sqlite_url, PORT=standin.url.rpartition(":")[2])
    async with running("worker", cwd=tmp_path, **settings) as process:
        await _running(process)
        assert await stopped(process) == 0


async def _until_alive(port: int) -> None:
    async with asyncio.timeout(30), aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/healthz") as answer:
                    assert answer.status == 200
                    return
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.1)


async def test_twenty_schedules_and_four_processes_make_twenty_posts(
    standin: StandIn, workspace: Workspace, postgres_url: str, tmp_path: Path
) -> None:
    settings = settings_of(standin, workspace, postgres_url)
    db = Database(Settings.load(database_url=postgres_url).database)
    channels = [workspace.add_channel(f"ops-{number}") for number in range(20)]
    for channel in channels:
        await workspace.person("ada").invite_bot(channel)
    async with AsyncExitStack() as stack:
        workers = [await stack.enter_async_context(running("worker", cwd=tmp_path, **settings)) for _ in range(4)]
        await asyncio.gather(*(_running(worker) for worker in workers))
        await _all_fall_due(db, [channel.id for channel in channels])
        await standin.until(lambda: all(workspace.from_bot(channel) for channel in channels), seconds=60)
        await asyncio.sleep(1)  # time enough for a second one, if there were any
        assert await asyncio.gather(*(stopped(worker) for worker in workers)) == [0, 0, 0, 0]
    assert [len(workspace.from_bot(channel)) for channel in channels] == [1] * 20
    async with db.read() as session:
        states = await session.scalars(select(Posting.state).where(Posting.kind == "nudge"))
        assert list(states) == ["posted"] * 20
    await db.close()


async def _all_fall_due(db: Database, slack_ids: list[str]) -> None:
    """Set channels up as people would, so that all of them fall due in the same moment."""
    keys, now = KeyRing(SECRET), datetime.now(UTC)
    async with db.write() as session:
        workspace = (await session.scalars(select(Installed))).one()
        for slack_id in slack_ids:
            channel = await join.know(session, keys, workspace, slack_id, now)
            channel.zone, channel.nudge_days, channel.nudge_time = "UTC", "1,4", "10:00"
            channel.digest_day, channel.digest_time = 1, "10:00"
            channel.nudge_on, channel.nudge_at = now.date(), now - timedelta(seconds=1)


async def _running(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    async with asyncio.timeout(60):
        assert b"Ops Hat is running" in await process.stdout.readline()
