"""Everything that the bot says in a channel is written down first, claimed once, said once, and settled.

(planned ->) due -> sending -> posted, or refused (Slack said no), or uncertain (nobody can know), or skipped.
`postman` says what is written down here. A nudge that is due has no words yet: they are found when it is claimed.
"""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, String, and_, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from bot.cadence import Due, next_nudge, zone_of
from bot.slack.faces import Message
from bot.store.engine import Database, insert, is_on_sqlite, present
from bot.store.rows import RowsStatement, among, ids
from bot.store.tables import Channel, Posting
from bot.store.types import UtcDateTime, slack_ts

NOISE_BUDGET = 3
"""Messages of the bot in a channel on any seven days in a row (product.md, "Noise budget")."""

MOST_QUESTIONS = 2
"""How many of them may be questions."""

OPERATOR = "operator"
"""How the reason of a pause begins where the operator paused every channel (`opshat pause --all`)."""

NUDGE, EXTRA, DIGEST, WELCOME, NOTICE, HAT = "nudge", "extra", "digest", "welcome", "notice", "hat"
STOPPED = "stopped"
ASKING = (NUDGE, EXTRA)
"""Kinds of posting whose threads we read."""

SCHEDULED = (*ASKING, DIGEST)
"""Kinds of posting that a channel hears only while its schedule runs."""

DIRECT = (HAT, STOPPED)
"""Kinds of posting that go to one person: outside the channel's noise budget, and never said twice."""

SAID = ("planned", "due", "sending", "posted", "uncertain")
"""States that count against the noise budget: said, or about to be."""

NO_ROOM = "noise budget"
"""Why something was not said that would have been one message too many."""

METADATA = "opshat_posting"
_WINDOW_DAYS = 7
_LOOKS_AHEAD_DAYS = 14


@dataclass(frozen=True, slots=True)
class Draft:
    """A posting to be: `due` is the local due date, or a random id where a person asked for it.

    `to` is the Slack id of a person, where it is for them alone. `skipped` is the reason not to say it at all;
    one that is `planned` may still be changed until `due_at`.
    """

    kind: str
    due: str
    due_at: datetime
    message: Message | None = None
    to: str = ""
    theme_id: int | None = None
    prompt_id: str | None = None
    question: str | None = None
    week: str | None = None
    skipped: str = ""
    planned: bool = False


def on_request() -> str:
    """Return a `due` of its own, for what somebody asks for rather than the calendar."""
    return secrets.token_hex(8)


async def write_down(session: AsyncSession, channel_id: int, draft: Draft) -> str | None:
    """Write a posting; return its id, or None where that moment has been served already.

    What is for a channel is recorded as skipped where the noise budget has no room: most that post here ask before,
    to say so or to come later, and this is the last word for all of them.
    """
    if not await _may_be_said(session, channel_id, draft):
        draft = replace(draft, skipped=NO_ROOM)
    written = await session.execute(
        insert(session, Posting)
        .values(_row(channel_id, draft, await present(session)))
        .on_conflict_do_nothing(index_elements=["channel_id", "kind", "due"])
        .returning(Posting.id)
    )
    return written.scalar_one_or_none()


async def _may_be_said(session: AsyncSession, channel_id: int, draft: Draft) -> bool:
    if draft.kind in DIRECT or draft.skipped or draft.message is None:
        return True
    channel = await session.get_one(Channel, channel_id)
    return await room_for(session, channel, draft.due_at)


async def write_many(session: AsyncSession, drafts: Sequence[tuple[int, Draft]]) -> None:
    """Write many postings in one statement; a moment that has been served already stays as it is.

    Whoever writes many asks `has_room` for each, with what `said_around` found for all of them at once.
    """
    if drafts:
        now = await present(session)
        one = insert(session, Posting).on_conflict_do_nothing(index_elements=["channel_id", "kind", "due"])
        await (await session.connection()).execute(one, [_row(channel, draft, now) for channel, draft in drafts])


_WRITE_NUDGES = RowsStatement(
    """
    INSERT INTO postings (id, channel_id, kind, due, due_at, state, reason, send_at, tries)
    SELECT id, channel, 'nudge', due, due_at, CASE skipped WHEN '' THEN 'due' ELSE 'skipped' END, skipped,
        CASE skipped WHEN '' THEN {present} END, 0
    FROM {rows} WHERE true
    ON CONFLICT (channel_id, kind, due) DO NOTHING
    """,
    id="varchar",
    channel="int",
    due="varchar",
    due_at="timestamptz",
    skipped="varchar",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A moment at which a channel is asked, or was to be but for the reason `skipped`."""

    channel_id: int
    due: Due
    skipped: str = ""


async def write_nudges(connection: AsyncConnection, asked: Sequence[Asked]) -> None:
    """Write down nudges by one statement; a moment that has been served already stays as it is.

    What is asked is found when a posting's turn has come to be said (`fill`).
    """
    rows = [
        {"id": _new_id(), "channel": one.channel_id, "due": one.due.on, "due_at": one.due.at, "skipped": one.skipped}
        for one in asked
    ]
    await _WRITE_NUDGES.run(connection, rows)


def fill(posting: Posting, draft: Draft) -> None:
    """Give a posting the words that were found for it."""
    posting.theme_id, posting.prompt_id, posting.question = draft.theme_id, draft.prompt_id, draft.question
    posting.payload = _payload(draft, posting.id)


def _new_id() -> str:
    return secrets.token_hex(16)


def _row(channel_id: int, draft: Draft, now: datetime) -> dict[str, Any]:
    posting_id = _new_id()
    state = _first_state(draft)
    return {
        "id": posting_id,
        "channel_id": channel_id,
        "kind": draft.kind,
        "due": draft.due,
        "due_at": draft.due_at,
        "state": state,
        "reason": draft.skipped,
        "theme_id": draft.theme_id,
        "prompt_id": draft.prompt_id,
        "question": draft.question,
        "week": draft.week,
        "payload": _payload(draft, posting_id),
        "send_at": now if state == "due" else None,
    }


def _first_state(draft: Draft) -> str:
    if draft.skipped or draft.message is None:
        return "skipped"
    return "planned" if draft.planned else "due"


async def release(db: Database, now: datetime) -> None:
    """Let what was planned for a moment up to `now` be said."""
    async with db.write() as session:
        await session.execute(
            update(Posting)
            .where(Posting.state == "planned", Posting.due_at <= now)
            .values(state="due", send_at=await present(session))
        )


def _payload(draft: Draft, posting_id: str) -> dict[str, Any] | None:
    if draft.message is None or draft.skipped:
        return None
    metadata = {"event_type": METADATA, "event_payload": {"posting_id": posting_id}}
    to = {"channel": draft.to} if draft.to else {}
    return {**draft.message.payload(), **to, "metadata": metadata, "unfurl_links": False, "unfurl_media": False}


def fits(on: date, taken: Iterable[date], most: int = NOISE_BUDGET) -> bool:
    """Say whether, with one more on a local date, there are at most so many on every seven days around it."""
    days = sorted([on, *(day for day in taken if abs((day - on).days) < _WINDOW_DAYS)])
    windows = zip(days, days[most:], strict=False)
    return all((last - first).days >= _WINDOW_DAYS for first, last in windows)


async def room_for(
    session: AsyncSession,
    channel: Channel,
    at: datetime,
    reserved: Sequence[datetime] = (),
    without: str = "",
    *,
    asks: bool = False,
) -> bool:
    """Say whether the noise budget has room for one more message at a moment.

    Nobody else can be told so of this channel before the transaction ends: of two who ask at once, the second sees
    what the first has written.

    Args:
        session: the transaction that will write it down.
        channel: with its zone, whose dates count.
        at: when it would be said.
        reserved: moments of what is planned already and has precedence.
        without: the id of a posting whose own place does not count: it is the message that is asked about.
        asks: the message is a question, of which fewer fit.

    """
    await in_turn(session, channel)
    taken = await said_around(session, [channel.id], at, without)
    if not has_room(channel.zone, at, [*taken[channel.id], *reserved]):
        return False
    return not asks or await _has_room_to_ask(session, channel, at)


async def _has_room_to_ask(session: AsyncSession, channel: Channel, at: datetime) -> bool:
    asked = (await said_around(session, [channel.id], at, kinds=ASKING))[channel.id]
    planned = [channel.nudge_at] if channel.nudge_at else []
    return has_room(channel.zone, at, [*asked, *planned], MOST_QUESTIONS)


async def in_turn(session: AsyncSession, channel: Channel) -> None:
    """Let nobody else decide what is said in a channel before this transaction ends."""
    # As little of a lock as keeps out others who ask: whoever only refers to the channel, as a reply does, goes on.
    await session.execute(select(Channel.id).where(Channel.id == channel.id).with_for_update(key_share=True))


async def day_with_room(
    session: AsyncSession,
    channel: Channel,
    now: datetime,
    reserved: Sequence[datetime] = (),
    without: str = "",
    *,
    asks: bool = False,
) -> str | None:
    """Return in words the next day on which the noise budget has room; None if there is none within two weeks."""
    for days in range(1, _LOOKS_AHEAD_DAYS):
        at = now + timedelta(days=days)
        if await room_for(session, channel, at, reserved, without, asks=asks):
            on = at.astimezone(zone_of(channel.zone or "UTC"))
            return f"{on:%A} {on.day} {on:%B}"
    return None


async def said_around(
    session: AsyncSession | AsyncConnection,
    channels: Sequence[int],
    at: datetime,
    without: str = "",
    kinds: Sequence[str] = (),
) -> defaultdict[int, list[datetime]]:
    """Return the moments of what many channels heard, or are about to, that the noise budget counts from `at` on.

    What nobody knows of counts, too, `without` one posting (an id); only some `kinds` where they are named.
    """
    is_sqlite = is_on_sqlite(session)
    near = at - timedelta(days=_WINDOW_DAYS + 1)
    given = {
        "channels": ids(channels, is_sqlite=is_sqlite),
        "without": without,
        "near": near,
        "near_ts": slack_ts(near),
    }
    said: defaultdict[int, list[datetime]] = defaultdict(list)
    for channel, due_at, ts in await session.execute(_said(tuple(kinds), is_sqlite=is_sqlite), given):
        said[channel].append(_said_at(due_at, ts, at))
    return said


@cache  # made once: a tick would pay as much for that as for the reading
def _said(kinds: tuple[str, ...], *, is_sqlite: bool) -> Select[int, datetime, str | None]:
    near, near_ts = bindparam("near", type_=UtcDateTime()), bindparam("near_ts", type_=String())
    return select(Posting.channel_id, Posting.due_at, Posting.ts).where(
        among(Posting.channel_id, "channels", is_sqlite=is_sqlite),
        Posting.kind.in_(kinds) if kinds else Posting.kind.not_in(DIRECT),
        Posting.state.in_(SAID),
        Posting.id != bindparam("without", type_=String()),
        or_(Posting.due_at > near, Posting.ts > near_ts, Posting.send_at.is_not(None)),
    )


def has_room(zone: str | None, at: datetime, taken: Iterable[datetime], most: int = NOISE_BUDGET) -> bool:
    """Say whether the noise budget has room for one more at a moment, beside these; by the dates of the zone."""
    rules = zone_of(zone or "UTC")
    return fits(at.astimezone(rules).date(), [moment.astimezone(rules).date() for moment in taken], most)


def _said_at(due_at: datetime, ts: str | None, now: datetime) -> datetime:
    """Return when a posting was said, or will be: what is late is said now, not when it was due."""
    return datetime.fromtimestamp(float(ts), UTC) if ts else max(due_at, now)


async def pause(session: AsyncSession, channel_id: int, now: datetime, reason: str) -> bool:
    """Stop a channel's schedule; its weeks still close. Return whether it was running until now.

    `reason` is Slack's word for why nothing can be posted, or "" where somebody paused: their pause holds until
    they end it, and a refusal does not take its place. Nothing takes the place of the operator's.
    """
    running = Channel.paused_at.is_(None)
    theirs = and_(Channel.pause_reason != "", ~Channel.pause_reason.startswith(OPERATOR))
    stopped = await session.execute(
        update(Channel)
        .where(Channel.id == channel_id, running if reason else or_(running, theirs))
        .values(paused_at=now, pause_reason=reason, nudge_at=None, digest_at=None)
        .returning(Channel.id)
    )
    if stopped.scalar_one_or_none() is None:
        return False
    waits = Posting.channel_id == channel_id, Posting.state == "due"
    await session.execute(update(Posting).where(*waits, Posting.kind.in_(ASKING)).values(unasked(reason)))
    await session.execute(update(Posting).where(*waits, Posting.kind == DIGEST).values(HELD))
    return True


HELD = {"state": "due", "send_at": None}
"""How a digest waits until its channel goes on."""


def unasked(reason: str) -> dict[str, Any]:
    """Return what becomes of a question that waited when its channel stopped: its moment will have gone."""
    return {"state": "skipped", "reason": reason or "paused", "payload": None, "send_at": None}


async def go_on(session: AsyncSession, channel_id: int) -> None:
    """Let what was held be said, in a channel that goes on."""
    held = Posting.channel_id == channel_id, Posting.state == "due", Posting.send_at.is_(None)
    await session.execute(update(Posting).where(*held).values(send_at=await present(session)))


def next_asked(channel: Channel) -> datetime | None:
    """Return when a channel's next question comes: the first that nobody has asked to skip; None where none is."""
    if channel.nudge_at is None or channel.skip_until is None or channel.nudge_at >= channel.skip_until:
        return channel.nudge_at
    since = channel.skip_until - timedelta(seconds=1)
    return next_nudge(channel.nudge_days, channel.nudge_time, channel.zone, None, since).at
