"""What `/opshat privacy` says."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from bot.privacy.mine import Kept, OwnTry
from bot.slack.beside import MARKS
from bot.slack.faces import SECTION_LIMIT, Block, Modal, as_written, button, buttons, escape, section, small

NAME = "privacy"
DELETE, SURELY, OPT_OUT, OPT_IN, EXPORT, SEND = (
    "privacy_delete",
    "privacy_surely",
    "privacy_out",
    "privacy_in",
    "privacy_export",
    "privacy_send",
)

READS = (
    "The bot keeps replies in the threads of its own questions, messages that you let count, and what you answer "
    "privately. Your name stands beside none of it: this list was found by hashing your Slack id again."
)
WHERE = "This is about <#{channel}> only; each channel keeps its own."
NOTHING = "Nothing of yours is kept in this channel."
OPTED_OUT = "You opted out here: nothing that you answer, mark, watch or try is stored."
OUT = (
    "From now on nothing that you answer, mark, watch or try here is stored. What was kept before is still there until "
    "you delete it. The hat, the profile and the settings still say who took, wrote or changed them."
)
IN = "What you answer here is stored again."
SURE = (
    "This deletes your replies in this channel, what was found in them, your marks, watches and tries, what you called "
    "no constraint, and your private answers of the open week. Counts that were told stay; so do the profile and the "
    "settings, with who wrote or changed them. What you wrote in Slack stays in Slack."
)
DELETED = "Deleted. Numbers that were told already stay; they name nobody."
LATER = "Texts of replies go by themselves after {days} days; private answers when their week closes."
NAMED = {
    "hat": "you wear the ops hat (`/opshat hat` puts it down)",
    "set up": "you set this channel up",
    "changed": "you were the last to change its settings",
    "profile": "you wrote a line of its profile",
}
NAMED_BECAUSE = "Your Slack id itself is kept with this channel's settings, beside no answer: {why}."
COPY = "Copy it from here."
TOO_LONG = "This is the first part; it is longer than a modal can show."
FILE_NAME = "ops-hat-privacy.json"
FILE_COMES = (
    "This is what Ops Hat keeps of you in <#{channel}>, as you asked. Slack keeps this file until you delete it."
)
SENT = "It was sent to you as a file, in a direct message."
NOT_SENT = "Slack did not take the file just now; copying it from the modal works."
_MOST_TEXTS = 40
_MOST_PIECES = 60
_SHOWN = 2900


def overview(kept: Kept, memo: Mapping[str, str], days: int, note: str = "") -> Modal:
    """Return the modal that shows what is kept of somebody, with what they can do about it."""
    blocks = [
        *([section(note)] if note else []),
        section(READS),
        *([small(WHERE.format(channel=memo["where"]))] if memo.get("where") else []),
        *_list(kept),
        small(LATER.format(days=days)),
        buttons(
            button("Export mine", EXPORT),
            button("Opt in again", OPT_IN) if kept.opted_out else button("Opt out", OPT_OUT),
            button("Delete mine", DELETE),
        ),
    ]
    return Modal(NAME, "Privacy", tuple(blocks), memo=memo)


def _list(kept: Kept) -> list[Block]:
    texts = [*(text for _, text in kept.replies), *kept.private, *map(_tried, kept.tries)]
    named = NAMED_BECAUSE.format(why="; ".join(NAMED[where] for where in kept.named))
    return [
        *([section(OPTED_OUT)] if kept.opted_out else []),
        section(NOTHING if kept.nothing else _counts(kept)),
        *(as_written(f"“{text[:_SHOWN]}”") for text in texts[-_MOST_TEXTS:] if text),
        *(as_written(line[:_SHOWN]) for line in _beside(kept)),
        *([small(named)] if kept.named else []),
    ]


def _counts(kept: Kept) -> str:
    them = "it" if len(kept.replies) == 1 else "them"
    counted = (
        (kept.replies, "reply", "replies"),
        (kept.findings, f"finding in {them}", f"findings in {them}"),
        (kept.private, "private answer of the open week", "private answers of the open week"),
        (kept.marks, "mark", "marks"),
        (kept.watches, "watch", "watches"),
        (kept.tries, "try", "tries"),
        (kept.dismissals, "time “not a constraint”", "times “not a constraint”"),
    )
    return ", ".join(f"*{len(some)}* {one if len(some) == 1 else many}" for some, one, many in counted) + "."


def _tried(one: OwnTry) -> str:
    return "\n".join(line for line in (one.what, one.feels, one.stops) if line)


def _beside(kept: Kept) -> Iterator[str]:
    """Say what somebody marked, watches and dismissed, by the labels of the lines; and their experience."""
    if kept.marks:
        yield "Marked: " + "; ".join(f"{label} ({MARKS[mark].lower()})" for label, mark in kept.marks) + "."
    if kept.watches:
        yield "Watched: " + "; ".join(f"“{one}”" for one in kept.watches) + "."
    if kept.dismissals:
        yield f"Called no constraint: {'; '.join(kept.dismissals)}."
    if kept.experience:
        said = "; ".join(
            f"{much} in {what}" if much == "practised" else f"{much} to {what}" for what, much in kept.experience
        )
        yield f"Said of your experience: {said}."


def sure(memo: Mapping[str, str]) -> Modal:
    """Return the modal that asks once more before deleting."""
    return Modal(NAME, "Delete mine", (section(SURE), buttons(button("Delete", SURELY))), memo=memo)


def as_json(kept: Kept) -> str:
    """Return everything as one JSON document, without the three backticks that would end it in a message."""
    return json.dumps(kept.to_json(), indent=1, ensure_ascii=False).replace("```", r"\u0060\u0060\u0060")


def export(kept: Kept, memo: Mapping[str, Any], *, files: bool) -> Modal:
    """Return everything as JSON, in pieces that a modal can hold; `files`: it may also be sent as one."""
    pieces = list(_pieces(as_json(kept)))
    blocks = [
        section(COPY if len(pieces) <= _MOST_PIECES else TOO_LONG),
        *(section(f"```{piece}```") for piece in pieces[:_MOST_PIECES]),
        *([buttons(button("Send me the file", SEND))] if files else []),
    ]
    return Modal(NAME, "Export mine", tuple(blocks), memo=memo)


def _pieces(text: str) -> Iterator[str]:
    """Cut a text into escaped pieces that fit a section each; no escaped character is cut in two."""
    piece = ""
    for character in map(escape, text):
        if len(piece) + len(character) > SECTION_LIMIT - 6:
            yield piece
            piece = ""
        piece += character
    yield piece


def sent(memo: Mapping[str, Any], note: str) -> Modal:
    """Return what the modal says after the file was sent."""
    return Modal(NAME, "Export mine", (section(note),), memo=memo)
