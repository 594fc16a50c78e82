"""Events from Slack: most are none of our business; what is ours is hashed and committed before Slack hears "ok".

Raising refuses the event, and Slack sends it again: nothing is acknowledged that was not stored.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

import structlog

from bot import weeks
from bot.channels import join
from bot.channels.find import workspace_of
from bot.door.vetting import Vetting
from bot.home import page
from bot.home import words as home_words
from bot.keys import KeyRing
from bot.postings import METADATA, Postman
from bot.prompts import Packs
from bot.replies import arrive
from bot.replies.arrive import Told
from bot.slack.client import Slack
from bot.store.engine import Database
from bot.store.tables import Channel, Workspace

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

log = structlog.get_logger()


class TryAgain(Exception):  # noqa: N818 - what Slack is to do
    """It cannot be told yet whether this is ours; Slack is to send it again."""


class Events:
    """The events of all workspaces of this process."""

    def __init__(
        self,
        db: Database,
        keys: KeyRing,
        vetting: Vetting,
        postman: Postman,
        packs: Callable[[], Packs],
        slack: Slack,
        *,
        now: Callable[[], datetime],
        wake: Callable[[], None],
    ) -> None:
        self._db = db
        self._keys = keys
        self._vetting = vetting
        self._postman = postman
        self._packs = packs
        self._slack = slack
        self._now = now
        self._wake = wake
        self._takers: dict[str, Callable[[Workspace, Mapping[str, Any]], Awaitable[None]]] = {
            "message": self._message,
            "member_joined_channel": self._joined,
            "channel_id_changed": self._moved,
            "app_home_opened": self._home,
            **dict.fromkeys(_STOPS, self._stopped),
        }

    async def take(self, body: Mapping[str, Any]) -> None:
        """Take in the payload of one event callback; when this returns, what was ours is committed.

        Raises:
            TryAgain: refuse it, Slack sends it again. Any other error refuses it too.

        """
        event = body.get("event")
        if not isinstance(event, Mapping) or event.get("type") not in self._takers:
            return
        async with self._db.read() as session:
            workspace = await workspace_of(
                session, str(body.get("enterprise_id") or ""), str(body.get("team_id") or "")
            )
        if workspace is not None:
            await self._takers[str(event["type"])](workspace, event)

    async def _message(self, workspace: Workspace, event: Mapping[str, Any]) -> None:
        if event.get("bot_id") == workspace.bot_id:
            await self._own_echo(event)
            return
        told = arrive.told(event)
        if told is None or event.get("parent_user_id") not in (None, workspace.bot_user_id):
            return
        if told.team and told.team not in (workspace.team_id, workspace.enterprise_id):
            return  # somebody of another organisation, in a shared channel: dropped here
        for wait in (*_WAITS_FOR_A_NUDGE, None):
            channel, ours = await self._is_ours(workspace, told)
            if channel is None or ours is False:
                return
            if ours:
                await self._write(workspace, channel, told)
                return
            if wait is not None:
                await asyncio.sleep(wait)
        raise TryAgain

    async def _own_echo(self, event: Mapping[str, Any]) -> None:
        """Settle a posting by its own echo, where the answer to our call was lost."""
        metadata = event.get("metadata") or {}
        posting_id = (metadata.get("event_payload") or {}).get("posting_id")
        if metadata.get("event_type") == METADATA and isinstance(posting_id, str):
            await self._postman.settle(posting_id, str(event["ts"]))

    async def _is_ours(self, workspace: Workspace, told: Told) -> tuple[Channel | None, bool | None]:
        """Say whether a message belongs to a thread that we read; None while that cannot be known."""
        async with self._db.read() as session:
            channel = await arrive.channel_known(session, workspace, told.channel)
            if channel is None:
                return None, False
            # Edits and deletions of what we keep are followed for as long as we keep it.
            if told.is_later and await arrive.is_stored(session, channel, told.ts):
                return channel, True
            if told.thread_ts == told.ts:
                return channel, False
            if told.thread_ts and await arrive.nudge_of(session, channel, told.thread_ts, self._now()):
                return channel, True
            if told.text is None and not told.thread_ts:
                # Slack may leave out which thread a deleted message was in: where a nudge is open it could be ours.
                return channel, await arrive.has_open_nudge(session, channel, self._now())
            return channel, None if await arrive.still_sending(session, channel) else False

    async def _write(self, workspace: Workspace, channel: Channel, told: Told) -> None:
        if told.text is None:
            async with self._db.write() as session:
                await arrive.erase(session, channel, told.ts, self._now())
            return
        standing = (await self._vetting.members.who(workspace.id, told.user)).standing
        if standing == "guest" and not channel.guests:
            return
        person = self._keys.person(channel.key, weeks.about_channel(workspace.id), told.user)
        async with self._db.write() as session:
            kept = await arrive.store(session, channel, told, person, known_member=standing != "unknown")
            if not kept and told.is_later and await arrive.is_stored(session, channel, told.ts):
                # Words that their author has taken back do not stay because the new ones may not be stored.
                await arrive.erase(session, channel, told.ts, self._now())
        if standing == "unknown":
            self._vetting.later(channel, told.user)

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
        await self._slack.call(workspace.id, "views.publish", user_id=user, view=view)

    async def _moved(self, workspace: Workspace, event: Mapping[str, Any]) -> None:
        async with self._db.write() as session:
            await join.moved(session, workspace, str(event["old_channel_id"]), str(event["new_channel_id"]))
