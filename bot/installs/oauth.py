"""Slack's OAuth v2: a state that is ours, fresh, this browser's and used once; a code turned into a token at rest."""

import base64
import binascii
import hashlib
import hmac
import struct
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import structlog
from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import Problem
from bot.installs import words
from bot.installs.tenants import about_token
from bot.keys import KeyRing
from bot.slack.client import Busy, Refused, Slack, Unclear
from bot.store.engine import Database, insert
from bot.store.tables import UsedState, Workspace

STATE_FOR = timedelta(minutes=10)
"""How long somebody may take from "Add to Slack" to Slack's answer; Slack's codes live as long."""

_ABOUT_STATE = "an install in a browser"
_MOMENT = struct.Struct(">Q")

Back = Callable[[AsyncSession, int, str], Awaitable[None]]
"""What to do, in the transaction of an install, with a workspace that may have been there before, and its scopes."""

log = structlog.get_logger()


class States:
    """Makes and checks the `state` of an install, sealed with the operator's secret; only a used one leaves a row."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    def new(self, now: datetime) -> str:
        """Return a state; it goes to Slack and, as a cookie, to the browser that asked."""
        until = int((now + STATE_FOR).timestamp())
        return base64.urlsafe_b64encode(self._keys.wrap(_MOMENT.pack(until), _ABOUT_STATE)).decode().rstrip("=")

    def check(self, state: str, cookie: str, now: datetime) -> tuple[str, datetime]:
        """Return the name under which a state is noted as used, and when it ends.

        Raises:
            Problem: it is not ours, was begun in another browser, or too long ago.

        """
        if not state or not hmac.compare_digest(state.encode(), cookie.encode()):
            raise Problem(words.OTHER_BROWSER)
        try:
            sealed = base64.urlsafe_b64decode(state + "=" * (-len(state) % 4))
            (until,) = _MOMENT.unpack(self._keys.unwrap(sealed, _ABOUT_STATE))
        except (binascii.Error, struct.error, ValueError, Problem):
            raise Problem(words.OTHER_BROWSER) from None
        ends = datetime.fromtimestamp(until, UTC)
        if now > ends:
            raise Problem(words.TOO_LATE)
        # Not of `state` itself: base64 has many ways to write the same.
        return hashlib.sha256(sealed).hexdigest(), ends


@dataclass(frozen=True, slots=True)
class Client:
    """The app as Slack knows it; `scopes` are those that an install asks for."""

    id: str
    secret: str
    scopes: tuple[str, ...]


class Installer:
    """Installs the app where somebody allowed it.

    Args:
        db: where installs are kept.
        keys: wraps their tokens.
        slack: exchanges codes.
        client: who we are to Slack.
        back: what else happens to a workspace that is installed (again).
        now: the product's clock; states go by real time.

    """

    def __init__(
        self, db: Database, keys: KeyRing, slack: Slack, client: Client, back: Back, now: Callable[[], datetime]
    ) -> None:
        self._db = db
        self._keys = keys
        self._slack = slack
        self._client = client
        self._back = back
        self._now = now
        self._states = States(keys)

    def begin(self) -> tuple[str, str]:
        """Return Slack's address where somebody allows the install, and the state that it comes back with."""
        state = self._states.new(datetime.now(UTC))
        asked = {"client_id": self._client.id, "scope": ",".join(self._client.scopes), "user_scope": "", "state": state}
        return f"{self._slack.api_url.removesuffix('api/')}oauth/v2/authorize?{urlencode(asked)}", state

    async def finish(self, state: str, cookie: str, code: str) -> None:
        """Install the app with the code that Slack sent the browser back with.

        Raises:
            Problem: the state or the code is not good, or Slack cannot be reached; nothing is changed.

        """
        name, ends = self._states.check(state, cookie, datetime.now(UTC))
        await self._use_once(name, ends)
        granted = await self._exchange(code)
        await self._keep(granted)

    async def _use_once(self, name: str, ends: datetime) -> None:
        async with self._db.write() as session:
            await session.execute(delete(UsedState).where(UsedState.ends_at < datetime.now(UTC)))
            used = insert(session, UsedState).values(name=name, ends_at=ends)
            first = await session.execute(used.on_conflict_do_nothing().returning(UsedState.name))
            if first.scalar_one_or_none() is None:
                raise Problem(words.USED)

    async def _exchange(self, code: str) -> dict[str, Any]:
        """Turn a code into the columns of a `Workspace`, the token among them still in the open."""
        try:
            answer = await self._slack.call_with(
                "", "oauth.v2.access", client_id=self._client.id, client_secret=self._client.secret, code=code
            )
            token, enterprise, team = _install_in(answer)
            who, _ = await self._slack.who(token)
        except Refused as refusal:
            raise Problem(words.REFUSED.format(reason=refusal.reason)) from None
        except (Busy, Unclear):
            raise Problem(words.NO_ANSWER) from None
        if answer.get("refresh_token"):
            raise Problem(words.ROTATES)
        return {
            "enterprise_id": enterprise,
            "team_id": team,
            "token": token,
            "scopes": str(answer.get("scope") or "").replace(" ", ""),
            "bot_user_id": str(answer.get("bot_user_id") or ""),
            "bot_id": str(who.get("bot_id") or ""),
            "url": str(who.get("url") or ""),
            "installed_by": str((answer.get("authed_user") or {}).get("id") or "") or None,
        }

    async def _keep(self, granted: dict[str, Any]) -> None:
        enterprise, team = granted["enterprise_id"], granted["team_id"]
        wrapped = self._keys.wrap(granted["token"].encode(), about_token(enterprise, team))
        row = {**granted, "token": wrapped, "installed_at": self._now(), "forget_at": None, "dropped_at": None}
        async with self._db.write() as session:
            added = insert(session, Workspace).values(row)
            await session.execute(added.on_conflict_do_update(index_elements=["enterprise_id", "team_id"], set_=row))
            for workspace_id in await _speaks_for(session, row):
                await self._back(session, workspace_id, granted["scopes"])
        log.info("installed", enterprise=enterprise, team=team)


def _install_in(answer: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return the token that Slack granted, and the organisation and workspace where; no workspace means all of them.

    Raises:
        Refused: it granted none, as where somebody allowed the app to speak for themselves alone.

    """
    token = str(answer.get("access_token") or "")
    enterprise = str((answer.get("enterprise") or {}).get("id") or "")
    of_org = bool(answer.get("is_enterprise_install"))
    team = "" if of_org else str((answer.get("team") or {}).get("id") or "")
    if not token or not (enterprise if of_org else team):
        raise Refused("oauth.v2.access", "no_bot_token")
    return token, enterprise, team


async def _speaks_for(session: AsyncSession, row: Mapping[str, Any]) -> Sequence[int]:
    """Return the workspaces that an install speaks for: they know who we are now, and none is to be forgotten."""
    of = [Workspace.enterprise_id == row["enterprise_id"]]
    team = row["team_id"]
    alone = Workspace.token.is_(None) & Workspace.dropped_at.is_(None)
    of.append(Workspace.team_id == team if team else alone | (Workspace.team_id == ""))
    known = {name: row[name] for name in ("bot_user_id", "bot_id", "scopes", "installed_at", "forget_at")}
    return (await session.scalars(update(Workspace).where(*of).values(known).returning(Workspace.id))).all()
