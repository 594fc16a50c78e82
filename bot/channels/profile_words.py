"""What the profile and the hat say: claims, each with who made it and when; never "true"."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.slack.faces import Block, Modal, as_written, button, buttons, choice, field, section, small, text_input
from bot.store.tables import Channel, ProfileLine

PROFILE, HAT = "profile", "hat"
TAKE, PASS, PUT_DOWN, OFFER = "hat_take", "hat_pass", "hat_down", "hat_offer"
LONGEST = 300

LINES = {
    "system": "The system that this channel looks after",
    "serves": "Whom it serves",
    "goal": "What it is trying to achieve",
    "motion": "Its motion",
}
MOTIONS = {
    "not sure": "Not sure",
    "scaling": "Scaling what works",
    "fixing": "Fixing what is broken",
}
EXPERIENCES = {"unsaid": "I'd rather not say", "new": "Fairly new", "practised": "Practised"}
CLAIMS = "Each line is a claim by whoever wrote it, on that day. All of them may stay empty."
NO_CLAIM = "Nobody has claimed anything yet."
CHANGED_MEANWHILE = (
    "Somebody else changed this line while you wrote: “{text}”. Copy what you wrote, close this, and `/opshat profile` "
    "shows what is claimed now."
)
KEPT = "Kept. The channel is told in one line which settings changed."
KEPT_UNTOLD = "Kept. There is no room to tell the channel; `/opshat profile` shows it."
NOTHING_CHANGED = "Nothing changed."
MIRROR = "Only you see this. In somebody else's answer the bot would hear these words as a limit: {spans}."

UNWORN = "Nobody wears the hat here, and that is fine. Whoever takes it gets one private question a week."
WORN = "<@{user}> has worn the hat since {since}."
YOURS = "You have worn the hat here since {since}. One question a week comes to you alone; it takes no answer."
TAKEN = "You wear the hat now."
DOWN = "You put the hat down. Nobody has to take it."
OFFERED = "Offered to <@{user}>. The hat is free until somebody takes it."
AN_OFFER = "<@{user}> offers you the ops hat of this channel: one private question a week, and nothing that is due."
NOT_YOURS = "You do not wear the hat here."
WORN_ALREADY = "Somebody else wears the hat already; they can pass it or put it down."
NO_GUESTS = (
    "Guests do not count in this channel, so the hat is for members. Anyone who can change settings can let guests in."
)
TO_YOURSELF = "You wear the hat already: choose somebody else, or put it down."
CANNOT_REACH = "That person could not be asked (are they in this channel?). You still wear the hat."


def profile(lines: Mapping[str, ProfileLine], memo: Mapping[str, str]) -> Modal:
    """Return the modal with what is claimed now and who claimed it."""
    blocks: list[Block] = [small(CLAIMS)]
    for what, label in LINES.items():
        line = lines.get(what)
        said = line.text if line else ""
        element = choice(MOTIONS, said or "not sure") if what == "motion" else text_input(said, longest=LONGEST)
        blocks.append(field(what, label, element, optional=what != "motion"))
        if line:
            blocks.append(small(f"<@{line.author}>, {_day(line.written_at)}"))
    return Modal(PROFILE, "Profile", tuple(blocks), submit="Save", close="Cancel", memo=memo)


def to_read(lines: Mapping[str, ProfileLine], why: str) -> Modal:
    """Return the profile for somebody who may not change it, with the reason."""
    claimed = [(label, lines[what]) for what, label in LINES.items() if what in lines and lines[what].text]
    blocks: list[Block] = [small(CLAIMS), *([] if claimed else [section(NO_CLAIM)])]
    for label, line in claimed:
        said = MOTIONS.get(line.text, line.text) if line.what == "motion" else line.text
        blocks += [section(f"*{label}*"), as_written(said), small(f"<@{line.author}>, {_day(line.written_at)}")]
    return Modal(PROFILE, "Profile", (*blocks, small(why)))


def kept(said: str, spans: Sequence[str]) -> Modal:
    """Return what the modal says after saving; `spans` are what the detector heard, for the wearer alone."""
    blocks = [section(said)]
    if spans:
        quoted = "; ".join(f"“{span}”" for span in spans)
        blocks.append(as_written(MIRROR.format(spans=quoted)))
    return Modal(PROFILE, "Profile", tuple(blocks), close="Done")


def announced(user: str, changed: Sequence[str]) -> str:
    """Announce which lines of the profile changed, with who changed them."""
    names = {"system": "system", "serves": "whom it serves", "goal": "goal", "motion": "motion"}
    return f"<@{user}> changed the profile: {', '.join(names[what] for what in changed)}. `/opshat profile` shows it."


def hat(channel: Channel, user: str, memo: Mapping[str, str], note: str = "") -> Modal:
    """Return the modal about the hat, with what this person can do."""
    blocks: list[Block] = [section(note)] if note else []
    if channel.hat_user is None or channel.hat_since is None:
        blocks += [section(UNWORN), buttons(button("Take it", TAKE))]
        return Modal(HAT, "The hat", tuple(blocks), memo=memo)
    since = _day(channel.hat_since)
    if channel.hat_user != user:
        blocks.append(section(WORN.format(user=channel.hat_user, since=since)))
        return Modal(HAT, "The hat", tuple(blocks), memo=memo)
    blocks += [
        section(YOURS.format(since=since)),
        field("hat_ops", "Your experience in operations", choice(EXPERIENCES, channel.hat_ops or "unsaid")),
        field("hat_product", "And with products", choice(EXPERIENCES, channel.hat_product or "unsaid")),
        small("Only used to choose questions; nobody else sees it."),
        buttons(button("Pass it on", PASS), button("Put it down", PUT_DOWN)),
    ]
    return Modal(HAT, "The hat", tuple(blocks), submit="Save", memo=memo)


def passing(memo: Mapping[str, str]) -> Modal:
    """Return the modal that asks whom to offer the hat to."""
    element: Block = {"type": "users_select"}
    return Modal(OFFER, "Pass the hat", (field("to", "Offer it to", element),), submit="Offer", memo=memo)


def offer(user: str) -> tuple[str, tuple[Block, ...]]:
    """Return the text and blocks of an offer, seen by one person only."""
    text = AN_OFFER.format(user=user)
    return text, (section(text), buttons(button("Take it", TAKE)))


def _day(at: datetime) -> str:
    return f"<!date^{int(at.timestamp())}^{{date_long}}|{at:%d %B %Y}>"
