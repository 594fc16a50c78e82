"""*Try*: a safe-to-fail experiment hung on a constraint in four short lines, and what came of it."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from bot.errors import FieldProblem, Problem
from bot.ledger import words
from bot.ledger.page import entry
from bot.ledger.visit import Visit
from bot.ledger.watching import ask_to_let_go
from bot.slack.beside import OUTCOMES
from bot.slack.faces import Message, Modal
from bot.slack.knock import numbered
from bot.store.tables import Try

LOOKS_AFTER = timedelta(weeks=2)
"""When to look, unless the team says otherwise."""
LOOKS_WITHIN = timedelta(weeks=8)
"""As long as a constraint stays on the page without being heard."""


async def ask(visit: Visit, theme: int) -> Modal:
    """Ask for a try; where three watches and tries are open, ask first which may go.

    Raises:
        Problem: the constraint left the page.

    """
    one = await entry(visit, theme)
    root = one.standing.theme
    form = words.trying(one, visit.today + LOOKS_AFTER, {**visit.memo, "theme": str(root)})
    return await ask_to_let_go(visit, f"try:{root}") or form


async def save(visit: Visit, theme: int, fields: Mapping[str, Any]) -> str:
    """Keep a try as it was written; return what to say.

    Raises:
        FieldProblem: it is empty or long, or the day lies outside eight weeks.
        Problem: the constraint left the page, or three others were opened meanwhile.

    """
    root = visit.shown(theme).theme
    what, look_on = _what(fields), _look_on(visit, fields)
    _, feels, stops = written(fields)
    said = words.TRIED.format(day=f"{look_on.day} {look_on:%B}")
    again = Try.theme_id == root, Try.person == visit.person, Try.what == what, Try.outcome == ""
    if await visit.session.scalar(select(Try.id).where(*again).limit(1)):
        return said
    if await ask_to_let_go(visit, ""):
        raise Problem(words.FULL)
    visit.session.add(
        Try(
            channel_id=visit.channel.id,
            theme_id=root,
            person=visit.person,
            what=what,
            feels=feels,
            stops=stops,
            look_on=look_on,
            since=visit.week,
        )
    )
    return said


def written(fields: Mapping[str, Any]) -> list[str]:
    """Return what somebody wrote into a try, line by line."""
    return [str(fields.get(name) or "").strip() for name in ("what", "feels", "stops")]


def _what(fields: Mapping[str, Any]) -> str:
    what = str(fields.get("what") or "").strip()
    if not what:
        raise FieldProblem("what", words.NO_WHAT)
    if len(what.split()) > words.MOST_WORDS or len(what) > words.LONGEST_WHAT:
        raise FieldProblem("what", words.TOO_WORDY)
    return what


def _look_on(visit: Visit, fields: Mapping[str, Any]) -> date:
    try:
        look_on = date.fromisoformat(str(fields.get("look") or ""))
    except ValueError:
        raise FieldProblem("look", words.NO_DATE) from None
    if not visit.today < look_on <= visit.today + LOOKS_WITHIN:
        raise FieldProblem("look", words.NO_DATE)
    return look_on


async def look_back(visit: Visit, pressed: str) -> Message:
    """Keep what came of a try, whoever says so first; return what to say.

    `pressed` is a button's value: "ID:outcome".

    Raises:
        Problem: there is no such try in this channel.

    """
    number, _, outcome = pressed.partition(":")
    here = Try.id == numbered(number), Try.channel_id == visit.channel.id
    one = await visit.session.scalar(select(Try).where(*here))
    if one is None or outcome not in OUTCOMES:
        raise Problem(words.GONE)
    if one.outcome:
        return words.said(words.LOOKED_ALREADY.format(outcome=OUTCOMES[one.outcome].lower()))
    one.outcome, one.ended_at = outcome, visit.now
    if outcome == "let go":
        return words.said(words.LET_GO_DONE)
    return words.said(words.LOOKED.format(outcome=OUTCOMES[outcome].lower()))
