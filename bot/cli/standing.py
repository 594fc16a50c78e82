"""What `opshat doctor` says of channels that stopped and of digests that nobody can account for."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from bot.errors import Problem
from bot.postings.words import why_silent

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

    from bot.postings.resend import Lost


async def stopped_and_lost(url: "URL") -> list[tuple[str, str]]:
    """Return what needs somebody, as pairs: what, and one sentence with what to do."""
    from sqlalchemy import select  # noqa: PLC0415 - slow, see bot/cli/__init__.py

    from bot.postings.resend import lost_digests  # noqa: PLC0415 - slow, see bot/cli/__init__.py
    from bot.store.opened import opened  # noqa: PLC0415 - slow, see bot/cli/__init__.py
    from bot.store.tables import Channel  # noqa: PLC0415 - slow, see bot/cli/__init__.py

    async with opened(url) as db, db.read() as session:
        where = Channel.paused_at.is_not(None), Channel.pause_reason != ""
        stopped = (await session.execute(select(Channel.slack_id, Channel.pause_reason).where(*where))).all()
        lost = await lost_digests(session)
    return [
        *(
            (f"channel {slack_id}", f"nothing is posted ({reason}): {why_silent(reason)}.")
            for slack_id, reason in stopped
        ),
        *_lost(lost),
    ]


def _lost(lost: Iterable["Lost"]) -> Iterable[tuple[str, str]]:
    for one in lost:
        say = f"nobody can tell whether it was posted ({one.reason}): look there; `opshat doctor --resend` posts it."
        yield f"digest of {one.week} for {one.channel}", say


async def resend(url: "URL", now: datetime) -> tuple[int, list[str]]:
    """Let all uncertain digests be posted by the running bot; return how many, and why others can't be now."""
    from bot.postings.resend import lost_digests, post_again  # noqa: PLC0415 - slow, see bot/cli/__init__.py
    from bot.store.opened import opened  # noqa: PLC0415 - slow, see bot/cli/__init__.py

    async with opened(url) as db, db.write() as session:
        lost = await lost_digests(session)
        waiting = []
        for one in lost:
            try:
                await post_again(session, one.posting, now)
            except Problem as problem:
                waiting.append(f"digest of {one.week} for {one.channel}: {problem}")
    return len(lost) - len(waiting), waiting
