"""A year of weekly nudges in 1,000 different channels; `python -m tests.prompts.year` draws it."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import mean

from bot.prompts import KINDS, LENSES, OWN_PACKS, Chosen, Leaning, choose, read_packs

CHANNELS = 1000
WEEKS = 52
PICTURE = Path(__file__).parents[2] / "docs" / "prompts-year.svg"
POOL = read_packs([OWN_PACKS]).prompts


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel's year: what leaned its nudges, week by week, and what was chosen."""

    salt: str
    leanings: tuple[Leaning | None, ...]
    chosen: tuple[Chosen, ...]

    @property
    def lenses(self) -> list[str]:
        return [one.prompt.lens for one in self.chosen]


@cache
def year() -> tuple[Channel, ...]:
    return tuple(_channel(f"C{number:04}") for number in range(CHANNELS))


def unsteered() -> list[Channel]:
    return [channel for channel in year() if not any(channel.leanings)]


def steered() -> list[Channel]:
    return [channel for channel in year() if any(channel.leanings)]


def _channel(salt: str) -> Channel:
    leanings = tuple(_leanings(random.Random(salt)))  # noqa: S311 - a seeded simulation, no secret
    asked: list[str] = []
    chosen = []
    for leaning in leanings:
        chosen.append(choose(POOL, asked, leaning, salt))
        asked.append(chosen[-1].prompt.id)
    return Channel(salt, leanings, tuple(chosen))


def _leanings(dice: random.Random) -> Iterator[Leaning | None]:
    """One channel in four leans towards nothing; the others by motion, experience and kinds that shift."""
    if dice.random() < 0.25:
        yield from [None] * WEEKS
        return
    motion = dice.choice(["scaling", "fixing", "both"])
    experience = dice.choice(["new", "practised", "both"])
    usual = dice.sample(KINDS, dice.randint(1, 4))
    for _ in range(WEEKS):
        heard = dice.sample(usual, dice.randint(0, len(usual)))
        yield Leaning(motion, tuple(heard), experience)


WIDTH, HEIGHT, TOP, ROW = 1060, 560, 96, 28
LEFT, WEEK = 190, 9.6
RIGHT, UNIT = 760, 26.0
INK, PALE, COLD, WARM = "#1f2933", "#d5dbe1", "#2b6cb0", "#b7500f"


def draw() -> str:
    """Return the year as SVG: one channel's weeks on the left, all channels' counts on the right."""
    one = next(channel for channel in steered() if sum(chosen.steered for chosen in channel.chosen) > 20)
    lines = [*_heading(one)]
    for row, (lens, name) in enumerate(LENSES.items()):
        y = TOP + row * ROW
        lines += [_text(LEFT - 12, y + 4, name, "end"), _line(LEFT, y, LEFT + WEEKS * WEEK, PALE)]
        lines += [_dot(week, y, chosen) for week, chosen in enumerate(one.chosen) if chosen.prompt.lens == lens]
        lines += [*_range(lens, unsteered(), y - 5, COLD), *_range(lens, steered(), y + 5, WARM)]
    body = "\n".join([*lines, *_axis()])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="12" role="img" aria-label="{_ALT}">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


_ALT = (
    "A simulated year of weekly nudges by lens: unsteered channels ask about each lens three or four times, "
    "steered ones lean towards what was heard."
)


def _heading(one: Channel) -> list[str]:
    count = sum(chosen.steered for chosen in one.chosen)
    return [
        _text(LEFT, 24, "One channel, week 1 to 52"),
        _text(LEFT, 44, f"filled: steered by what was heard ({count} of {WEEKS}); open: the lens's turn"),
        _text(RIGHT, 24, f"Nudges a year per lens, {CHANNELS:,} channels"),
        _text(RIGHT, 44, f"lowest to highest, mean marked: {len(unsteered())} unsteered", colour=COLD),
        _text(RIGHT, 60, f"and {len(steered())} steered", colour=WARM),
    ]


def _range(lens: str, channels: Sequence[Channel], y: float, colour: str) -> list[str]:
    counts = [Counter(channel.lenses)[lens] for channel in channels]
    low, high, middle = (RIGHT + UNIT * value for value in (min(counts), max(counts), mean(counts)))
    return [
        _line(low - 2, y, high + 2, colour, 3),
        f'<circle cx="{middle:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>',
    ]


def _dot(week: int, y: float, chosen: Chosen) -> str:
    x = LEFT + (week + 0.5) * WEEK
    return f'<circle cx="{x:.1f}" cy="{y}" r="4" fill="{WARM if chosen.steered else "#ffffff"}" stroke="{INK}"/>'


def _axis() -> list[str]:
    bottom = TOP + len(LENSES) * ROW + 4
    return [_text(RIGHT + UNIT * count, bottom, str(count), "middle") for count in range(0, 11, 2)] + [
        _text(LEFT + (week - 0.5) * WEEK, bottom, str(week), "middle") for week in (1, 13, 26, 39, 52)
    ]


def _text(x: float, y: float, text: str, anchor: str = "start", colour: str = INK) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{text}</text>'


def _line(x1: float, y: float, x2: float, colour: str, width: int = 1) -> str:
    return f'<path d="M{x1:.1f} {y:.1f}H{x2:.1f}" stroke="{colour}" stroke-width="{width}"/>'


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
