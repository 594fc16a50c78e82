"""The hat: offered, never assigned; taken, passed, put down; unworn is fine."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.channels import profile_words as words
from bot.channels.schedule import ASKS_FOR_SECONDS
from bot.errors import Problem
from bot.slack.client import Busy, Refused, Slack, Unclear, next_cursor
from bot.slack.faces import Modal
from bot.store.tables import Channel


def modal(channel: Channel, user: str, note: str = "") -> Modal:
    """Return the modal about a channel's hat."""
    return words.hat(channel, user, {"channel": str(channel.id)}, note)


async def wearer_left(slack: Slack, channel: Channel) -> bool:
    """Say whether whoever wears the hat is not in the channel any more; False where Slack does not say so."""
    cursor: str | None = None
    if not channel.hat_user:
        return False
    try:
        async with asyncio.timeout(ASKS_FOR_SECONDS):
            while True:
                answer = await slack.call(
                    channel.workspace_id, "conversations.members", channel=channel.slack_id, limit=1000, cursor=cursor
                )
                if channel.hat_user in answer["members"]:
                    return False
                cursor = next_cursor(answer) or None
                if cursor is None:
                    return True
    except (Refused, Busy, Unclear, TimeoutError):
        return False


def take(channel: Channel, user: str, now: datetime, *, guest: bool) -> Modal:
    """Put the hat on.

    Raises:
        Problem: somebody else wears it, or a guest would where guests are not let in.

    """
    if guest and not channel.guests:
        raise Problem(words.NO_GUESTS)
    if channel.hat_user not in {None, user}:
        raise Problem(words.WORN_ALREADY)
    channel.hat_user, channel.hat_since = user, now
    return modal(channel, user, words.TAKEN)


def put_down(channel: Channel, user: str, note: str = words.DOWN) -> Modal:
    """Take the hat off; whoever wore it leaves no trace.

    Raises:
        Problem: somebody else wears it, or nobody.

    """
    _check_worn_by(channel, user)
    channel.hat_user, channel.hat_since, channel.hat_ops, channel.hat_product = None, None, "", ""
    return modal(channel, user, note)


def save(channel: Channel, user: str, fields: Mapping[str, Any]) -> Modal:
    """Keep what the wearer says of their experience.

    Raises:
        Problem: somebody else wears it, or nobody.

    """
    _check_worn_by(channel, user)
    said = {name: str(fields.get(name) or "unsaid") for name in ("hat_ops", "hat_product")}
    channel.hat_ops, channel.hat_product = ("" if value == "unsaid" else value for value in said.values())
    return modal(channel, user)


async def offer(slack: Slack, channel: Channel, user: str, to: str) -> str:
    """Offer the hat to somebody, who alone sees it; return what to tell the wearer, who then puts it down.

    Raises:
        Problem: it is not the person's to pass, they chose themselves, or the other could not be asked.

    """
    _check_worn_by(channel, user)
    if to == user:
        raise Problem(words.TO_YOURSELF)
    text, blocks = words.offer(user)
    try:
        await slack.call(
            channel.workspace_id,
            "chat.postEphemeral",
            channel=channel.slack_id,
            user=to,
            text=text,
            blocks=list(blocks),
        )
    except (Refused, Busy, Unclear):
        raise Problem(words.CANNOT_REACH) from None
    return words.OFFERED.format(user=to)


def _check_worn_by(channel: Channel, user: str) -> None:
    if channel.hat_user != user:
        raise Problem(words.NOT_YOURS)
