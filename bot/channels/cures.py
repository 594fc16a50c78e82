"""Channels that stopped because Slack said no go on when the reason has gone, also where nobody told us of it."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels import join
from bot.errors import Problem
from bot.postings.refusals import GONE_FOR_GOOD
from bot.slack.client import Busy, Refused, Slack, Unclear
from bot.store.engine import Database
from bot.store.tables import Channel, Workspace

_OF_THE_CHANNEL = frozenset({"not_in_channel", "channel_not_found", "is_archived"})
_UNINSTALLED = frozenset({"app_uninstalled", "tokens_revoked"})
_MOST = 200
_EVERY = timedelta(hours=1)

log = structlog.get_logger()


class Cures:
    """Looks once an hour, in this process, what may go on."""

    def __init__(self, db: Database, slack: Slack) -> None:
        self._db = db
        self._slack = slack
        self._next: datetime | None = None

    async def look(self, now: datetime) -> None:
        """Ask Slack about tokens and channels, unless that was done within the hour."""
        if self._next is not None and now < self._next:
            return
        self._next = now + _EVERY  # also where it fails half-way: Slack is not asked the same at every tick
        await look_for_tokens(self._db, self._slack, now)
        await look_for_cures(self._db, self._slack, now)


async def look_for_cures(db: Database, slack: Slack, now: datetime) -> int:
    """Ask Slack about stopped channels, at most 200 of them; return how many go on."""
    async with db.read() as session:
        stopped = await session.execute(
            select(Channel, Workspace)
            .join(Workspace, Workspace.id == Channel.workspace_id)
            .where(Channel.pause_reason.in_(_OF_THE_CHANNEL), Channel.zone.is_not(None))
            .order_by(Channel.paused_at.desc())
            .limit(_MOST)
        )
        rows = [(channel, workspace) for channel, workspace in stopped]
    cured = 0
    for channel, workspace in rows:
        if await _is_well(slack, channel):
            async with db.write() as session:
                await join.cured(session, workspace, channel.slack_id, _OF_THE_CHANNEL, now)
            cured += 1
    return cured


async def look_for_tokens(db: Database, slack: Slack, now: datetime) -> None:
    """Ask Slack about tokens and scopes for want of which channels stopped, at most 200 workspaces of them."""
    reasons = GONE_FOR_GOOD | _UNINSTALLED | {"missing_scope"}
    async with db.read() as session:
        stopped = select(Channel.workspace_id).where(Channel.pause_reason.in_(reasons), Channel.zone.is_not(None))
        workspaces = list(await session.scalars(stopped.distinct().limit(_MOST)))
    for workspace in workspaces:
        try:
            scopes = await slack.scopes_of(workspace)
        except (Refused, Busy, Unclear, Problem) as reason:
            log.info("still stopped", workspace=workspace, reason=str(reason))
            continue
        async with db.write() as session:
            # What was revoked and works again is not to be forgotten.
            known = {"scopes": scopes, "forget_at": None}
            await session.execute(update(Workspace).where(Workspace.id == workspace).values(known))
            await go_on(session, workspace, scopes, now)


async def _is_well(slack: Slack, channel: Channel) -> bool:
    try:
        answer = await slack.call(channel.workspace_id, "conversations.info", channel=channel.slack_id)
    except (Refused, Busy, Unclear, Problem) as reason:
        log.info("still stopped", channel=channel.id, reason=str(reason))
        return False
    told = answer["channel"]
    return bool(told.get("is_member")) and not told.get("is_archived")


async def token_works(db: Database, workspace_id: int, scopes: str, now: datetime) -> None:
    """Let channels go on that stopped because of the workspace's token, or of a scope that is granted now."""
    async with db.write() as session:
        await go_on(session, workspace_id, scopes, now)


async def go_on(session: AsyncSession, workspace_id: int, scopes: str, now: datetime) -> None:
    """Do what `token_works` does, in the transaction of an install."""
    reasons = GONE_FOR_GOOD | _UNINSTALLED | ({"missing_scope"} if "chat:write" in scopes.split(",") else set())
    workspace = await session.get_one(Workspace, workspace_id)
    where = Channel.workspace_id == workspace_id, Channel.pause_reason.in_(reasons)
    for slack_id in (await session.scalars(select(Channel.slack_id).where(*where))).all():
        await join.cured(session, workspace, slack_id, reasons, now)
