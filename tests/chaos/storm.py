"""Real bot processes against the stand-in, killed with `kill -9` at random moments under load; then the books.

What the stand-in accepted and sent is compared with the database. Seeded: the same seed draws the same lots, though
two processes never meet a lot at quite the same moment.
"""

import asyncio
import contextlib
import os
import random
import signal
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.app import Bot, Clock, build
from bot.playground.people import NotPossible, Person
from bot.playground.standin import StandIn
from bot.playground.world import Channel as SlackChannel
from bot.playground.world import Message, Refusal
from bot.settings import Settings
from bot.slack.markup import as_typed
from bot.store.tables import Channel, Posting, PrivateAnswer, Reply
from tests.chaos.calendar import Calendar

CHANNELS = 6
SECRET = "a secret of the tests that is long enough"
SAID = (
    "We can't release before the harbour board has signed.",
    "everyone has to follow the runbook, even for typos",
    "nothing of that, it just went well",
    "we're not mature enough for that <yet>",
)
_BAD_DAY = {"cut_after": 0.06, "hang": 0.02, "internal_error": 0.03, "429": 0.05, "500": 0.04, "cut": 0.04}


@dataclass
class Books:
    """What came out; `faults` is empty when nothing was lost and nothing came twice."""

    kills: int = 0
    nudges: int = 0
    digests: int = 0
    replies: int = 0
    edits: int = 0
    deletions: int = 0
    answers: int = 0
    uncertain: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.kills} kills; posted {self.nudges} nudges and {self.digests} digests; {self.replies} replies, "
            f"{self.edits} edits, {self.deletions} deletions, {self.answers} private answers; uncertain "
            f"{dict(self.uncertain) or 0}; faults {len(self.faults)}"
        )


class Storm:
    """One run.

    Args:
        database_url: a migrated, empty database.
        commands: what each process runs, such as ["run"] or ["web", "worker", "run"].
        seed: draws the lots.
        logs: a folder for the processes' output.

    """

    def __init__(self, database_url: str, commands: list[str], seed: int, logs: Path) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._commands = commands
        self._logs = logs
        self.standin = StandIn(seed=seed)
        self.workspace = self.standin.add_workspace("Storm")
        self.people = [self.workspace.add_person(f"p{number}") for number in range(4)]
        self.channels = [self.workspace.add_channel(f"c{number}") for number in range(CHANNELS)]
        self._processes: list[asyncio.subprocess.Process | None] = [None] * len(commands)
        self._given: set[str] = set()
        self._database_url = database_url
        self.books = Books()

    def _settings(self) -> Settings:
        return Settings.load(
            slack_bot_token=self.workspace.bot_token,
            slack_app_token=self.workspace.app_token,
            slack_api_url=self.standin.api_url,
            database_url=self._database_url,
            opshat_secret=SECRET,
            opshat_internal_app=True,
        )

    # The run ---------------------------------------------------------------------------------------------

    async def rage(self, kills: int) -> Books:
        """Start, set up, kill so many times under load, calm down, heal, and do the books."""
        self.standin.set_retries(scale=0.02, ack_seconds=1.5)
        await self.standin.start()
        try:
            quiet = build(self._settings(), now=Clock(), pace=0)
            await quiet.start(ticks=False)
            try:
                await self._set_up(quiet)
            finally:
                await quiet.stop()
            await self._live(quiet.db, kills)
            await self._heal()
        finally:
            await self.standin.stop()
        return self.books

    async def _set_up(self, quiet: Bot) -> None:
        await self.standin.connected(self.workspace.app)
        form = {"days": ["1"], "time": "00:00", "zone": "UTC", "digest_day": "1", "digest_time": "00:00"}
        for channel in self.channels:
            await self.people[0].invite_bot(channel)
            await self.standin.settle()
            await self.people[0].slash(channel, "/opshat schedule")
            await self.people[0].submit(form)
            await self.people[0].close()
        await quiet.tick()
        await self.standin.settle()

    async def _live(self, db: Any, kills: int) -> None:
        self._misbehave()
        calendar = Calendar(db)
        for place in range(len(self._commands)):
            await self._spawn(place)
        doings = [asyncio.create_task(work) for work in (self._pass_time(calendar), self._talk(), self._answer())]
        for _ in range(kills):
            await self._kill_one()
        for doing in doings:
            doing.cancel()
        for end in await asyncio.gather(*doings, return_exceptions=True):
            if isinstance(end, Exception) and not isinstance(end, asyncio.CancelledError):
                raise end
        self.standin.mischief.calm()
        await self.standin.settle()
        for process in self._processes:
            if process is not None:
                process.kill()
                await process.wait()
        await db.close()

    def _misbehave(self) -> None:
        mischief = self.standin.mischief
        mischief.hang_seconds = 2.0
        mischief.duplicate_events = mischief.reorder_events = 0.1
        for how, share in _BAD_DAY.items():
            mischief.fail_sometimes("chat.postMessage", how, share)  # type: ignore[arg-type]  # keys are its words
        mischief.fail_sometimes("conversations.history", "429", 0.2)
        mischief.fail_sometimes("users.info", "500", 0.1)

    # Processes -------------------------------------------------------------------------------------------

    async def _spawn(self, place: int) -> None:
        environment = {
            **os.environ,
            "SLACK_BOT_TOKEN": self.workspace.bot_token,
            "SLACK_APP_TOKEN": self.workspace.app_token,
            "SLACK_API_URL": self.standin.api_url,
            "DATABASE_URL": self._database_url,
            "OPSHAT_SECRET": SECRET,
            "OPSHAT_TICK_SECONDS": "0.2",
            "OPSHAT_LEASE_SECONDS": "3",
            "OPSHAT_INTERNAL_APP": "true",
            "OPSHAT_POSTS_PER_MINUTE": "1000",
            "PORT": "0",
        }
        with (self._logs / f"{place}.log").open("ab") as log:
            self._processes[place] = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", self._commands[place], env=environment, stdout=log, stderr=log
            )

    async def _kill_one(self) -> None:
        """Kill a process: at any moment of its life, its start included, or just when Slack has accepted a message."""
        place = self._random.randrange(len(self._commands))
        process = self._processes[place]
        assert process is not None
        if self._random.random() < 0.5:
            accepted = len(self.standin.journal.calls("chat.postMessage", accepted=True))
            with contextlib.suppress(TimeoutError):
                await self.standin.until(
                    lambda: len(self.standin.journal.calls("chat.postMessage", accepted=True)) > accepted, 20
                )
        else:
            await asyncio.sleep(self._random.uniform(0.1, 5.0))
        if process.returncode is not None:
            self.books.faults.append(f"a process ended by itself with {process.returncode}")
        else:
            process.send_signal(signal.SIGKILL)
        await process.wait()
        self.books.kills += 1
        await self._spawn(place)

    # Load ------------------------------------------------------------------------------------------------

    async def _pass_time(self, calendar: Calendar) -> None:
        turns = 0
        while True:
            turns += 1
            await calendar.turn(weeks=turns % 4 == 0)
            await asyncio.sleep(1.0)

    def _nudges(self, channel: SlackChannel) -> list[Message]:
        return [post for post in self.workspace.from_bot(channel) if "Answer in the thread" in post.text]

    async def _talk(self) -> None:
        replies: list[Message] = []
        while True:
            await asyncio.sleep(self._random.uniform(0.02, 0.15))
            person = self._random.choice(self.people)
            own = [reply for reply in replies if reply.user == person.id]
            lot = self._random.random()
            if own and lot < 0.2:
                await person.edit(self._random.choice(own), f"{self._random.choice(SAID)} {lot}")
                self.books.edits += 1
            elif own and lot < 0.3:
                gone = self._random.choice(own)
                replies.remove(gone)
                await person.delete(gone)
                self.books.deletions += 1
            else:
                channel = self._random.choice(self.channels)
                nudges = self._nudges(channel)
                if nudges:
                    thread = self._random.choice(nudges[-3:]).ts
                    replies.append(await person.say(channel, self._random.choice(SAID), thread_ts=thread))
                    self.books.replies += 1

    async def _answer(self) -> None:
        """Answer privately in a channel whose weeks do not close, again and again until the modal says it is kept."""
        channel = self.channels[0]
        while True:
            await asyncio.sleep(0.3)
            person = self._random.choice(self.people)
            with contextlib.suppress(NotPossible, Refusal, LookupError):
                await person.slash(channel, "/opshat answer")
                if person.view is not None and person.view.title == "Answer privately":
                    await self._submit(person)

    async def _submit(self, person: Person) -> None:
        import json  # noqa: PLC0415 - only here

        view = person.view
        assert view is not None
        answer_id = json.loads(view.body["private_metadata"])["answer"]
        for _ in range(20):
            await person.submit({"answer": self._random.choice(SAID)})
            if person.view is not None and person.view.title == "Kept":
                self._given.add(answer_id)
                break
            await asyncio.sleep(0.3)
        while person.view is not None:
            await person.close()

    # The books -------------------------------------------------------------------------------------------

    async def _heal(self) -> None:
        """Start once more without haste: what a dead process left is looked for, and open threads are read again."""
        bot = build(self._settings(), now=Clock(), pace=0)
        await bot.start(ticks=False)
        try:
            await asyncio.sleep(3.0)  # the lease of the last that was killed
            while await bot.postman.waiting() or bot.gaps.waits():
                await bot.gaps.heal(bot.now())
                await bot.postman.deliver()
                await self.standin.settle()
            await self._do_the_books(bot)
        finally:
            await bot.stop()

    async def _do_the_books(self, bot: Bot) -> None:
        async with bot.db.read() as session:
            channels = {channel.slack_id: channel for channel in await session.scalars(select(Channel))}
            postings = {posting.id: posting for posting in await session.scalars(select(Posting))}
            replies = {(reply.channel_id, reply.ts): reply for reply in await session.scalars(select(Reply))}
            answers = Counter(await session.scalars(select(PrivateAnswer.id)))
        for slack_channel in self.channels:
            self._check_posts(slack_channel, postings)
            self._check_replies(slack_channel, channels[slack_channel.id].id, replies)
        for posting in postings.values():
            if posting.state == "uncertain":
                self.books.uncertain[f"{posting.kind}: {posting.reason}"] += 1
            elif posting.state not in ("posted", "skipped", "planned"):
                self.books.faults.append(f"{posting.kind} {posting.id} rests in {posting.state} ({posting.reason})")
        self.books.answers = len(self._given)
        self.books.faults += [f"private answer {one} is lost" for one in self._given - set(answers)]

    def _check_posts(self, channel: SlackChannel, postings: dict[str, Posting]) -> None:
        stands: dict[str, list[str]] = {}
        for message in channel.messages.values():
            if message.metadata:
                stands.setdefault(message.metadata["event_payload"]["posting_id"], []).append(message.ts)
        for posting_id, ts in stands.items():
            posting = postings[posting_id]
            self.books.nudges += posting.kind == "nudge"
            self.books.digests += posting.kind == "digest"
            if len(ts) > 1:
                self.books.faults.append(f"{posting.kind} {posting_id} stands {len(ts)} times")
            if posting.state != "uncertain" and posting.ts != ts[0]:
                self.books.faults.append(f"{posting.kind} {posting_id} stands at {ts}, not at {posting.ts}")
        here = {posting for posting in postings.values() if posting.ts in channel.messages}
        self.books.faults += [f"{one.kind} {one.id} stands nowhere" for one in here if one.id not in stands]

    def _check_replies(self, channel: SlackChannel, channel_id: int, stored: dict[tuple[int, str], Reply]) -> None:
        nudges = {nudge.ts for nudge in self._nudges(channel)}
        standing = {m.ts: m for m in channel.messages.values() if m.is_reply and m.thread_ts in nudges and not m.bot}
        for ts, message in standing.items():
            reply = stored.get((channel_id, ts))
            if reply is None or reply.text is None:
                self.books.faults.append(f"reply {ts} is lost")
            elif reply.text != as_typed(message.text):
                self.books.faults.append(f"reply {ts} is wrong: {reply.text!r}, not {message.text!r}")
        for (where, ts), reply in stored.items():
            if where == channel_id and reply.text is not None and ts not in standing:
                self.books.faults.append(f"reply {ts} was deleted in Slack and is still stored")
