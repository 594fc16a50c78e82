"""What App Home shows one person, gathered from the channels that Slack says they are in."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import cadence, postings, weeks
from bot.constraints.standing import told_lines
from bot.keys import KeyRing
from bot.postings.resend import Lost, is_lost, lost_digests
from bot.slack.client import Refused, Slack, next_cursor
from bot.store.beside import Ground, ground, name_of, open_tries, open_watches
from bot.store.tables import Channel, Finding, Posting, Reply, Workspace
from bot.store.types import slack_ts

ALONE_WEEKS = timedelta(weeks=8)
ALONE_TIMES = 2
"""In how many replies somebody alone has to have said a thing before Home shows it to them."""

MOST_CHANNELS = 15
"""Channels that Home shows; Slack takes a hundred blocks in all."""
_MOST_PAGES = 10
_MOST_SKIPS = 3
_KINDS_OF_CHANNEL = {"channels:read": "public_channel", "groups:read": "private_channel"}


@dataclass(frozen=True, slots=True)
class Skip:
    """A posting that was not made, or of which nobody knows: what it was, when it was due, and why."""

    kind: str
    due_at: datetime
    reason: str
    state: str


@dataclass(frozen=True, slots=True)
class Room:
    """One channel as Home shows it to one person; the open week's private answers are in none of it.

    `alone` are the labels of what they alone keep saying; `digest` is what the last closed week told, without
    the lines that are hidden for them.
    """

    channel: Channel
    said_lately: int
    digest: dict[str, Any] | None
    skips: tuple[Skip, ...] = ()
    alone: tuple[str, ...] = ()
    watches: tuple[str, ...] = ()
    tries: tuple[str, ...] = ()
    lost: tuple[Lost, ...] = ()


@dataclass(frozen=True, slots=True)
class Standpoint:
    """Where somebody looks from: their hash in a channel, and the channel's past."""

    session: AsyncSession
    channel: Channel
    person: str
    now: datetime
    known: Ground


async def channels_of(slack: Slack, workspace: Workspace, user: str) -> frozenset[str] | None:
    """Return the Slack ids of the channels that somebody is in, of the kinds that we may know; None if of none.

    Raises:
        Busy, Unclear: Slack did not say.

    """
    kinds = ",".join(kind for scope, kind in _KINDS_OF_CHANNEL.items() if workspace.grants(scope))
    if not kinds:
        return None
    found: set[str] = set()
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        try:
            answer = await slack.call(
                workspace.id, "users.conversations", user=user, types=kinds, limit=200, cursor=cursor
            )
        except Refused:
            return None
        found |= {str(channel["id"]) for channel in answer.get("channels", [])}
        cursor = next_cursor(answer) or None
        if cursor is None:
            break
    return frozenset(found)


async def rooms(
    session: AsyncSession, keys: KeyRing, workspace: int, slack_ids: Collection[str], user: str, now: datetime
) -> list[Room]:
    """Return the channels of a person that the bot is in, at most `MOST_CHANNELS`; those set up come first."""
    channels = await session.scalars(
        select(Channel)
        .where(Channel.workspace_id == workspace, Channel.slack_id.in_(slack_ids))
        .order_by(Channel.zone.is_(None), Channel.id)
        .limit(MOST_CHANNELS)
    )
    found = []
    for channel in channels.all():
        person = weeks.person_in(keys, channel, user)
        known = await ground(session, channel.id)
        found.append(await _room(Standpoint(session, channel, person, now, known)))
    return found


async def _room(at: Standpoint) -> Room:
    return Room(
        channel=at.channel,
        said_lately=await _said_lately(at),
        digest=_digest(at),
        skips=tuple(await _skips(at)),
        alone=tuple(await _alone(at)),
        watches=tuple(await _watched(at)),
        tries=tuple(one.what for one in await open_tries(at.session, at.channel.id)),
        lost=tuple(await lost_digests(at.session, at.channel.id)),
    )


async def _said_lately(at: Standpoint) -> int:
    """Count messages on the last seven local dates, as the noise budget does."""
    zone = cadence.zone_of(at.channel.zone or "UTC")
    said = (await postings.said_around(at.session, [at.channel.id], at.now))[at.channel.id]
    first = at.now.astimezone(zone).date() - timedelta(days=6)
    return sum(moment <= at.now and moment.astimezone(zone).date() >= first for moment in said)


def _digest(at: Standpoint) -> dict[str, Any] | None:
    last = at.known.weeks[-1].content if at.known.weeks else None
    if last is None:
        return None
    return {**last, "lines": told_lines(last["lines"], at.known.root_of, at.known.hidden(at.person))}


async def _skips(at: Standpoint) -> Iterable[Skip]:
    rows = await at.session.execute(
        select(Posting.kind, Posting.due_at, Posting.reason, Posting.state)
        .where(
            Posting.channel_id == at.channel.id,
            Posting.due_at > at.now - ALONE_WEEKS,
            Posting.due_at <= at.now,
            Posting.state.in_(("skipped", "refused", "uncertain")),
            Posting.kind.not_in(postings.DIRECT),
            ~is_lost(),
        )
        .order_by(Posting.due_at.desc(), Posting.kind)
        .limit(_MOST_SKIPS)
    )
    return [Skip(kind, due_at, reason, state) for kind, due_at, reason, state in rows]


async def _alone(at: Standpoint) -> list[str]:
    """Return the labels of what this person said in several replies of closed weeks, and nobody else did.

    What a digest could tell has more than one voice, also where those voices were private.
    """
    said = await _said_in(at, Reply.person == at.person)
    mine = {root: replies for root, replies in said.items() if len(replies) >= ALONE_TIMES}
    members = [theme for root in mine for theme in at.known.group(root)]
    others = await _said_in(at, Reply.person != at.person, Finding.theme_id.in_(members)) if members else {}
    told = {one.theme for one in at.known.standing()}
    own = mine.keys() - others.keys() - told - at.known.hidden(at.person)
    return [at.known.themes[root].label for root in sorted(own)]


async def _said_in(at: Standpoint, *which: Any) -> dict[int, set[int]]:  # noqa: ANN401 - SQLAlchemy's own conditions
    """Return the replies in which each constraint (by root) was said in the last eight weeks."""
    rows = await at.session.execute(
        select(Finding.theme_id, Finding.reply_id)
        .join(Reply, Reply.id == Finding.reply_id)
        .where(
            Reply.channel_id == at.channel.id,
            Reply.ts >= slack_ts(at.now - ALONE_WEEKS),
            Finding.theme_id.in_(at.known.themes),
            ~Finding.against,
            *which,
        )
    )
    found: dict[int, set[int]] = {}
    for theme, reply in rows:
        found.setdefault(at.known.root_of[theme or 0], set()).add(reply)
    return found


async def _watched(at: Standpoint) -> list[str]:
    this_week = cadence.week_of(at.now, at.channel.zone or "UTC").name
    going = await open_watches(at.session, at.channel.id, this_week)
    return [await name_of(at.session, at.known, watch, at.channel.zone) for watch in going]


async def room_of(session: AsyncSession, workspace: int, channel_id: str, slack_ids: Collection[str]) -> Channel | None:
    """Return the channel whose button somebody pressed in Home, if they are still in it.

    The button may be older than their leaving, so that what it names is not enough.
    """
    if not channel_id.isdecimal():
        return None
    here = Channel.id == int(channel_id), Channel.workspace_id == workspace
    found: Channel | None = await session.scalar(select(Channel).where(*here, Channel.slack_id.in_(slack_ids)))
    return found
