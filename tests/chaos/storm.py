"""Real bot processes against the stand-in, killed with `kill -9` at random moments under load; then the books.

What the stand-in accepted and sent is compared with the database. Seeded: the same seed draws the same lots, though
two processes never meet a lot at quite the same moment.
"""

import asyncio
import contextlib
import random
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from bot.app import Bot, Clock, build
from bot.keys import KeyRing
from bot.playground.people import NotPossible, Person
from bot.playground.standin import StandIn
from bot.playground.world import SCOPES, Message, Refusal
from bot.playground.world import Channel as SlackChannel
from bot.settings import Settings
from bot.slack.markup import as_typed
from bot.store.engine import Database
from bot.store.tables import Channel, Posting, PrivateAnswer, Reply
from tests.chaos import forked
from tests.chaos.calendar import Calendar, Room

SECRET = "a secret of the tests that is long enough"
SAID = (
    "We can't release before the harbour board has signed.",
    "everyone has to follow the runbook, even for typos",
    "nothing of that, it just went well",
    "we're not mature enough for that <yet>",
)
_STARTS_WITHIN = 60.0  # seconds, on a machine that does much else
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
        through: another address of the same database, for the processes to use.

    """

    def __init__(
        self, database_url: str, commands: list[str], seed: int, logs: Path, *, through: str | None = None
    ) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._commands = commands
        self._logs = logs
        self.standin = StandIn(seed=seed)
        # In a private channel nobody may look whether a message stands: what was lost there is uncertain.
        scopes = [scope for scope in SCOPES if scope != "groups:history"]
        self.workspace = self.standin.add_workspace("Storm", scopes=scopes)
        self.people = [self.workspace.add_person(f"p{number}") for number in range(4)]
        self.rooms: list[Room] = []
        self._processes: list[BaseProcess] = []
        self._given: set[str] = set()
        self._database_url = database_url
        self._through = through or database_url
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
            # A short life without ticks, so that the workspace is known.
            first = build(self._settings(), now=Clock(), pace=0)
            await first.start(doors=False, ticks=False)
            await first.stop()
            await self._live(kills)
            await self._heal()
        finally:
            await self.standin.stop()
        return self.books

    async def _live(self, kills: int) -> None:
        self._misbehave()
        db = Database(self._settings().database)
        calendar = Calendar(db, KeyRing(SECRET), self.workspace)
        self.rooms = calendar.rooms
        self._processes = [self._spawn(place) for place in range(len(self._commands))]
        doings = [asyncio.create_task(work) for work in (self._pass_time(calendar), self._talk(), self._answer())]
        await self.standin.until(lambda: self.books.replies > 0, _STARTS_WITHIN)
        for _ in range(kills):
            await self.strike()
        for doing in doings:
            doing.cancel()
        for end in await asyncio.gather(*doings, return_exceptions=True):
            if isinstance(end, Exception) and not isinstance(end, asyncio.CancelledError):
                raise end
        self.standin.mischief.calm()
        await self.standin.settle()
        for process in self._processes:
            self._check_alive(process)
            process.kill()
            await forked.ended(process)
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

    def _spawn(self, place: int) -> BaseProcess:
        environment = {
            "SLACK_BOT_TOKEN": self.workspace.bot_token,
            "SLACK_APP_TOKEN": self.workspace.app_token,
            "SLACK_API_URL": self.standin.api_url,
            "DATABASE_URL": self._through,
            "OPSHAT_SECRET": SECRET,
            "OPSHAT_TICK_SECONDS": "0.2",
            "OPSHAT_LEASE_SECONDS": "3",
            "OPSHAT_INTERNAL_APP": "true",
            "OPSHAT_POSTS_PER_MINUTE": "1000",
            "PORT": "0",
        }
        return forked.start(forked.opshat, self._commands[place], environment, self._logs / f"{place}.log")

    def _check_alive(self, process: BaseProcess) -> None:
        if process.exitcode is not None:
            self.books.faults.append(f"a process ended by itself with {process.exitcode}")

    async def posts_again(self) -> None:
        """Wait until something more is posted.

        Raises:
            TimeoutError: nothing is, on a machine that has all the time it needs.

        """
        accepted = self._accepted()
        await self.standin.until(lambda: self._accepted() > accepted, _STARTS_WITHIN)

    def _accepted(self) -> int:
        return len(self.standin.journal.calls("chat.postMessage", accepted=True))

    async def strike(self) -> None:
        """Kill a process: at any moment of its life, its start included, or just when Slack has accepted a message."""
        place = self._random.randrange(len(self._commands))
        process = self._processes[place]
        if self._random.random() < 0.5:
            with contextlib.suppress(TimeoutError):
                await self.posts_again()
        else:
            await asyncio.sleep(self._random.uniform(0.1, 5.0))
        self._check_alive(process)
        process.kill()
        await forked.ended(process)
        self.books.kills += 1
        self._processes[place] = self._spawn(place)

    # Load ------------------------------------------------------------------------------------------------

    async def _pass_time(self, calendar: Calendar) -> None:
        while True:
            with contextlib.suppress(DBAPIError):  # the days go on while a database is down
                await calendar.turn()
            await asyncio.sleep(1.0)

    def _nudges(self, channel: SlackChannel) -> list[Message]:
        return [post for post in self.workspace.from_bot(channel) if "Answer in the thread" in post.text]

    def _some_room(self, **wanted: bool) -> Room | None:
        """Return one of the latest channels that were asked, with these traits."""
        rooms = (
            room for room in self.rooms[-20:] if all(getattr(room, trait) is value for trait, value in wanted.items())
        )
        asked = [room for room in rooms if self._nudges(room.slack)]
        return self._random.choice(asked) if asked else None

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
                room = self._some_room(readable=True)
                if room is not None:
                    nudge = self._nudges(room.slack)[0]
                    words = self._random.choice(SAID)
                    replies.append(await person.say(room.slack, words, thread_ts=nudge.ts))
                    self.books.replies += 1

    async def _answer(self) -> None:
        """Answer privately in a channel whose weeks do not close, again and again until the modal says it is kept."""
        while True:
            await asyncio.sleep(0.3)
            room, person = self._some_room(ends=False), self._random.choice(self.people)
            if room is None:
                continue
            with contextlib.suppress(NotPossible, Refusal, LookupError):
                await person.slash(room.slack, "/opshat answer")
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
        for room in self.rooms:
            self._check_posts(room.slack, postings)
            if room.readable:
                self._check_replies(room.slack, channels[room.slack.id].id, replies)
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
