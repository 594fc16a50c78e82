"""A law: whatever Slack sends, how often and in what order, a message ends in the same state."""

import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot import postings
from bot.channels import join
from bot.door.events import Events
from bot.door.gaps import Gaps, Rate
from bot.door.members import Members
from bot.door.taker import Taker
from bot.door.vetting import Vetting
from bot.installs.tenants import Tenants
from bot.keys import KeyRing
from bot.postings.claims import Waits
from bot.postings.postman import Postman
from bot.prompts import OWN_PACKS
from bot.prompts.shelf import PackShelf
from bot.settings import Settings
from bot.slack.client import Slack
from bot.store.engine import Database
from bot.store.tables import Posting, Reply, Workspace
from tests.team import SECRET

NOW = datetime(2026, 9, 8, 8, 0, tzinfo=UTC)
ASKED = NOW.timestamp()
NUDGE = f"{ASKED:.6f}"

_numbers = itertools.count(1)


@pytest.fixture
async def db(sqlite_url: str) -> AsyncIterator[Database]:
    """A database in which one channel has been asked one question; commits need not reach the disk."""
    db = Database(Settings.load(database_url=sqlite_url).database)
    keys = KeyRing(SECRET)
    async with db.write() as session:
        workspace = Workspace(team_id="T1", bot_user_id="U0BOT", bot_id="B1", installed_at=NOW)
        session.add(workspace)
        await session.flush()
        channel = await join.know(session, keys, workspace, "C1", NOW)
        nudge = Posting(id="n1", channel_id=channel.id, kind=postings.NUDGE, due="2026-09-08", due_at=NOW)
        nudge.state, nudge.ts = "posted", NUDGE
        channel.guests = True  # nobody has to be asked who is a guest
        session.add(nudge)
    yield db
    await db.close()


async def _nothing(*_: object) -> None:
    """Nothing more is to be done when something was said or found."""


def _an_hour_later() -> datetime:
    return NOW + timedelta(hours=1)


def events_of(db: Database) -> Events:
    tenants = Tenants(db, KeyRing(SECRET), _an_hour_later, timedelta(days=1))
    slack = Slack("http://127.0.0.1:9/api/", tenants)
    taker = Taker(db, KeyRing(SECRET), Vetting(db, KeyRing(SECRET), Members(slack)), _an_hour_later)
    return Events(
        db,
        KeyRing(SECRET),
        Gaps(db, slack, taker, _an_hour_later, Rate.of(internal=False)),
        Postman(db, slack, _an_hour_later, Waits(), choose=_nothing, said=_nothing, found=_nothing),
        PackShelf([OWN_PACKS]).packs,
        slack,
        tenants=tenants,
        wake=lambda: None,
    )


def told(ts: str) -> dict[str, dict[str, Any]]:
    """What Slack tells of a message's life: written, edited twice, deleted."""
    first = {"type": "message", "user": "U1", "team": "T1", "text": "first", "ts": ts, "thread_ts": NUDGE}
    edits = [{**first, "text": words, "edited": {"ts": f"{float(ts) + after:.6f}"}} for words, after in _EDITS]
    changed = [{"type": "message", "subtype": "message_changed", "message": edit} for edit in edits]
    deleted = {"type": "message", "subtype": "message_deleted", "deleted_ts": ts}
    return {
        "message": first,
        "edit": changed[0],
        "second edit": changed[1],
        "deletion": {**deleted, "previous_message": edits[1]},
        "bare deletion": deleted,
    }


_EDITS = (("second", 5), ("third", 9))
_RANK = {"message": 0, "edit": 1, "second edit": 2, "deletion": 3, "bare deletion": 3}
_TEXTS = ("first", "second", "third", None)


@settings(max_examples=60)
@given(st.lists(st.sampled_from(sorted(_RANK)), min_size=1, max_size=8))
async def test_any_order_with_any_repetition_ends_in_the_latest_that_was_told(db: Database, order: list[str]) -> None:
    ts = f"{ASKED + next(_numbers) * 60:.6f}"
    life, events = told(ts), events_of(db)
    for name in order:
        await events.take({"team_id": "T1", "event": {**life[name], "channel": "C1"}})
    async with db.read() as session:
        [reply] = await session.scalars(select(Reply).where(Reply.ts == ts))
    assert reply.text == _TEXTS[max(_RANK[name] for name in order)]
    assert (reply.person is None) == (reply.text is None)
