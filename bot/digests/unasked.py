"""A digest from an export, before anybody was asked: counted in memory, nothing stored, nothing sent.

The counting, its thresholds and its labels are those of the bot's own digest (`bot.digests.count`). Two
things differ: every message of a public channel counts as a reply, and a week in which anybody wrote stands
for one with a nudge. Nobody was asked, so all of it was volunteered.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple, Protocol

from bot.cadence import Week, check_zone, moment, week_named, week_of, zone_of
from bot.digests.count import RECURRING_WEEKS, Count, Heard, Voices, count
from bot.digests.export import Export
from bot.digests.messages import Said
from bot.errors import Problem

_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)


class Statement(NamedTuple):
    """A limit as somebody stated it: its words and its kind."""

    span: str
    kind: str


class Ear(Protocol):
    """What hears constraint language, and tells which statements are one constraint."""

    def hear(self, text: str) -> Sequence[Statement] | None:
        """Return the limits that a text states; None where it is in a language that is not read."""

    def gather(self, statements: Sequence[Statement]) -> Sequence[str]:
        """Return the theme of each statement, joined in this order."""

    def label(self, members: Sequence[Statement]) -> str:
        """Return a theme's neutral name."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is read: some channels, and eight weeks by the clock of a zone, the told one last."""

    channels: tuple[str, ...]
    weeks: tuple[Week, ...]
    zone: str

    @property
    def week(self) -> Week:
        """The week that is told."""
        return self.weeks[-1]

    @property
    def last_day(self) -> date:
        """The told week's Sunday."""
        return self.week.ends_at.astimezone(zone_of(self.zone)).date() - _DAY

    @property
    def days(self) -> tuple[date, date]:
        """The first and last date whose files can hold messages of these weeks, whatever zone named them."""
        return self.weeks[0].starts_at.date() - _DAY, self.week.ends_at.date() + _DAY


@dataclass(frozen=True, slots=True)
class Overheard:
    """What eight weeks of an export add up to.

    `people` and `messages` count whose words and how much was read in all of them, `not_read` the told week's
    messages in other languages. `cut_at` is the export's last day where the told week goes on after it. `spoken`
    names the weeks in which anybody wrote. `labels` and `kinds` belong
    to the themes of `count` that more than one person spoke of.
    """

    scope: Scope
    spoken: tuple[str, ...]
    people: int
    messages: int
    not_read: int
    cut_at: date | None
    count: Count
    labels: Mapping[str, str]
    kinds: Mapping[str, str]


@dataclass(slots=True)
class _Message:
    """What is kept of a message while its channel is read: no words but those of the limits it states."""

    author: str
    week: int
    statements: tuple[Statement, ...]
    read: bool


@dataclass(slots=True)
class _Gathered:
    """What is kept of all channels."""

    voices: list[set[str]] = field(default_factory=lambda: [set() for _ in range(RECURRING_WEEKS)])
    stated: list[tuple[str, str, _Message]] = field(default_factory=list)  # with ts and channel
    messages: int = 0
    not_read: int = 0


def scope_of(channels: Iterable[str], week: str, zone: str) -> Scope:
    """Return what has to be read to tell a week. Raises `Problem` for an unknown week or zone."""
    weeks = [week_named(week, zone)]
    while len(weeks) < RECURRING_WEEKS:
        weeks.insert(0, week_of(weeks[0].starts_at - _INSTANT, zone))
    return Scope(tuple(sorted(channels)), tuple(weeks), zone)


def scope_from(export: Export, channel: str, week: str, zone: str) -> Scope:
    """Return what has to be read, '' being all public channels, and the last full week. Raises `Problem`."""
    channels = (export.channel(channel),) if channel else export.channels
    scope = scope_of(channels, week or last_full_week(export, channels, zone), check_zone(zone))
    if export.span and not (scope.last_day >= export.span[0] and scope.week.starts_at.date() <= export.span[1]):
        first, last = export.span
        raise Problem(f"The export holds nothing of the week {scope.week.name}: it goes from {first} to {last}.")
    return scope


def files_of(export: Export, scope: Scope) -> int:
    """Return how many files `overhear` will read."""
    first, last = scope.days
    return sum(first <= day <= last for channel in scope.channels for day in export.days(channel))


def last_full_week(export: Export, channels: Iterable[str], zone: str) -> str:
    """Return the name of the last week that the export covers to its end and in which a person wrote anything.

    An export ends with the newest day of any public channel: a week that goes on after it may be half there.
    Raises `Problem` where no week is over by then.
    """
    by_day = defaultdict(list)
    for channel in channels:
        for day in export.days(channel):
            by_day[day].append(channel)
    if not by_day or not export.span:
        raise Problem("The export holds no messages there: choose another --channel, or another export.")
    under_way = week_of(moment(export.span[1] + _DAY, time(0), zone), zone)
    ended = sorted((day for day in by_day if _noon(day, zone) < under_way.starts_at), reverse=True)
    if not ended:
        raise Problem(f"The export holds no full week yet: name one, such as --week {under_way.name}.")
    spoken = (day for day in ended if any(export.speaks(channel, day) for channel in by_day[day]))
    return week_of(_noon(next(spoken, ended[0]), zone), zone).name


def _noon(day: date, zone: str) -> datetime:
    return moment(day, time(12), zone)


def overhear(export: Export, scope: Scope, ear: Ear, read_one: Callable[[], object] = lambda: None) -> Overheard:
    """Read eight weeks of some channels and count the last; `read_one` is called after each file."""
    gathered = _Gathered()
    for channel in scope.channels:
        said = export.said(channel, *scope.days, read_one)
        _add(gathered, channel, _latest(said, scope.weeks, ear))
    gathered.stated.sort(key=lambda one: one[:2])
    members, heard = _themes([message for *_, message in gathered.stated], scope.weeks, ear)
    spoken = _spoken_in(gathered, scope.weeks)
    counted = count(scope.week.name, spoken, heard, None, Voices(frozenset(gathered.voices[-1])))
    shared = [line.theme for line in counted.lines if line.state != "new"]
    return Overheard(
        scope=scope,
        spoken=spoken,
        people=len(set().union(*gathered.voices)),
        messages=gathered.messages,
        not_read=gathered.not_read,
        cut_at=export.span[1] if export.span and export.span[1] < scope.last_day else None,
        count=counted,
        labels={theme: ear.label(members[theme]) for theme in shared},
        kinds={theme: _usual_kind(members[theme]) for theme in shared},
    )


def _latest(said: Iterator[Said], weeks: Sequence[Week], ear: Ear) -> dict[str, _Message]:
    """Return each message of these weeks, by ts, as its last version has it."""
    starts = [week.starts_at for week in weeks]
    latest: dict[str, _Message] = {}
    erased: set[str] = set()
    for one in said:
        if one.text is None:
            erased.add(one.ts)
        elif weeks[0].starts_at <= (at := one.at) < weeks[-1].ends_at:
            heard = ear.hear(one.text)
            week = bisect_right(starts, at) - 1
            latest[one.ts] = _Message(one.author, week, tuple(heard or ()), heard is not None)
    return {ts: message for ts, message in latest.items() if ts not in erased}


def _add(gathered: _Gathered, channel: str, latest: Mapping[str, _Message]) -> None:
    for ts, message in latest.items():
        gathered.voices[message.week].add(message.author)
        gathered.messages += 1
        gathered.not_read += not message.read and message.week == RECURRING_WEEKS - 1
        if message.statements:
            gathered.stated.append((ts, channel, message))


def _spoken_in(gathered: _Gathered, weeks: Sequence[Week]) -> tuple[str, ...]:
    return tuple(week.name for week, voices in zip(weeks, gathered.voices, strict=True) if voices)


def _themes(
    messages: Sequence[_Message], weeks: Sequence[Week], ear: Ear
) -> tuple[dict[str, list[Statement]], list[Heard]]:
    """Return each theme's statements, and who said it when."""
    stated = [(statement, message) for message in messages for statement in message.statements]
    members: defaultdict[str, list[Statement]] = defaultdict(list)
    heard = []
    themes = ear.gather([statement for statement, _ in stated])
    for (statement, message), theme in zip(stated, themes, strict=True):
        members[theme].append(statement)
        week = weeks[message.week].name
        heard.append(Heard(theme, message.author, week, private=False, asked=False))
    return dict(members), heard


def _usual_kind(members: Sequence[Statement]) -> str:
    return Counter(statement.kind for statement in members).most_common(1)[0][0]
