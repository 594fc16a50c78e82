"""What App Home says."""

from collections.abc import Iterator, Sequence
from typing import Any

from bot import cadence
from bot.home import again
from bot.home.page import MOST_CHANNELS, Room, Skip
from bot.postings import NOISE_BUDGET, next_asked
from bot.postings.words import why_silent
from bot.slack.faces import Block, as_written, button, escape, number, section, small, week_in_words

PRIVACY = "home_privacy"

NO_CHANNELS = "The bot is in none of your channels. Type `/invite @Ops Hat` in one, then `/opshat schedule`."
MAY_NOT_ASK = (
    "Home cannot tell which channels you are in, because the app was not granted `channels:read`. In a channel, "
    "`/opshat` shows what is planned there and `/opshat digest` the last digest."
)
NO_PUBLIC = "Public channels are not shown here, because the app was not granted `channels:read`."
NO_PRIVATE = "Private channels are not shown here, because the app was not granted `groups:read`."
INTRODUCTION = (
    "One question a week, and the limits that a channel keeps naming. Only channels that you are in are shown here."
)
MORE = "Some of your channels may be missing here; in any of them `/opshat` shows what is planned there."
FOOTER = "`/opshat privacy` in a channel shows what is kept about you there, and deletes it."
LEFT = "You are not in that channel any more, or the bot is not. Open Home again to see where you both are."
NOT_NOW = "Slack did not say which channels you are in just now. Please try again in a minute."
WHY_NOT = {
    "late": "it would have come more than two hours late",
    "not this week": "somebody pressed *Not this week*",
    "noise budget": "three messages in seven days are the most",
    "nothing to tell": "there was nothing to tell",
    "nothing was asked": "nothing was asked that week",
    "no closed week": "no week had closed yet",
    "told already": "that week's digest was already posted",
    "holiday": "it was a public holiday",
    "paused": "the bot was paused",
    "shared": "the channel was shared with another organisation",
}
_KINDS = {"nudge": "question", "extra": "question", "digest": "digest"}
_MOST_TOLD = 3


def home(rooms: Sequence[Room] | None, scopes: str) -> dict[str, Any]:
    """Return the view that views.publish takes; None for rooms where we may not know them.

    `scopes` are those that the workspace granted, with commas: what they leave out of Home is said.
    """
    blocks: list[Block] = [section(INTRODUCTION)]
    if rooms is None:
        blocks.append(section(MAY_NOT_ASK))
    elif not rooms:
        blocks.append(section(NO_CHANNELS))
    else:
        for room in rooms:
            blocks += [{"type": "divider"}, *_room(room)]
        blocks += [small(MORE)] if len(rooms) == MOST_CHANNELS else []
    left_out = [] if rooms is None else [small(sentence) for sentence in _left_out(scopes.split(","))]
    return {"type": "home", "blocks": [*blocks, {"type": "divider"}, *left_out, small(FOOTER)]}


def _left_out(granted: Sequence[str]) -> Iterator[str]:
    if "channels:read" not in granted:
        yield NO_PUBLIC
    if "groups:read" not in granted:
        yield NO_PRIVATE


def _room(room: Room) -> list[Block]:
    lines = [
        _planned(room),
        *(_not_posted(room, skip) for skip in room.skips),
        *_told(room),
        *_list("Only you keep saying (nobody else sees this)", room.alone),
        *_list("Watching", room.watches),
    ]
    budget = f"{room.said_lately} of {NOISE_BUDGET} messages in the last seven days."
    mine = button("Privacy", PRIVACY, str(room.channel.id))
    shown = section(f"*<#{room.channel.slack_id}>*\n" + "\n".join(lines), mine)
    # As people wrote it: nothing in a try is markup.
    tries = [as_written(f"Trying: {'; '.join(room.tries)}.")] if room.tries else []
    return [shown, *tries, *again.blocks(room.lost[:1]), small(budget)]


def _planned(room: Room) -> str:
    channel = room.channel
    if channel.zone is None:
        return "Nothing is scheduled. `/opshat schedule` in the channel sets it up."
    if channel.paused_at is not None:
        return f"Paused: {why_silent(channel.pause_reason)}."
    if channel.digest_at is None:
        return "Nothing is planned."
    digest = cadence.in_words(channel.digest_at, channel.zone)
    nudge_at = next_asked(channel)
    if nudge_at is None:
        return f"No questions are asked; a digest comes {digest}, if there is something to tell."
    planned = f"The next question comes {cadence.in_words(nudge_at, channel.zone)}, the next digest {digest}."
    if not channel.country:
        return planned
    return f"{planned} No question comes on public holidays of {cadence.country_name(channel.country)}."


def _not_posted(room: Room, skip: Skip) -> str:
    day = cadence.in_words(skip.due_at, room.channel.zone or "UTC")
    why = WHY_NOT.get(skip.reason) or f"Slack said `{escape(skip.reason)}`"
    if skip.state == "uncertain":
        return f"Nobody can tell whether it was posted: a {_KINDS.get(skip.kind, 'message')}, {day}."
    return f"Not posted: a {_KINDS.get(skip.kind, 'message')}, {day}, because {why}."


def _told(room: Room) -> list[str]:
    if room.digest is None:
        return []
    labels = [line["label"] for line in room.digest["lines"] if line["state"] == "recurring"][:_MOST_TOLD]
    said = "; ".join(escape(label) for label in labels) or "nothing recurred"
    return [f"Last digest, {week_in_words(room.digest['week'])}: {_voices(room.digest)}; {said}."]


def _voices(digest: dict[str, Any]) -> str:
    thread, private = digest["thread_voices"], digest["private_voices"]
    counted = [f"{number(thread)} in the thread"] * bool(thread) + [f"{number(private)} privately"] * bool(private)
    silent = "nobody answered, or too few privately to tell" if digest.get("asked", True) else "nothing was asked"
    return " and ".join(counted) or silent


def _list(heading: str, items: Sequence[str]) -> list[str]:
    return [f"{heading}: {'; '.join(escape(item) for item in items)}."] if items else []
