"""Many digests that are due at once cost the database little more than one."""

from datetime import timedelta
from typing import Any

from sqlalchemy import event, update

from bot.app import Bot
from bot.digests.tell import BATCH, in_turn, write_due_digests
from bot.keys import KeyRing
from bot.store.tables import Channel
from tests.host import a_host
from tests.monday import fill
from tests.team import SECRET


async def test_a_whole_batch_asks_the_database_as_often_as_one_digest(database_url: str) -> None:
    async with a_host(database_url) as host:
        place = host.workspace("Monday")
        await fill(host.bot, KeyRing(SECRET), place, 1 + BATCH, host.clock())
        await host.bot.tick()
        asked = [await asked_for(host.bot, first, last) for first, last in ((1, 1), (2, 1 + BATCH))]
        assert asked[0] == asked[1] < BATCH
        assert await host.count("postings", "kind = 'digest' AND state = 'due'") == 1 + BATCH


def test_every_workspace_has_its_first_before_any_has_its_second() -> None:
    assert in_turn([(1, 7), (2, 7), (3, 7), (4, 8), (5, 8), (6, 9)]) == [1, 4, 6, 2, 5, 3]


async def asked_for(bot: Bot, first: int, last: int) -> int:
    """Let the digests of some channels be due, and return how many statements it takes to write them down."""
    now = bot.now() + timedelta(hours=1)
    async with bot.db.write() as session:
        channels = Channel.id >= first, Channel.id <= last
        await session.execute(update(Channel).where(*channels).values(digest_on=now.date(), digest_at=now))
    statements: list[str] = []

    def note(*told: Any) -> None:
        statements.append(told[2])

    engine = bot.db.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    assert await write_due_digests(bot.db, bot.shelf.packs(), now, lambda: None) == 1 + last - first
    event.remove(engine, "before_cursor_execute", note)
    return len(statements)
