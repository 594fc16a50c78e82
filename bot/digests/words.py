"""What a digest says: at most 150 words and three constraints; a number of voices, never a share, never a name."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bot.constraints.standing import TOLD_LINES
from bot.digests import asides
from bot.digests.asides import Claims
from bot.digests.count import QUIET_WEEKS
from bot.slack.beside import OUTCOMES, WHICH, Watched, is_split, marks, observed, weeks
from bot.slack.faces import (
    Block,
    Message,
    as_written,
    button,
    buttons,
    escape,
    in_numbers,
    monday_of,
    number,
    overflow,
    section,
    small,
    sparkline,
    week_in_words,
)

MOST_WORDS = 150
MARK, WATCH, TRY, WHY, DISMISS, MORE, LOOK = (
    *("digest_mark", "digest_watch", "digest_try"),
    *("digest_why", "digest_dismiss", "digest_more", "digest_look"),
)

NO_DIGEST = "There is no digest of this channel yet; the first comes {when}."
FOOTER = "A voice is one person in one week, counted from answers here only."
DISMISSED = "Of the last {of} lines {gone} dismissed."
DISMISSED_ONE = "The one line so far was dismissed."

KEEP = "digest_keep"
CHOICES = {"keep": "Keep", "less": "Less", "stop": "Stop"}
STAYING = (
    "This bot has been a try for six weeks. Keep it, less of it, or stop? No answer means less: no questions, and a "
    "digest when there is something to tell."
)
ASKING_LESS = "The last four questions had no answer, or too few private ones to tell. Fewer questions would be fine."
LESS_NOW = "Nobody said whether to stay, so no more questions come; a digest comes when there is something to tell."
FINE = "That is fine."
WHAT_CAME = "What came of it?"
FIXING = "Heard longest: {label}. What would be the smallest safe try?"
SCALING = "What here works well enough to leave alone?"
SCALING_ELSE = "What else works well enough to leave alone?"
GOAL_WORDS = 24
"""Words of the profile's goal that a digest repeats; whoever wants the rest opens the profile."""
GOAL = "The profile has claimed since {since}: “{goal}”."

_QUIET_NAMED = 2

_LINK = re.compile(r"<[^<>|]*\|([^<>]*)>")


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of a watch; `ends`: it ends by itself with this digest."""

    watched: Watched
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Tried:
    """A try as its team wrote it; `outcome` is empty while it is open."""

    id: int
    what: str
    look_on: date
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Beside:
    """What lies beside a week's frozen numbers at the moment of telling it.

    Attributes:
        listens: this is the channel's first digest: no marks, no tries.
        marks: theme -> mark -> how many, where enough people marked.
        watched: open watches.
        tried: tries that are open, or ended in the week.
        look: the try to look back on, if one is due; `asks_of_try` is how it is asked about this time.
        quiet_line: how a week with nothing to tell is told this time.
        dismissed: how many of how many last lines were dismissed.
        claims: what the profile claims.
        asks: what the bot asks about itself (`asides.KEEP`, `asides.LESS`), or "".
        less_now: nobody answered that, so it asks no questions from now on.

    """

    listens: bool = False
    marks: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    watched: Sequence[Seen] = ()
    tried: Sequence[Tried] = ()
    look: Tried | None = None
    asks_of_try: str = ""
    quiet_line: str = ""
    dismissed: tuple[int, int] = (0, 0)
    claims: Claims = field(default_factory=Claims)
    asks: str = ""
    less_now: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    """A paragraph: what is seen, and all of it in plain words."""

    blocks: tuple[Block, ...]
    plain: str


@dataclass(frozen=True, slots=True)
class _Room:
    """How much of what may be told is told."""

    lines: int
    notes: int
    marks: bool
    opening: bool = True
    goal: bool = True
    rest: bool = True


_ROOMS = (
    *(
        _Room(lines, notes, marks)
        for lines, notes in ((3, 9), (3, 3), (3, 2), (2, 3), (2, 2), (2, 1), (1, 2), (1, 1), (1, 0))
        for marks in (True, False)
    ),
    _Room(1, 0, marks=False, opening=False),
    _Room(1, 0, marks=False, opening=False, goal=False),
    _Room(1, 0, marks=False, opening=False, goal=False, rest=False),
)


def digest(content: Mapping[str, Any], links: Mapping[str, str], beside: Beside | None = None) -> Message:
    """Return the digest of a closed week, as much of it as fits into 150 words.

    Args:
        content: what closing froze, without the lines that are hidden.
        links: nudge ts -> address of its thread, where one is known.
        beside: marks, watches and tries.

    """
    beside = beside or Beside()
    fitting = (list(_parts(content, links, beside, room)) for room in _ROOMS)
    parts = next((parts for parts in fitting if _words(parts) <= MOST_WORDS), None)
    parts = parts or list(_parts(content, links, beside, _ROOMS[-1]))
    return Message("\n".join(part.plain for part in parts), tuple(block for part in parts for block in part.blocks))


def is_quiet(content: Mapping[str, Any]) -> bool:
    """Say whether a week has nothing to tell: nobody answered and nothing has gone quiet."""
    said = content["thread_voices"] or content["private_voices"]
    return not (said or _gone_quiet(content) or any(line["state"] != "quiet" for line in content["lines"]))


def tells_beside(beside: Beside) -> bool:
    """Say whether something beside a week is told now or never, or waits for an answer, however quiet the week was."""
    if beside.look or beside.asks or beside.claims.goal or any(seen.ends for seen in beside.watched):
        return True
    return not beside.listens and any(one.outcome for one in beside.tried)


def _is_let_be(content: Mapping[str, Any], beside: Beside) -> bool:
    """Say whether silence is called fine: where nobody answered, and no quiet line says as much."""
    silent = content.get("asked", True) and not (content["thread_voices"] or content["private_voices"])
    return silent and not (beside.quiet_line and not beside.look and _has_nothing(content, beside))


def _has_nothing(content: Mapping[str, Any], beside: Beside) -> bool:
    """Say whether a digest has no more to tell than how many answered."""
    heard = _gone_quiet(content) or any(line["state"] != "quiet" for line in content["lines"])
    return not (heard or beside.watched or beside.tried or beside.asks or beside.less_now or beside.claims.goal)


def _gone_quiet(content: Mapping[str, Any]) -> list[str]:
    """Return the labels of what has gone quiet this week: that is told once, and not in each week that follows."""
    quiet = (line for line in content["lines"] if line["state"] == "quiet" and content.get("asked", True))
    return [line["label"] for line in quiet if line.get("quiet_for", QUIET_WEEKS) == QUIET_WEEKS]


def _parts(content: Mapping[str, Any], links: Mapping[str, str], beside: Beside, room: _Room) -> Iterator[_Part]:
    heading = f"What was heard here, {span(content['week'])}"
    answered = voices(content) + (f" {FINE}" if _is_let_be(content, beside) else "")
    yield _Part((section(f"*{heading}*\n{answered}"),), f"{heading}\n{answered}")
    opening = LESS_NOW if beside.less_now else _opening(content, beside) if room.opening else ""
    if opening:
        yield _said(opening)
    if room.goal and beside.claims.goal:
        yield _goal(beside.claims, links)
    told = [line for line in content["lines"] if line["state"] == "recurring"][: min(room.lines, TOLD_LINES)]
    for place, line in enumerate(told):
        yield _line(line, content["week"], links, first=place == 0, listens=beside.listens)
        if room.marks and line["theme"] in beside.marks and not beside.listens:
            yield _said(_marked(beside.marks[line["theme"]]))
    if room.rest and (rest := " ".join(_rest(content, len(told), opened_quiet=SCALING_ELSE in opening))):
        yield _said(rest)
    for note in list(_notes(beside))[: room.notes]:
        yield _said(note)
    yield from _ends(content, beside)
    yield _footer(beside)


def _ends(content: Mapping[str, Any], beside: Beside) -> Iterator[_Part]:
    """Ask what waits to be asked; where there is nothing to tell, say so."""
    if beside.look and not beside.listens:
        yield _look(beside.look, beside.asks_of_try or WHAT_CAME)
    elif beside.quiet_line and _has_nothing(content, beside):
        yield _said(beside.quiet_line)
    if beside.asks:
        yield _asks(beside.asks)


def _opening(content: Mapping[str, Any], beside: Beside) -> str:
    """Open as the claimed motion wants it: what to leave alone when scaling, the smallest try when fixing."""
    if beside.listens:
        return ""
    heard = [line for line in content["lines"] if line["state"] == "recurring"]
    if beside.claims.motion == "fixing" and heard:
        longest = max(heard, key=lambda line: sum(voices > 0 for voices in line["weeks"]))
        return FIXING.format(label=longest["label"])
    if beside.claims.motion == "scaling":
        return f"{_quiet(content)} {SCALING_ELSE}" if _gone_quiet(content) else SCALING
    return ""


def _quiet(content: Mapping[str, Any]) -> str:
    labels = _gone_quiet(content)
    others = [f"and {number(len(labels) - _QUIET_NAMED)} more"] if len(labels) > _QUIET_NAMED else []
    return f"Gone quiet: {'; '.join([*labels[:_QUIET_NAMED], *others])}."


def _goal(claims: Claims, links: Mapping[str, str]) -> _Part:
    """Put the profile's goal beside the thread in which the goal was asked for; which is right nobody says."""
    since = f"{claims.goal_since.day} {claims.goal_since:%B}" if claims.goal_since else ""
    said = claims.goal.split(" ")
    goal = claims.goal if len(said) <= GOAL_WORDS else " ".join(said[:GOAL_WORDS]) + " …"
    line = GOAL.format(since=since, goal=goal)
    link = links.get(claims.goal_thread)
    where = (small(f"<{link}|What was answered this week>"),) if link else ()
    return _Part((as_written(line), *where), escape(line))


def _asks(question: str) -> _Part:
    line, choices = (STAYING, CHOICES) if question == asides.KEEP else (ASKING_LESS, ("less", "keep"))
    pressed = (button(CHOICES[choice], f"{KEEP} {choice}", choice) for choice in choices)
    return _Part((section(line), buttons(*pressed)), line)


def _said(sentence: str) -> _Part:
    # People wrote some of it: nothing in it is markup, here or in the text that notifications show.
    return _Part((as_written(sentence),), escape(sentence))


def _words(parts: Sequence[_Part]) -> int:
    """Count words as somebody meets them: those that are seen, or those that are read aloud, if these are more."""
    seen = sum(len(_LINK.sub(r"\1", text).split()) for part in parts for text in _texts(list(part.blocks)))
    return max(seen, sum(len(part.plain.split()) for part in parts))


def _texts(block: object) -> Iterator[str]:
    if isinstance(block, dict):
        for name, value in block.items():
            yield from [value] if name == "text" and isinstance(value, str) else _texts(value)
    elif isinstance(block, list):
        for one in block:
            yield from _texts(one)


def voices(content: Mapping[str, Any]) -> str:
    """Say how many answered, in the thread and privately, as two numbers that are never added."""
    thread, private = content["thread_voices"], content["private_voices"]
    if not thread and not private and not content.get("asked", True):
        return "Nothing was asked this week."
    if not thread and not private:
        return "Nobody answered this week, or too few privately to tell."
    if not private:
        return f"{number(thread).capitalize()} {_people(thread)} answered in the thread."
    if not thread:
        return f"{number(private).capitalize()} answered privately."
    return f"{number(thread).capitalize()} {_people(thread)} answered in the thread, {number(private)} privately."


def _line(line: Mapping[str, Any], week: str, links: Mapping[str, str], *, first: bool, listens: bool) -> _Part:
    label = line["label"][0].upper() + line["label"][1:]
    said = f"Heard from {_heard_from(line)}, {_since(line, week)}."
    asked = "" if line["volunteered"] else " The question had asked about it."
    was = f" Called “{line['was']}” before." if line.get("was") else ""
    link = next((links[ts] for ts in line["threads"] if ts in links), None)
    where = f" <{link}|The thread>" if link else ""
    # What was only said privately has no weeks in threads: zeros would say that nobody had said it.
    bars = f"  {sparkline(line['weeks'])}" if any(line["weeks"]) else ""
    # The first week's number has been said already.
    by_week = in_numbers(line["weeks"])
    numbers = f" By week: {by_week}." if bars and "," in by_week else ""
    marked = f"*{escape(label)}*{bars}\n{said}{escape(was)}{asked}{where}"
    plain = f"{escape(label)}: {said[0].lower()}{said[1:]}{escape(was)}{asked}{numbers}"
    theme = str(line["theme"])
    if first:
        return _Part((section(marked), _buttons(theme, listens=listens)), plain)
    return _Part((section(marked, overflow(MORE, _menu(theme))),), plain)


def _marked(counts: Mapping[str, int]) -> str:
    return f"Marked: {marks(counts)}.{f' {WHICH}' if is_split(counts) else ''}"


def _buttons(theme: str, *, listens: bool) -> Block:
    acts = [] if listens else [button("Mark it", MARK, theme), button("Try", TRY, theme)]
    return buttons(
        *acts,
        button("Watch", WATCH, theme),
        button("Why this?", WHY, theme),
        button("Not a constraint", DISMISS, theme),
    )


def _menu(theme: str) -> dict[str, str]:
    return {f"{WHY}:{theme}": "Why this?", f"{DISMISS}:{theme}": "Not a constraint"}


def _heard_from(line: Mapping[str, Any]) -> str:
    thread, private = line["thread_voices"], line["private_voices"]
    parts = [f"{number(thread)} in the thread"] * bool(thread) + [f"{number(private)} privately"] * bool(private)
    return " and ".join(parts)


def _since(line: Mapping[str, Any], week: str) -> str:
    return "for the first time" if line["since"] in (None, week) else f"first in {week_in_words(line['since'])}"


def _rest(content: Mapping[str, Any], told: int, *, opened_quiet: bool) -> Iterator[str]:
    more = sum(line["state"] == "recurring" for line in content["lines"]) - told
    if more:
        yield f"{number(more).capitalize()} more recurred."
    if new := sum(line["state"] == "new" for line in content["lines"]):
        yield _new(new)
    if not opened_quiet and _gone_quiet(content):
        yield _quiet(content)
    if content["not_read"]:
        yield f"Not read, because not in English: {content['not_read']}."


def _new(lines: int) -> str:
    if lines == 1:
        return "One limit is new, heard from one person."
    return f"{number(lines).capitalize()} limits are new, each heard from one person."


def _notes(beside: Beside) -> Iterator[str]:
    """Say what came of watches and tries, in the order in which it is given up where room is short."""
    ended, going = ([one for one in beside.tried if bool(one.outcome) is over] for over in (True, False))
    for one in ended if not beside.listens else ():
        yield f"Tried: “{one.what}”. {OUTCOMES[one.outcome]}."
    for seen in beside.watched:
        ends = " The watch ends here." if seen.ends else ""
        for_weeks = weeks(len(seen.watched.thread))
        yield f"Watching {seen.watched.name} for {for_weeks}: {observed(seen.watched)}.{ends}"
    for one in going if not beside.listens else ():
        yield f"Being tried: “{one.what}”. A digest asks about it from {one.look_on.day} {one.look_on:%B} on."


def _look(one: Tried, asks: str) -> _Part:
    line = f"Time to look at a try: “{one.what}”. {asks}"
    pressed = (button(label, f"{LOOK} {outcome}", f"{one.id}:{outcome}") for outcome, label in OUTCOMES.items())
    return _Part((as_written(line), buttons(*pressed)), escape(line))


def _footer(beside: Beside) -> _Part:
    gone, of = beside.dismissed
    dismissed = DISMISSED.format(of=number(of), gone=_were(gone)) if of > 1 else DISMISSED_ONE
    said = f"{FOOTER} {dismissed}" if gone else FOOTER
    return _Part((small(said),), said)


def span(week: str) -> str:
    """Return the dates of an ISO week: "16 to 22 November"."""
    monday = monday_of(week)
    sunday = date.fromordinal(monday.toordinal() + 6)
    month = "" if monday.month == sunday.month else f" {monday:%B}"
    return f"{monday.day}{month} to {sunday.day} {sunday:%B}"


def _were(count: int) -> str:
    return "one was" if count == 1 else f"{number(count)} were"


def _people(count: int) -> str:
    return "person" if count == 1 else "people"
