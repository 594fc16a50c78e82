"""What answering privately says."""

from bot.slack.faces import Block, Modal, escape, field, section, small, text_input

ANSWER = "answer"
COUNT_THIS = "count_this"
LONGEST = 3000
THIN = 5
"""Below this many people in a channel, the modal says that privacy is thin here (product.md)."""

NO_NUDGE = "Nothing has been asked in this channel yet, so there is nothing to answer."
CLOSED = "That question is no longer open; the latest one in the channel is."
EMPTY = "Write a few words, or close this without sending."
TOO_LONG = "This is longer than 3,000 characters ({count:,}); please shorten it to what matters most."
OPTED_OUT = "You opted out here, so nothing of yours is stored. `/opshat privacy` changes that."
OUTSIDE = "Only people in this workspace can answer here, so nothing was stored."
NO_GUESTS = (
    "Guests' answers do not count in this channel, so nothing was stored. Anyone who can change settings can let "
    "them count with `/opshat schedule`."
)
WHO_ARE_YOU = "Slack did not say who you are just now, so nothing was stored; please try again in a minute."
NOT_YOUR_OWN = "Only your own messages can be counted, so nothing was stored; whoever wrote this can count it."
NOT_SET_UP = "Nothing is scheduled in this channel yet, so nothing was stored: `/opshat schedule` sets it up."
NO_WORDS = "There are no words in this message, so nothing was stored."
WEEK_HAS_CLOSED = "This was said in a week that has closed, and closed weeks stay closed; nothing was stored."
STAYS_DELETED = "What the bot kept of this message was deleted, and stays so; nothing was stored."
COUNTS_ALREADY = "This message counts already."
COUNTED = (
    "Kept: it counts in this week's digest like a reply, without your name. `/opshat privacy` shows and deletes it."
)
STORED = "Kept, privately. It is counted when the week closes, and only where at least three said it privately."
STORED_UNCOUNTED = (
    "Kept, privately. It cannot be counted while nobody knows how many people this channel has; where Slack does not "
    "say, `/opshat schedule` asks."
)

PROMISE = (
    "Your name is not stored. Until the week closes, whoever runs this bot's machine could work out who wrote this. "
    "Then your words go for good; they can't be taken back after that either."
)
FOLLOW_UP = "And if you like: {question}"
PRIVACY_IS_THIN = "There are fewer than five people in this channel: privacy is thin here."


def answer(question: str, memo: dict[str, str], text: str, members: int | None, follow_up: str = "") -> Modal:
    """Return the modal that takes a private answer, with what was typed already in it."""
    further = [small(escape(FOLLOW_UP.format(question=follow_up)))] if follow_up else []
    notes: list[Block] = [small(PROMISE)]
    if members is not None and members < THIN:
        notes.append(small(PRIVACY_IS_THIN))
    return Modal(
        name=ANSWER,
        title="Answer privately",
        submit="Send",
        close="Cancel",
        blocks=(
            section(f"*{escape(question)}*"),
            *further,
            field(ANSWER, "Your answer", text_input(text, lines=True, longest=LONGEST)),
            *notes,
        ),
        memo=memo,
    )


def stored(members: int | None) -> Modal:
    """Return what somebody sees after answering privately; where nobody knows how many `members` are, none counts."""
    return Modal(ANSWER, "Kept", (section(STORED_UNCOUNTED if members is None else STORED),), close="Done")
