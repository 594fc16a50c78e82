"""Channels that stopped because Slack said no go on when the reason has gone, also where nobody told us of it.

Every way back ends here: Slack is asked what kind of channel it is now, and one that became shared with another
organisation stays stopped until somebody chooses.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels import schedule
from bot.channels.schedule import LOOK, OUT_OF_REACH, SHARED, Facts
from bot.errors import Problem
from bot.postings import refusals
from bot.postings.refusals import GONE_FOR_GOOD
from bot.slack.client import Busy, Refused, Slack, Unclear
from bot.store.engine import Database
from bot.store.tables import Channel, Workspace

_UNINSTALLED = frozenset({"app_uninstalled", "tokens_revoked", "team_access_revoked"})
_VOID = frozenset({"account_inactive", "token_revoked"})
"""Slack's words for a token that will never work again; others may be of a proxy, or of a bad day."""
_MOST = 200
_EVERY = timedelta(hours=1)
_ASKS_FOR_SECONDS = 20.0  # nobody waits for the answer

log = structlog.get_logger()


class Cures:
    """Looks, in this process, what may go on.

    Args:
        db: where channels stopped.
        slack: is asked.
        forgets_after: how long a workspace whose token is void may take to install the app again.

    """

    def __init__(self, db: Database, slack: Slack, forgets_after: timedelta) -> None:
        self._db = db
        self._slack = slack
        self._forgets_after = forgets_after
        self._next: datetime | None = None

    async def look(self, now: datetime) -> None:
        """Ask Slack about channels that wait for nothing else, and once an hour about all that Slack had said no to."""
        await look_at_channels(self._db, self._slack, {LOOK}, now)
        if self._next is not None and now < self._next:
            return
        self._next = now + _EVERY  # also where it fails half-way: Slack is not asked the same at every tick
        await look_for_tokens(self._db, self._slack, now + self._forgets_after)
        await look_at_channels(self._db, self._slack, {LOOK, *OUT_OF_REACH}, now)


# Channels ------------------------------------------------------------------------------------------------


async def look_at_channels(db: Database, slack: Slack, reasons: Collection[str], now: datetime) -> None:
    """Ask Slack about channels that stand still for one of these reasons, at most 200, and let go on what may.

    Of a workspace where Slack does not answer nothing more is asked in this round.
    """
    silent: set[int] = set()
    for channel in await _stopped(db, reasons):
        if channel.workspace_id in silent:
            continue
        facts = await _facts_of(slack, channel)
        if facts.late:
            silent.add(channel.workspace_id)
            continue
        async with db.write() as session:
            await _go_on_or_stay(session, channel, facts, now)


async def _stopped(db: Database, reasons: Collection[str]) -> list[Channel]:
    # By chance: those that cannot be asked about for long keep nobody from having a turn.
    where = Channel.pause_reason.in_(reasons), Channel.zone.is_not(None)
    async with db.read() as session:
        return list(await session.scalars(select(Channel).where(*where).order_by(func.random()).limit(_MOST)))


async def _facts_of(slack: Slack, channel: Channel) -> Facts:
    try:
        return await schedule.facts_of(slack, channel, _ASKS_FOR_SECONDS)
    except Problem as problem:
        log.info("still stopped", channel=channel.id, reason=str(problem))
        return Facts(late=True)


async def _go_on_or_stay(session: AsyncSession, asked_about: Channel, facts: Facts, now: datetime) -> None:
    still = Channel.id == asked_about.id, Channel.pause_reason == asked_about.pause_reason
    channel = await session.scalar(select(Channel).where(*still).with_for_update())
    if channel is None:
        return
    # Whoever told us that the reason has gone is believed where Slack may not be asked.
    believed = channel.pause_reason == LOOK
    if facts.amiss in OUT_OF_REACH:
        channel.pause_reason = facts.amiss
    elif facts.amiss and not believed:
        log.info("still stopped", channel=channel.id, reason=facts.amiss)
    elif schedule.needs_a_choice(channel, facts):
        await refusals.hold(session, channel, SHARED, now)
    else:
        await schedule.start(session, channel, facts, now)


# Tokens --------------------------------------------------------------------------------------------------


async def look_for_tokens(db: Database, slack: Slack, forget_at: datetime) -> None:
    """Ask Slack about tokens and scopes for want of which channels stopped, at most 200 workspaces of them.

    A workspace whose token is void goes at `forget_at`: Slack may have told nobody that the app was uninstalled.
    """
    reasons = GONE_FOR_GOOD | _UNINSTALLED | {"missing_scope"}
    async with db.read() as session:
        stopped = select(Channel.workspace_id).where(Channel.pause_reason.in_(reasons), Channel.zone.is_not(None))
        workspaces = list(await session.scalars(select(Workspace).where(Workspace.id.in_(stopped)).limit(_MOST)))
    for workspace in workspaces:
        try:
            scopes = await slack.scopes_of(workspace.id)
        except (Refused, Busy, Unclear, Problem) as reason:
            log.info("still stopped", workspace=workspace.id, reason=str(reason))
            if isinstance(reason, Refused) and reason.reason in _VOID:
                await _forget_at(db, workspace, forget_at)
        else:
            await _works_again(db, workspace, scopes)


async def _forget_at(db: Database, seen: Workspace, moment: datetime) -> None:
    where = *_as_seen(seen), Workspace.forget_at.is_(None)
    async with db.write() as session:
        await session.execute(update(Workspace).where(*where).values(forget_at=moment))


async def _works_again(db: Database, seen: Workspace, scopes: str) -> None:
    # What was revoked and works again is not to be forgotten.
    known = {"scopes": scopes, "forget_at": None, "dropped_at": None}
    again = update(Workspace).where(*_as_seen(seen)).values(known).returning(Workspace.id)
    async with db.write() as session:
        if await session.scalar(again) is not None:
            await go_on(session, seen.id, scopes)


def _as_seen(seen: Workspace) -> tuple[ColumnElement[bool], ...]:
    """Say that nobody installed or uninstalled the app while Slack was asked about its token."""
    return (
        Workspace.id == seen.id,
        Workspace.installed_at == seen.installed_at,
        Workspace.token.is_not_distinct_from(seen.token),
        Workspace.forget_at.is_not_distinct_from(seen.forget_at),
        Workspace.dropped_at.is_not_distinct_from(seen.dropped_at),
    )


async def token_works(db: Database, workspace_id: int, scopes: str) -> None:
    """Let channels go on that stopped because of the workspace's token, or of a scope that is granted now."""
    async with db.write() as session:
        await go_on(session, workspace_id, scopes)


async def go_on(session: AsyncSession, workspace_id: int, scopes: str) -> None:
    """Do what `token_works` does, in the transaction of an install."""
    reasons = GONE_FOR_GOOD | _UNINSTALLED | ({"missing_scope"} if "chat:write" in scopes.split(",") else set())
    where = Channel.workspace_id == workspace_id, Channel.pause_reason.in_(reasons)
    for channel in await session.scalars(select(Channel).where(*where).with_for_update()):
        schedule.look_first(channel)
