"""What people say of a line: what they hold it to be, that it is none, or that it means the same as another."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, func, select, update

from bot.constraints.standing import HIDES_AT
from bot.errors import FieldProblem, Problem
from bot.ledger import words
from bot.ledger.page import entry
from bot.ledger.visit import Visit
from bot.ledger.watching import join_watches
from bot.slack.beside import MARKS
from bot.slack.faces import Message, Modal
from bot.slack.knock import numbered
from bot.store.engine import insert
from bot.store.tables import Dismissal, Mark, Try


async def mark(visit: Visit, theme: int, as_what: str) -> int:
    """Keep what somebody holds a constraint to be, in the place of what they said before; return its root.

    Raises:
        Problem: it left the page.

    """
    root = visit.shown(theme).theme
    assert as_what in MARKS  # noqa: S101 - the buttons offer no other
    marked = insert(visit.session, Mark).values(theme_id=root, person=visit.person, mark=as_what)
    await visit.session.execute(
        marked.on_conflict_do_update(index_elements=["theme_id", "person"], set_={"mark": as_what})
    )
    return root


async def dismiss(visit: Visit, theme: int) -> Message:
    """Hide a line for whoever says that it is no constraint; with the second person, for the channel.

    Raises:
        Problem: it left the page.

    """
    root = visit.shown(theme).theme
    said = insert(visit.session, Dismissal).values(theme_id=root, person=visit.person, week=visit.week)
    await visit.session.execute(said.on_conflict_do_nothing())
    await _hide_or_show(visit, root)
    return words.hidden(root, for_all=visit.known.themes[root].hidden_in is not None)


async def take_back(visit: Visit, theme: int) -> Message:
    """Show a line again to somebody who had hidden it.

    Raises:
        Problem: it left the page.

    """
    root = visit.shown(theme).theme
    own = Dismissal.theme_id == root, Dismissal.person == visit.person
    await visit.session.execute(delete(Dismissal).where(*own))
    await _hide_or_show(visit, root)
    return words.said(words.SHOWN_AGAIN)


async def _hide_or_show(visit: Visit, root: int) -> None:
    people = await visit.session.scalar(select(func.count()).where(Dismissal.theme_id == root)) or 0
    theme = visit.known.themes[root]
    if people < HIDES_AT:
        theme.hidden_in = None
    elif theme.hidden_in is None:
        theme.hidden_in = visit.week


async def ask_same(visit: Visit, theme: int) -> Modal:
    """Ask which other line means the same.

    Raises:
        Problem: it left the page, or is the only line.

    """
    one = await entry(visit, theme)
    others = {str(other.theme): other.label for other in visit.visible() if other.theme != one.standing.theme}
    if not others:
        raise Problem(words.NO_OTHER)
    return words.same_as(one, others, {**visit.memo, "theme": str(one.standing.theme)})


async def join(visit: Visit, theme: int, fields: Mapping[str, Any]) -> None:
    """Make two lines one for good, under the older of both.

    Raises:
        Problem: one of them left the page.
        FieldProblem: one asks for what the other forbids.

    """
    pair = {visit.shown(theme).theme, visit.shown(numbered(fields[words.SAME])).theme}
    root, newer = min(pair), max(pair)
    if root == newer:
        return
    if _opposed(visit, root, newer):
        raise FieldProblem(words.SAME, words.OPPOSED)
    visit.known.themes[newer].same_as = root
    await _move(visit, newer, root)


def _opposed(visit: Visit, one: int, other: int) -> bool:
    """Whether the members of two themes demand and forbid the same: no later finding could join such a pair."""
    polarities = {
        parts.get("polarity")
        for root in (one, other)
        for theme in visit.known.group(root)
        for parts in visit.known.themes[theme].parts
    }
    return {"must", "must-not"} <= polarities


async def _move(visit: Visit, newer: int, root: int) -> None:
    """Let what lay beside the newer line lie beside the older; who marked both keeps the older's mark."""
    session = visit.session
    for table in (Mark, Dismissal):
        there = select(table.person).where(table.theme_id == root)
        await session.execute(delete(table).where(table.theme_id == newer, table.person.in_(there)))
        await session.execute(update(table).where(table.theme_id == newer).values(theme_id=root))
    await session.execute(update(Try).where(Try.theme_id == newer).values(theme_id=root))
    await join_watches(visit, newer, root)
    await _hide_or_show(visit, root)
