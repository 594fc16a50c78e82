"""A channel that nobody told us of: without `channels:read` Slack announces no invitation, so a command is the first.

Whether the bot is in such a channel can be found out in one way only: by saying something there. What is said is
seen by whoever typed the command, and by nobody else.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select

from bot.channels import join, words
from bot.channels.find import workspace_of
from bot.keys import KeyRing
from bot.prompts import Packs
from bot.slack.client import Busy, Refused, Slack, Unclear
from bot.slack.knock import Knock
from bot.store.engine import Database
from bot.store.tables import Channel

_TELL_OF_INVITATIONS = frozenset({"channels:read", "groups:read"})


async def learn_of(
    db: Database, keys: KeyRing, slack: Slack, packs: Callable[[], Packs], knock: Knock, now: datetime
) -> None:
    """Know the channel of a command and introduce the bot there, if it is there and nobody could tell us so."""
    async with db.read() as session:
        workspace = await workspace_of(session, knock.enterprise, knock.team)
        if workspace is None or not knock.channel or knock.channel.startswith("D"):
            return
        if set(workspace.scopes.split(",")) >= _TELL_OF_INVITATIONS:
            return
        here = Channel.workspace_id == workspace.id, Channel.slack_id == knock.channel
        if await session.scalar(select(Channel.id).where(*here).limit(1)) is not None:
            return
    if not await _is_there(slack, workspace.id, knock):
        return
    async with db.write() as session:
        await join.joined(session, keys, workspace, knock.channel, packs(), now)


async def _is_there(slack: Slack, workspace: int, knock: Knock) -> bool:
    try:
        await slack.call(workspace, "chat.postEphemeral", channel=knock.channel, user=knock.user, text=words.HERE)
    except (Refused, Busy, Unclear):
        return False
    return True
