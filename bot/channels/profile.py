"""The channel's profile: what its system is, whom it serves, its goal and motion, as claims with author and date."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels import profile_words as words
from bot.channels.announce import announce
from bot.constraints.find import Detector
from bot.slack.faces import Modal
from bot.store.tables import Channel, ProfileLine


async def lines_of(session: AsyncSession, channel: Channel) -> dict[str, ProfileLine]:
    """Return the line of each part of the profile that holds now; older ones are history."""
    rows = await session.scalars(
        select(ProfileLine).where(ProfileLine.channel_id == channel.id).order_by(ProfileLine.id)
    )
    return {row.what: row for row in rows}


async def modal(session: AsyncSession, channel: Channel) -> Modal:
    """Return the modal that shows and changes the profile."""
    return words.profile(await lines_of(session, channel), {"channel": str(channel.id)})


async def save(
    session: AsyncSession, channel: Channel, fields: Mapping[str, Any], user: str, detector: Detector, now: datetime
) -> Modal:
    """Keep what changed, announce which lines did, and hold the mirror up to whoever wears the hat."""
    before = await lines_of(session, channel)
    said = {what: str(fields.get(what) or "").strip() for what in words.LINES}
    changed = [what for what, text in said.items() if text != _text(before.get(what), what)]
    for what in changed:
        session.add(ProfileLine(channel_id=channel.id, what=what, text=said[what], author=user, written_at=now))
    if changed:
        await announce(session, channel, "profile", words.announced(user, changed), now)
    spans = mirrored(detector, [said[what] for what in changed if what != "motion"])
    return words.kept(spans if channel.hat_user == user else [], changed=bool(changed))


def _text(line: ProfileLine | None, what: str) -> str:
    return line.text if line else "not sure" if what == "motion" else ""


def mirrored(detector: Detector, texts: list[str]) -> list[str]:
    """Return what the detector hears in somebody's own words, verbatim."""
    return [text[found.start : found.end] for text in texts for found in detector.read(text).findings]
