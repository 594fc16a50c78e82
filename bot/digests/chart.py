"""Eight weeks as a picture: one row of bars for each constraint told, on a light card that reads well on dark, too."""

import asyncio
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import structlog
from sqlalchemy import select

from bot.constraints.standing import TOLD_LINES
from bot.digests.words import span
from bot.postings.claims import Claim
from bot.slack.client import Busy, Refused, Slack, Unclear
from bot.store.engine import Database
from bot.store.tables import Week

WIDTH, ROW, MARGIN = 880, 176, 28
BAR, GAP = 84, 20
CARD, INK, FAINT, FILL = "#f7f7f4", "#1d2b33", "#5d6b73", "#2f6f8f"
_BARS_TOP = 80
_BARS_HEIGHT = 56
_LABEL_SIZES, _NUMBER_SIZE = (34, 30, 26, 23, 20), 28
"""Pixels: a thread shows the picture at some 350 pixels' width, and its words have to be read there."""

log = structlog.get_logger()


def lines_of(content: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the lines of a closed week that a chart shows: those told that were heard in threads."""
    told = [line for line in content["lines"] if line["state"] == "recurring"][:TOLD_LINES]
    return [line for line in told if any(line["weeks"])]


def describe(lines: Sequence[Mapping[str, Any]], week: str) -> str:
    """Say in words all that the picture shows, at most 2,000 characters (Slack's limit for alt text)."""
    rows = (f"{_sentence(line['label'])}: {', '.join(map(str, line['weeks']))}." for line in lines)
    return f"Voices in threads by week, eight weeks, the last of them {span(week)}. {' '.join(rows)}"[:2000]


def draw(lines: Sequence[Mapping[str, Any]]) -> bytes:
    """Draw the chart; return a PNG of 880 pixels' width, 176 for each line and a margin."""
    # Imported here: no command but the bot itself draws, and Pillow is slow to load.
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415 - said above

    image = Image.new("RGB", (WIDTH, ROW * len(lines) + MARGIN), CARD)
    pen = ImageDraw.Draw(image)
    number_font = ImageFont.load_default(_NUMBER_SIZE)
    most = max((voices for line in lines for voices in line["weeks"]), default=1)
    for row, line in enumerate(lines):
        top = MARGIN + row * ROW
        label = _sentence(line["label"])
        fonts = [ImageFont.load_default(size) for size in _LABEL_SIZES]
        fitting = (font for font in fonts if pen.textlength(label, font) <= WIDTH - 2 * MARGIN)
        pen.text((MARGIN, top), label, fill=INK, font=next(fitting, fonts[-1]))
        base = top + _BARS_TOP + _BARS_HEIGHT
        for place, voices in enumerate(line["weeks"]):
            left = MARGIN + place * (BAR + GAP)
            height = round(_BARS_HEIGHT * voices / max(most, 1))
            pen.rectangle((left, base - max(height, 2), left + BAR, base), fill=FILL if voices else FAINT)
            if voices:
                middle = left + BAR / 2, base - height - 4
                pen.text(middle, str(voices), fill=INK, font=number_font, anchor="mb")
    stream = BytesIO()
    image.save(stream, "PNG", optimize=True)
    return stream.getvalue()


async def add_chart(db: Database, slack: Slack, claim: Claim, ts: str) -> None:
    """Put the chart into the thread of a digest that was just posted; tried once, and lost without harm."""
    channel, week = claim.channel, str(claim.posting.week)
    async with db.read() as session:
        told = Week.channel_id == channel.id, Week.name == week, Week.content.is_not(None)
        content = await session.scalar(select(Week.content).where(*told))
    lines = lines_of(content) if content else []
    if not lines:
        return
    picture = await asyncio.to_thread(draw, lines)
    try:
        place = await slack.call(
            channel.workspace_id,
            "files.getUploadURLExternal",
            filename="eight-weeks.png",
            length=len(picture),
            alt_txt=describe(lines, week),
        )
        await slack.upload(str(place["upload_url"]), picture)
        await slack.call(
            channel.workspace_id,
            "files.completeUploadExternal",
            files=[{"id": place["file_id"], "title": "Eight weeks"}],
            channel_id=channel.slack_id,
            thread_ts=ts,
        )
    except (Refused, Busy, Unclear) as reason:
        log.warning("no chart", reason=str(reason))


def _sentence(label: str) -> str:
    return label[0].upper() + label[1:]
