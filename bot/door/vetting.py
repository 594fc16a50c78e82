"""Replies of people whose standing Slack did not tell wait unread; who they are is asked again at every tick.

Their Slack ids are kept in memory only, never beside the words. What a restart forgets stays unread and uncounted.
"""

from datetime import datetime

import structlog
from sqlalchemy import select

from bot import weeks
from bot.door.members import Members
from bot.errors import Problem
from bot.keys import KeyRing
from bot.replies import arrive
from bot.store.engine import Database
from bot.store.tables import Channel

_MOST = 10_000

log = structlog.get_logger()


class Vetting:
    """People who wait to be told apart, each with the workspace and the channel where they wrote."""

    def __init__(self, db: Database, keys: KeyRing, members: Members) -> None:
        self._db = db
        self._keys = keys
        self.members = members
        self._waiting: dict[tuple[int, int, str], None] = {}  # in the order in which they are asked about

    def later(self, channel: Channel, user: str) -> None:
        """Ask about somebody (a Slack id) later; beyond ten thousand nobody is added."""
        if len(self._waiting) < _MOST:
            self._waiting[channel.workspace_id, channel.id, user] = None

    async def vet(self, now: datetime) -> None:
        """Ask Slack about everybody who waits, and read or erase what they wrote.

        A workspace where Slack does not answer is asked no more in this round, and next time about somebody else first.
        """
        await self._drop_the_gone()
        silent: set[int] = set()
        for one in list(self._waiting):
            workspace, channel_id, user = one
            if workspace in silent:
                continue
            try:
                standing = (await self.members.who(workspace, user)).standing
                if standing != "unknown":
                    await self._settle(channel_id, user, guest=standing == "guest", now=now)
            except Problem as problem:
                log.warning("nobody told apart", workspace=workspace, cause=str(problem))
                standing = "unknown"
            self._waiting.pop(one, None)
            if standing == "unknown":
                silent.add(workspace)
                self._waiting[one] = None

    async def _drop_the_gone(self) -> None:
        """Ask no more about people of channels that were forgotten meanwhile."""
        if not self._waiting:
            return
        async with self._db.read() as session:
            meant = {channel for _, channel, _ in self._waiting}
            kept = set(await session.scalars(select(Channel.id).where(Channel.id.in_(meant))))
        for one in [one for one in self._waiting if one[1] in meant - kept]:
            del self._waiting[one]

    async def _settle(self, channel_id: int, user: str, now: datetime, *, guest: bool) -> None:
        async with self._db.write() as session:
            channel = await session.get(Channel, channel_id)
            if channel is None:
                return
            person = weeks.person_in(self._keys, channel, user)
            await arrive.vetted(session, channel, person, now, counts=channel.guests or not guest)
