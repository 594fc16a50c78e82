"""A fictional team of six, the bot, and the stand-in for Slack between them, all over real sockets."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import uvicorn
from sqlalchemy import bindparam, text

from bot.app import Bot, Clock, build
from bot.playground.people import Person
from bot.playground.standin import StandIn
from bot.playground.walk import Walk
from bot.playground.workspace import Workspace
from bot.playground.world import SCOPES, Message
from bot.settings import Settings
from bot.store.types import UtcDateTime
from tests.slack import RETRY_SCALE

SECRET = "a secret of the tests that is long enough"
NAMES = ("ada", "ben", "cleo", "dov", "eva", "finn")
MONDAY = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)
SCHEDULE = {
    "days": ["2"],
    "time": "10:00",
    "zone": "Europe/Paris",
    "digest_day": "1",
    "digest_time": "10:00",
}


class Team:
    """Six people, one channel, one bot; `clock` starts on a Monday morning."""

    def __init__(self, standin: StandIn, workspace: Workspace, settings: Settings, bot: Bot, clock: Clock) -> None:
        self.standin = standin
        self.workspace = workspace
        self.settings = settings
        self.bot = bot
        self.clock = clock
        self.walk = Walk(clock, bot, standin)
        self.people = [workspace.add_person(name, tz="Europe/Paris") for name in NAMES]
        self.channel = workspace.add_channel("ops")

    def __getitem__(self, name: str) -> Person:
        return self.workspace.person(name)

    @property
    def posts(self) -> list[Message]:
        """What the bot said in the channel, threads aside, oldest first."""
        return [post for post in self.workspace.from_bot(self.channel) if post.in_channel]

    @property
    def last(self) -> Message:
        return self.posts[-1]

    async def set_up(self, **fields: Any) -> str:
        """Invite the bot and save a schedule; return what the modal says then."""
        await self["ada"].invite_bot(self.channel)
        await self.serve()
        return await self.schedule(**fields)

    async def schedule(self, by: str = "ada", **fields: Any) -> str:
        """Change the schedule; return what the modal says then."""
        await self[by].slash(self.channel, "/opshat schedule")
        return await self.submit(by, {**SCHEDULE, **fields})

    async def submit(self, name: str, fields: dict[str, Any]) -> str:
        """Submit the modal that somebody has open; return what it says then, and close it."""
        await self[name].submit(fields)
        view = self[name].view
        assert view is not None, self[name].user.notices
        shown = f"{view.blocks} {view.errors}"
        await self[name].close()
        return shown

    async def restart(self) -> None:
        """Stop the bot and start it again on the same database, as a new process would."""
        await self.bot.stop()
        self.bot = build(self.settings, now=self.clock, pace=0)
        self.walk = Walk(self.clock, self.bot, self.standin)
        await self.bot.start(ticks=False)
        await self.standin.connected(self.workspace.app)

    async def cut_off(self) -> None:
        """Let the next question be asked so that we hear neither Slack's answer nor its echo."""
        due = await self.bot.next_moment("nudge")
        assert due is not None
        await self.walk.to(due - timedelta(seconds=1))
        self.clock.move_to(due)
        self.standin.mischief.drop_events = True
        self.standin.mischief.fail_next("chat.postMessage", "cut_after")
        await self.bot.tick()
        self.standin.mischief.drop_events = False

    async def stay(self) -> None:
        """Let the channel have said already that the bot may stay, so that it is not asked after six weeks."""
        async with self.bot.db.write() as session:
            await session.execute(text("UPDATE channels SET kept = 'keep'"))

    async def serve(self) -> None:
        """Let everything that is on its way arrive."""
        await self.standin.settle()
        await self.walk.to(self.clock())

    async def nudged(self) -> Message:
        """Walk to the next nudge and return it."""
        await self.walk.to_next("nudge")
        return next(post for post in reversed(self.posts) if "Answer in the thread" in post.text)

    async def digested(self) -> Message:
        """Walk to the next digest and return it."""
        await self.walk.to_next("digest")
        return next(post for post in reversed(self.posts) if "What was heard here" in post.text)

    async def reply(self, name: str, nudge: Message, words: str) -> Message:
        """Answer in a nudge's thread, a minute later."""
        self.clock.offset += timedelta(minutes=1)
        said = await self[name].say(self.channel, words, thread_ts=nudge.ts)
        await self.standin.settle()
        return said

    async def answer(self, name: str, words: str) -> str:
        """Answer the latest nudge privately; return what the modal says then."""
        await self[name].slash(self.channel, "/opshat answer")
        return await self.submit(name, {"answer": words})

    async def rows(self, statement: str) -> list[Any]:
        async with self.bot.db.read() as session:
            return list((await session.execute(text(statement))).all())

    async def change(self, statement: str, **values: datetime) -> None:
        """Change the database behind the bot's back."""
        async with self.bot.db.write() as session:
            # Typed, because the driver's own way of writing a moment is deprecated from Python 3.12 on.
            moments = [bindparam(name, type_=UtcDateTime) for name in values]
            await session.execute(text(statement).bindparams(*moments), values)

    async def count(self, table: str, where: str = "1 = 1") -> int:
        return int((await self.rows(f"SELECT count(*) FROM {table} WHERE {where}"))[0][0])  # noqa: S608 - the tests' own words


@asynccontextmanager
async def a_team(
    database_url: str, *, http: bool = False, scopes: Iterable[str] = SCOPES, start: datetime = MONDAY, **settings: Any
) -> AsyncIterator[Team]:
    """Start a stand-in and a bot that talk through Socket Mode, or by signed HTTP."""
    clock = Clock(start - datetime.now(UTC))
    standin = StandIn(now=clock, seed=1)
    standin.set_retries(scale=RETRY_SCALE)
    await standin.start()
    workspace = standin.add_workspace("Tests", scopes=scopes)
    way_in = {"slack_signing_secret": workspace.signing_secret} if http else {"slack_app_token": workspace.app_token}
    complete = Settings.load(
        slack_bot_token=workspace.bot_token,
        slack_api_url=standin.api_url,
        database_url=database_url,
        opshat_secret=SECRET,
        **way_in,
        **settings,
    )
    team = Team(standin, workspace, complete, build(complete, now=clock, pace=0), clock)
    try:
        await team.bot.start(ticks=False)
        if http:
            async with served(team.bot) as url:
                workspace.app.request_url = url
                yield team
        else:
            await standin.connected(workspace.app)
            yield team
    finally:
        await team.bot.stop()
        await standin.stop()


@asynccontextmanager
async def another_bot(team: Team) -> AsyncIterator[Bot]:
    """Start a second process' worth of bot on a team's database, with a socket of its own."""
    bot = build(team.settings, now=team.clock, pace=0)
    try:
        await bot.start(ticks=False)
        yield bot
    finally:
        await bot.stop()


@asynccontextmanager
async def served(bot: Bot) -> AsyncIterator[str]:
    server = uvicorn.Server(uvicorn.Config(bot.asgi, host="127.0.0.1", port=0, log_config=None, lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event to wait for
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/slack/events"
    finally:
        server.should_exit = True
        await task
