"""Takes in what was said in a thread of ours: by an event as it happens, or by reading the thread again later."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from bot import weeks
from bot.door.batches import Batches
from bot.door.vetting import Vetting
from bot.keys import KeyRing
from bot.replies import arrive
from bot.replies.arrive import Told
from bot.store.engine import Database
from bot.store.tables import Channel, Workspace


class Taker:
    """Hashes who said it, tells guests apart, and writes.

    Args:
        db: where it is written.
        keys: to hash people with.
        vetting: tells guests from members, now or later.
        now: the product's clock.

    """

    def __init__(self, db: Database, keys: KeyRing, vetting: Vetting, now: Callable[[], datetime]) -> None:
        self._db = db
        self._keys = keys
        self._vetting = vetting
        self._now = now
        self.new: Batches[arrive.New, None] = Batches(partial(arrive.store_new, db.direct))

    async def take(self, workspace: Workspace, channel: Channel, told: Told) -> bool:
        """Write a reply, an edit or a deletion; when this returns, it is committed.

        What was stored before anybody could tell whether its author is a guest is settled with it. Return
        False where that cannot be told now either: it is kept, but not read before somebody asks again.
        """
        if told.text is None:
            await self.erase(channel, told.ts)
            return True
        if told.user == workspace.bot_user_id:
            return True  # our own, whatever else the event says of it: Bolt's filter does the same
        if told.team and told.team not in (workspace.team_id, workspace.enterprise_id):
            return True  # somebody of another organisation, in a shared channel: dropped here
        standing = "member" if channel.guests else (await self._vetting.members.who(workspace.id, told.user)).standing
        person = weeks.person_in(self._keys, channel, told.user)
        if standing == "member" and told.version == told.ts:
            await self.new.add(arrive.New(channel.id, person, told))
            return True
        async with self._db.write() as session:
            # The channel may be known from a moment ago; whether it lets guests in is asked of the database.
            if standing == "guest" and not await arrive.lets_guests_in(session, channel):
                await arrive.drop_unvetted(session, channel, told.ts)
            else:
                kept = await arrive.store(session, channel, told, person, known_member=standing != "unknown")
                if not kept and told.is_later and await arrive.is_stored(session, channel, told.ts):
                    # Words that their author has taken back do not stay because the new ones may not be stored.
                    await arrive.erase(session, channel, told.ts, self._now())
        if standing == "unknown":
            self._vetting.later(channel, told.user)
        return standing != "unknown"

    async def erase(self, channel: Channel, ts: str) -> None:
        """Erase a reply that was deleted in Slack."""
        async with self._db.write() as session:
            await arrive.erase(session, channel, ts, self._now())
