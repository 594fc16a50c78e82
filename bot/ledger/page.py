"""`/opshat constraints`: what stands, with marks, evidence, watches and tries beside it; and *Why this?*."""

import re
from collections import Counter

from sqlalchemy import func, select

from bot.constraints.standing import Standing
from bot.ledger import words
from bot.ledger.visit import Visit
from bot.ledger.watching import seen_of
from bot.ledger.words import Entry, OpenTry, Reason
from bot.slack.faces import Modal
from bot.store.beside import evidence_of, marks_of, open_watches
from bot.store.tables import Finding, Mark, Try, Watch, Watcher

_QUOTE = re.compile("“[^”]*”")
_REASONS = 4
_PAST_TRIES = 3


async def page(visit: Visit, note: str = "") -> Modal:
    """Return the channel's constraints as this person may see them."""
    entries = await _entries(visit, visit.visible())
    questions = {
        f"watch:{watch.id}": await seen_of(visit, watch) for watch in await _watches(visit) if watch.theme_id is None
    }
    return words.page(entries, questions, visit.memo, note)


async def details(visit: Visit, theme: int, note: str = "") -> Modal:
    """Return one constraint with what can be done.

    Raises:
        Problem: it left the page.

    """
    return words.details(await entry(visit, theme), visit.memo, note)


async def entry(visit: Visit, theme: int) -> Entry:
    """Return one constraint with what lies beside it; raises as `details` does."""
    return (await _entries(visit, [visit.shown(theme)]))[0]


async def _entries(visit: Visit, shown: list[Standing]) -> list[Entry]:
    themes = [one.theme for one in shown]
    marks = await marks_of(visit.session, themes)
    mine = await _own_marks(visit, themes)
    evidence = await evidence_of(visit.session, visit.known)
    watches = {visit.known.root_of[watch.theme_id]: watch for watch in await _watches(visit) if watch.theme_id}
    own = set(await visit.session.scalars(select(Watcher.watch_id).where(Watcher.person == visit.person)))
    tries = await _tries(visit)
    return [
        Entry(
            standing=one,
            marks=marks.get(one.theme),
            mine=mine.get(one.theme, ""),
            evidence=evidence[one.theme],
            watch=watches[one.theme].id if one.theme in watches else 0,
            seen=await seen_of(visit, watches[one.theme]) if one.theme in watches else "",
            joined=one.theme in watches and watches[one.theme].id in own,
            tries=tries.get(one.theme, ()),
        )
        for one in shown
    ]


async def _own_marks(visit: Visit, themes: list[int]) -> dict[int, str]:
    own = select(Mark.theme_id, Mark.mark).where(Mark.theme_id.in_(themes), Mark.person == visit.person)
    rows = await visit.session.execute(own)
    return {row.theme_id: row.mark for row in rows}


async def _watches(visit: Visit) -> list[Watch]:
    return await open_watches(visit.session, visit.channel.id, visit.week)


async def _tries(visit: Visit) -> dict[int, list[OpenTry]]:
    """Return open tries, and the last three that people ended; what was let go is not mentioned."""
    kept = Try.channel_id == visit.channel.id, Try.outcome != "let go"
    tries: dict[int, list[OpenTry]] = {}
    for one in await visit.session.scalars(select(Try).where(*kept).order_by(Try.outcome != "", Try.id.desc())):
        of_theme = tries.setdefault(visit.known.root_of[one.theme_id], [])
        if not one.outcome or sum(bool(other.outcome) for other in of_theme) < _PAST_TRIES:
            of_theme.append(OpenTry(one.id, one.what, one.feels, one.stops, one.look_on, one.outcome))
    return tries


async def why(visit: Visit, theme: int) -> Modal:
    """Return which rules heard a constraint, in words, what was counted, and how to contest it.

    Raises:
        Problem: it left the page.

    """
    one = await entry(visit, theme)
    heard = await visit.session.execute(
        select(Finding.rule, Finding.why, func.count())
        .where(Finding.theme_id.in_(visit.known.group(one.standing.theme)), ~Finding.against)
        .group_by(Finding.rule, Finding.why)
    )
    counted: Counter[tuple[str, str]] = Counter()
    for rule, because, times in heard:
        # A reason may repeat what somebody wrote; here it is said without.
        counted[rule, _QUOTE.sub("The wording", because)] += times
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:_REASONS]
    return words.why(one, [Reason(rule, because, times) for (rule, because), times in ranked], visit.memo)
