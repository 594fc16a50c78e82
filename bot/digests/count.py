"""What a week's voices add up to: pure counting, the same for the bot's own closing and for an export.

Two properties carry it. A voice is one author in one week, so that repeating oneself changes no number. And
what was said privately enters no number, order or state below `PRIVATE_VOICES` voices, or where fewer than
`PRIVATE_OTHERS` members of the channel kept silent: the result is then the same as if nobody had said it. This holds
for each constraint and for all that was said privately in the week: where everybody but one answered privately, a
number beside a constraint would tell that one who the others were, though not what each of them said.
Voices in threads and private voices are counted apart; they are never compared and never added, because one
person can be among both.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

RECURRING_VOICES = 2
"""People who volunteered a constraint in threads, from whom on it recurs: one alone is nobody's business."""
RECURRING_WEEKS = 8
"""Weeks with a nudge within which those people spoke; a line that is quiet for as long is told no more."""
PRIVATE_VOICES = 3
"""Fewest private voices that make a number others can see."""
PRIVATE_OTHERS = 2
"""Fewest members who did not say it privately, so that nobody can tell who did."""
QUIET_WEEKS = 3
"""Weeks with a nudge without hearing a constraint that recurred, after which it has gone quiet."""

_STATES = ("recurring", "new", "quiet")


@dataclass(frozen=True, slots=True)
class Heard:
    """One theme said by one voice in one week.

    `voice` names a thread author across weeks, but a private one within the week only. `asked` says that the
    nudge asked about this very constraint: that is evidence of it, and never makes it recur.
    """

    theme: str
    voice: str
    week: str
    private: bool
    asked: bool


@dataclass(frozen=True, slots=True)
class Voices:
    """Everybody who answered in the week, whatever they said."""

    thread: frozenset[str] = frozenset()
    private: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Line:
    """One constraint of the week's digest.

    `state` is 'recurring', 'new' or 'quiet'. `thread_voices` and `private_voices` are this week's; `weeks`
    and `private_weeks` hold the same for the last eight weeks, oldest first, this one last. `since` is the
    ISO week in which it was first heard. `volunteered`: somebody said it this week without having been asked
    about it. `quiet_for` counts the weeks with a nudge since it was last heard.
    """

    theme: str
    state: str
    thread_voices: int
    private_voices: int
    weeks: tuple[int, ...]
    since: str | None
    volunteered: bool
    private_weeks: tuple[int, ...] = (0,) * RECURRING_WEEKS
    quiet_for: int = 0


@dataclass(frozen=True, slots=True)
class Count:
    """What a week adds up to: how many voices, and all lines in the order in which they are told."""

    thread_voices: int
    private_voices: int
    lines: tuple[Line, ...]


@dataclass(slots=True)
class _Story:
    """What is known of one theme: its thread voices, volunteers and private number in each week."""

    thread: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    volunteers: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    private: dict[str, int] = field(default_factory=dict)
    private_volunteered: bool = False
    since: str = ""

    def weeks(self) -> set[str]:
        return self.thread.keys() | self.private.keys()


def count(
    week: str,
    weeks: Sequence[str],
    heard: Iterable[Heard],
    members: int | None,
    voices: Voices,
    *,
    published: Mapping[tuple[str, str], int] = MappingProxyType({}),
    since: Mapping[str, str] = MappingProxyType({}),
) -> Count:
    """Return what `week` adds up to; the order of `heard` and repetitions in it make no difference.

    `weeks` names the closed weeks that had a nudge, this one among them if it had one: other weeks neither
    break nor extend a run, and what was said in them is still heard. `heard` may reach back as far as is
    known; private voices of weeks other than this are ignored, their numbers are `published`: (theme, week)
    to the private voices that the closing of that week counted. `since` names the week in which a theme was
    first heard, where that is longer ago than `heard` reaches. `members` is the size of the channel, None
    where it is not known, and then what was said privately counts as none.
    """
    nudged = sorted({name for name in weeks if name <= week})
    known = list(heard)
    private = voices.private | {said.voice for said in known if said.private and said.week == week}
    told_privately = shown_privately(len(private), members)
    stories = _stories(week, known, members if told_privately else None, published)
    for theme, story in stories.items():
        story.since = min([*story.weeks(), since.get(theme, week)])
    lines = (_line(theme, story, week, nudged) for theme, story in stories.items())
    told = sorted((line for line in lines if line), key=_order)
    return Count(len(voices.thread), shown_privately(len(voices.private), members), tuple(told))


def shown_privately(voices: int, members: int | None) -> int:
    """Return the number of private voices that others may see: all of them, or none."""
    hidden = members is None or voices < PRIVATE_VOICES or members - voices < PRIVATE_OTHERS
    return 0 if hidden else voices


def _stories(
    week: str, heard: Iterable[Heard], members: int | None, published: Mapping[tuple[str, str], int]
) -> dict[str, _Story]:
    stories: defaultdict[str, _Story] = defaultdict(_Story)
    private: defaultdict[str, set[str]] = defaultdict(set)
    volunteered: defaultdict[str, set[str]] = defaultdict(set)
    for said in heard:
        if said.private and said.week == week:
            private[said.theme].add(said.voice)
            if not said.asked:
                volunteered[said.theme].add(said.voice)
        elif not said.private and said.week <= week:
            stories[said.theme].thread[said.week].add(said.voice)
            if not said.asked:
                stories[said.theme].volunteers[said.week].add(said.voice)
    for (theme, when), number in published.items():
        if when < week and number >= PRIVATE_VOICES:
            stories[theme].private[when] = number
    for theme, people in private.items():
        if number := shown_privately(len(people), members):
            stories[theme].private[week] = number
            stories[theme].private_volunteered = bool(shown_privately(len(volunteered[theme]), members))
    return dict(stories)


def _line(theme: str, story: _Story, week: str, nudged: Sequence[str]) -> Line | None:
    quiet_for = sum(name > max(story.weeks()) for name in nudged)
    state = _state(story, week, nudged, quiet_for)
    if state is None:
        return None
    shown = sorted({*nudged, week})[-RECURRING_WEEKS:]
    return Line(
        theme=theme,
        state=state,
        thread_voices=len(story.thread.get(week, ())),
        private_voices=story.private.get(week, 0),
        weeks=_row(len(story.thread.get(name, ())) for name in shown),
        since=story.since,
        volunteered=bool(story.volunteers.get(week)) or story.private_volunteered,
        private_weeks=_row(story.private.get(name, 0) for name in shown),
        quiet_for=quiet_for,
    )


def _row(numbers: Iterable[int]) -> tuple[int, ...]:
    known = tuple(numbers)
    return (0,) * (RECURRING_WEEKS - len(known)) + known


def _state(story: _Story, week: str, nudged: Sequence[str], quiet_for: int) -> str | None:
    if week in story.weeks():
        if _recurs(story, week, nudged, private=story.private_volunteered):
            return "recurring"
        return "new" if story.since == week else None
    if not QUIET_WEEKS <= quiet_for < RECURRING_WEEKS:
        return None
    # Whether the private voices of a past week had been asked is not kept; being published is enough.
    recurred = any(_recurs(story, past, nudged, private=past in story.private) for past in story.weeks())
    return "quiet" if recurred else None


def _recurs(story: _Story, week: str, nudged: Sequence[str], *, private: bool) -> bool:
    """Whether a theme that was heard in `week` recurs in it."""
    return private or len(set().union(*_volunteers(story, week, nudged))) >= RECURRING_VOICES


def _volunteers(story: _Story, week: str, nudged: Sequence[str]) -> Iterator[set[str]]:
    until = [name for name in nudged if name <= week]
    first = min(until[-RECURRING_WEEKS:], default=week)
    return (people for when, people in story.volunteers.items() if first <= when <= week)


def _order(line: Line) -> tuple[int, bool, int, int, int, str, str]:
    return (
        _STATES.index(line.state),
        not line.volunteered,
        -line.thread_voices,
        -line.private_voices,
        line.quiet_for,
        line.since or "",
        line.theme,
    )
