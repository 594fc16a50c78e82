"""The bot is invited to a channel, and schedules nothing; or is removed, and stops."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import postings, weeks
from bot.channels import everywhere, schedule, words
from bot.keys import KeyRing
from bot.postings import Draft, refusals
from bot.prompts import Introduction, Packs, next_line
from bot.slack.client import Busy, Refused, Slack, Unclear
from bot.store.engine import insert
from bot.store.tables import Channel, Posting, Workspace

SHARED = schedule.SHARED


async def joined(
    session: AsyncSession, keys: KeyRing, workspace: Workspace, slack_id: str, packs: Packs, now: datetime
) -> None:
    """Know the channel from now on and introduce the bot, within the noise budget however often it is invited.

    A channel that had stopped because the bot was removed goes on, once Slack has said what kind of channel it is now.
    """
    channel = await know(session, keys, workspace, slack_id, now)
    await everywhere.joins_the_pause(session, channel, now)
    planned = [moment for moment in (channel.nudge_at, channel.digest_at) if moment]
    if await postings.room_for(session, channel, now, reserved=planned):
        said = await session.scalars(
            select(Posting.prompt_id)
            .where(Posting.channel_id == channel.id, Posting.kind == postings.WELCOME, Posting.prompt_id.is_not(None))
            .order_by(Posting.due_at)
        )
        chosen = introduction(packs.introductions, workspace.scopes, channel.id, [str(name) for name in said])
        message = words.welcome(chosen.lines)
        draft = Draft(postings.WELCOME, now.date().isoformat(), now, message, prompt_id=chosen.id)
        await postings.write_down(session, channel.id, draft)
    _go_on(channel, schedule.OUT_OF_REACH)


async def is_invited(slack: Slack, workspace: Workspace, slack_id: str) -> bool | None:
    """Ask whether the bot is in a channel whose invitation we were not told of; None where that cannot be known."""
    try:
        async with asyncio.timeout(schedule.ASKS_FOR_SECONDS):
            answer = await slack.call(workspace.id, "conversations.info", channel=slack_id)
    except Refused as refusal:
        return None if refusal.reason == "missing_scope" else False
    except (Busy, Unclear, TimeoutError):
        return None
    return bool(answer["channel"].get("is_member"))


async def know(session: AsyncSession, keys: KeyRing, workspace: Workspace, slack_id: str, now: datetime) -> Channel:
    """Return a channel, known from now on."""
    await session.execute(
        insert(session, Channel)
        .values(
            workspace_id=workspace.id,
            slack_id=slack_id,
            key=keys.new_key(weeks.about_channel(workspace.id)),
            joined_at=now,
        )
        .on_conflict_do_nothing(index_elements=["workspace_id", "slack_id"])
    )
    channel = await session.scalar(
        select(Channel).where(Channel.workspace_id == workspace.id, Channel.slack_id == slack_id)
    )
    assert channel is not None  # noqa: S101 - it was there, or has just been made
    return channel


async def cured(session: AsyncSession, workspace: Workspace, slack_id: str, reasons: Collection[str]) -> None:
    """Let a channel go on where it had stopped for one of these reasons."""
    where = Channel.workspace_id == workspace.id, Channel.slack_id == slack_id
    channel = await session.scalar(select(Channel).where(*where).with_for_update())
    if channel is not None:
        _go_on(channel, reasons)


def _go_on(channel: Channel, reasons: Collection[str]) -> None:
    if channel.pause_reason in reasons:
        schedule.look_first(channel)


def introduction(
    wordings: Sequence[Introduction], scopes: str, channel_id: int, said: Sequence[str] = ()
) -> Introduction:
    """Choose a wording that says what the granted scopes let the bot read: another than the channel was told last."""
    reads = "replies" if {"channels:history", "groups:history"} & set(scopes.split(",")) else "nothing"
    return next_line([wording for wording in wordings if wording.reads == reads], said, salt=str(channel_id))


async def stopped(session: AsyncSession, workspace: Workspace, slack_id: str, reason: str, now: datetime) -> None:
    """Pause a channel that the bot can no longer post in; its weeks still close."""
    channel = await session.scalar(
        select(Channel).where(Channel.workspace_id == workspace.id, Channel.slack_id == slack_id)
    )
    if channel is not None:
        await refusals.stop(session, channel.id, reason, now)


async def shared(session: AsyncSession, workspace: Workspace, slack_id: str, now: datetime) -> None:
    """Stop a channel that is shared with another organisation now, until somebody chooses that the bot goes on."""
    where = Channel.workspace_id == workspace.id, Channel.slack_id == slack_id, Channel.zone.is_not(None)
    channel = await session.scalar(select(Channel).where(*where, ~Channel.shared))
    if channel is not None:
        await refusals.stop(session, channel.id, SHARED, now)


async def unshared(session: AsyncSession, workspace: Workspace, slack_id: str, *, still: bool) -> None:
    """Let a channel go on that is shared no more, or `still` is, with fewer: a later sharing is asked about anew."""
    where = Channel.workspace_id == workspace.id, Channel.slack_id == slack_id
    channel = await session.scalar(select(Channel).where(*where).with_for_update())
    if channel is not None:
        channel.shared = channel.shared and still
        _go_on(channel, {SHARED})


async def moved(session: AsyncSession, workspace: Workspace, old: str, new: str, now: datetime) -> None:
    """Follow a channel whose Slack id has changed.

    A command or an invitation may have come under the new id before: then that channel is known twice. The one that
    was set up stays, the one under the new id where both were; what was refused under the old id may go on.
    """
    of = {
        channel.slack_id: channel
        for channel in await session.scalars(
            select(Channel)
            .where(Channel.workspace_id == workspace.id, Channel.slack_id.in_((old, new)))
            .order_by(Channel.id)
            .with_for_update()
        )
    }
    before, known = of.get(old), of.get(new)
    if before is None or before is known:
        return
    if known is not None and known.zone is not None:
        await postings.pause(session, before.id, now, "channel_not_found")
        return
    if known is not None:
        await session.delete(known)
        await session.flush()
    before.slack_id = new
    _go_on(before, {"channel_not_found"})
