"""The app is uninstalled: schedules stop at once, and everything of the workspace goes by the promised time.

An organisation that installed it as a whole can also take it from some of its workspaces, and let it in again.

Slack sends `app_uninstalled` and `tokens_revoked` in any order, more than once, and perhaps after somebody has
installed the app again; whatever arrives, the same holds in the end.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.installs.tenants import place_of
from bot.store.engine import Database
from bot.store.tables import Channel, Posting, Workspace

UNINSTALLED, REVOKED = "app_uninstalled", "tokens_revoked"
DROPPED, LET_IN = "team_access_revoked", "team_access_granted"
FORGET_REVOKED_AFTER = timedelta(days=14)
"""How long a workspace whose token was revoked may take to install the app again."""

_WAITING = ("planned", "due", "sending")


async def left(session: AsyncSession, place: tuple[str, str], event: str, at: datetime, forget_at: datetime) -> bool:
    """Stop everything of an install that ended; say whether there was anything to stop.

    Args:
        session: the transaction.
        place: enterprise and team ids; an empty team means the whole organisation.
        event: `app_uninstalled` or `tokens_revoked`.
        at: when it ended, by the event; an install since then is a new one and stays.
        forget_at: when the data go; an earlier promise holds.

    """
    rows = list(await session.scalars(_ended(place, at)))
    for row in rows:
        row.token = None
    await _stop(session, rows, event, at, forget_at)
    return bool(rows)


async def dropped(
    session: AsyncSession, enterprise: str, teams: Collection[str], at: datetime, forget_at: datetime
) -> None:
    """Stop everything in workspaces that their organisation took the app from; one with its own install stays."""
    theirs = _of(enterprise, teams), Workspace.token.is_(None), _before(at)
    rows = list(await session.scalars(select(Workspace).where(*theirs).with_for_update()))
    for row in rows:
        row.dropped_at = at
    await _stop(session, rows, DROPPED, at, forget_at)


async def let_in(
    session: AsyncSession, enterprise: str, teams: Collection[str], at: datetime, now: datetime
) -> Sequence[Workspace]:
    """Return the workspaces that their organisation lets the app in again, none of which is to be forgotten now."""
    again = update(Workspace).where(_of(enterprise, teams), Workspace.dropped_at <= at)
    known = {"dropped_at": None, "forget_at": None, "installed_at": now}
    return (await session.scalars(again.values(known).returning(Workspace))).all()


def _of(enterprise: str, teams: Collection[str]) -> ColumnElement[bool]:
    return and_(Workspace.enterprise_id != "", Workspace.enterprise_id == enterprise, Workspace.team_id.in_(teams))


async def _stop(
    session: AsyncSession, rows: Sequence[Workspace], event: str, at: datetime, forget_at: datetime
) -> None:
    for row in rows:
        row.forget_at = min(row.forget_at or forget_at, forget_at)
    ids = [row.id for row in rows]
    running = Channel.workspace_id.in_(ids), Channel.zone.is_not(None), Channel.paused_at.is_(None)
    await session.execute(
        update(Channel).where(*running).values(paused_at=at, pause_reason=event, nudge_at=None, digest_at=None)
    )
    await _say_nothing_more(session, ids, event)


def _ended(place: tuple[str, str], at: datetime) -> Any:  # noqa: ANN401 - a SELECT of workspaces, locked
    enterprise, team = place
    of = [Workspace.enterprise_id == enterprise, _before(at)]
    if team:
        return select(Workspace).where(*of, Workspace.team_id == team).with_for_update()
    # The organisation, and the workspaces that have no install of their own.
    alone = Workspace.token.is_(None) | (Workspace.team_id == "")
    return select(Workspace).where(*of, Workspace.enterprise_id != "", alone).with_for_update()


def _before(at: datetime) -> ColumnElement[bool]:
    return Workspace.installed_at <= at + timedelta(seconds=1)


async def _say_nothing_more(session: AsyncSession, workspaces: Sequence[int], reason: str) -> None:
    theirs = select(Channel.id).where(Channel.workspace_id.in_(workspaces))
    await session.execute(
        update(Posting)
        .where(Posting.channel_id.in_(theirs), Posting.state.in_(_WAITING))
        .values(state="refused", reason=reason, payload=None, send_at=None)
    )


def place_left(body: Mapping[str, Any]) -> tuple[str, str]:
    """Return the install that an event ended; an empty team means the whole organisation."""
    enterprise, team = place_of(body)
    of_org = any(one.get("is_enterprise_install") for one in body.get("authorizations") or [])
    return enterprise, "" if of_org else team


def ended_at(body: Mapping[str, Any], now: datetime) -> datetime:
    """Return when an event happened, as it says itself; now where it does not."""
    told = body.get("event_time")
    return datetime.fromtimestamp(int(told), UTC) if told else now


def is_ours(event: Mapping[str, Any], bot_user_id: str) -> bool:
    """Say whether it ends our install: the app's uninstalling, or the revoking of our bot's token."""
    tokens = event.get("tokens") or {}
    return event.get("type") == UNINSTALLED or bot_user_id in (tokens.get("bot") or [])


async def forget_one(db: Database, now: datetime) -> bool:
    """Delete one channel of a workspace whose time has come, or the workspace when it has none left.

    Return whether there may be more. One channel at a time keeps every transaction short.
    """
    async with db.write() as session:
        due = select(Workspace).where(Workspace.forget_at <= now).order_by(Workspace.forget_at, Workspace.id)
        workspace = await session.scalar(due.limit(1).with_for_update(skip_locked=True))
        if workspace is None:
            return False
        channel = await session.scalar(select(Channel.id).where(Channel.workspace_id == workspace.id).limit(1))
        if channel is None:
            await session.execute(delete(Workspace).where(Workspace.id == workspace.id))
        else:
            await session.execute(delete(Channel).where(Channel.id == channel))
        return True
