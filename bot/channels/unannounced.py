"""A channel that nobody told us of: without `channels:read` Slack announces no invitation, so a command is the first.

Whether the bot is in such a channel can be found out in one way only: by saying something there. What is said is
seen by whoever typed the command, and by nobody else.
"""

from bot.channels import words
from bot.slack.client import Busy, Refused, Slack, Unclear
from bot.slack.knock import Knock


async def is_there(slack: Slack, workspace: int, knock: Knock) -> bool:
    """Say whether the bot is in the channel of a command, by saying there that it is."""
    try:
        await slack.call(workspace, "chat.postEphemeral", channel=knock.channel, user=knock.user, text=words.HERE)
    except (Refused, Busy, Unclear):
        return False
    return True
