"""What the bot says of its own silence."""

from bot.slack.faces import Message, section

REASONS = {
    "not_in_channel": "the bot is no longer in the channel; `/invite @Ops Hat` there, then `/opshat`, and it goes on",
    "channel_not_found": "Slack can't find the channel any more, or the bot was removed from it",
    "is_archived": "the channel is archived; it goes on by itself when somebody takes it out of the archive",
    "shared": (
        "the channel is shared with another organisation now; `/opshat schedule` there asks whether the bot may go on"
    ),
    "missing_scope": "the app lacks a permission that posting needs; whoever runs it can grant it again",
    "restricted_action": "a setting of this workspace lets only some people post there; once it does, `/opshat resume`",
}
STOPPED = "Nothing is posted in <#{channel}> for now: {reason}. Weeks still close, and nothing that was said is lost."


def stopped(channel: str, reason: str) -> Message:
    """Tell whoever set a channel up why nothing is posted there."""
    text = STOPPED.format(channel=channel, reason=REASONS.get(reason, f"Slack said `{reason}`"))
    return Message(text, (section(text),))
