"""Which workspace a request belongs to, and the token that speaks for it; both from the database, kept for seconds.

Where an Enterprise Grid organisation installed the app as a whole, its token stands in a row with an empty
`team_id`, and each of its workspaces gets a row of its own when it is first seen.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.installs.kept import Kept
from bot.keys import KeyRing
from bot.slack.client import Refused
from bot.store.engine import Database, insert
from bot.store.tables import Workspace

NO_TOKEN = "account_inactive"  # noqa: S105 - Slack's own word for it


def about_token(enterprise: str, team: str) -> str:
    """What a wrapped token belongs to."""
    return f"the token of workspace {enterprise}/{team}"


def place_of(body: Mapping[str, Any]) -> tuple[str, str]:
    """Return the enterprise and team ids of the install that an event was sent to.

    In a channel that organisations share, the event's own team may be another one; where an organisation
    installed the app as a whole, the install names no team.
    """
    installs = body.get("authorizations")
    first = installs[0] if isinstance(installs, list) and installs else None
    sent_to = first if isinstance(first, Mapping) else {}
    enterprise = sent_to.get("enterprise_id") or body.get("enterprise_id")
    team = sent_to.get("team_id") or body.get("context_team_id") or body.get("team_id")
    return str(enterprise or ""), str(team or "")


class Tenants:
    """The workspaces of this process.

    Args:
        db: where they are.
        keys: unwraps their tokens.
        now: the clock.
        forgets_after: how long data outlive an uninstall.

    """

    def __init__(self, db: Database, keys: KeyRing, now: Callable[[], datetime], forgets_after: timedelta) -> None:
        self._db = db
        self._keys = keys
        self.now = now
        self.forgets_after = forgets_after
        self._own: tuple[int, str] | None = None
        self._found: Kept[tuple[str, str], Workspace] = Kept(self._stored)
        self._tokens: Kept[int, str] = Kept(self._stored_token)

    def set_own(self, workspace_id: int, token: str) -> None:
        """Speak for one workspace with the token that the operator set."""
        self._own = workspace_id, token

    def changed(self) -> None:
        """Look everything up anew: somebody installed or uninstalled the app."""
        self._found.clear()
        self._tokens.clear()

    def known(self, enterprise: str, team: str) -> Workspace | None:
        """Return a workspace that was found a moment ago."""
        return self._found.get((enterprise, team))

    async def find(self, enterprise: str, team: str) -> Workspace | None:
        """Return a workspace where the app is installed, also by way of its organisation."""
        return await self._found.find((enterprise, team))

    async def _stored(self, place: tuple[str, str]) -> Workspace | None:
        enterprise, team = place
        async with self._db.read() as session:
            found = await by_name(session, enterprise, team)
            org = await by_name(session, enterprise, "") if found is None and enterprise and team else None
        if found is None and org is not None and org.token is not None:
            return await self._of_org(org, team)
        return found if found is None or found.dropped_at is None else None

    async def _of_org(self, org: Workspace, team: str) -> Workspace | None:
        async with self._db.write() as session:
            # Locked, so that its uninstall does not come in between: nobody would ever forget the new row.
            still = select(Workspace.id).where(Workspace.id == org.id, Workspace.token.is_not(None))
            if await session.scalar(still.with_for_update(read=True)) is None:
                return None
            seen = insert(session, Workspace).values(
                enterprise_id=org.enterprise_id,
                team_id=team,
                bot_user_id=org.bot_user_id,
                bot_id=org.bot_id,
                url=org.url,
                scopes=org.scopes,
                installed_at=self.now(),
            )
            await session.execute(seen.on_conflict_do_nothing(index_elements=["enterprise_id", "team_id"]))
            return await by_name(session, org.enterprise_id, team)

    async def token_of(self, workspace_id: int) -> str:
        """Return the bot token of a workspace, its own or its organisation's.

        Raises:
            Refused: it has none (any more), in Slack's own words.

        """
        if self._own is not None and self._own[0] == workspace_id:
            return self._own[1]
        token = await self._tokens.find(workspace_id)
        if token is None:
            raise Refused("token", NO_TOKEN)
        return token

    async def _stored_token(self, workspace_id: int) -> str | None:
        async with self._db.read() as session:
            row = await session.get(Workspace, workspace_id)
            if row is not None and row.token is None and row.enterprise_id and row.dropped_at is None:
                row = await by_name(session, row.enterprise_id, "")
        if row is None or row.token is None:
            return None
        return self._keys.unwrap(row.token, about_token(row.enterprise_id, row.team_id)).decode()

    async def fresh(self, workspace_id: int, refused: str) -> str:
        """Return the token that took the place of one that Slack refused, or the same where none did."""
        self._tokens.drop(workspace_id)
        try:
            return await self.token_of(workspace_id)
        except Refused:
            return refused


async def by_name(session: AsyncSession, enterprise: str, team: str) -> Workspace | None:
    """Return the row of exactly this install."""
    where = Workspace.enterprise_id == enterprise, Workspace.team_id == team
    return await session.scalar(select(Workspace).where(*where))
