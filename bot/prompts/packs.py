"""What a pack holds once it has been read: plain frozen values, in the order of the files."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

LENSES = {
    "goal": "Goal of the system",
    "emergence": "Emergence",
    "constraints": "Real or perceived constraints",
    "adaptive": "Complex adaptive behaviour",
    "psychology": "Psychology and bias",
    "human-factors": "Human factors",
    "ergonomics": "Ergonomics",
    "safety": "Safety science",
    "service": "Service design",
    "needs": "Needs of the humans",
    "observe": "Observe and do nothing",
    "try": "Safe-to-fail experiments",
    "process": "The process reflex",
    "boundaries": "Boundaries between teams",
    "hats": "Experience and hats",
}
"""The id of each lens and the name that people see under a nudge."""

MOTIONS = ("scaling", "fixing", "both")
EXPERIENCES = ("new", "practised", "both")
READS = ("replies", "nothing")


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question for a channel.

    `lens` is a key of `LENSES`; `motion` one of `MOTIONS`; `experience` one of `EXPERIENCES`; `kinds` some of
    `KINDS`, perhaps none. `protects` says that the question asks what a limit is good for, so that keeping it
    is an answer. `pack` is the name of the folder that it came from.
    """

    id: str
    question: str
    lens: str
    motion: str
    experience: str
    kinds: tuple[str, ...]
    follow_up: str
    why: str
    source: str
    protects: bool = False
    pack: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One wording of something that the bot says; the wordings of one kind take turns (`next_line`)."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Probe:
    """A question about one recurring constraint; its `text` holds `{label}` once."""

    id: str
    text: str

    def about(self, label: str) -> str:
        """Ask about `label`, a neutral fragment such as "releases wait for the change board".

        The label is put in as it stands: whoever posts the question escapes it for Slack.
        """
        return self.text.replace("{label}", label)


@dataclass(frozen=True, slots=True)
class Introduction:
    """Three lines said once, on joining a channel; `reads` is what the granted scopes let the bot read.

    `reads` is "replies" (answers in the threads of its own nudges) or "nothing" (answers by button only).
    """

    id: str
    reads: str
    lines: tuple[str, ...]


class Pool(tuple[Prompt, ...]):  # noqa: SLOT001 - what was looked up is kept beside the prompts
    """Prompts to choose from, with what every choice among them looks up."""

    @cached_property
    def by_id(self) -> Mapping[str, Prompt]:
        """The prompts by their ids."""
        return {prompt.id: prompt for prompt in self}

    @cached_property
    def lens_of(self) -> Mapping[str, str]:
        """The lens of each prompt, by its id."""
        return {prompt.id: prompt.lens for prompt in self}

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        """How many prompts each lens has."""
        return Counter(self.lens_of.values())


@dataclass(frozen=True)
class Packs:
    """Everything that the packs hold, each part in the order of the files."""

    prompts: tuple[Prompt, ...] = ()
    hat_questions: tuple[Line, ...] = ()
    look_backs: tuple[Line, ...] = ()
    probes: tuple[Probe, ...] = ()
    goal_questions: tuple[Line, ...] = ()
    introductions: tuple[Introduction, ...] = ()
    quiet_lines: tuple[Line, ...] = ()

    def names(self) -> tuple[str, ...]:
        """Return the names of the packs that hold prompts, in the order they were read."""
        return tuple(dict.fromkeys(prompt.pack for prompt in self.prompts))

    def pool(self, names: Collection[str] = ()) -> Pool:
        """Return the prompts of the packs called `names`; of all when none of `names` is there (any more)."""
        key = frozenset(names)
        if key not in self._pools:
            self._pools[key] = Pool(prompt for prompt in self.prompts if prompt.pack in key) or Pool(self.prompts)
        return self._pools[key]

    @cached_property
    def _pools(self) -> dict[frozenset[str], Pool]:
        return {}

    def follow_up(self, name: str | None) -> str:
        """Return what to ask somebody who has answered the prompt `name`; "" where no pack has one (any more)."""
        return next((prompt.follow_up for prompt in self.prompts if prompt.id == name), "")
