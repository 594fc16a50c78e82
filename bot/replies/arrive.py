"""What Slack tells of messages becomes stored replies: once, in any order, and nothing that is not ours.

A `Told` is made at the door from an event, with every mention and user id already out of the text. Here
it is decided whether it belongs to a thread of a nudge of ours, and written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import postings
from bot.readings import forget_words
from bot.slack.markup import as_typed
from bot.store.direct import Direct, Here
from bot.store.engine import insert
from bot.store.rows import in_postgres, in_sqlite
from bot.store.tables import ERASED, Channel, Finding, OptOut, Posting, Reply, Workspace

OPEN_FOR = timedelta(days=14)
"""How long the thread of a nudge is read (engineering.md, "What is a reply of ours")."""

NOTED_EVERY = timedelta(minutes=10)
"""How long an echo stays unnoted after another: every message of ours has one, and one in a while proves as much."""

SAID = (None, "file_share", "thread_broadcast")
"""Subtypes of what a person says; Slack has many others, for what happens in a channel."""


@dataclass(frozen=True, slots=True)
class Told:
    """A message as an event tells it.

    Attributes:
        ts: the message's own; `thread_ts`: its thread's, its own outside of any, or "" where the event does not say.
        version: its last edit's ts, or its own.
        user: who wrote it, a Slack id that is hashed before anything is written; "" for a deletion.
        team: the workspace of who wrote it, or "".
        text: what it says, or None when it was deleted.

    """

    channel: str
    ts: str
    thread_ts: str
    version: str
    user: str = ""
    team: str = ""
    text: str | None = None

    @property
    def is_later(self) -> bool:
        """Whether it was said before: an edit or a deletion, followed wherever the message is stored already."""
        return self.version != self.ts


def told(event: Mapping[str, Any]) -> Told | None:
    """Read a `message` event; None where it cannot be a person's reply in a thread, or its edit or deletion."""
    channel, subtype = str(event.get("channel", "")), event.get("subtype")
    if subtype == "message_deleted":
        return _deleted(channel, event)
    if subtype == "message_changed":
        message = event.get("message") or {}
        if message.get("subtype") == "tombstone":
            return _deleted(channel, {**event, "deleted_ts": message.get("ts")})
        return _said(channel, message)
    return _said(channel, event) if subtype in SAID else None


def _said(channel: str, message: Mapping[str, Any]) -> Told | None:
    ts = str(message.get("ts", ""))
    thread_ts = str(message.get("thread_ts") or ts)
    version = str((message.get("edited") or {}).get("ts", ts))
    by_a_person = message.get("user") and not message.get("bot_id") and message.get("subtype") in SAID
    if not ts or not by_a_person or (thread_ts == ts and version == ts):
        return None
    team = str(message.get("user_team") or message.get("team") or "")
    words = str(message.get("text") or "")
    return Told(channel, ts, thread_ts, version, str(message["user"]), team, words)


def _deleted(channel: str, event: Mapping[str, Any]) -> Told | None:
    before = event.get("previous_message") or {}
    ts = str(event.get("deleted_ts") or before.get("ts") or "")
    thread_ts = str(before.get("thread_ts") or ts) if before else ""
    return Told(channel, ts, thread_ts, ERASED) if ts else None


async def channel_known(session: AsyncSession, workspace: Workspace, slack_id: str) -> Channel | None:
    """Return a channel that the bot was invited to."""
    where = Channel.workspace_id == workspace.id, Channel.slack_id == slack_id
    return await session.scalar(select(Channel).where(*where))


async def lets_guests_in(session: AsyncSession, channel: Channel) -> bool:
    """Say whether guests' replies count in a channel now."""
    return bool(await session.scalar(select(Channel.guests).where(Channel.id == channel.id)))


async def nudge_of(session: AsyncSession, channel: Channel, thread_ts: str, now: datetime) -> Posting | None:
    """Return the nudge that a thread belongs to, while it is open for replies."""
    return await session.scalar(
        select(Posting).where(
            Posting.channel_id == channel.id,
            Posting.ts == thread_ts,
            Posting.kind.in_(postings.ASKING),
            Posting.due_at > now - OPEN_FOR,
        )
    )


async def has_open_nudge(session: AsyncSession, channel: Channel, now: datetime) -> bool:
    """Say whether any thread of the channel is open for replies."""
    where = (
        Posting.channel_id == channel.id,
        Posting.kind.in_(postings.ASKING),
        Posting.due_at > now - OPEN_FOR,
    )
    return await session.scalar(select(Posting.id).where(*where).limit(1)) is not None


async def on_its_way(session: AsyncSession, channel: Channel) -> set[str]:
    """Return in which states nudges are whose threads may be ours without our knowing: being sent, or uncertain."""
    unknown = Posting.state.in_(("due", "sending", "uncertain"))
    # What has no `ts` is found by an index; it says nothing that the states do not.
    where = Posting.channel_id == channel.id, Posting.ts.is_(None), Posting.kind.in_(postings.ASKING), unknown
    return set(await session.scalars(select(Posting.state).where(*where).distinct()))


async def echoed(
    session: AsyncSession, workspace: Workspace, posting_id: str
) -> tuple[str | None, datetime | None] | None:
    """Return where a posting stands, if that is known, and when an echo was last noted in its workspace.

    None where no such posting is of this workspace, whoever names it.
    """
    theirs = (
        select(Posting.ts, Workspace.heard_at)
        .join(Channel, Channel.id == Posting.channel_id)
        .join(Workspace, Workspace.id == Channel.workspace_id)
        .where(Posting.id == posting_id, Workspace.id == workspace.id)
    )
    row = (await session.execute(theirs)).one_or_none()
    return (row.ts, row.heard_at) if row is not None else None


async def note_echo(session: AsyncSession, workspace: Workspace, now: datetime) -> None:
    """Note that Slack tells us of what we say in a workspace."""
    await session.execute(update(Workspace).where(Workspace.id == workspace.id).values(heard_at=now))


async def store(session: AsyncSession, channel: Channel, message: Told, person: str, *, known_member: bool) -> bool:
    """Write a reply of ours, once and in its latest version; False, and nothing, where somebody opted out.

    An edit never moves a reply to another thread: a message that somebody let count stays without one.
    """
    if await session.get(OptOut, (channel.id, person)):
        return False
    row = {
        "channel_id": channel.id,
        "ts": message.ts,
        "thread_ts": message.thread_ts if message.thread_ts != message.ts else None,
        "version": message.version,
        "person": person,
        "text": as_typed(message.text or ""),
        "known_member": known_member,
        "read_with": None,
    }
    await _replace(session, row, keep=("thread_ts",))
    return True


async def erase(session: AsyncSession, channel: Channel, ts: str, now: datetime) -> None:
    """Erase a reply that was deleted in Slack, also before it arrived; its row stays empty for 48 hours."""
    row = {
        "channel_id": channel.id,
        "ts": ts,
        "version": ERASED,
        "thread_ts": None,
        "person": None,
        "text": None,
        "read_with": None,
        "known_member": True,
        "erased_at": now,
    }
    await _replace(session, row)


async def _replace(session: AsyncSession, row: dict[str, Any], keep: tuple[str, ...] = ()) -> None:
    written = insert(session, Reply).values(row)
    later = written.on_conflict_do_update(
        index_elements=["channel_id", "ts"],
        set_={name: written.excluded[name] for name in row if name not in ("channel_id", "ts", *keep)},
        where=or_(
            Reply.version < written.excluded.version,
            # The same version, of which it is known by now that no guest wrote it.
            and_(Reply.version == written.excluded.version, ~Reply.known_member, written.excluded.known_member),
        ),
    )
    replaced = (await session.execute(later.returning(Reply.id))).scalar_one_or_none()
    if replaced is not None:
        # Asked for as they go: the closing of the week may give them their themes just before that.
        gone = delete(Finding).where(Finding.reply_id == replaced).returning(Finding.theme_id)
        await forget_words(session, (await session.scalars(gone)).all())


@dataclass(frozen=True, slots=True)
class New:
    """A reply of ours as it was first said: by a member, whose id is hashed already."""

    channel_id: int
    person: str
    told: Told


async def store_new(direct: Direct, replies: Sequence[New]) -> list[None]:
    """Write many replies as `store` writes one, by one statement; what is stored already stays as it is."""
    # PostgreSQL takes no row twice in one statement, and Slack may send one twice at once.
    once = {(reply.channel_id, reply.told.ts): reply for reply in reversed(replies)}
    rows = orjson.dumps([_new_row(reply) for reply in once.values()]).decode()
    await direct.run(_STORE_NEW_SQLITE if direct.is_sqlite else _STORE_NEW_POSTGRES, rows)
    return [None] * len(replies)


def _new_row(reply: New) -> dict[str, Any]:
    told = reply.told
    words = as_typed(told.text or "")
    return {"channel": reply.channel_id, "ts": told.ts, "thread": told.thread_ts, "person": reply.person, "text": words}


# In the databases' own words: at the door's busiest this is most of what a reply costs. What waited until Slack could
# say who wrote it is known now; every other row stays as it is. In one order, so that two processes that are sent the
# same don't wait for each other.
_STORE_NEW = """
INSERT INTO replies (channel_id, ts, thread_ts, version, person, text, known_member, english)
SELECT rows.channel, rows.ts, rows.thread, rows.ts, rows.person, rows.text, true, true FROM {rows}
WHERE NOT EXISTS (SELECT 1 FROM opt_outs AS o WHERE o.channel_id = rows.channel AND o.person = rows.person)
ORDER BY rows.channel, rows.ts
ON CONFLICT (channel_id, ts) DO UPDATE SET known_member = true
WHERE NOT replies.known_member AND replies.person = excluded.person
"""
_NEW_ROW = {"channel": "int", "ts": "varchar", "thread": "varchar", "person": "varchar", "text": "text"}
_STORE_NEW_POSTGRES = _STORE_NEW.replace("{rows}", in_postgres("$1", _NEW_ROW))
_STORE_NEW_SQLITE = _STORE_NEW.replace("{rows}", in_sqlite("?", _NEW_ROW))


Place = tuple[int, str, str]
"""Where a message stands: our id of its workspace, Slack's id of its channel, and its ts."""


async def are_stored(direct: Direct, places: Sequence[Place]) -> list[bool]:
    """Say of many messages, by one statement of PostgreSQL, whether they are replies that we keep."""
    asked = [{"n": n, "workspace": place[0], "channel": place[1], "ts": place[2]} for n, place in enumerate(places)]
    rows = await direct.run(_ARE_STORED, orjson.dumps(asked).decode())
    kept = {int(number) for (number,) in rows}
    return [number in kept for number in range(len(places))]


async def is_stored_here(here: Here, place: Place) -> bool:
    """Say the same of one message, where looking it up is cheaper than waiting for others to look up with it."""
    workspace, channel, ts = place
    return bool(await here.run(_IS_STORED_HERE, ts, str(workspace), channel))


_ASKED_ROW = {"n": "int", "workspace": "int", "channel": "varchar", "ts": "varchar"}
_ARE_STORED = """
SELECT rows.n FROM {rows}
JOIN channels AS c ON c.workspace_id = rows.workspace AND c.slack_id = rows.channel
JOIN replies AS r ON r.channel_id = c.id AND r.ts = rows.ts
""".replace("{rows}", in_postgres("$1", _ASKED_ROW))
_IS_STORED_HERE = """
SELECT 1 FROM channels AS c JOIN replies AS r ON r.channel_id = c.id AND r.ts = ?
WHERE c.workspace_id = ? AND c.slack_id = ?
"""


async def drop_unvetted(session: AsyncSession, channel: Channel, ts: str) -> None:
    """Drop a reply that turned out to be a guest's; it was not read, counted or shown before."""
    await session.execute(delete(Reply).where(Reply.channel_id == channel.id, Reply.ts == ts, ~Reply.known_member))


async def stored_of(session: AsyncSession, channel: Channel, thread_ts: str) -> Sequence[str]:
    """Return the ts of the replies that are kept of a thread."""
    where = Reply.channel_id == channel.id, Reply.thread_ts == thread_ts, Reply.text.is_not(None)
    return (await session.scalars(select(Reply.ts).where(*where))).all()


async def vetted(session: AsyncSession, channel: Channel, person: str, now: datetime, *, counts: bool) -> None:
    """Settle what waited until Slack said who somebody is: it is read from now on, or erased."""
    waiting = Reply.channel_id == channel.id, Reply.person == person, ~Reply.known_member
    if counts:
        await session.execute(update(Reply).where(*waiting).values(known_member=True))
        return
    for ts in await session.scalars(select(Reply.ts).where(*waiting)):
        await erase(session, channel, ts, now)


async def is_stored(session: AsyncSession, channel: Channel, ts: str) -> bool:
    """Say whether a message is a reply that we keep."""
    where = Reply.channel_id == channel.id, Reply.ts == ts
    return await session.scalar(select(Reply.id).where(*where)) is not None
