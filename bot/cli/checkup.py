"""What `opshat doctor` looks at outside its own process: Slack, clock, disk, address, and what waits too long."""

import shutil
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import aiohttp
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import postings, weeks
from bot.errors import Problem
from bot.installs.scopes import scopes
from bot.installs.single import who_are_we
from bot.installs.tenants import Tenants
from bot.keys import KeyRing
from bot.replies.arrive import NOTED_EVERY
from bot.settings import Settings
from bot.slack.client import Busy, NoTokens, Refused, Slack, Unclear
from bot.store.opened import opened
from bot.store.tables import Channel, Posting, Workspace

MOST_SKEW = 60.0
"""Seconds; Slack refuses signatures, and we its requests, from 300 on."""
LEAST_DISK = 200 * 1024 * 1024
STUCK_AFTER = timedelta(hours=1)
_ECHOES_WITHIN = timedelta(minutes=10)
_LATELY = timedelta(days=14)
_MOST_WORKSPACES = 50
_SECONDS = aiohttp.ClientTimeout(total=10)

Looked = tuple[str, bool, str]
"""What was looked at, whether it is fine, and what to say."""


async def look_at_slack(settings: Settings) -> AsyncIterator[Looked]:
    """Look at the tokens, their scopes, the socket and the clock."""
    slack = Slack(settings.slack_api_url, NoTokens())
    try:
        if settings.slack_bot_token is not None:
            yield await _token(slack, "Slack", settings.slack_bot_token.get_secret_value())
        if settings.slack_app_token is not None:
            yield await _socket(slack, settings.slack_app_token.get_secret_value())
        yield await _clock(settings.slack_api_url)
    finally:
        await slack.close()


async def _token(slack: Slack, what: str, token: str) -> Looked:
    try:
        who = await who_are_we(slack, token)
    except Problem as problem:
        return what, False, str(problem)
    return what, *_scopes(set(who["scopes"].split(",")), f"answers at {slack.api_url}")


def _scopes(granted: set[str], well: str) -> tuple[bool, str]:
    required, optional = scopes()
    missing = [scope for scope in required if scope not in granted]
    if missing:
        return False, f"{', '.join(missing)} is not granted: reinstall the app from its Slack page."
    left_out = [scope for scope in optional if scope not in granted]
    return True, well + (f"; not granted and so not offered: {', '.join(left_out)}" if left_out else "")


async def _socket(slack: Slack, token: str) -> Looked:
    try:
        await slack.call_with(token, "apps.connections.open")
    except Refused as refusal:
        return "socket", False, f"SLACK_APP_TOKEN was refused ({refusal.reason}): make one with connections:write."
    except (Busy, Unclear) as cause:
        return "socket", False, f"Slack did not open one ({cause}): check the network, then try again."
    return "socket", True, "Slack opens one"


async def _clock(api_url: str) -> Looked:
    try:
        async with (
            aiohttp.ClientSession(timeout=_SECONDS, trust_env=True) as web,
            web.get(f"{api_url}api.test") as answer,
        ):
            answer.raise_for_status()  # a proxy's refusal has a clock, too
            told = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (aiohttp.ClientError, TimeoutError, KeyError, ValueError):
        return "clock", False, f"Slack's clock could not be read at {api_url}: check the network."
    skew = abs(time.time() - told)
    if skew > MOST_SKEW:
        return "clock", False, f"it is {skew:.0f} seconds off Slack's: switch on time synchronisation (NTP)."
    return "clock", True, f"within {max(1, round(skew))} s of Slack's"


async def look_at_address(url: str) -> Looked:
    """Look whether the bot answers where Slack is told to find it."""
    page = f"{url.rstrip('/')}/healthz"
    try:
        async with aiohttp.ClientSession(timeout=_SECONDS, trust_env=True) as web, web.get(page) as answer:
            if answer.status == 200:  # noqa: PLR2004 - HTTP's "OK"
                return "address", True, f"{page} answers"
            return "address", False, f"{page} answers {answer.status}: point the router at `opshat web`."
    except (aiohttp.ClientError, TimeoutError) as error:
        return "address", False, f"{page} does not answer ({type(error).__name__}): is `opshat web` running?"


async def look_at_installs(settings: Settings) -> AsyncIterator[Looked]:
    """Look at the stored tokens of up to fifty workspaces, and at postings that wait too long.

    Raises:
        Problem: as `opened`.

    """
    assert settings.opshat_secret is not None  # noqa: S101 - the caller has looked
    keys, now = KeyRing(settings.opshat_secret.get_secret_value()), datetime.now(UTC)
    async with opened(settings.database) as db:
        async with db.read() as session:
            installed = select(Workspace).where(Workspace.token.is_not(None)).order_by(Workspace.id)
            workspaces = list(await session.scalars(installed.limit(_MOST_WORKSPACES)))
            long_ago = Posting.state.in_(("due", "sending")), Posting.due_at < now - STUCK_AFTER
            stuck = await session.scalar(select(func.count()).select_from(Posting).where(*long_ago)) or 0
            silent = await _silent(session, now)
            secret = await _secret(session, keys)
        yield secret
        tenants = Tenants(db, keys, lambda: now, timedelta())
        slack = Slack(settings.slack_api_url, tenants)
        try:
            for workspace in workspaces:
                yield await _stored(slack, tenants, workspace)
        finally:
            await slack.close()
    yield "events", not silent, _NO_EVENTS.format(where=", ".join(silent)) if silent else _EVENTS
    said = f"{stuck} have waited for over an hour: is `opshat worker` (or `run`) running? Its log names the reason."
    yield "postings", not stuck, said if stuck else "none waits too long"


async def _secret(session: AsyncSession, keys: KeyRing) -> Looked:
    try:
        await weeks.check_secret(session, keys)
    except Problem as problem:
        return "secret", False, str(problem)
    return "secret", True, "OPSHAT_SECRET opens what is kept"


_EVENTS = "nothing that the bot posted lately went without Slack telling us of it"
_NO_EVENTS = (
    "Slack told nothing of what the bot posted in {where}: on the app's page, Event Subscriptions must be on, with the "
    "events that `opshat manifest` lists."
)


async def _silent(session: AsyncSession, now: datetime) -> list[str]:
    """Return workspaces where the bot may read channels and posted lately, and Slack told of none of these posts."""
    reads = Workspace.scopes.contains("channels:history")
    posted = Posting.ts.is_not(None), Posting.kind.not_in(postings.DIRECT)
    lately = Posting.due_at > now - _LATELY, Posting.due_at < now - _ECHOES_WITHIN
    first = (
        select(Workspace.team_id, Workspace.heard_at, func.min(Posting.due_at))
        .join(Channel, Channel.workspace_id == Workspace.id)
        .join(Posting, Posting.channel_id == Channel.id)
        .where(reads, *posted, *lately, Workspace.forget_at.is_(None))
        .group_by(Workspace.id)
        .order_by(Workspace.id)
    )
    found = await session.execute(first)
    return [team for team, heard, posted_at in found if heard is None or heard < posted_at - NOTED_EVERY]


async def _stored(slack: Slack, tenants: Tenants, workspace: Workspace) -> Looked:
    what = f"workspace {workspace.team_id or workspace.enterprise_id}"
    try:
        token = await tenants.token_of(workspace.id)
        _, granted = await slack.who(token)
    except Problem as problem:
        return what, False, str(problem)
    except Refused as refusal:
        return what, False, f"its token was refused ({refusal.reason}): install the app there again at /slack/install."
    except (Busy, Unclear) as cause:
        return what, False, f"Slack did not answer ({cause}): check the network, then try again."
    return what, *_scopes(set(granted.split(",")), "its token works")


def look_at_disk(settings: Settings, least: int = LEAST_DISK) -> Looked:
    """Look at the room that an SQLite file has to grow: `least` bytes of it."""
    folder = Path(settings.database.database or "opshat.db").resolve().parent
    free = shutil.disk_usage(folder if folder.exists() else Path.cwd()).free
    if free < least:
        return "disk", False, f"{free // 1024 // 1024} MB are free at {folder}: make room, or move the database."
    return "disk", True, f"{free // 1024 // 1024:,} MB are free"
