"""A made-up team and three weeks of what it said, lived through on the wire with the bot itself.

Nothing is written into any database: the bot is invited, set up by its modal, and asks; the cast answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.playground.forms import elements_of
from bot.playground.people import Person
from bot.playground.standin import StandIn
from bot.playground.time_control import TimeControl
from bot.playground.workspace import Workspace
from bot.playground.world import Channel, Message

TEAM = "Lighthouse Post Office"
CHANNEL = "lantern-rounds"
ZONE = "Europe/London"
WEEKS = 3
COMMAND = "/opshat schedule"
SCHEDULE: Mapping[str, Any] = {
    "days": ["2"],
    "time": "10:00",
    "zone": ZONE,
    "digest_day": "1",
    "digest_time": "10:00",
}
"""The set-up modal's block ids and what is entered: asked on Tuesdays, told on Mondays."""
ANSWER = "answer"
"""The action id of the button by which a nudge is known."""

_STARTS_AT = time(9, 0)


@dataclass(frozen=True, slots=True)
class Member:
    """One of the cast."""

    name: str
    tz: str = ZONE
    admin: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """What somebody answers in the thread of the latest nudge.

    Attributes:
        weeks_ago: 3 to 1, counted from the week that the playground starts in.
        weekday: ISO weekday, 1 is Monday; nudges come on Tuesdays.
        hour: by the clock of `ZONE`.
        person: who says it.
        text: as typed.

    """

    weeks_ago: int
    weekday: int
    hour: float
    person: str
    text: str


CAST = (
    Member("marigold", admin=True),
    Member("otto"),
    Member("juniper"),
    Member("pim", tz="Atlantic/Azores"),
    Member("bramble"),
    Member("ferris", tz="Europe/Lisbon"),
)

SCRIPT = (
    Line(3, 2, 10.5, "otto", "We can't start a release without the harbour council's approval."),
    Line(
        3,
        2,
        11.2,
        "juniper",
        "The new trolley is a joy. It is quieter on the cobbles, and the lamps arrive lit.",
    ),
    Line(3, 2, 14.0, "ferris", "We don't have time to test the new lamps."),
    Line(3, 3, 9.5, "bramble", "Fog on both evenings, and we found every door. I was rather pleased with us."),
    Line(3, 4, 16.0, "marigold", "Somebody asked whether we deliver to the far rocks. I liked the question."),
    Line(2, 2, 10.4, "juniper", "Releases need approval from the harbour council first, so ours waited again."),
    Line(
        2, 2, 12.0, "bramble", "It is not true that releases have to wait for the harbour council. Ours did not, twice."
    ),
    Line(2, 2, 15.5, "pim", "Reading the tide table together in the morning helped more than I expected."),
    Line(2, 3, 10.0, "otto", "The keeper thanked us for the spare matches. That took five minutes."),
    Line(2, 5, 9.0, "marigold", "There is no time for testing before the evening round."),
    Line(1, 2, 10.3, "pim", "We're not allowed to start a release until the harbour council has approved it."),
    Line(1, 2, 11.0, "ferris", "We swapped two rounds between ourselves, and both were home before dark."),
    Line(1, 2, 13.5, "otto", "It still holds: we can't start a release without the harbour council's approval."),
    Line(1, 3, 10.5, "juniper", "Children on the pier know our bell now. They wave at the trolley."),
    Line(1, 4, 15.0, "bramble", "We have never written down who knows which door. It works, somehow."),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the made-up team works."""

    workspace: Workspace
    channel: Channel


def people_the_place(standin: StandIn) -> Place:
    """Add the team, its people and their channel; the bot is not in the channel yet."""
    workspace = standin.add_workspace(TEAM)
    workspace.app.commands = {COMMAND.partition(" ")[0]}
    workspace.app.shortcuts = {"count_this": "Count this"}
    for member in CAST:
        workspace.add_person(member.name, tz=member.tz, admin=member.admin)
    return Place(workspace, workspace.add_channel(CHANNEL))


def beginning(now: datetime) -> datetime:
    """Return when the story begins: the morning of a Monday, three weeks before the present one."""
    return moment_of(now, Line(WEEKS, 1, _STARTS_AT.hour, "", ""))


async def set_up(place: Place, entered: Mapping[str, Any] = SCHEDULE, command: str = COMMAND) -> None:
    """Let the first of the cast invite the bot and fill in its set-up modal.

    Args:
        place: where.
        entered: the modal's block ids and what is entered.
        command: what opens the modal.

    Raises:
        LookupError: the command opened no modal.
        forms.CannotSubmit: the modal does not take what is entered.

    """
    host = place.workspace.people[0]
    await host.invite_bot(place.channel)
    await host.slash(place.channel, command)
    await host.submit(entered)
    while host.view is not None:
        if host.view.errors:
            raise LookupError(f"the set-up modal refused: {host.view.errors}")
        await host.close()


async def live_through(
    standin: StandIn, place: Place, time_control: TimeControl, now: datetime, answer: str = ANSWER
) -> None:
    """Walk from line to line of the script up to `now`; each is said under the latest nudge.

    Args:
        standin: settles what was said before time goes on.
        place: where.
        time_control: stands at `beginning(now)`.
        now: the moment to end at, aware.
        answer: the action id of a nudge's button.

    """
    for line in SCRIPT:
        await _walk_to(time_control, moment_of(now, line))
        nudge = latest_nudge(place, answer)
        if nudge is not None:
            await _speaker(place, line).say(place.channel, line.text, nudge.ts)
            await standin.settle()
    await _walk_to(time_control, now)


def latest_nudge(place: Place, answer: str = ANSWER) -> Message | None:
    """Return the bot's latest message in the channel that has a button to answer it."""
    nudges = (it for it in place.workspace.from_bot(place.channel) if _asks(it, answer))
    return max(nudges, key=lambda message: message.ts, default=None)


def _asks(message: Message, answer: str) -> bool:
    elements = (element for block in message.blocks for element in elements_of(block))
    return any(element.get("action_id") == answer for element in elements)


def _speaker(place: Place, line: Line) -> Person:
    return place.workspace.person(line.person)


def moment_of(now: datetime, line: Line) -> datetime:
    """Return when a line is said: by the wall clock of the team's zone, in the week that it names."""
    today = now.astimezone(ZoneInfo(ZONE)).date()
    monday = today - timedelta(days=today.weekday(), weeks=line.weeks_ago)
    day = monday + timedelta(days=line.weekday - 1)
    minutes = round(line.hour * 60)
    return datetime.combine(day, time(minutes // 60, minutes % 60), ZoneInfo(ZONE))


async def _walk_to(time_control: TimeControl, moment: datetime) -> None:
    hours = (moment - time_control.now()).total_seconds() / 3600
    if hours > 0:
        await time_control.forward(hours)
