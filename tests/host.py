"""A host: one bot over HTTP that any workspace of the stand-in can install by OAuth."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
from sqlalchemy import text

from bot.app import Bot, Clock, build
from bot.installs.pages import COOKIE
from bot.playground.standin import StandIn
from bot.playground.walk import Walk
from bot.playground.workspace import Workspace
from bot.playground.world import App
from bot.settings import Settings
from tests.team import MONDAY, SECRET, served


@dataclass(frozen=True, slots=True)
class Page:
    """What a browser got: status, text, and where it was sent."""

    status: int
    text: str
    location: str = ""
    cookie: str = ""


class Host:
    """The bot, its address, and the stand-in."""

    def __init__(self, standin: StandIn, app: App, bot: Bot, clock: Clock, url: str) -> None:
        self.standin = standin
        self.app = app
        self.bot = bot
        self.clock = clock
        self.url = url
        self.walk = Walk(clock, bot, standin)
        app.request_url = f"{url}/slack/events"
        app.redirect_url = f"{url}/slack/oauth_redirect"

    def workspace(self, name: str, enterprise: str | None = None) -> Workspace:
        """Add a workspace where the app is not installed yet, with three people and a channel."""
        workspace = self.standin.add_workspace(name, app=self.app, enterprise_id=enterprise)
        workspace.team.token_error = "account_inactive"
        for person in ("ada", "ben", "cleo"):
            workspace.add_person(person, tz="Europe/Paris")
        return workspace

    async def get(self, url: str, cookie: str = "") -> Page:
        headers = {"Cookie": f"{COOKIE}={cookie}"} if cookie else {}
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as browser,
            browser.get(url, headers=headers, allow_redirects=False) as answer,
        ):
            kept = answer.cookies.get(COOKIE)
            location = answer.headers.get("Location", "")
            return Page(answer.status, await answer.text(), location, kept.value if kept else "")

    async def allowed(self, where: str) -> tuple[str, str]:
        """Go to Slack and allow the install there; return where Slack sends the browser, and the cookie it has."""
        begun = await self.get(f"{self.url}/slack/install/go")
        assert begun.status == 302
        slack = await self.get(f"{begun.location}&team={where}")
        assert slack.status == 302, slack.text
        return slack.location, begun.cookie

    async def install(self, where: str) -> Page:
        """Install from the page to the end: in a workspace, or in an organisation as a whole."""
        address, cookie = await self.allowed(where)
        return await self.get(address, cookie)

    async def rows(self, statement: str) -> list[Any]:
        async with self.bot.db.read() as session:
            return list((await session.execute(text(statement))).all())

    async def count(self, table: str, where: str = "1 = 1") -> int:
        return int((await self.rows(f"SELECT count(*) FROM {table} WHERE {where}"))[0][0])  # noqa: S608 - the tests' own words

    async def serve(self) -> None:
        await self.standin.settle()
        await self.walk.to(self.clock())


def query(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@asynccontextmanager
async def a_host(database_url: str, **settings: Any) -> AsyncIterator[Host]:
    clock = Clock(MONDAY - datetime.now(UTC))
    standin = StandIn(now=clock, seed=3)
    await standin.start()
    standin.set_retries(scale=0.001)
    app = standin.add_app()
    complete = Settings.load(
        **{
            "slack_bot_token": None,
            "slack_app_token": None,
            "slack_client_id": app.client_id,
            "slack_client_secret": app.client_secret,
            "slack_signing_secret": app.signing_secret,
            "slack_api_url": standin.api_url,
            "database_url": database_url,
            "opshat_secret": SECRET,
            **settings,
        }
    ).for_slack()
    bot = build(complete, now=clock, pace=0)
    try:
        await bot.start(ticks=False)
        async with served(bot) as url:
            yield Host(standin, app, bot, clock, url.removesuffix("/slack/events"))
    finally:
        await bot.stop()
        await standin.stop()
