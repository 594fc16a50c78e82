"""One person at one channel's page of constraints: who they are there, and what they may be shown."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import cadence, weeks
from bot.constraints.standing import Standing
from bot.errors import Problem
from bot.keys import KeyRing
from bot.ledger import words
from bot.store.beside import Ground, ground
from bot.store.tables import Channel, OptOut


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit: `person` is a hash under the channel's key, `week` the name of the open week.

    `wears_hat`: whether it is the person who wears the channel's hat.
    """

    session: AsyncSession
    channel: Channel
    person: str
    week: str
    now: datetime
    known: Ground
    wears_hat: bool = False

    @property
    def memo(self) -> dict[str, str]:
        """What a modal keeps to find its channel again."""
        return {"channel": str(self.channel.id)}

    @property
    def today(self) -> date:
        """The date by the channel's clock."""
        return self.now.astimezone(cadence.zone_of(self.channel.zone or "UTC")).date()

    def shown(self, theme: int) -> Standing:
        """Return a constraint that this channel may be shown, by its own id or one that was joined to it.

        Raises:
            Problem: it left the page, or never was on it.

        """
        root = self.known.root_of.get(theme)
        one = next((one for one in self.known.standing() if one.theme == root), None)
        if one is None:
            raise Problem(words.LEFT)
        return one

    def visible(self) -> list[Standing]:
        """Return all constraints but those that are hidden for this person."""
        hidden = self.known.hidden(self.person)
        return [one for one in self.known.standing() if one.theme not in hidden]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who comes: a Slack id that is hashed at once, of another organisation or not, a guest or not."""

    user: str
    outside: bool = False
    guest: bool = False


async def begin(
    session: AsyncSession, keys: KeyRing, channel: Channel, visitor: Visitor, now: datetime, *, acts: bool
) -> Visit:
    """Begin a visit; one who `acts` waits for others who act in this channel, and for a closing of its week.

    Raises:
        Problem: nothing is set up here; or somebody acts who opted out, is of another organisation, or is a
            guest where guests are not let in.

    """
    if channel.zone is None:
        raise Problem(words.NOT_SET_UP)
    person = weeks.person_in(keys, channel, visitor.user)
    if acts:
        _check(visitor, channel)
        await session.execute(select(Channel.id).where(Channel.id == channel.id).with_for_update())
        if await session.get(OptOut, (channel.id, person)):
            raise Problem(words.OPTED_OUT)
    known = await ground(session, channel.id)
    week, wears_hat = cadence.week_of(now, channel.zone).name, channel.hat_user == visitor.user
    return Visit(session, channel, person, week, now, known, wears_hat)


def _check(visitor: Visitor, channel: Channel) -> None:
    if visitor.outside:
        raise Problem(words.OUTSIDE)
    if visitor.guest and not channel.guests:
        raise Problem(words.NO_GUESTS)
