"""What the playground asks of whoever moves its clock."""

from datetime import datetime
from typing import Literal, Protocol


class TimeControl(Protocol):
    """Moves the product's clock, and lets the bot live through the time between."""

    def now(self) -> datetime:
        """Return the product's present moment, aware UTC."""
        ...

    async def to_next(self, kind: Literal["nudge", "digest"]) -> str:
        """Walk to the next moment of a kind and return one sentence about what happened."""
        ...

    async def forward(self, hours: float) -> str:
        """Walk some hours on and return one sentence about what happened."""
        ...
