"""Gaps heal: threads of nudges that are still open are read again after nobody listened for a while.

After a start, after the socket was away, and after an event was refused; and the thread of a nudge that was lost
for a while, or that holds replies of people of whom it is not known yet whether they are guests. New replies,
edits and deletions are found alike. One page at a time, as slowly as Slack asks of the app.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy import ColumnElement, select

from bot import postings
from bot.door.taker import Taker
from bot.errors import Problem
from bot.replies import arrive
from bot.slack.client import Busy, Refused, Slack, Unclear, next_cursor
from bot.store.engine import Database
from bot.store.tables import Channel, Posting, Reply, Workspace

REPLIES = "conversations.replies"
_MOST_THREADS = 10_000
_AFTER_THE_LAST_RETRY = 400.0  # Slack sends a refused event again after about 0, 1 and 5 minutes

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast threads may be read: `seconds` between two pages in a workspace, `page` messages on each."""

    seconds: float
    page: int

    @classmethod
    def of(cls, *, internal: bool) -> "Rate":
        """Return Slack's rate for an app of one's own workspace, or the strictest: one page a minute, of fifteen."""
        return cls(1.2, 200) if internal else cls(60.0, 15)


@dataclass(slots=True)
class _Thread:
    """A thread that is being read: where, what was stored of it when reading began, and what was seen since.

    `again`: somebody asked for it once more when it was `begun`, and what they mean may stand on an earlier page.
    """

    posting: str
    workspace: int
    channel: int
    cursor: str = ""
    before: frozenset[str] = frozenset()
    seen: set[str] = field(default_factory=set)
    begun: bool = False
    again: bool = False


class Gaps:
    """What is to be read again, in memory only: whoever starts anew begins with all open threads.

    Args:
        db: the nudges and their replies.
        slack: where threads are read.
        taker: writes what is found.
        now: the product's clock.
        rate: how fast to read.

    """

    def __init__(self, db: Database, slack: Slack, taker: Taker, now: Callable[[], datetime], rate: Rate) -> None:
        self._db = db
        self._slack = slack
        self.taker = taker
        self._now = now
        self._rate = rate
        self._waiting: dict[int, dict[str, _Thread]] = {}
        self._all_again_at: float | None = None
        self.clock = time.monotonic
        """Real time, in seconds, by which Slack gives up on an event."""
        self._stopping = False
        self._turn = asyncio.Lock()

    # What is to be read ----------------------------------------------------------------------------------

    async def note_all(self) -> None:
        """Read every open thread again, the latest first, after those that wait already."""
        self._all_again_at = None
        try:
            await self._note(*self._open_ones())
        except Exception:
            self.away()  # the database is silent: as soon as it speaks
            raise

    async def note(self, posting: str) -> None:
        """Read the thread of one nudge again."""
        await self._note(Posting.id == posting)

    async def note_channel(self, workspace: int, slack_id: str) -> None:
        """Read the open threads of one channel again."""
        here = Channel.workspace_id == workspace, Channel.slack_id == slack_id
        await self._note(*here, *self._open_ones())

    async def note_unvetted(self) -> None:
        """Read threads again in which it is not known of everybody whether they are guests."""
        unvetted = select(Reply.thread_ts).where(Reply.channel_id == Posting.channel_id, ~Reply.known_member)
        await self._note(
            Posting.due_at > self._now() - arrive.OPEN_FOR,
            Posting.ts.in_(unvetted.where(Reply.text.is_not(None))),
        )

    def refused(self) -> None:
        """Read all open threads again after a while: an event was refused, and Slack may give up on it."""
        if self._all_again_at is None:
            self._all_again_at = self.clock() + _AFTER_THE_LAST_RETRY

    def away(self) -> None:
        """Read all open threads again as soon as possible: nobody listened for a while."""
        self._all_again_at = self.clock()

    def _open_ones(self) -> tuple[ColumnElement[bool], ...]:
        return Posting.kind.in_(postings.ASKING), Posting.due_at > self._now() - arrive.OPEN_FOR

    async def _note(self, *which: object) -> None:
        async with self._db.read() as session:
            rows = await session.execute(
                select(Posting.id, Channel.workspace_id, Channel.id)
                .join(Channel, Channel.id == Posting.channel_id)
                .where(Posting.ts.is_not(None), *which)  # type: ignore[arg-type]  # conditions, which SQLAlchemy names by many types
                .order_by(Posting.due_at.desc())
                .limit(_MOST_THREADS)
            )
            for posting, workspace, channel in rows:
                threads = self._waiting.setdefault(workspace, {})
                thread = threads.setdefault(posting, _Thread(posting, workspace, channel))
                thread.again = thread.begun

    def waits(self) -> bool:
        """Say whether anything is still to be read."""
        return bool(self._waiting)

    # Reading ---------------------------------------------------------------------------------------------

    def stop(self) -> None:
        """Read no further page from now on: with a thousand workspaces one round takes longer than a stop may."""
        self._stopping = True

    async def heal(self, _: datetime) -> None:
        """Read one page in every workspace that may be asked now."""
        async with self._turn:
            if self._all_again_at is not None and self._all_again_at <= self.clock():
                await self.note_all()
            for workspace in list(self._waiting):
                if self._stopping:
                    return
                if not self._slack.held(workspace, REPLIES):
                    await self._read_one(workspace)

    async def _read_one(self, workspace: int) -> None:
        threads = self._waiting[workspace]
        thread = next(iter(threads.values()))
        thread.begun = True
        try:
            done = await self._read_page(thread)
        except Refused as refusal:
            log.info("thread not read again", posting=thread.posting, reason=refusal.reason)
            done = True
            if refusal.reason == "missing_scope":
                # Private channels need a scope of their own: what is refused in one says nothing of the others.
                for other in [one for one in threads.values() if one.channel == thread.channel]:
                    del threads[other.posting]
        except (Busy, Unclear) as cause:
            log.info("thread read again later", posting=thread.posting, cause=str(cause))
            done = False
        except Problem as problem:
            # Mended by whoever sets the secret right and starts us anew, which reads everything again.
            log.warning("thread not read again", posting=thread.posting, cause=str(problem))
            done = True
        except Exception as error:  # noqa: BLE001 - whatever it was, it holds up no other thread or workspace
            log.warning("thread read again later", posting=thread.posting, cause=type(error).__name__)
            done = False
            threads[thread.posting] = threads.pop(thread.posting)
        self._slack.rest(workspace, REPLIES, self._rate.seconds)
        if not done:
            thread.begun = bool(thread.cursor)
        else:
            threads.pop(thread.posting, None)
            if thread.again:
                threads[thread.posting] = _Thread(thread.posting, workspace, thread.channel)
        if not threads:
            del self._waiting[workspace]

    async def _read_page(self, thread: _Thread) -> bool:
        """Read the next page of a thread; return whether it was the last."""
        async with self._db.read() as session:
            posting = await session.get(Posting, thread.posting)
            channel = await session.get(Channel, posting.channel_id) if posting else None
            workspace = await session.get(Workspace, thread.workspace)
            if posting is None or channel is None or workspace is None:
                return True
            if not thread.cursor:
                thread.before = frozenset(await arrive.stored_of(session, channel, str(posting.ts)))
        answer = await self._slack.call(
            workspace.id,
            REPLIES,
            channel=channel.slack_id,
            ts=posting.ts,
            limit=self._rate.page,
            cursor=thread.cursor or None,
        )
        await self._take(workspace, channel, thread, answer.get("messages", ()))
        thread.cursor = next_cursor(answer)
        if thread.cursor:
            return False
        # Only what was stored before reading began can have been deleted: what came since may stand on an earlier page.
        for ts in sorted(thread.before - thread.seen):
            await self.taker.erase(channel, ts)
        return True

    async def _take(
        self, workspace: Workspace, channel: Channel, thread: _Thread, messages: Iterable[dict[str, object]]
    ) -> None:
        for message in messages:
            thread.seen.add(str(message.get("ts", "")))
            told = arrive.told({**message, "channel": channel.slack_id})
            if told is not None and told.text is not None:
                await self.taker.take(workspace, channel, told)
