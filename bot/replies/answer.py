"""A private answer: asked for with a button or `/opshat answer`, stored under the week's own key."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import postings, weeks
from bot.errors import Problem
from bot.keys import KeyRing
from bot.prompts import Packs
from bot.replies import words
from bot.replies.arrive import OPEN_FOR
from bot.slack.faces import Modal
from bot.slack.markup import naming_nobody
from bot.store.engine import insert
from bot.store.tables import Channel, OptOut, Posting, PrivateAnswer, Week


async def latest_nudge(session: AsyncSession, channel: Channel) -> Posting:
    """Return the question that the channel was asked last.

    Raises:
        Problem: nothing was asked yet.

    """
    asked = Posting.channel_id == channel.id, Posting.kind.in_(postings.ASKING), Posting.state == "posted"
    latest = await session.scalar(select(Posting).where(*asked).order_by(Posting.due_at.desc()).limit(1))
    if latest is None:
        raise Problem(words.NO_NUDGE)
    return latest


async def nudge_at(session: AsyncSession, channel: Channel, ts: str, now: datetime) -> Posting:
    """Return the question that stands in a message.

    Raises:
        Problem: it is no question of ours, or no longer open.

    """
    posting = await session.scalar(select(Posting).where(Posting.channel_id == channel.id, Posting.ts == ts))
    if posting is None or posting.kind not in postings.ASKING or posting.due_at <= now - OPEN_FOR:
        raise Problem(words.CLOSED)
    return posting


def modal(channel: Channel, nudge: Posting, packs: Packs, typed: str = "") -> Modal:
    """Return the modal for a private answer; its memo carries the answer's id, so that sending twice stores once.

    Under the question stands its follow-up, where it came from a pack that still holds it.

    Raises:
        Problem: what was typed is too long for a modal.

    """
    if len(typed) > words.LONGEST:
        raise Problem(words.TOO_LONG.format(count=len(typed)))
    memo = {"channel": str(channel.id), "nudge": nudge.id, "answer": secrets.token_hex(16)}
    return words.answer(nudge.question or "", memo, typed, channel.members, packs.follow_up(nudge.prompt_id))


@dataclass(frozen=True, slots=True)
class Given:
    """A private answer as the modal sent it: its own id, the nudge that it answers, who (a Slack id), and what."""

    id: str
    nudge: str
    user: str
    text: str


async def store(session: AsyncSession, keys: KeyRing, channel: Channel, given: Given, now: datetime) -> None:
    """Store a private answer once, in the channel's open week.

    Raises:
        Problem: it is empty or too long, or the person opted out.

    """
    if not given.text.strip():
        raise Problem(words.EMPTY)
    if len(given.text) > words.LONGEST:
        raise Problem(words.TOO_LONG.format(count=len(given.text)))
    person = weeks.person_in(keys, channel, given.user)
    if await session.get(OptOut, (channel.id, person)):
        raise Problem(words.OPTED_OUT)
    week = await weeks.open_week(session, keys, channel, now)
    # Whatever a modal brings back: a question of another channel is none of this one's.
    asked = select(Posting.id).where(Posting.id == given.nudge, Posting.channel_id == channel.id)
    await session.execute(
        insert(session, PrivateAnswer)
        .values(
            id=given.id,
            week_id=week.id,
            posting_id=await session.scalar(asked),
            week_person=_week_person(keys, channel, week, given.user),
            text=naming_nobody(given.text),
        )
        .on_conflict_do_nothing(index_elements=["id"])
    )


def _week_person(keys: KeyRing, channel: Channel, week: Week, user: str) -> str:
    assert week.key is not None  # noqa: S101 - an open week has its key
    return keys.person(week.key, weeks.about_week(channel.id, week.name), user)
