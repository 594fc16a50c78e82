"""Changes of settings are announced in the channel: one message for all that change within ten minutes."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import postings
from bot.postings import Draft
from bot.slack.faces import Message, section
from bot.store.tables import Channel, Posting

AFTER = timedelta(minutes=10)
"""Changes within this time are announced together (product.md, "Joining a channel")."""


async def announce(
    session: AsyncSession,
    channel: Channel,
    subject: str,
    line: str,
    now: datetime,
    reserved: Sequence[datetime | None] = (),
) -> bool:
    """Write one line for the channel; until it is said, a later line on the same subject takes its place.

    Return whether the channel will be told.

    Where the noise budget has no room the line is dropped: what holds can be read with `/opshat`. `reserved` are
    moments beside those planned now that have precedence: those of before a pause, which may end soon.
    """
    if channel.pause_reason.startswith(postings.OPERATOR):
        return False  # `opshat pause --all` silences this, too
    await postings.in_turn(session, channel)  # of two who change something at once, the second adds to the first's line
    planned_here = Posting.channel_id == channel.id, Posting.kind == postings.NOTICE, Posting.state == "planned"
    # Locked, too: whoever lets it be said meanwhile would say it without this line.
    waiting = await session.scalar(select(Posting).where(*planned_here).with_for_update())
    if waiting is not None:
        lines = {block["block_id"]: block["text"]["text"] for block in (waiting.payload or {}).get("blocks", [])}
        waiting.payload = {**(waiting.payload or {}), **_message({**lines, subject: line}).payload()}
        return True
    at = now + AFTER
    planned = {moment for moment in (*reserved, channel.nudge_at, channel.digest_at) if moment}
    if not await postings.room_for(session, channel, at, reserved=list(planned)):
        return False
    draft = Draft(postings.NOTICE, postings.on_request(), at, _message({subject: line}), planned=True)
    await postings.write_down(session, channel.id, draft)
    return True


def _message(lines: dict[str, str]) -> Message:
    blocks = ({**section(line), "block_id": subject} for subject, line in lines.items())
    return Message("\n".join(lines.values()), tuple(blocks))
