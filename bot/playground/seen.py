"""What somebody sees after they did something, as it arrives."""

from bot.playground.changes import Changes
from bot.playground.world import Message, User, View


class Seen:
    """What somebody saw since they acted; it grows as more arrives."""

    def __init__(self, user: User, changes: Changes) -> None:
        self._user = user
        self._changes = changes
        self._ephemerals, self._notices = len(user.ephemerals), len(user.notices)
        self._views = {view.hash for view in user.modals}

    @property
    def ephemerals(self) -> list[Message]:
        """The messages that only they saw, oldest first."""
        return self._user.ephemerals[self._ephemerals :]

    @property
    def text(self) -> str:
        """The text of those messages, one a line."""
        return "\n".join(message.text for message in self.ephemerals)

    @property
    def notices(self) -> list[str]:
        """What Slack's own client told them, such as that a command failed."""
        return self._user.notices[self._notices :]

    @property
    def view(self) -> View | None:
        """The modal that was opened or changed since, if one is open."""
        top = self._user.modals[-1] if self._user.modals else None
        return top if top and top.hash not in self._views else None

    async def something(self, seconds: float = 5.0) -> "Seen":
        """Wait until anything was seen at all.

        Raises:
            TimeoutError: nothing was.

        """
        await self._changes.until(lambda: bool(self.ephemerals or self.notices or self.view), seconds)
        return self
