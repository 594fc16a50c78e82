"""Scenes of the ledger's tests: weeks in which a team names a constraint, and what somebody sees of it."""

import re
from typing import Any

from bot.playground.people import Person
from bot.playground.world import Message
from tests.team import Team

BOARD = (
    "We can't release before the change board has signed.",
    "releases have to wait for the change board, every time",
    "Every release needs the change board, we can't deploy without it",
)
TRAINING = ("There is no budget for training.", "we have no money for training", "no budget for training this year")


async def a_week(team: Team, *said: tuple[str, str]) -> Message:
    """Walk to the next nudge, let people answer in its thread, and walk to the digest."""
    nudge = await team.nudged()
    for name, words in said:
        await team.reply(name, nudge, words)
    digest = await team.digested()
    if "digest_keep keep" in actions(digest.blocks):
        # The bot asked whether to stay: unanswered, it would ask no more questions.
        await click(team, "finn", digest, "digest_keep keep")
    return digest


async def two_weeks(team: Team) -> Message:
    """Set up, and return the second digest: the first only listens."""
    await team.set_up()
    await a_week(team, ("ada", BOARD[0]), ("ben", BOARD[1]))
    return await a_week(team, ("ada", BOARD[1]), ("cleo", BOARD[0]))


def texts(blocks: list[dict[str, Any]]) -> str:
    """Everything that a person reads in some blocks."""
    return "\n".join(_texts(blocks))


def _texts(block: Any) -> list[str]:
    if isinstance(block, dict):
        return [
            text
            for name, value in block.items()
            for text in ([value] if name == "text" and isinstance(value, str) else _texts(value))
        ]
    return [text for one in block for text in _texts(one)] if isinstance(block, list) else []


def seen(person: Person) -> str:
    """What a person reads in the modal on top."""
    assert person.view is not None, person.user.notices
    return texts(person.view.blocks)


def actions(blocks: list[dict[str, Any]]) -> set[str]:
    """The action ids of all buttons and menus in some blocks."""
    found = set()
    for block in blocks:
        for element in [*block.get("elements", []), block.get("accessory") or {}]:
            found |= {element["action_id"]} if "action_id" in element else set()
    return found


async def opened(team: Team, name: str, command: str) -> str:
    """Open the modal of a command and return what it says."""
    await team[name].close()
    await team[name].slash(team.channel, f"/opshat {command}")
    return seen(team[name])


async def the_page(team: Team, name: str) -> str:
    """Open `/opshat constraints` and return what it says."""
    return await opened(team, name, "constraints")


async def open_first(team: Team, name: str) -> str:
    """Open the first constraint of the page and return what it says."""
    await the_page(team, name)
    await (await team[name].press("ledger_open")).something()
    return seen(team[name])


async def press(team: Team, name: str, action: str, value: str | None = None) -> str:
    """Press a button of the modal on top and return what the modal says then."""
    await (await team[name].press(action, value)).something()
    return seen(team[name])


async def click(team: Team, name: str, message: Message, action: str, value: str | None = None) -> str:
    """Press a button of a message and return what the person is told, or what the modal says."""
    was = await (await team[name].click(team.channel, message.ts, action, value)).something()
    return was.text or seen(team[name])


def word_count(message: Message) -> int:
    """Words that somebody meets, seen or read aloud, whichever are more."""
    visible = re.sub(r"<[^<>|]*\|([^<>]*)>", r"\1", texts(message.blocks))
    return max(len(message.text.split()), len(visible.split()))
