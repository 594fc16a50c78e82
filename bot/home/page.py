"""What App Home shows one person, gathered from the channels that Slack says they are in."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import postings, weeks
from bot.keys import KeyRing
from bot.postings.resend import Lost, lost_digests
from bot.readings import slack_ts
from bot.slack.client import Refused, Slack
from bot.store.tables import Channel, Finding, Posting, Reply, Theme, Try, Watch, Week

ALONE_WEEKS = timedelta(weeks=8)
ALONE_TIMES = 2
"""How often somebody alone has to have said a thing before Home shows it to them."""

_MOST_CHANNELS = 20
_MOST_PAGES = 10


@dataclass(frozen=True, slots=True)
class Skip:
    """A posting that was not made: its local due date or id, what it was, and why."""

    kind: str
    due_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Room:
    """One channel as Home shows it; the open week's private answers are in none of it."""

    channel: Channel
    said_lately: int
    digest: dict[str, Any] | None
    skips: tuple[Skip, ...]
    alone: tuple[str, ...]
    watches: tuple[str, ...] = field(default=())
    tries: tuple[str, ...] = field(default=())
    lost: tuple[Lost, ...] = field(default=())


async def channels_of(slack: Slack, workspace: int, user: str) -> frozenset[str] | None:
    """Return the Slack ids of the channels that somebody is in; None where we may not ask."""
    found: set[str] = set()
    cursor = ""
    for _ in range(_MOST_PAGES):
        try:
            answer = await slack.call(
                workspace,
                "users.conversations",
                user=user,
                types="public_channel,private_channel",
                limit=200,
                cursor=cursor or None,
            )
        except Refused:
            return None
        found |= {str(channel["id"]) for channel in answer.get("channels", [])}
        cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            break
    return frozenset(found)


async def rooms(
    session: AsyncSession, keys: KeyRing, workspace: int, slack_ids: Collection[str], user: str, now: datetime
) -> list[Room]:
    """Return the channels of a person that the bot is in, at most twenty."""
    channels = await session.scalars(
        select(Channel)
        .where(Channel.workspace_id == workspace, Channel.slack_id.in_(slack_ids))
        .order_by(Channel.id)
        .limit(_MOST_CHANNELS)
    )
    return [await _room(session, keys, channel, user, now) for channel in channels]


async def _room(session: AsyncSession, keys: KeyRing, channel: Channel, user: str, now: datetime) -> Room:
    lately = Posting.channel_id == channel.id, Posting.due_at > now - timedelta(days=7), Posting.due_at <= now
    in_channel = Posting.kind.not_in(postings.DIRECT), Posting.state.in_(postings.SAID)
    said = await session.scalar(select(func.count(Posting.id)).where(*lately, *in_channel))
    skips = await session.execute(
        select(Posting.kind, Posting.due_at, Posting.reason)
        .where(
            Posting.channel_id == channel.id,
            Posting.due_at > now - ALONE_WEEKS,
            Posting.state.in_(("skipped", "refused", "uncertain")),
        )
        .order_by(Posting.due_at.desc())
        .limit(3)
    )
    digest = await session.scalar(
        select(Week.content)
        .where(Week.channel_id == channel.id, Week.closed_at.is_not(None))
        .order_by(Week.ends_at.desc())
        .limit(1)
    )
    person = keys.person(channel.key, weeks.about_channel(channel.workspace_id), user)
    return Room(
        channel=channel,
        said_lately=said or 0,
        digest=digest,
        skips=tuple(Skip(kind, due_at, reason) for kind, due_at, reason in skips),
        alone=await _alone(session, channel, person, now),
        watches=tuple(await _watched(session, channel)),
        tries=tuple(await _tried(session, channel)),
        lost=tuple(await lost_digests(session, channel.id)),
    )


async def _alone(session: AsyncSession, channel: Channel, person: str, now: datetime) -> tuple[str, ...]:
    """Return the labels of what this person said repeatedly within eight weeks, and nobody else did."""
    said = (
        select(Finding.theme_id, Reply.person)
        .join(Reply, Reply.id == Finding.reply_id)
        .where(
            Reply.channel_id == channel.id,
            Reply.ts >= slack_ts(now - ALONE_WEEKS),
            Finding.theme_id.is_not(None),
            ~Finding.against,
        )
        .subquery()
    )
    times = func.count()
    labels = await session.scalars(
        select(Theme.label)
        .join(said, said.c.theme_id == Theme.id)
        .group_by(Theme.id, Theme.label)
        .having(times >= ALONE_TIMES, func.min(said.c.person) == person, func.max(said.c.person) == person)
        .order_by(Theme.id)
    )
    return tuple(labels)


async def _watched(session: AsyncSession, channel: Channel) -> list[str]:
    rows = await session.execute(
        select(Theme.label, Posting.question)
        .select_from(Watch)
        .outerjoin(Theme, Theme.id == Watch.theme_id)
        .outerjoin(Posting, Posting.id == Watch.posting_id)
        .where(Watch.channel_id == channel.id, Watch.ended_at.is_(None))
        .order_by(Watch.id)
    )
    return [str(label or question or "") for label, question in rows]


async def _tried(session: AsyncSession, channel: Channel) -> list[str]:
    open_tries = Try.channel_id == channel.id, Try.ended_at.is_(None)
    return list(await session.scalars(select(Try.what).where(*open_tries).order_by(Try.id)))
