"""What `/opshat privacy` says."""

import json
from collections.abc import Mapping

from bot.privacy.mine import Kept
from bot.slack.faces import SECTION_LIMIT, Block, Modal, button, buttons, escape, section, small

NAME = "privacy"
DELETE, SURELY, OPT_OUT, OPT_IN, EXPORT = (
    "privacy_delete",
    "privacy_surely",
    "privacy_out",
    "privacy_in",
    "privacy_export",
)

READS = (
    "The bot keeps replies in the threads of its own questions, and what you answer privately. Your name stands beside "
    "none of it: this list was found by hashing your Slack id again."
)
NOTHING = "Nothing of yours is kept in this channel."
OPTED_OUT = "You opted out here: nothing that you write is stored."
SURE = (
    "This deletes your texts in this channel, what was found in them, your marks, watches and tries, and your private "
    "answers of the open week. Counts that were told stay. What you wrote in Slack stays in Slack."
)
DELETED = "Deleted. Numbers that were told already stay; they name nobody."
LATER = "Texts of replies go by themselves after {days} days; private answers when their week closes."
_MOST_BLOCKS = 90
_SHOWN = 2900


def overview(kept: Kept, memo: Mapping[str, str], days: int, note: str = "") -> Modal:
    """Return the modal that shows what is kept of somebody, with what they can do about it."""
    blocks = [
        *([section(note)] if note else []),
        section(READS),
        *_list(kept),
        small(LATER.format(days=days)),
        buttons(
            button("Delete mine", DELETE),
            button("Opt in again", OPT_IN) if kept.opted_out else button("Opt out", OPT_OUT),
            button("Export mine", EXPORT),
        ),
    ]
    return Modal(NAME, "Privacy", tuple(blocks), memo=memo)


def _list(kept: Kept) -> list[Block]:
    counts = (
        f"*{len(kept.replies)}* replies in threads, *{kept.findings}* findings in them, *{len(kept.private)}* private "
        f"answers of the open week, *{kept.marks}* marks, *{kept.watches}* watches, *{len(kept.tries)}* tries."
    )
    texts = [escape(text) for text in (*(text for _, text in kept.replies), *kept.private, *kept.tries)]
    empty = not texts and not kept.marks and not kept.watches
    return [
        *([section(OPTED_OUT)] if kept.opted_out else []),
        section(NOTHING if empty else counts),
        *(section(f"> {text[:_SHOWN]}".replace("\n", "\n> ")) for text in texts[-_MOST_BLOCKS // 2 :] if text),
    ]


def sure(memo: Mapping[str, str]) -> Modal:
    """Return the modal that asks once more before deleting."""
    return Modal(NAME, "Delete mine", (section(SURE), buttons(button("Delete", SURELY))), memo=memo)


def export(kept: Kept, memo: Mapping[str, str]) -> Modal:
    """Return everything as JSON, in pieces that a modal can hold."""
    text = escape(json.dumps(kept.to_json(), indent=1, ensure_ascii=False))
    size = SECTION_LIMIT - 10
    pieces = [text[start : start + size] for start in range(0, len(text), size)][:_MOST_BLOCKS]
    blocks = (section("Copy it from here."), *(section(f"```{piece}```") for piece in pieces))
    return Modal(NAME, "Export mine", blocks, memo=memo)
