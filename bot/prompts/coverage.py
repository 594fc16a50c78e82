"""What the packs cover, in numbers and as the page `docs/prompts.md`; pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from statistics import median

from bot.constraints.kinds import KINDS
from bot.prompts.packs import EXPERIENCES, LENSES, MOTIONS, Packs, Prompt
from bot.prompts.questions import has_limit_word

PARTS = {
    "hat_questions": "Private questions for whoever wears the hat",
    "look_backs": "Look-back questions on a try",
    "probes": "Probes into one recurring constraint",
    "goal_questions": "Wordings of the goal question",
    "introductions": "Introductions",
    "quiet_lines": "Lines for a quiet week",
}
"""The parts of the packs beside the prompts, and what they are called."""


def answering(prompts: Iterable[Prompt], kind: str, motion: str) -> list[Prompt]:
    """Return the prompts that answer `kind` and can be asked in a channel of `motion`."""
    return [prompt for prompt in prompts if kind in prompt.kinds and prompt.motion in (motion, "both")]


def protecting(prompts: Iterable[Prompt], kind: str) -> list[Prompt]:
    """Return the prompts that ask what a limit of `kind` protects."""
    return [prompt for prompt in prompts if kind in prompt.kinds and prompt.protects]


def limit_share(prompts: Sequence[Prompt]) -> float:
    """Return the share, from 0 to 1, of `prompts` whose question contains a word of limit."""
    return sum(has_limit_word(prompt.question) for prompt in prompts) / len(prompts)


def summary(packs: Packs) -> str:
    """Say in one line what the packs hold."""
    lenses = Counter(prompt.lens for prompt in packs.prompts)
    parts = ", ".join(f"{len(getattr(packs, part))} {part.replace('_', ' ')}" for part in PARTS)
    return f"{len(packs.prompts)} prompts over {len(lenses)} lenses; {parts}."


def page(packs: Packs) -> str:
    """Return `docs/prompts.md`: coverage by lens, kind, motion and experience."""
    prompts = packs.prompts
    return "\n".join(
        [
            _OPENING,
            "## In numbers",
            "",
            *_numbers(packs),
            "",
            "## By lens",
            "",
            *_by_lens(prompts),
            "",
            "## By kind of constraint",
            "",
            _KINDS,
            "",
            *_by_kind(prompts),
            "",
            "## By lens and kind",
            "",
            *_by_lens_and_kind(prompts),
            "",
            "## By motion and experience",
            "",
            *_by_motion(prompts),
            "",
        ]
    )


_OPENING = """# What the prompts cover

Written by `opshat prompts coverage`; a test fails when it is out of date. The questions themselves are in
`prompts/`, and `opshat prompts list` shows them. How to write a prompt is in
[writing-prompts.md](writing-prompts.md); how evenly the lenses take turns over a year is drawn in
[prompts-year.svg](prompts-year.svg).
"""

_KINDS = """A prompt for both motions counts under scaling and under fixing. "Protects" counts the prompts
that ask what a limit is good for, and leave one free to keep it."""


def _numbers(packs: Packs) -> list[str]:
    prompts = packs.prompts
    lengths = [len(prompt.question) for prompt in prompts]
    rows = [
        ("Prompts", str(len(prompts))),
        ("Length of a question, median and longest", f"{median(lengths):.0f} and {max(lengths)} characters"),
        ("Questions with a word of limit", f"{limit_share(prompts):.0%}"),
        ("Prompts that name whom to read", str(sum(bool(prompt.source) for prompt in prompts))),
        *((name, str(len(getattr(packs, part)))) for part, name in PARTS.items()),
    ]
    return _table(("what", "how many"), rows)


def _by_lens(prompts: Sequence[Prompt]) -> list[str]:
    rows = [_row(name, [prompt for prompt in prompts if prompt.lens == lens]) for lens, name in LENSES.items()]
    return _table(("lens", "prompts", *MOTIONS, "with a source"), rows)


def _row(name: str, prompts: Sequence[Prompt]) -> tuple[str, ...]:
    motions = _counts(prompts, lambda prompt: prompt.motion, MOTIONS)
    return name, str(len(prompts)), *motions, str(sum(bool(prompt.source) for prompt in prompts))


def _by_kind(prompts: Sequence[Prompt]) -> list[str]:
    rows = [
        (
            f"`{kind}`",
            str(len(answering(prompts, kind, "scaling"))),
            str(len(answering(prompts, kind, "fixing"))),
            str(len(protecting(prompts, kind))),
        )
        for kind in KINDS
    ]
    return _table(("kind", "for scaling", "for fixing", "protects"), rows)


def _by_lens_and_kind(prompts: Sequence[Prompt]) -> list[str]:
    pairs = Counter((prompt.lens, kind) for prompt in prompts for kind in prompt.kinds)
    rows = [(name, *(str(pairs[lens, kind] or "") for kind in KINDS)) for lens, name in LENSES.items()]
    return _table(("lens", *(f"`{kind}`" for kind in KINDS)), rows)


def _by_motion(prompts: Sequence[Prompt]) -> list[str]:
    rows = [
        (
            experience,
            *_counts(
                [prompt for prompt in prompts if prompt.experience == experience],
                lambda prompt: prompt.motion,
                MOTIONS,
            ),
        )
        for experience in EXPERIENCES
    ]
    return _table(("experience", *MOTIONS), rows)


def _counts(prompts: Iterable[Prompt], key: Callable[[Prompt], str], columns: Iterable[str]) -> list[str]:
    counts = Counter(key(prompt) for prompt in prompts)
    return [str(counts[column]) for column in columns]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [_cells(head), _cells(["---"] * len(head)), *map(_cells, rows)]


def _cells(row: Sequence[str]) -> str:
    return f"| {' | '.join(row)} |"
