"""What a closing does beside counting: evidence joins the constraint it speaks of, and what was dismissed returns."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.constraints.standing import HIDES_AT, returns
from bot.constraints.themes import Known, Themes
from bot.digests.count import Heard
from bot.store.tables import Dismissal, Finding, Reply, Theme


async def join_evidence(
    session: AsyncSession, themes: Themes, known: Sequence[Known], this_week: Iterable[Any]
) -> None:
    """Join this week's limits that somebody rejected, has walked past or doubts to the constraint that each means.

    Evidence never starts a constraint: without one that is near enough it stays unjoined.
    """
    rows = await session.execute(
        select(Reply.text, Finding)
        .join(Finding, Finding.reply_id == Reply.id)
        .where(*this_week, Finding.against)
        .order_by(Reply.ts, Finding.id)
    )
    for words, finding in rows:
        parts = themes.parts(str(words)[finding.start : finding.end], finding.kind)
        joined = themes.join(parts, known)
        finding.theme_id = int(joined) if joined else None


async def bring_back(
    session: AsyncSession, rows: Mapping[int, Theme], heard: Iterable[Heard], private: Mapping[tuple[str, str], int]
) -> None:
    """Forget the dismissals of what enough new voices have said since.

    A line that is hidden for the channel returns with all its dismissals at once; one that a single person
    hid returns for that person.

    Args:
        session: the closing's transaction.
        rows: the channel's themes by id.
        heard: voices in threads, this week's included.
        private: (theme, week) -> private voices that could be told, this week's included.

    """
    people: defaultdict[str, list[Heard]] = defaultdict(list)
    for said in heard:
        if not said.private:
            people[said.theme].append(said)
    dismissals = await session.scalars(select(Dismissal).where(Dismissal.theme_id.in_(rows)))
    for dismissal in dismissals:
        theme = rows[dismissal.theme_id]
        since = theme.hidden_in or dismissal.week
        name = str(theme.id)
        if returns(
            (said.voice for said in people[name] if said.week >= since),
            (voices for (other, week), voices in private.items() if other == name and week >= since),
        ):
            await session.delete(dismissal)
    await session.flush()
    await _show_again(session, rows)


async def _show_again(session: AsyncSession, rows: Mapping[int, Theme]) -> None:
    left = Counter(await session.scalars(select(Dismissal.theme_id).where(Dismissal.theme_id.in_(rows))))
    for theme in rows.values():
        if theme.hidden_in and left[theme.id] < HIDES_AT:
            theme.hidden_in = None
