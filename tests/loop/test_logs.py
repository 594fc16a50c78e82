"""What is logged of a whole loop: no words that anybody wrote, no tokens, and the id that a person was shown."""

import asyncio
import contextlib
import io
import logging
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from sqlalchemy import text

from bot.cli.logs import configure_logs
from tests.team import SECRET, Team, a_team

CANARY = "the zanzibar harbour board"


@contextmanager
def logs_as_in_life() -> Iterator[None]:
    """Log as the commands do, and let the next test have its own way."""
    before = structlog.get_config()
    configure_logs("json")
    try:
        yield
    finally:
        structlog.configure(**before)


@asynccontextmanager
async def logged(database_url: str, *, http: bool = False) -> AsyncIterator[Team]:
    with logs_as_in_life():
        async with a_team(database_url, http=http) as team:
            yield team


async def live(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    for name in ("ada", "ben"):
        await team.reply(name, nudge, f"We can't release before {CANARY} has signed.")
    await team.answer("cleo", f"We can't release anything until {CANARY} says yes.")
    await team.digested()
    team.standin.mischief.fail_next("chat.postMessage", "500")
    team.standin.mischief.fail_next("users.info", "500")
    await team.reply("dov", nudge, f"{CANARY} again")
    team.workspace.revoke_token()
    await team.serve()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("http", [False, True], ids=["socket", "http"])
async def test_no_words_and_no_tokens(database_url: str, capfd: pytest.CaptureFixture[str], *, http: bool) -> None:
    async with logged(database_url, http=http) as team:
        secrets = [team.workspace.bot_token, team.workspace.app_token, team.workspace.signing_secret, SECRET]
        await live(team)
    said = "".join(capfd.readouterr())
    assert "zanzibar" not in said
    assert not [secret for secret in secrets if secret in said]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_id_that_somebody_is_shown_stands_in_the_log(
    database_url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    async with logged(database_url) as team:
        await team.set_up()
        await team.nudged()
        async with team.bot.db.write() as session:
            await session.execute(text("DROP TABLE private_answers"))
        shown = await team.answer("cleo", f"about {CANARY}")
    found = re.search(r"whoever runs the bot: ([0-9a-f]{8})", shown)
    assert found
    said = "".join(capfd.readouterr())
    assert f'"request": "{found[1]}"' in said
    assert "zanzibar" not in said


async def test_a_row_that_the_database_refuses_is_not_shown(
    database_url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    async with logged(database_url) as team:
        await team.set_up()
        nudge = await team.nudged()
        for table in ("replies", "private_answers"):
            await team.change(_REFUSE[team.bot.db.is_sqlite].format(table=table))
        team.standin.set_retries(scale=0.0001, ack_seconds=0.3)
        assert "Something went wrong on our side" in await team.answer("cleo", f"about {CANARY}")
        await team.reply("ben", nudge, f"We can't release before {CANARY} has signed.")
    said = "".join(capfd.readouterr())
    # The reply's own connection names PostgreSQL's error as the driver does.
    assert said.count("IntegrityError") + said.count("CheckViolation") >= 2
    assert "event refused" in said
    assert "zanzibar" not in said


_REFUSE = {
    True: "CREATE TRIGGER refuse_{table} BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'refused'); END",
    False: "ALTER TABLE {table} ADD CONSTRAINT refuse CHECK (text NOT LIKE '%zanzibar%')",
}


async def test_a_socket_that_slack_refuses_is_told_without_its_ticket() -> None:
    refusing = web.Application()
    said = io.StringIO()
    async with TestServer(refusing, host="127.0.0.1") as server:
        address = str(server.make_url("/link/?ticket=a-ticket-of-slacks&app_id=A1"))
        client = SocketModeClient("xapp-1", ping_interval=0.05, logger=logging.getLogger("slack_sdk.tests"))
        client.wss_uri = address.replace("http", "ws", 1)
        with logs_as_in_life(), heard(said), contextlib.suppress(TimeoutError):
            await asyncio.wait_for(client.connect(), 0.3)  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
        await client.close()  # type: ignore[no-untyped-call]  # as above
    assert "Failed to connect" in said.getvalue()
    assert "app_id=A1" in said.getvalue()
    assert "a-ticket-of-slacks" not in said.getvalue()


@contextmanager
def heard(said: io.StringIO) -> Iterator[None]:
    """Hear what the handler of the root writes, made anew: pytest has its own there already."""
    root = logging.getLogger()
    before, root.handlers = root.handlers, []
    try:
        with contextlib.redirect_stderr(said):
            configure_logs("text")
            yield
    finally:
        root.handlers = before
