"""What App Home says."""

from collections.abc import Sequence
from typing import Any

from bot import cadence
from bot.home import again
from bot.home.page import Room
from bot.postings import NOISE_BUDGET
from bot.slack.faces import Block, escape, section, small

NO_CHANNELS = "The bot is in none of your channels. Type `/invite @Ops Hat` in one, then `/opshat schedule`."
MAY_NOT_ASK = (
    "Home cannot tell which channels you are in, because the app was not granted `channels:read`. In a channel, "
    "`/opshat` shows what is planned there and `/opshat digest` the last digest."
)
INTRODUCTION = (
    "One question a week, and the limits that a channel keeps naming. Only channels that you are in are shown here."
)
PRIVACY = "`/opshat privacy` in a channel shows what is kept about you there, and deletes it."
WHY_NOT = {
    "late": "it would have come over two hours late",
    "not this week": "somebody pressed *Not this week*",
    "noise budget": "three messages in seven days are the most",
    "nothing to tell": "there was nothing to tell",
    "nothing was asked": "nothing was asked that week",
    "no closed week": "no week had closed yet",
    "told already": "that week was told already",
    "holiday": "it was a public holiday",
}
_KINDS = {"nudge": "question", "extra": "question", "digest": "digest"}
_MOST_TOLD = 3


def home(rooms: Sequence[Room] | None) -> dict[str, Any]:
    """Return the view that views.publish takes; None for rooms where we may not know them."""
    blocks: list[Block] = [section(INTRODUCTION)]
    if rooms is None:
        blocks.append(section(MAY_NOT_ASK))
    elif not rooms:
        blocks.append(section(NO_CHANNELS))
    else:
        for room in rooms:
            blocks += [{"type": "divider"}, *_room(room)]
    return {"type": "home", "blocks": [*blocks, {"type": "divider"}, small(PRIVACY)]}


def _room(room: Room) -> list[Block]:
    lines = [
        _planned(room),
        *(f"Not posted: a {_KINDS.get(skip.kind, 'message')}, because {_why(skip.reason)}." for skip in room.skips[:1]),
        *_list("Last digest", _told(room)),
        *_list("Only you keep saying (nobody else sees this)", room.alone),
        *_list("Watching", room.watches),
        *_list("Trying", room.tries),
    ]
    budget = f"{room.said_lately} of {NOISE_BUDGET} messages in the last seven days."
    return [section(f"*<#{room.channel.slack_id}>*\n" + "\n".join(lines)), *again.blocks(room.lost), small(budget)]


def _planned(room: Room) -> str:
    channel = room.channel
    if channel.zone is None:
        return "Nothing is scheduled. `/opshat schedule` in the channel sets it up."
    if channel.digest_at is None:
        return "Paused. `/opshat resume` in the channel starts it again."
    digest = cadence.in_words(channel.digest_at, channel.zone)
    if channel.nudge_at is None:
        return f"No questions are asked; a digest comes {digest}, if there is something to tell."
    return f"The next question comes {cadence.in_words(channel.nudge_at, channel.zone)}, the next digest {digest}."


def _why(reason: str) -> str:
    return WHY_NOT.get(reason, f"Slack said `{escape(reason)}`")


def _told(room: Room) -> list[str]:
    lines = (room.digest or {}).get("lines", [])
    return [line["label"] for line in lines if line["state"] == "recurring"][:_MOST_TOLD]


def _list(heading: str, items: Sequence[str]) -> list[str]:
    return [f"{heading}: {'; '.join(escape(item) for item in items)}."] if items else []
