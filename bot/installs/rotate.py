"""A new OPSHAT_SECRET: every wrapped key and token is wrapped anew with the first of those in use."""

from collections.abc import Awaitable, Callable

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import weeks
from bot.installs.tenants import about_token
from bot.keys import KeyRing
from bot.store.engine import Database
from bot.store.tables import Channel, Week, Workspace

_BATCH = 500

Row = tuple[type[Channel] | type[Week] | type[Workspace], int, bytes, str]
"""A table, a row's id, what it keeps wrapped, and what that belongs to."""
Rows = Callable[[AsyncSession, int], Awaitable[list[Row]]]


async def rotate(db: Database, keys: KeyRing) -> int:
    """Wrap everything anew that an older secret wrapped; return how many keys and tokens that were.

    Short transactions, so that the bot may go on meanwhile; running it twice does nothing twice.

    Raises:
        Problem: something was wrapped with a secret that is not among those in use.

    """
    renewed = 0
    for step in (_channels, _weeks, _tokens):
        after, looked_at = 0, _BATCH
        while looked_at == _BATCH:
            async with db.write() as session:
                last, looked_at, count = await _some(session, keys, step, after)
            after, renewed = last, renewed + count
    return renewed


async def _some(session: AsyncSession, keys: KeyRing, step: Rows, after: int) -> tuple[int, int, int]:
    rows = await step(session, after)
    count = 0
    for table, row_id, wrapped, about in rows:
        renewed = keys.renew(wrapped, about)
        if renewed is not None:
            column = "token" if table is Workspace else "key"
            await session.execute(update(table).where(table.id == row_id).values({column: renewed}))
            count += 1
    return (rows[-1][1] if rows else after), len(rows), count


async def _channels(session: AsyncSession, after: int) -> list[Row]:
    query = select(Channel.id, Channel.key, Channel.workspace_id).where(Channel.id > after)
    rows = await session.execute(query.order_by(Channel.id).limit(_BATCH).with_for_update(key_share=True))
    return [(Channel, row_id, key, weeks.about_channel(workspace)) for row_id, key, workspace in rows]


async def _weeks(session: AsyncSession, after: int) -> list[Row]:
    query = select(Week.id, Week.key, Week.channel_id, Week.name).where(Week.id > after, Week.key.is_not(None))
    rows = await session.execute(query.order_by(Week.id).limit(_BATCH).with_for_update(key_share=True))
    return [
        (Week, row_id, key, weeks.about_week(channel, name)) for row_id, key, channel, name in rows if key is not None
    ]


async def _tokens(session: AsyncSession, after: int) -> list[Row]:
    query = select(Workspace).where(Workspace.id > after, Workspace.token.is_not(None))
    rows = await session.scalars(query.order_by(Workspace.id).limit(_BATCH).with_for_update(key_share=True))
    return [(Workspace, row.id, row.token, about_token(row.enterprise_id, row.team_id)) for row in rows if row.token]
