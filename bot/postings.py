"""Everything that the bot says in a channel is written down first, claimed once, said once, and settled.

(planned ->) due -> sending -> posted, or refused (Slack said no), or uncertain (nobody can know), or skipped.
A row in `sending` whose lease has run out belongs to a process that died between Slack and our commit: it is
looked for in the channel's history by its id before it is said again.
"""

import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cadence import zone_of
from bot.slack.client import Busy, Refused, Slack, Unclear
from bot.slack.faces import Message
from bot.store.engine import Database, insert
from bot.store.tables import Channel, Posting

NOISE_BUDGET = 3
"""Messages of the bot in a channel on any seven days in a row (product.md, "Noise budget")."""

NUDGE, EXTRA, DIGEST, WELCOME, NOTICE, HAT = "nudge", "extra", "digest", "welcome", "notice", "hat"
ASKING = (NUDGE, EXTRA)
"""Kinds of posting whose threads we read."""

DIRECT = (HAT,)
"""Kinds of posting that go to one person: outside the channel's noise budget, and never said twice."""

SAID = ("planned", "due", "sending", "posted", "uncertain")
"""States that count against the noise budget: said, or about to be."""

METADATA = "opshat_posting"
_WINDOW_DAYS = 7
_LEASE = timedelta(seconds=60)
_GRACE = timedelta(seconds=10)
_BATCH = 20
_GONE_FOR_GOOD = frozenset({"account_inactive", "token_revoked", "invalid_auth", "not_authed", "token_expired"})
_STOPS_THE_CHANNEL = _GONE_FOR_GOOD | {"not_in_channel", "channel_not_found", "is_archived", "missing_scope"}

log = structlog.get_logger()


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
    """Write a posting; return its id, or None where that moment has been served already."""
    posting_id = secrets.token_hex(16)
    waiting = _first_state(draft) == "due"
    written = await session.execute(
        insert(session, Posting)
        .values(
            id=posting_id,
            channel_id=channel_id,
            kind=draft.kind,
            due=draft.due,
            due_at=draft.due_at,
            state=_first_state(draft),
            reason=draft.skipped,
            theme_id=draft.theme_id,
            prompt_id=draft.prompt_id,
            question=draft.question,
            week=draft.week,
            payload=_with_id(draft, draft.message, posting_id) if draft.message and not draft.skipped else None,
            send_at=datetime.now(UTC) if waiting else None,
        )
        .on_conflict_do_nothing(index_elements=["channel_id", "kind", "due"])
        .returning(Posting.id)
    )
    return written.scalar_one_or_none()


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
            .values(state="due", send_at=datetime.now(UTC))
        )


def _with_id(draft: Draft, message: Message, posting_id: str) -> dict[str, Any]:
    metadata = {"event_type": METADATA, "event_payload": {"posting_id": posting_id}}
    to = {"channel": draft.to} if draft.to else {}
    return {**message.payload(), **to, "metadata": metadata, "unfurl_links": False, "unfurl_media": False}


def fits(on: date, taken: Iterable[date]) -> bool:
    """Say whether one more message on a local date keeps the noise budget on every seven days around it."""
    days = sorted([on, *(day for day in taken if abs((day - on).days) < _WINDOW_DAYS)])
    windows = zip(days, days[NOISE_BUDGET:], strict=False)
    return all((last - first).days >= _WINDOW_DAYS for first, last in windows)


async def room_for(session: AsyncSession, channel: Channel, at: datetime, reserved: Sequence[datetime] = ()) -> bool:
    """Say whether the noise budget has room for one more message at a moment.

    Args:
        session: the transaction that will write it down.
        channel: with its zone, whose dates count.
        at: when it would be said.
        reserved: moments of what is planned already and has precedence.

    """
    zone = zone_of(channel.zone or "UTC")
    near = at - timedelta(days=_WINDOW_DAYS + 1)
    said = await session.scalars(
        select(Posting.due_at).where(
            Posting.channel_id == channel.id,
            Posting.due_at > near,
            Posting.state.in_(SAID),
            Posting.kind.not_in(DIRECT),
        )
    )
    return fits(at.astimezone(zone).date(), [moment.astimezone(zone).date() for moment in [*said, *reserved]])


Said = Callable[[Posting, Channel, str], Awaitable[None]]


class Postman:
    """Says what is written down, each once; any number of them may share a database.

    Args:
        db: where it is written down.
        slack: where it is said.
        said: what else to do when a posting was said, with its ts; done at most once.

    """

    def __init__(self, db: Database, slack: Slack, said: Said | None = None) -> None:
        self._db = db
        self._slack = slack
        self._said = said

    async def deliver(self) -> int:
        """Say everything that waits now; return how many postings were settled."""
        settled = 0
        while claimed := await self._claim():
            for posting, channel in claimed:
                settled += await self._serve(posting, channel)
        return settled

    async def _claim(self) -> list[tuple[Posting, Channel]]:
        now = datetime.now(UTC)
        async with self._db.write() as session:
            waiting = await session.execute(
                select(Posting, Channel)
                .join(Channel, Channel.id == Posting.channel_id)
                .where(Posting.send_at <= now)
                .order_by(Posting.send_at)
                .limit(_BATCH)
                .with_for_update(skip_locked=True, of=Posting)
            )
            claimed = [(posting, channel) for posting, channel in waiting]
            for posting, _ in claimed:
                # What was left in `sending` stays recognisable: only a first claim starts from `due`.
                posting.tries += 1
                posting.reason = "left" if posting.state == "sending" else ""
                posting.state = "sending"
                posting.send_at = now + _LEASE
        return claimed

    async def _serve(self, posting: Posting, channel: Channel) -> bool:
        try:
            if posting.reason == "left":
                return await self._reconcile(posting, channel)
            answer = await self._slack.call(
                channel.workspace_id, "chat.postMessage", **{"channel": channel.slack_id, **(posting.payload or {})}
            )
            await self.settle(posting.id, str(answer["ts"]))
            if self._said is not None:
                await self._said(posting, channel, str(answer["ts"]))
        except Refused as refusal:
            await self._refused(posting, channel, refusal)
        except Busy as busy:
            await self._later(posting, "due", timedelta(seconds=busy.seconds))
            return False
        except Unclear as unclear:
            log.warning("posting unclear", posting=posting.id, cause=str(unclear))
            await self._later(posting, "sending", _GRACE)
            return False
        return True

    async def settle(self, posting_id: str, ts: str) -> None:
        """Record that a posting stands in Slack as message `ts`, and erase its payload with it."""
        async with self._db.write() as session:
            await session.execute(
                update(Posting)
                .where(Posting.id == posting_id, Posting.ts.is_(None))
                .values(state="posted", ts=ts, payload=None, send_at=None, reason="")
            )

    async def _reconcile(self, posting: Posting, channel: Channel) -> bool:
        """Look for a posting that may have been said, by the id in its metadata."""
        if posting.kind in DIRECT:
            await self._give_up(posting, "uncertain", "a direct message cannot be looked for")
            return True
        try:
            found = await self._look_for(posting, channel)
        except Refused as refusal:
            await self._give_up(posting, "uncertain", refusal.reason)
            return True
        if found:
            await self.settle(posting.id, found)
            return True
        await self._later(posting, "due", timedelta())
        return False

    async def _look_for(self, posting: Posting, channel: Channel) -> str | None:
        answer = await self._slack.call(
            channel.workspace_id,
            "conversations.history",
            channel=channel.slack_id,
            oldest=f"{posting.due_at.timestamp() - 1:.6f}",
            include_all_metadata=True,
            limit=15,
        )
        for message in answer.get("messages", []):
            metadata = message.get("metadata") or {}
            if (metadata.get("event_payload") or {}).get("posting_id") == posting.id:
                return str(message["ts"])
        return None

    async def _refused(self, posting: Posting, channel: Channel, refusal: Refused) -> None:
        log.warning("posting refused", posting=posting.id, kind=posting.kind, reason=refusal.reason)
        await self._give_up(posting, "refused", refusal.reason)
        if refusal.reason not in _STOPS_THE_CHANNEL:
            return
        async with self._db.write() as session:
            await pause(session, channel.id, datetime.now(UTC), refusal.reason)

    async def _give_up(self, posting: Posting, state: str, reason: str) -> None:
        # A digest can be made again from its week; whatever else is given up may name people, and goes.
        payload = {} if posting.kind == DIGEST else {"payload": None}
        async with self._db.write() as session:
            await session.execute(
                update(Posting)
                .where(Posting.id == posting.id, Posting.ts.is_(None))
                .values(state=state, reason=reason, send_at=None, **payload)
            )

    async def _later(self, posting: Posting, state: str, wait: timedelta) -> None:
        async with self._db.write() as session:
            await session.execute(
                update(Posting)
                .where(Posting.id == posting.id, Posting.ts.is_(None))
                .values(state=state, send_at=datetime.now(UTC) + wait)
            )

    async def waiting(self) -> bool:
        """Say whether anything is still to be said or settled."""
        async with self._db.read() as session:
            return bool(await session.scalar(select(Posting.id).where(Posting.send_at.is_not(None)).limit(1)))


async def pause(session: AsyncSession, channel_id: int, now: datetime, reason: str) -> None:
    """Stop a channel's schedule, with the reason; its weeks still close."""
    await session.execute(
        update(Channel)
        .where(Channel.id == channel_id, or_(Channel.paused_at.is_(None), Channel.pause_reason == ""))
        .values(paused_at=now, pause_reason=reason, nudge_at=None, digest_at=None)
    )
