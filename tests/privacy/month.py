"""A simulated month of a team: what was said where, and which keys there were, to be looked for afterwards."""

from dataclasses import dataclass, field

from tests.team import Team

BOARD = "We can't release before the harbour board has signed."
WEEKS = 5


@dataclass
class Month:
    """What must not be found: words of closed weeks said privately, and keys of past weeks, wrapped and bare."""

    private_words: list[str] = field(default_factory=list)
    past_keys: list[bytes] = field(default_factory=list)
    deleted_words: list[str] = field(default_factory=list)


async def a_month(team: Team) -> Month:
    """Live through five weeks, the last of them still open; the settings are ada's, the hat is ben's."""
    month = Month()
    await team.set_up()
    await team["ben"].slash(team.channel, "/opshat hat")
    await team["ben"].press("hat_take")
    await team["ben"].close()
    for number in range(WEEKS):
        await _a_week(team, month, number)
    await team.walk.forward(2)
    return month


async def _a_week(team: Team, month: Month, number: int) -> None:
    nudge = await team.nudged()
    for name in ("ada", "cleo", "dov"):
        await team.reply(name, nudge, f"@eva {BOARD}")
    gone = await team.reply("eva", nudge, f"takenback{number} we can't do anything.")
    words = [f"hiddenword{number}{name}" for name in ("cleo", "dov", "eva")]
    for name, word in zip(("cleo", "dov", "eva"), words, strict=True):
        await team.answer(name, f"We can't release {word} before the harbour board has signed.")
    await team["eva"].delete(gone)
    month.deleted_words.append(f"takenback{number}")
    keys = [bytes(row[0]) for row in await team.rows("SELECT key FROM weeks WHERE closed_at IS NULL")]
    if number < WEEKS - 1:
        month.private_words += words
        month.past_keys += keys
        await team.digested()
