"""The channel's profile: what its system is, whom it serves, its goal and motion, as claims with author and date."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import readings
from bot.channels import profile_words as words
from bot.channels.announce import announce
from bot.constraints.find import Detector
from bot.errors import FieldProblem
from bot.slack.faces import Modal
from bot.store.tables import Channel, ProfileLine


async def lines_of(session: AsyncSession, channel: Channel, until: int | None = None) -> dict[str, ProfileLine]:
    """Return the line of each part of the profile that holds now, or held when `until` (an id) was the last one."""
    lines = select(ProfileLine).where(ProfileLine.channel_id == channel.id)
    if until is not None:
        lines = lines.where(ProfileLine.id <= until)
    return {row.what: row for row in await session.scalars(lines.order_by(ProfileLine.id))}


async def modal(session: AsyncSession, channel: Channel, only_to_read: str = "") -> Modal:
    """Return the modal that shows the profile and changes it; with a reason not to, it only shows."""
    lines = await lines_of(session, channel)
    if only_to_read:
        return words.to_read(lines, only_to_read)
    seen = max((line.id for line in lines.values()), default=0)
    return words.profile(lines, {"channel": str(channel.id), "seen": str(seen)})


@dataclass(frozen=True, slots=True)
class Change:
    """A submitted profile: who sent it (a Slack id), its fields, the last line that its modal had shown, and when."""

    user: str
    fields: Mapping[str, Any]
    seen: int
    at: datetime


async def save(session: AsyncSession, channel: Channel, change: Change, detector: Detector) -> Modal:
    """Keep what somebody changed, announce which lines did, and hold the mirror up to whoever wears the hat.

    Raises:
        FieldProblem: somebody else changed the same line since the modal was opened.

    """
    shown, present = await lines_of(session, channel, change.seen), await lines_of(session, channel)
    said = {what: str(change.fields.get(what) or "").strip() for what in words.LINES}
    touched = [what for what, text in said.items() if text != _text(shown.get(what), what)]
    for what in touched:
        now = _text(present.get(what), what)
        if now not in (_text(shown.get(what), what), said[what]):
            raise FieldProblem(what, words.CHANGED_MEANWHILE.format(text=words.MOTIONS.get(now, now)))
    changed = [what for what in touched if said[what] != _text(present.get(what), what)]
    for what in changed:
        write(session, channel, what, said[what], change.user, change.at)
    said_so = words.NOTHING_CHANGED
    if changed:
        told = await announce(session, channel, "profile", words.announced(change.user, changed), change.at)
        said_so = words.KEPT if told else words.KEPT_UNTOLD
    spans = readings.limits_in(detector, [said[what] for what in changed if what != "motion"])
    return words.kept(said_so, spans if channel.hat_user == change.user else [])


def write(session: AsyncSession, channel: Channel, what: str, text: str, user: str, at: datetime) -> None:
    """Write a line of the profile: a claim, with who made it and when; the one before becomes history."""
    session.add(ProfileLine(channel_id=channel.id, what=what, text=text, author=user, written_at=at))


def _text(line: ProfileLine | None, what: str) -> str:
    return line.text if line else "not sure" if what == "motion" else ""
