"""Which prompt comes next: a pure function of the pool, what was asked, and what steers.

A *round* is once through the whole pool. Nothing but the history says where in a round a channel is, so the
same history gives the same prompt on any machine, and no state has to be kept beside the postings.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from bot.prompts.packs import LENSES, Pool, Prompt

RECENT = 4
"""Nudges: a kind that one of the last four asked about gives way to the next kind that was heard."""


@dataclass(frozen=True, slots=True)
class Leaning:
    """What steers: the channel's motion, the kinds heard in the last weeks (most first), its experience."""

    motion: str = "both"
    kinds: tuple[str, ...] = ()
    experience: str = "both"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The next prompt, one sentence why, and whether what was heard has steered the choice."""

    prompt: Prompt
    why: str
    steered: bool


class _Named(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=_Named)


def choose(
    pool: Sequence[Prompt],
    asked: Sequence[str],
    leaning: Leaning | None = None,
    salt: str = "",
    lens_of: Mapping[str, str] | None = None,
) -> Chosen:
    """Return the next prompt of `pool` for a channel that has been asked `asked` (all ids, oldest first).

    Every second nudge may be steered by `leaning`; the others never are. Ids that the pool does not know
    count as nudges and as nothing else, but for those of `lens_of`: after the question about the goal its lens
    rests for a while too. `salt`, such as the channel's id, gives each channel its own order.
    Raises `ValueError` for an empty pool, which `read_packs` never returns for our own packs.
    """
    if not pool:
        raise ValueError("There is no prompt to choose from.")
    history = _History(pool if isinstance(pool, Pool) else Pool(pool), asked, salt, lens_of or {})
    may_steer = leaning is not None and len(asked) % 2 == 1
    steered = _steered(history, leaning) if leaning is not None and may_steer else None
    return steered or _even(history)


def next_line(lines: Sequence[T], said: Sequence[str], salt: str = "") -> T:
    """Return the line that has rested longest, given the ids `said` so far (oldest first).

    Lines never said come first, in an order that `salt` decides. Raises `ValueError` for no lines.
    """
    if not lines:
        raise ValueError("There is no line to choose from.")
    last = {name: turn for turn, name in enumerate(said)}
    return min(lines, key=lambda line: (last.get(line.id, -1), _shuffled(salt, line.id)))


class _History:
    """What the list of asked ids says about the pool: who rests how long, and what is left of this round."""

    def __init__(self, pool: Pool, asked: Sequence[str], salt: str, beside: Mapping[str, str]) -> None:
        self.asked = asked
        self.salt = salt
        self.by_id = pool.by_id
        self.sizes = pool.sizes
        done = _asked_in_this_round(self.by_id, asked)
        self.left: Sequence[Prompt] = [prompt for prompt in pool if prompt.id not in done] if done else pool
        self.left_in_lens = Counter(prompt.lens for prompt in self.left) if done else pool.sizes
        self.last_asked = {name: turn for turn, name in enumerate(asked)}
        self.lens_of = {**beside, **pool.lens_of}
        self.lens_last_asked = {self.lens_of[name]: turn for turn, name in enumerate(asked) if name in self.lens_of}

    def last_lenses(self, count: int) -> set[str]:
        """Return the lenses of the last `count` nudges."""
        recent = self.asked[-count:] if count else ()
        return {self.lens_of[name] for name in recent if name in self.lens_of}

    def lens_order(self, lens: str) -> tuple[int, str]:
        """Sort key: longest rested first, ties by the channel's own shuffle."""
        return self.lens_last_asked.get(lens, -1), _shuffled(self.salt, lens)

    def prompt_order(self, prompt: Prompt) -> tuple[int, str]:
        """Sort key: never asked first, then longest ago, ties by the channel's own shuffle."""
        return self.last_asked.get(prompt.id, -1), _shuffled(self.salt, prompt.id)

    def recent_kinds(self) -> set[str]:
        """Return the kinds that the last few nudges asked about."""
        recent = (self.by_id[name] for name in self.asked[-RECENT:] if name in self.by_id)
        return {kind for prompt in recent for kind in prompt.kinds}


def _asked_in_this_round(known: Mapping[str, Prompt], asked: Iterable[str]) -> set[str]:
    """Replay the rounds: one ends when the pool is through, or where a prompt was asked again.

    The second sign is what makes prompts that were added later harmless: earlier rounds lack them.
    """
    done: set[str] = set()
    for name in asked:
        if name not in known:
            continue
        if name in done:
            done.clear()
        done.add(name)
        if len(done) == len(known):
            done.clear()
    return done


def _even(history: _History) -> Chosen:
    """Take the lens that is furthest behind in this round, among equals the one that has rested longest.

    With lenses of one size that is a plain rotation: of fifteen, each comes twice in any thirty nudges.
    With uneven ones the bigger come more often, so that all are spent together at the round's end.
    """
    lens = min(_rested(history), key=lambda lens: (_next_place(history, lens), history.lens_order(lens)))
    prompt = min((prompt for prompt in history.left if prompt.lens == lens), key=history.prompt_order)
    return Chosen(prompt, _why_even(history, prompt), steered=False)


def _next_place(history: _History, lens: str) -> float:
    """Say where in the round, from 0 to 1, the lens's next prompt belongs if they are spread evenly."""
    size = history.sizes[lens]
    return (size - history.left_in_lens[lens] + 0.5) / size


def _rested(history: _History) -> list[str]:
    """Lenses with something left, without those just asked about as long as others are there."""
    lenses = list(history.left_in_lens)
    just_asked = history.last_lenses(len(history.sizes) // 5)
    return [lens for lens in lenses if lens not in just_asked] or lenses


def _steered(history: _History, leaning: Leaning) -> Chosen | None:
    """Lean towards what was heard; with nothing left that answers it, towards the motion; else not at all."""
    for kind in _kinds_in_turn(history, leaning):
        prompt = _answering(history, leaning, kind)
        if prompt:
            return Chosen(prompt, _why_kind(prompt, kind), steered=True)
    for_motion = [prompt for prompt in history.left if prompt.motion == leaning.motion != "both"]
    if for_motion:
        prompt = _best(history, leaning, for_motion)
        return Chosen(prompt, _why_motion(prompt), steered=True)
    return None


def _kinds_in_turn(history: _History, leaning: Leaning) -> list[str]:
    """Put the kinds most heard first, but those that the last nudges asked about at the end."""
    recent = history.recent_kinds()
    return sorted(leaning.kinds, key=lambda kind: kind in recent)


def _answering(history: _History, leaning: Leaning, kind: str) -> Prompt | None:
    answering = [prompt for prompt in history.left if kind in prompt.kinds and _fits(prompt.motion, leaning.motion)]
    return _best(history, leaning, answering) if answering else None


def _best(history: _History, leaning: Leaning, prompts: Iterable[Prompt]) -> Prompt:
    """Of prompts that all answer: the lens that has rested longest, then the prompt that fits best."""
    return min(
        prompts,
        key=lambda prompt: (
            history.lens_order(prompt.lens),
            not _fits(prompt.experience, leaning.experience),
            prompt.motion != leaning.motion,
            history.prompt_order(prompt),
        ),
    )


def _fits(written_for: str, claimed: str) -> bool:
    return written_for == claimed or "both" in (written_for, claimed)


def _why_even(history: _History, prompt: Prompt) -> str:
    name = LENSES.get(prompt.lens, prompt.lens)
    last = history.lens_last_asked.get(prompt.lens)
    if last is None:
        return f'Nothing steered it: the lens "{name}" has not come up here yet.'
    ago = _nudges(len(history.asked) - last)
    return f'Nothing steered it: it is the turn of "{name}", last asked {ago} ago.'


def _why_kind(prompt: Prompt, kind: str) -> str:
    name = LENSES.get(prompt.lens, prompt.lens)
    return f'"{kind}" was heard in the last weeks, and this question (lens "{name}") answers it.'


def _why_motion(prompt: Prompt) -> str:
    return f'The profile says "{prompt.motion}", and this question was written for that.'


def _nudges(count: int) -> str:
    return "one nudge" if count == 1 else f"{count} nudges"


def _shuffled(salt: str, name: str) -> str:
    """Order names as a shuffle would, the same on every machine (`hash` differs between processes)."""
    return hashlib.blake2b(f"{salt}\n{name}".encode(), digest_size=8).hexdigest()
