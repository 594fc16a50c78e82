"""Replies of people whose standing Slack did not tell wait unread; who they are is asked again at every tick.

Their Slack ids are kept in memory only, never beside the words. What a restart forgets stays unread and uncounted.
"""

from datetime import datetime

from bot import weeks
from bot.door.members import Members
from bot.keys import KeyRing
from bot.replies import arrive
from bot.store.engine import Database
from bot.store.tables import Channel

_MOST = 10_000


class Vetting:
    """People who wait to be told apart, each with the workspace and the channel where they wrote."""

    def __init__(self, db: Database, keys: KeyRing, members: Members) -> None:
        self._db = db
        self._keys = keys
        self.members = members
        self._waiting: set[tuple[int, int, str]] = set()

    def later(self, channel: Channel, user: str) -> None:
        """Ask about somebody (a Slack id) later; beyond ten thousand nobody is added."""
        if len(self._waiting) < _MOST:
            self._waiting.add((channel.workspace_id, channel.id, user))

    async def vet(self, now: datetime) -> None:
        """Ask Slack about everybody who waits, and read or erase what they wrote."""
        for one in list(self._waiting):
            workspace, channel_id, user = one
            standing = (await self.members.who(workspace, user)).standing
            if standing == "unknown":
                return
            await self._settle(channel_id, user, guest=standing == "guest", now=now)
            self._waiting.discard(one)

    async def _settle(self, channel_id: int, user: str, now: datetime, *, guest: bool) -> None:
        async with self._db.write() as session:
            channel = await session.get(Channel, channel_id)
            if channel is None:
                return
            person = self._keys.person(channel.key, weeks.about_channel(channel.workspace_id), user)
            await arrive.vetted(session, channel, person, now, counts=channel.guests or not guest)
