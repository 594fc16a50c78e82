"""Time in the playground: never one leap, but a walk from due moment to due moment, each served on the way."""

import asyncio
import math
import time
from datetime import datetime, timedelta
from typing import Literal

from bot.app import Bot, Clock
from bot.playground.standin import StandIn

ARRIVED = {"nudge": "A question was asked.", "digest": "The week was told."}
NOTHING_SAID = {
    "nudge": "It was the moment for a question, and none was asked.",
    "digest": "It was the moment for a digest, and there was nothing to tell.",
}
NOTHING_PLANNED = "Nothing is planned yet: set a channel up with /opshat schedule."
_BETWEEN_LOOKS = 0.01  # seconds; what waits does so for Slack, or for a lease
_LONGEST = 86_400.0  # as good as for ever, in a number that the event loop takes


class Walk:
    """Moves the clock that the bot and the stand-in share.

    Args:
        clock: the one clock.
        bot: what is due at each moment.
        standin: settles what was delivered before the walk goes on.
        patience: seconds that each stop may take while Slack misbehaves; what is not said or heard by then
            comes later.

    """

    def __init__(self, clock: Clock, bot: Bot, standin: StandIn, patience: float = math.inf) -> None:
        self._clock = clock
        self._bot = bot
        self._standin = standin
        self._patience = patience

    def now(self) -> datetime:
        """Return the playground's present moment."""
        return self._clock()

    async def to_next(self, kind: Literal["nudge", "digest"]) -> str:
        """Walk to the next nudge or digest; return one sentence about where we are."""
        target = await self._bot.next_moment(kind)
        if target is None:
            return NOTHING_PLANNED
        await self.to(target)
        return (ARRIVED if self._spoke_at(target) else NOTHING_SAID)[kind]

    async def forward(self, hours: float) -> str:
        """Walk some hours on; return one sentence about where we are."""
        await self.to(self._clock() + timedelta(hours=hours))
        return f"{hours:g} hours have gone by."

    async def to(self, target: datetime) -> None:
        """Walk to a moment, serving whatever is due before it in order."""
        await self._serve()
        while (due := await self._bot.next_moment()) is not None and due <= target:
            self._clock.move_to(due)
            await self._serve()
        self._clock.move_to(target)
        await self._serve()

    def _spoke_at(self, moment: datetime) -> bool:
        places = [(place, channel) for place in self._standin.workspaces for channel in place.team.channels.values()]
        said = (message for place, channel in places for message in place.from_bot(channel))
        return any(float(message.ts) >= moment.timestamp() for message in said)

    async def _serve(self) -> None:
        ends = time.monotonic() + self._patience
        await self._bot.tick()
        while await self._bot.postman.waiting() and time.monotonic() < ends:
            await asyncio.sleep(_BETWEEN_LOOKS)
            await self._bot.tick()
        # Not cancelled when it takes too long: what is on its way to the bot goes on being sent.
        settling = asyncio.ensure_future(self._standin.settle())
        if (await asyncio.wait([settling], timeout=min(ends - time.monotonic(), _LONGEST)))[0]:
            settling.result()
