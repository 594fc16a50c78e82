"""Events from Slack: most are none of our business; what is ours is hashed and committed before Slack hears "ok".

Raising refuses the event, and Slack sends it again: nothing is acknowledged that was not stored.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog

from bot.channels import join
from bot.channels.cures import go_on
from bot.door import shapes, triage
from bot.door.batches import Batches, Overloaded
from bot.door.gaps import Gaps
from bot.door.health import Acks
from bot.door.threads import Threads
from bot.home import page
from bot.home import words as home_words
from bot.installs import leave
from bot.installs.tenants import Tenants, place_of
from bot.keys import KeyRing
from bot.postings import METADATA
from bot.postings.postman import Postman
from bot.prompts import Packs
from bot.replies import arrive
from bot.replies.arrive import Told
from bot.slack.client import Refused, Slack
from bot.store.direct import Direct, Here
from bot.store.engine import Database
from bot.store.tables import Channel, Workspace

if TYPE_CHECKING:
    from datetime import datetime

_WAITS_FOR_A_NUDGE = (0.2, 0.5, 1.0)
"""Seconds between looks for a nudge whose ts is just being recorded; all within Slack's three."""

_STOPS = {
    "channel_archive": "is_archived",
    "group_archive": "is_archived",
    "channel_deleted": "channel_not_found",
    "group_deleted": "channel_not_found",
    "channel_left": "not_in_channel",
    "group_left": "not_in_channel",
}

_ENDS = {"channel_unarchive": "is_archived", "group_unarchive": "is_archived"}
"""Events that end the reason for which a channel had stopped."""


_LEAVES = (leave.UNINSTALLED, leave.REVOKED)
_ACCESS = (leave.DROPPED, leave.LET_IN)

EVENTS = frozenset(
    {
        *("message", "member_joined_channel", "app_home_opened", "channel_id_changed"),
        *("channel_shared", "channel_unshared", *_ENDS, *_STOPS, *_LEAVES, *_ACCESS),
    }
)
"""What is taken in, and so what the manifest subscribes to."""

log = structlog.get_logger()


class TryAgain(Exception):  # noqa: N818 - what Slack is to do
    """It cannot be told yet whether this is ours; Slack is to send it again."""


_WHY: Mapping[type[Exception], str] = {Overloaded: "overload", TryAgain: "not known yet"}


class Events:
    """The events of all workspaces of this process."""

    def __init__(
        self,
        db: Database,
        keys: KeyRing,
        gaps: Gaps,
        postman: Postman,
        packs: Callable[[], Packs],
        slack: Slack,
        *,
        tenants: Tenants,
        wake: Callable[[], None],
    ) -> None:
        self._db = db
        self._keys = keys
        self._taker = gaps.taker
        self._gaps = gaps
        self._postman = postman
        self._packs = packs
        self._slack = slack
        self._tenants = tenants
        self._now = tenants.now
        self._wake = wake
        self.taken: Counter[str] = Counter()
        self._threads: Threads[tuple[Channel, datetime]] = Threads()
        self._is_stored = _lookup(db.direct_reads)
        self._takers: dict[str, Callable[[Workspace, Mapping[str, Any]], Awaitable[None]]] = {
            "message": self._message,
            "member_joined_channel": self._joined,
            "channel_id_changed": self._moved,
            **dict.fromkeys(_ENDS, self._ended),
            "channel_shared": self._shared,
            "channel_unshared": self._unshared,
            "app_home_opened": self._home,
            **dict.fromkeys(_STOPS, self._stopped),
        }

    async def take(self, body: Mapping[str, Any]) -> None:
        """Take in the payload of one event callback; when this returns, what was ours is committed.

        Raises:
            TryAgain: refuse it, Slack sends it again. Any other error refuses it too.

        """
        if not self.pass_by(body):
            await self._take_in(body)

    async def try_to_take(self, body: Mapping[str, Any], acks: Acks) -> bool:
        """Take in what is not to be passed by as `take` does; return whether Slack may hear "ok"."""
        try:
            await self._take_in(body)
        except Exception as error:  # noqa: BLE001 - whatever it was, Slack is told to send the event again
            if body["event"].get("type") == "message":  # nothing else is found by reading threads again
                self._gaps.refused()
            acks.refused[_WHY.get(type(error), "error")] += 1
            log.warning("event refused", cause=type(error).__name__, detail=str(error)[:200])
            return False
        return True

    def pass_by(self, body: Mapping[str, Any]) -> bool:
        """Say whether an event is none of our business, by what is known without a look at the database: most are."""
        event = body.get("event")
        if not isinstance(event, dict):
            return True
        kind = str(event.get("type"))
        if kind != "message":
            return kind not in EVENTS
        return triage.is_chatter(event) or self._is_to_another(event, body)

    def _is_to_another(self, event: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
        """Say whether a message stands in a thread that somebody other than our bot began."""
        beginner = event.get("parent_user_id")
        if beginner is None or "metadata" in event:
            return False
        workspace = self._tenants.known(*place_of(body))
        return workspace is not None and beginner != workspace.bot_user_id

    async def _take_in(self, body: Mapping[str, Any]) -> None:
        event = body["event"]
        edited = self._edited_elsewhere(event, body)
        if edited is not None and not await self._is_stored(edited):
            return  # most of what was not passed by ends here
        if not shapes.is_event(body):
            # Sent again it would be the same.
            log.warning("event of an unknown shape", kind=event["type"])
            return
        await self._take(str(event["type"]), event, body)

    def _edited_elsewhere(self, event: Mapping[str, Any], body: Mapping[str, Any]) -> arrive.Place | None:
        """Return where an edited message stands that is outside of our threads: ours only if its author let it count.

        None also where that cannot be told before the shape is checked.
        """
        message = triage.edited(event)
        workspace = self._tenants.known(*place_of(body)) if message is not None else None
        if message is None or workspace is None:
            return None
        channel, ts, thread_ts = event.get("channel"), message.get("ts"), message.get("thread_ts")
        if not shapes.is_place(channel, ts):
            return None
        is_elsewhere = thread_ts in (None, ts) or (
            isinstance(thread_ts, str) and self._threads.is_other((workspace.id, channel, thread_ts))
        )
        return (workspace.id, str(channel), str(ts)) if is_elsewhere else None

    async def _take(self, kind: str, event: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        if kind in _LEAVES:
            await self._left(body, event)
            return
        if kind in _ACCESS:
            await self._access(kind, body, event)
            return
        workspace = await self._tenants.find(*place_of(body))
        if workspace is not None:
            await self._takers[kind](workspace, event)

    async def _message(self, workspace: Workspace, event: Mapping[str, Any]) -> None:
        if event.get("bot_id") == workspace.bot_id:
            await self._own_echo(workspace, event)
            return
        if event.get("parent_user_id") not in (None, workspace.bot_user_id):
            return
        told = arrive.told(event)
        if told is None:
            return
        thread = workspace.id, told.channel, told.thread_ts
        is_elsewhere = told.thread_ts == told.ts or self._threads.is_other(thread)
        # What stands elsewhere is ours only where its author let it count.
        if is_elsewhere and not (told.is_later and await self._is_stored((workspace.id, told.channel, told.ts))):
            return
        channel = self._known(thread) or await self._channel_of(workspace, told)
        if channel is None:
            return
        if not await self._taker.take(workspace, channel, told):
            raise TryAgain
        self.taken["deletion" if told.text is None else "edit" if told.is_later else "new"] += 1

    def _known(self, thread: tuple[int, str, str]) -> Channel | None:
        """Return the channel of a thread that was just found to be ours, and is still open for replies."""
        channel, due_at = self._threads.ours(thread) or (None, None)
        return channel if due_at is not None and due_at > self._now() - arrive.OPEN_FOR else None

    async def _channel_of(self, workspace: Workspace, told: Told) -> Channel | None:
        """Return the channel of a message that is ours, None where it is not.

        Raises:
            TryAgain: that cannot be known yet.

        """
        for wait in (*_WAITS_FOR_A_NUDGE, None):
            channel, ours = await self._is_ours(workspace, told)
            if ours is not None:
                return channel if ours else None
            if wait is not None:
                await asyncio.sleep(wait)
        raise TryAgain

    async def _own_echo(self, workspace: Workspace, event: Mapping[str, Any]) -> None:
        """Settle a posting by its own echo, where the answer to our call was lost; note that echoes arrive."""
        metadata = event.get("metadata") or {}
        posting_id = (metadata.get("event_payload") or {}).get("posting_id")
        ts = event.get("ts")
        if metadata.get("event_type") != METADATA or not isinstance(posting_id, str) or ts is None:
            return
        async with self._db.read() as session:
            found = await arrive.echoed(session, workspace, posting_id)
        if found is None:
            return
        stands, heard_at = found
        if stands is None:
            await self._postman.settle(posting_id, str(ts))
        if heard_at is None or heard_at <= self._now() - arrive.NOTED_EVERY:
            async with self._db.write() as session:
                await arrive.note_echo(session, workspace, self._now())

    async def _is_ours(self, workspace: Workspace, told: Told) -> tuple[Channel | None, bool | None]:
        """Say whether a message belongs to a thread that we read; None while that cannot be known."""
        thread = workspace.id, told.channel, told.thread_ts
        async with self._db.read() as session:
            channel = await arrive.channel_known(session, workspace, told.channel)
            if channel is None:
                # Not kept: a channel of ours gets another id at Slack before we are told of it.
                return None, False
            # Edits and deletions of what we keep are followed for as long as we keep it.
            if told.is_later and await arrive.is_stored(session, channel, told.ts):
                return channel, True
            if told.thread_ts == told.ts:
                return channel, False
            nudge = await arrive.nudge_of(session, channel, told.thread_ts, self._now()) if told.thread_ts else None
            if nudge is not None:
                self._threads.keep_ours(thread, (channel, nudge.due_at))
                return channel, True
            if told.text is None and not told.thread_ts:
                # Slack may leave out which thread a deleted message was in: where a nudge is open it could be ours.
                return channel, await arrive.has_open_nudge(session, channel, self._now())
            on_its_way = await arrive.on_its_way(session, channel)
            if not on_its_way:
                self._threads.keep_other(thread)
            return channel, None if on_its_way - {"uncertain"} else False

    async def _left(self, body: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        """Stop at once where the app was uninstalled or its token revoked; the data go by the promised time."""
        place = leave.place_left(body)
        workspace = await self._tenants.find(*place)
        if workspace is None or not leave.is_ours(event, workspace.bot_user_id):
            return
        kind, now = str(event["type"]), self._now()
        after = self._tenants.forgets_after if kind == leave.UNINSTALLED else leave.FORGET_REVOKED_AFTER
        async with self._db.write() as session:
            await leave.left(session, place, kind, leave.ended_at(body, now), now + after)
        self._tenants.changed()

    async def _access(self, kind: str, body: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        """Stop at once in workspaces that their organisation takes the app from; go on where it lets it in again."""
        enterprise, _ = place_of(body)
        teams, at, now = event["team_ids"], leave.ended_at(body, self._now()), self._now()
        async with self._db.write() as session:
            if kind == leave.DROPPED:
                await leave.dropped(session, enterprise, teams, at, now + self._tenants.forgets_after)
            else:
                for workspace in await leave.let_in(session, enterprise, teams, at, now):
                    await go_on(session, workspace.id, workspace.scopes)
        self._tenants.changed()

    async def _joined(self, workspace: Workspace, event: Mapping[str, Any]) -> None:
        if event.get("user") != workspace.bot_user_id:
            return
        async with self._db.write() as session:
            await join.joined(session, self._keys, workspace, str(event["channel"]), self._packs(), self._now())
        self._wake()

    async def _stopped(self, workspace: Workspace, event: Mapping[str, Any]) -> None:
        async with self._db.write() as session:
            reason = _STOPS[str(event["type"])]
            await join.stopped(session, workspace, str(event.get("channel")), reason, self._now())

    async def _ended(self, workspace: Workspace, event: Mapping[str, Any]) -> None:
        async with self._db.write() as session:
            reason = _ENDS[str(event["type"])]
            await join.cured(session, workspace, str(event.get("channel")), {reason})
        self._wake()

    async def _shared(self, workspace: Workspace, event: Mapping[str, Any]) -> None:
        async with self._db.write() as session:
            await join.shared(session, workspace, str(event.get("channel")), self._now())

    async def _unshared(self, workspace: Workspace, event: Mapping[str, Any]) -> None:
        still = bool(event.get("is_ext_shared"))
        async with self._db.write() as session:
            await join.unshared(session, workspace, str(event.get("channel")), still=still)
        self._wake()

    async def _home(self, workspace: Workspace, event: Mapping[str, Any]) -> None:
        if event.get("tab", "home") != "home":
            return
        user = str(event["user"])
        channels = await page.channels_of(self._slack, workspace, user)
        rooms = None
        if channels is not None:
            async with self._db.read() as session:
                rooms = await page.rooms(session, self._keys, workspace.id, channels, user, self._now())
        view = home_words.home(rooms, workspace.scopes)
        try:
            await self._slack.call(workspace.id, "views.publish", user_id=user, view=view)
        except Refused as refusal:
            log.warning("home not shown", reason=refusal.reason)  # sending the event again would not mend it

    async def _moved(self, workspace: Workspace, event: Mapping[str, Any]) -> None:
        async with self._db.write() as session:
            await join.moved(session, workspace, *_ids(event), self._now())
        # What came under the new id before this was taken for somebody else's.
        await self._gaps.note_channel(workspace.id, _ids(event)[1])


def _lookup(reads: Direct | Here) -> Callable[[arrive.Place], Awaitable[bool]]:
    """Return what says of a message whether it is a reply that we keep."""
    if isinstance(reads, Here):
        return partial(arrive.is_stored_here, reads)
    together: Batches[arrive.Place, bool] = Batches(partial(arrive.are_stored, reads))
    return together.add


def _ids(event: Mapping[str, Any]) -> tuple[str, str]:
    return str(event["old_channel_id"]), str(event["new_channel_id"])
