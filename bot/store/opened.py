"""The database as a command uses it: looked at, opened, and closed again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import URL

from bot.store.engine import Database
from bot.store.migrate import check_migrated, told_in_one_sentence


@asynccontextmanager
async def opened(url: URL) -> AsyncIterator[Database]:
    """Open a database for as long as a command needs it.

    Raises:
        Problem: it cannot be reached, is not of this version, or refuses what is asked of it.

    """
    check_migrated(url)
    db = Database(url)
    try:
        with told_in_one_sentence(url):
            yield db
    finally:
        await db.close()
