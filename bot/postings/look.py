"""Where a posting stands whose answer was lost: looked for in the channel's history, by the id in its metadata."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from bot import postings
from bot.slack.client import Slack, next_cursor
from bot.store.tables import Channel, Posting
from bot.store.types import slack_ts

HISTORY = "conversations.history"

_BEFORE = timedelta(minutes=10)
"""How much earlier than its due moment a message could be dated: our clock may be ahead of Slack's."""
_PAGE = 200  # Slack cuts it to 15 for apps that it keeps short
_MOST_KEPT = 1000


class Look:
    """Looks page by page; what Slack asks to put off goes on where it stopped.

    Args:
        slack: where to look.

    """

    def __init__(self, slack: Slack) -> None:
        self._slack = slack
        self._cursors: dict[str, str] = {}

    async def ts_of(self, posting: Posting, channel: Channel) -> str | None:
        """Return the ts of a posting's message, or None where the channel's history has none.

        Raises:
            Refused: the history may not be read. Busy, Unclear: not now; what was seen already is remembered.

        """
        while True:
            answer = await self._page(posting, channel)
            found = _named(answer.get("messages", ()), posting.id)
            cursor = next_cursor(answer)
            if found or not cursor:
                self._cursors.pop(posting.id, None)
                return found
            if len(self._cursors) >= _MOST_KEPT:
                self._cursors.clear()
            self._cursors[posting.id] = cursor

    async def _page(self, posting: Posting, channel: Channel) -> dict[str, Any]:
        return await self._slack.call(
            channel.workspace_id,
            HISTORY,
            channel=channel.slack_id,
            oldest=slack_ts(posting.due_at - _BEFORE),
            include_all_metadata=True,
            limit=_PAGE,
            cursor=self._cursors.get(posting.id),
        )


def _named(messages: Iterable[Mapping[str, Any]], posting_id: str) -> str | None:
    for message in messages:
        metadata = message.get("metadata") or {}
        payload = metadata.get("event_payload") or {}
        if metadata.get("event_type") == postings.METADATA and payload.get("posting_id") == posting_id:
            return str(message["ts"])
    return None
