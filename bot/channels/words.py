"""What joining, setting up and pausing say."""

from collections.abc import Mapping, Sequence

from bot import cadence
from bot.postings.words import why_silent
from bot.slack.faces import (
    Block,
    Message,
    Modal,
    button,
    buttons,
    choice,
    choices,
    escape,
    field,
    section,
    small,
    text_input,
    time_input,
)
from bot.store.tables import Channel

SET_UP = "set_up"
SCHEDULE = "schedule"
ALONE = {
    "overview_answer": "Answer",
    "overview_digest": "Last digest",
    "overview_constraints": "Constraints",
    "overview_profile": "Profile",
    "overview_hat": "The hat",
    "overview_privacy": "Privacy",
}
"""Buttons of `/opshat` alone, beside *Set up*: each does what its command does."""
DAYS = {
    "1": "Monday",
    "2": "Tuesday",
    "3": "Wednesday",
    "4": "Thursday",
    "5": "Friday",
    "6": "Saturday",
    "7": "Sunday",
}
MOST_DAYS = 2

NO_CHANNEL = "Use this in a channel: the bot works for channels, not for one person."
NOT_INVITED = "The bot is not in this channel. Type `/invite @Ops Hat`, then try again."
GONE = "The bot is no longer in that channel, so nothing was changed."
HERE = "The bot is in this channel, and will introduce itself to everybody here in a moment."
OUTSIDE = "Only members of this workspace can change what the bot does here."
NO_GUESTS = "Guests of this workspace cannot change what the bot does here; a member can."
WHO_ARE_YOU = "Slack did not say in time who you are, so nothing was changed; please try again in a minute."
TOO_LARGE = (
    "This channel has more than a hundred people, or is the general one: an admin of the workspace, or somebody named "
    "in OPSHAT_ADMINS, has to set the bot up here. A smaller channel of those who do the work is the better place."
)
SHARED = (
    "This channel is shared with another organisation. Replies of its people are dropped unread; tick the box if the "
    "bot may work here anyway."
)
SHARED_MEANWHILE = (
    "This channel is shared with another organisation now: `/opshat schedule` asks whether the bot may work here "
    "anyway."
)
GUESTS = "Guests' replies count, too"
GUESTS_UNTOLD = "Without `users:read` the bot cannot tell guests from members, so guests' replies count like anybody's."
NOT_SHARED_YET = "Tick the box: in a shared channel nothing starts until somebody has agreed to it."
NOT_AN_ADMIN = "Here only the people that the operator named (OPSHAT_ADMINS) can change what the bot does."
NOT_HERE = "The operator allows the bot only in certain channels (OPSHAT_CHANNELS), and this is none of them."
CHANGED_MEANWHILE = (
    "Somebody else changed these settings while this was open: {now}. Close this, and `/opshat schedule` shows them "
    "as they are now."
)
SLACK_IS_LATE = (
    "Slack did not say in time what kind of channel this is, so nothing was saved; please try again in a minute."
)
AND_THE_GOAL = "`/opshat profile` shows the goal that they claim for this channel."
LONGEST_GOAL = 300
NO_DAY = "Tick at least one day."
NO_TIME = "Choose a time."
TOO_MANY_DAYS = "Tick two days at most: the bot posts at most three messages in any seven days, its digest included."
NOT_SET_UP = "Nothing is scheduled here yet: `/opshat schedule` sets it up."
PAUSED_NOW = (
    "Paused. Nothing but a line that says so is posted here until `/opshat resume`; weeks still close, and nothing is "
    "lost."
)
PAUSED = "Paused. Nothing is posted here until `/opshat resume`; weeks still close, and nothing is lost."
STOPPED = "Nothing is posted here for now: {reason}. Weeks still close, and nothing is lost."
PAUSED_BY = "<@{user}> paused the bot; `/opshat resume` starts it again."
RESUMED_BY = "<@{user}> started the bot again."
PAUSED_ALREADY = "It is already paused; `/opshat resume` starts it again."
PAUSED_EVERYWHERE = (
    "Whoever runs the bot paused it in every channel, and has to start it again (`opshat resume --all`)."
)
RUNNING_ALREADY = "It is already running. {next}"
RESUMED = "Running again. {next}"
NEXT = "The next question comes {nudge}, the next digest {digest}."
NO_HOLIDAYS = "No question comes on public holidays of {country}."
NEXT_DIGEST_ONLY = "No questions are asked; a digest comes {digest}, if there is something to tell."
CHOSEN = {
    "keep": "<@{user}> chose to keep the bot as it is.",
    "less": "<@{user}> chose less: the bot asks less from now on.",
    "stop": "<@{user}> stopped the bot; `/opshat resume` starts it again.",
}
CHOSEN_BY_YOU = {
    "keep": "It stays as it is.",
    "less": "It asks less from now on. `/opshat schedule` changes that.",
    "stop": "It is silent from now on. `/opshat resume` starts it again.",
}

LESS_ALREADY = "Less was chosen already, and counts once. `/opshat schedule` changes that."


def welcome(lines: Sequence[str]) -> Message:
    """Return the introduction to a channel: three lines and a button."""
    return Message(
        "\n".join((*lines, "`/opshat schedule` sets it up.")),
        (*(section(escape(line)) for line in lines), buttons(button("Set up", SET_UP, primary=True))),
    )


def schedule(memo: Mapping[str, str], now: Mapping[str, str]) -> Modal:
    """Return the modal that sets a channel up, filled in with what holds now."""
    blocks: tuple[Block, ...] = (
        field(
            "days",
            "Ask on",
            choices(DAYS, now["days"].split(",")),
            "One day is a good start; two are the most.",
        ),
        field("time", "Ask at", time_input(now["time"])),
        field(
            "zone",
            "Time zone",
            text_input(now["zone"], longest=64, placeholder="Europe/Paris"),
            "The name of a time zone, such as Europe/Paris or America/Santiago.",
        ),
        field("digest_day", "Post the digest on", choice(DAYS, now["digest_day"])),
        field("digest_time", "Post it at", time_input(now["digest_time"])),
        _holidays(now),
        *_goal(now),
        *_size(now),
        *_guests(now),
        *_shared(now),
        *_packs(now),
        small("Weeks run Monday to Sunday by this zone's clock. Everything can be changed later, or paused."),
    )
    return Modal(SCHEDULE, "Schedule", blocks, submit="Save", close="Cancel", memo=memo)


def _holidays(now: Mapping[str, str]) -> Block:
    """Offer to skip questions on public holidays; nobody's are skipped unasked."""
    name = text_input(now["country"], longest=64, placeholder="France")
    hint = "A country, or a part of one by its code, such as DE-BY. Digests come all the same."
    return field("country", "Skip public holidays of", name, hint, optional=True)


def _goal(now: Mapping[str, str]) -> tuple[Block, ...]:
    """Ask at set-up, and then no more, what the channel's system is for; it may stay empty."""
    if not now["goal"]:
        return ()
    hint = "A claim, with your name and today's date. It can come later, in `/opshat profile`, or never."
    return (field("goal", "What is this channel's work for?", text_input(longest=LONGEST_GOAL), hint, optional=True),)


def _size(now: Mapping[str, str]) -> tuple[Block, ...]:
    """Ask for the number of people only where Slack does not tell us: the privacy rule needs it."""
    if now["size"] == "told":
        return ()
    hint = (
        "Private answers are counted only where at least two people here did not give one; without this number none is."
    )
    size = field("size", "People in this channel", text_input(now["size"], longest=6), hint, optional=True)
    return (size,)


def _packs(now: Mapping[str, str]) -> tuple[Block, ...]:
    """Let the channel choose among packs, where the operator added some."""
    names = now["all_packs"].split(",")
    if len(names) == 1:
        return ()
    boxes = choices({name: name for name in names}, now["packs"].split(","))
    return (field("packs", "Ask from these packs", boxes, "None ticked means all of them.", optional=True),)


def _guests(now: Mapping[str, str]) -> tuple[Block, ...]:
    """Ask whether guests are let in; where Slack does not tell who is one, say so."""
    if now["guests"] == "untold":
        return (small(GUESTS_UNTOLD),)
    box = choices({"yes": GUESTS}, [now["guests"]])
    hint = "Otherwise they are not read, counted or kept."
    return (field("guests", "Guests of this workspace", box, hint, optional=True),)


def _shared(now: Mapping[str, str]) -> tuple[Block, ...]:
    """Ask for a choice where people of another organisation read along."""
    if not now["shared"]:
        return ()
    box = choices({"yes": "The bot may work in this shared channel"}, ())
    return (section(SHARED), field("shared", "Shared channel", box, optional=True))


def saved(next_words: str) -> Modal:
    """Return what the modal shows after saving."""
    return Modal(SCHEDULE, "Saved", (section(next_words),), close="Done")


def changed(user: str, channel: Channel) -> str:
    """Announce a schedule in one line, with who made it."""
    guests = f" {GUESTS}." if channel.guests else ""
    return f"<@{user}> set the schedule: {escape(schedule_of(channel))}.{guests}"


def schedule_of(channel: Channel) -> str:
    """Say a schedule in words, as they were typed."""
    days = " and ".join(f"{DAYS[day]}s" for day in channel.nudge_days.split(","))
    holidays = f" but on public holidays of {cadence.country_name(channel.country)}" if channel.country else ""
    return (
        f"a question on {days} at {channel.nudge_time}{holidays}, the digest on {DAYS[str(channel.digest_day)]}s at "
        f"{channel.digest_time} ({channel.zone})"
    )


def paused(reason: str) -> str:
    """Say that nothing is posted, and why: a person paused it where there is no reason."""
    return STOPPED.format(reason=why_silent(reason)) if reason else PAUSED


def overview(next_words: str) -> Message:
    """Return what `/opshat` alone shows."""
    lines = (
        "`/opshat answer` – answer the latest question privately",
        "`/opshat nudge` – ask the channel one more question",
        "`/opshat digest` – see the last digest again",
        "`/opshat constraints` – what keeps coming up here: mark it, watch it, or try something",
        "`/opshat schedule` – when to ask, and when to post the digest",
        "`/opshat pause`, `/opshat resume` – stop and start",
        "`/opshat profile` – what this channel looks after, and for whom",
        "`/opshat hat` – who wears the ops hat, if anybody",
        "`/opshat privacy` – what is kept about you, and how it goes",
        "`/opshat help` – this list",
    )
    return Message(
        "\n".join((next_words, *lines)),
        (
            section(next_words),
            section("\n".join(lines)),
            buttons(*(button(label, action) for action, label in ALONE.items()), button("Set up", SET_UP)),
        ),
    )
