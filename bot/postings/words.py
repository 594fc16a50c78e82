"""What the bot says of its own silence."""

from bot.slack.faces import Message, escape, section

REASONS = {
    "": "somebody paused it. `/opshat resume` in the channel starts it again",
    "operator": "whoever runs the bot paused it everywhere; `opshat resume --all` starts it again",
    "not_in_channel": "the bot is no longer in the channel; `/invite @Ops Hat` there, then `/opshat`, and it goes on",
    "channel_not_found": (
        "Slack can't find the channel any more, or the bot was removed from it; `/invite @Ops Hat` there and it goes on"
    ),
    "is_archived": "the channel is archived; it goes on by itself when somebody takes it out of the archive",
    "shared": (
        "the channel is shared with another organisation now; `/opshat schedule` there asks whether the bot may go on"
    ),
    "look": "Slack is asked what kind of channel it is now; then it goes on by itself",
    "missing_scope": "the app lacks a permission that posting needs; whoever runs it can grant it again",
    "restricted_action": "a setting of this workspace lets only some people post there; once it does, `/opshat resume`",
}
STOPPED = "Nothing is posted in <#{channel}> for now: {reason}. Weeks still close, and nothing that was said is lost."
SETTLED = "This has been settled in the meantime: nothing was posted now."
NOT_WHILE_STOPPED = "Nothing is posted there for now: {reason}. After that, this digest can be posted."
NO_ROOM = "Three messages in seven days are the most that the bot posts in a channel. This digest fits on {day}."


def why_silent(reason: str) -> str:
    """Say why a channel is paused or stopped, in a clause."""
    # The operator's pause keeps behind a colon what the channel had stopped for before.
    return REASONS.get(reason.partition(":")[0]) or f"Slack said `{escape(reason)}`"


def stopped(channel: str, reason: str) -> Message:
    """Tell whoever set a channel up why nothing is posted there."""
    text = STOPPED.format(channel=channel, reason=why_silent(reason))
    return Message(text, (section(text),))
