"""Who said it privately? For small channels and two consecutive weeks, every assignment of authors is tried.

A world says of every member what they answered privately in each week: nothing, something of no account, or one of
two constraints, or both. Two worlds are alike when digests, the page of constraints and Home say the same in both.
Of all worlds alike, as somebody sees them who knows their own answers, there must always be one in which any other
member said nothing at all: so nobody is the common author of anything.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from itertools import product
from typing import Any

import pytest

from bot.constraints.standing import standing
from bot.digests import words as digest_words
from bot.digests.count import Count, Heard, Voices, count
from bot.home import words as home_words
from bot.home.page import Room
from bot.ledger import words as ledger_words
from bot.store.tables import Channel

WEEKS = ("2026-W37", "2026-W38")
BOARD, BUDGET = "1", "2"
SILENT, OTHER, SAID_BOARD, SAID_BUDGET, SAID_BOTH = (), ("other",), (BOARD,), (BUDGET,), (BOARD, BUDGET)
ONE_THEME = (SILENT, OTHER, SAID_BOARD)
TWO_THEMES = (*ONE_THEME, SAID_BUDGET, SAID_BOTH)

Said = tuple[str, ...]
World = tuple[Said, ...]
"""What each member said privately in one week."""
Published = tuple[tuple[str, int], ...]
"""Themes with the private voices that the first week's closing counted."""
Seen = str


@dataclass(frozen=True)
class Told:
    """What everybody can see of a week, and what its closing keeps for the next."""

    seen: Seen
    published: Published


def in_threads(speakers: int, weeks: Sequence[str]) -> list[Heard]:
    """Let the first members say one of the two in a thread, where everybody can read who did."""
    return [
        Heard(BOARD, f"member {one}", week, private=False, asked=False) for week in weeks for one in range(speakers)
    ]


def close(world: World, week: str, speakers: int, published: Published) -> Told:
    said = {f"week {one}": themes for one, themes in enumerate(world)}
    private = [
        Heard(theme, voice, week, private=True, asked=False)
        for voice, themes in said.items()
        for theme in themes
        if theme != "other"
    ]
    counted = count(
        week,
        [name for name in WEEKS if name <= week],
        [*in_threads(speakers, [name for name in WEEKS if name <= week]), *private],
        len(world),
        Voices(
            frozenset(f"member {one}" for one in range(speakers)),
            frozenset(voice for voice, themes in said.items() if themes),
        ),
        published={(theme, WEEKS[0]): voices for theme, voices in published},
    )
    kept = tuple((line.theme, line.private_voices) for line in counted.lines if line.private_voices)
    return Told(_seen(counted, week), tuple(sorted(kept)))


@cache
def _seen(counted: Count, week: str) -> Seen:
    """Return all that the bot says of a week: the digest, the page of constraints, and Home."""
    lines = [
        {
            **asdict(line),
            "theme": int(line.theme),
            "kind": "approval",
            "label": f"constraint {line.theme}",
            "threads": [],
        }
        for line in counted.lines
    ]
    content: dict[str, Any] = {
        "week": week,
        "thread_voices": counted.thread_voices,
        "private_voices": counted.private_voices,
        "not_read": 0,
        "asked": True,
        "lines": lines,
    }
    entries = [ledger_words.Entry(one) for one in standing([content], {})]
    room = Room(Channel(id=1, slack_id="C1", zone="UTC"), 1, content)
    return str(
        (
            digest_words.digest(content, {}).payload(),
            ledger_words.page(entries, {}, {}).payload(),
            home_words.home([room], "channels:read,groups:read"),
        )
    )


def first_weeks(members: int, choices: Sequence[Said], speakers: int) -> Mapping[Seen, dict[Published, list[World]]]:
    """Return all worlds of a first week: by what is seen of them, and by what is kept for the next."""
    alike: defaultdict[Seen, dict[Published, list[World]]] = defaultdict(dict)
    for world in product(choices, repeat=members):
        told = close(world, WEEKS[0], speakers, ())
        alike[told.seen].setdefault(told.published, []).append(world)
    return alike


def second_weeks(
    members: int, choices: Sequence[Said], speakers: int, published: Published
) -> Mapping[Seen, list[World]]:
    alike: defaultdict[Seen, list[World]] = defaultdict(list)
    for world in product(choices, repeat=members):
        alike[close(world, WEEKS[1], speakers, published).seen].append(world)
    return alike


def known_authors(worlds: Iterable[World], members: int) -> list[tuple[int | None, int]]:
    """Return who could be known to have answered privately, each after the one who would know (None: an outsider)."""
    found = []
    seen_by: defaultdict[tuple[int | None, Said | None], set[int]] = defaultdict(lambda: set(range(members)))
    for world in worlds:
        spoke = {one for one, said in enumerate(world) if said}
        for viewer in (None, *range(members)):
            seen_by[viewer, None if viewer is None else world[viewer]] &= spoke
    for (viewer, _), authors in seen_by.items():
        found += [(viewer, author) for author in authors if author != viewer]
    return found


@pytest.mark.parametrize("speakers", [0, 2])
@pytest.mark.parametrize("members", range(1, 7))
def test_nobody_is_the_common_author_of_anything_said_privately_in_two_weeks(members: int, speakers: int) -> None:
    speakers = min(speakers, members)
    for by_kept in first_weeks(members, ONE_THEME, speakers).values():
        worlds = [world for alike in by_kept.values() for world in alike]
        assert known_authors(worlds, members) == []
        following: defaultdict[Seen, tuple[list[World], list[World]]] = defaultdict(lambda: ([], []))
        for published, before in by_kept.items():
            for seen, after in second_weeks(members, ONE_THEME, speakers, published).items():
                following[seen][0].extend(before)
                following[seen][1].extend(after)
        for before, after in following.values():
            assert known_authors(before, members) == []
            assert known_authors(after, members) == []


@pytest.mark.parametrize("members", range(1, 7))
def test_nor_where_two_constraints_are_told_beside_one_another(members: int) -> None:
    for by_kept in first_weeks(members, TWO_THEMES, 0).values():
        assert known_authors((world for alike in by_kept.values() for world in alike), members) == []


def test_numbers_are_told_at_all() -> None:
    """The two above would hold for a bot that says nothing."""
    told = first_weeks(6, ONE_THEME, 2)
    assert any("three privately" in seen for seen in told)
    assert any("four privately" in seen for seen in told)
    assert not any("five privately" in seen for seen in told)
