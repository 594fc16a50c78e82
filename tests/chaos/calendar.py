"""Makes a nudge fall due every second, and now and then the end of a week and its digest.

A channel hears three messages in seven days at most, however fast the days are played. So every second has a channel
of its own: it is asked once, and every second one of them is told what was heard, once its week has ended.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import weeks
from bot.channels import join
from bot.keys import KeyRing
from bot.playground.workspace import Workspace as Place
from bot.playground.world import Channel as SlackChannel
from bot.store.engine import Database
from bot.store.tables import Channel, Week, Workspace

_PRIVATE_EVERY = 6
_WEEK_SECONDS = 6


@dataclass(frozen=True, slots=True)
class Room:
    """A channel of the storm; `ends` says whether its week ends, `readable` whether its history may be read."""

    slack: SlackChannel
    ends: bool
    readable: bool


class Calendar:
    """Adds channels in which things fall due.

    Args:
        db: the bot's database, used as another process would.
        keys: wraps the new channels' keys.
        place: the workspace in the stand-in.

    """

    def __init__(self, db: Database, keys: KeyRing, place: Place) -> None:
        self._db = db
        self._keys = keys
        self._place = place
        self.rooms: list[Room] = []

    async def turn(self) -> None:
        """Let a nudge fall due in a new channel, and the week of an earlier one end."""
        now = datetime.now(UTC)
        number = len(self.rooms)
        private = number % _PRIVATE_EVERY == _PRIVATE_EVERY - 1
        slack_channel = self._place.add_channel(f"c{number}", private=private)
        slack_channel.members.append(self._place.team.bot.id)
        room = Room(slack_channel, ends=number % 2 == 1, readable=not private)
        async with self._db.write() as session:
            workspace = (await session.scalars(select(Workspace))).one()
            channel = await join.know(session, self._keys, workspace, slack_channel.id, now)
            channel.zone, channel.members = "UTC", len(self._place.people)
            channel.nudge_days, channel.nudge_time = "1", "00:00"
            channel.digest_day, channel.digest_time = 1, "00:00"
            channel.nudge_on, channel.nudge_at = now.date(), now
            await weeks.week_at(session, self._keys, channel, now)
            if number >= _WEEK_SECONDS and self.rooms[number - _WEEK_SECONDS].ends:
                await self._end_week(session, self.rooms[number - _WEEK_SECONDS].slack.id, now)
        self.rooms.append(room)

    @staticmethod
    async def _end_week(session: AsyncSession, slack_id: str, now: datetime) -> None:
        channel = (await session.scalars(select(Channel).where(Channel.slack_id == slack_id))).one()
        open_one = Week.channel_id == channel.id, Week.closed_at.is_(None)
        await session.execute(update(Week).where(*open_one).values(ends_at=now))
        channel.week_ends_at = now
        # Its moment by the schedule has to lie behind the week's end; it is served a second from now all the same.
        by_schedule = now + timedelta(minutes=1)
        channel.digest_on, channel.digest_time = by_schedule.date(), f"{by_schedule:%H:%M}"
        channel.digest_at = now + timedelta(seconds=1)
