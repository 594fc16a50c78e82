"""How a digest from an export is told: at most 150 words and three constraints, or one JSON document.

Neither holds a name of a person, a quote or a link; what one person alone said is only counted.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from bot.constraints.standing import TOLD_LINES
from bot.digests.count import Line
from bot.digests.export import Export
from bot.digests.unasked import Overheard
from bot.digests.words import span
from bot.slack.faces import monday_of, sparkline

_NOTHING = "No limit was named by two people and heard that week; --week shows another one."


def as_text(told: Overheard) -> str:
    """Return the digest as plain text; its first line says how many people's words were read unasked."""
    lines = [line for line in told.count.lines if line.state != "new"][:TOLD_LINES]
    return "\n".join(
        [
            _read(told),
            f"In the week of {span(told.scope.week.name)} ({_which(told)}) {_people(told)}.",
            *([_line(line, told) for line in lines] or [_NOTHING]),
            *_rest(told, lines),
            "A voice is one person in one week. Heard says that it was said, not that it is so.",
        ]
    )


def _read(told: Overheard) -> str:
    where = (
        f"#{told.scope.channels[0]}" if len(told.scope.channels) == 1 else f"{len(told.scope.channels)} public channels"
    )
    return (
        f"Read without being asked: the words of {_number(told.people, 'person', 'people')}, in "
        f"{_number(told.messages, 'message', 'messages')} of {where}, in the eight weeks up to "
        f"{_day(told.scope.last_day)}."
    )


def _which(told: Overheard) -> str:
    named = f"{told.scope.week.name}, {told.scope.zone}"
    return f"{named}; the export ends on {_day(told.cut_at)}" if told.cut_at else named


def _people(told: Overheard) -> str:
    voices = told.count.thread_voices
    return f"{_number(voices, 'person', 'people')} wrote" if voices else "nobody wrote"


def _line(line: Line, told: Overheard) -> str:
    label = told.labels[line.theme]
    return f"- {label[:1].upper()}{label[1:]} {sparkline(list(_by_week(line, told).values()))} {_when(line, told)}"


def _when(line: Line, told: Overheard) -> str:
    if line.state == "quiet":
        return f"Gone quiet: not heard for {_number(line.quiet_for, 'week', 'weeks')}."
    people = _number(line.thread_voices, "person", "people")
    if line.since is None or line.since == told.scope.weeks[0].name:
        return f"Heard from {people}, for eight weeks or longer."
    return f"Heard from {people}, since the week of {_day(monday_of(line.since))}."


def _rest(told: Overheard, shown: Iterable[Line]) -> Iterator[str]:
    left = Counter(line.state for line in told.count.lines)
    left.subtract(line.state for line in shown)
    parts = [
        (left["recurring"], "more recurred"),
        (left["quiet"], "more went quiet"),
        (left["new"], "new, from one person each"),
        (told.not_read, "not read, because not in English"),
    ]
    rest = "; ".join(f"{number:,} {what}" for number, what in parts if number)
    if rest:
        yield f"Besides: {rest}."


def as_document(told: Overheard, export: Export) -> dict[str, Any]:
    """Return the digest as what one JSON document holds, with all that was not read and why."""
    return {
        "week": told.scope.week.name,
        "zone": told.scope.zone,
        "starts_at": told.scope.week.starts_at.isoformat(),
        "ends_at": told.scope.week.ends_at.isoformat(),
        "export_ends_on": told.cut_at.isoformat() if told.cut_at else None,
        "weeks": [week.name for week in told.scope.weeks],
        "channels": list(told.scope.channels),
        "people_read": told.people,
        "messages_read": told.messages,
        "messages_not_in_english": told.not_read,
        "voices": told.count.thread_voices,
        "constraints": [_constraint(line, told) for line in told.count.lines if line.state != "new"],
        "new_from_one_person_each": sum(line.state == "new" for line in told.count.lines),
        "skipped_files": [{"file": one.file, "why": one.why} for one in export.skipped],
        "passed_over": dict(export.passed_over.most_common()),
        "text": as_text(told),
    }


def _constraint(line: Line, told: Overheard) -> dict[str, Any]:
    return {
        "theme": line.theme,
        "kind": told.kinds[line.theme],
        "label": told.labels[line.theme],
        "state": line.state,
        "voices": line.thread_voices,
        "voices_by_week": _by_week(line, told),
        "since": line.since,
    }


def _by_week(line: Line, told: Overheard) -> dict[str, int]:
    """Return a line's voices in each of the eight weeks; one in which nobody wrote has none."""
    counted = sorted({*told.spoken, told.scope.week.name})
    voices = dict(zip(counted, line.weeks[-len(counted) :], strict=True))
    return {week.name: voices.get(week.name, 0) for week in told.scope.weeks}


def _number(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B}"
