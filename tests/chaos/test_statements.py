"""A process dies between any two statements of a posting and of a week's closing: another goes on, nothing twice.

The death is played in this process, and so hits every place rather than some by chance: from the n-th statement
or commit on, whatever the bot wants of its database raises, and only what was committed counts. Each week of one
team's year dies one statement later.
"""

import contextlib
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, update

from bot.app import Bot
from bot.replies import answer
from bot.store.tables import Channel, Posting
from tests.team import Team, a_team

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
LIMIT = "We can't release before the harbour board has signed."


class Killed(Exception):  # noqa: N818 - what happened, no error
    """What a dead process gets of its database."""


class Killer:
    """Lets a bot's process die at its n-th statement or commit."""

    def __init__(self, bot: Bot, at: int) -> None:
        self._left = at
        self._engine = bot.db.engine.sync_engine
        for what in ("before_cursor_execute", "commit"):
            event.listen(self._engine, what, self._count)

    def bury(self) -> None:
        """Let the next process use the same database."""
        for what in ("before_cursor_execute", "commit"):
            event.remove(self._engine, what, self._count)

    @property
    def struck(self) -> bool:
        return self._left <= 0

    def _count(self, *_: object) -> None:
        self._left -= 1
        if self.struck:
            raise Killed


class Deaths:
    """One team whose bot dies again and again; `team.bot` only sets it up."""

    def __init__(self, team: Team) -> None:
        self.team = team

    async def die_at(self, statement: int) -> bool:
        """Tick in a process that dies at a statement, then in one that lives; return whether it came to die."""
        killer = Killer(self.team.bot, statement)
        with contextlib.suppress(ExceptionGroup):
            await self.team.bot.tick()
        killer.bury()
        await self.live()
        return killer.struck

    async def live(self) -> None:
        """Let the lease of a dead process run out, and a new one do the rest."""
        bot = self.team.bot
        await bot.tick()
        while await bot.postman.waiting():
            async with bot.db.write() as session:
                await session.execute(update(Posting).where(Posting.send_at.is_not(None)).values(send_at=LONG_AGO))
            await bot.tick()

    async def answer_week(self) -> None:
        """Two people say the same in the latest nudge's thread, three privately."""
        nudge = next(post for post in reversed(self.team.posts) if "Answer in the thread" in post.text)
        for name in ("ada", "ben"):
            await self.team[name].say(self.team.channel, LIMIT, thread_ts=nudge.ts)
        bot = self.team.bot
        async with bot.db.write() as session:
            channel = await session.get_one(Channel, 1)
            latest = await answer.latest_nudge(session, channel)
            for name in ("cleo", "dov", "eva"):
                given = answer.Given(f"{latest.id[:20]}{name}", latest.id, self.team[name].id, LIMIT)
                await answer.store(session, bot.keys, channel, given, self.team.clock())

    def said(self) -> list[str]:
        return [str(m.metadata["event_payload"]["posting_id"]) for m in self.team.posts if m.metadata]

    async def check(self) -> None:
        """Everything stands once in Slack, and the database knows where."""
        said, team = self.said(), self.team
        assert len(said) == len(set(said))
        assert await team.count("postings", "state NOT IN ('posted', 'skipped')") == 0
        assert await team.count("postings", "state = 'posted'") == len(said)

    async def check_week(self, closed: int) -> None:
        """Every closed week counted five voices, once, and kept nothing private."""
        team = self.team
        assert await team.count("private_answers") == 0
        assert await team.count("weeks", "closed_at IS NOT NULL AND key IS NOT NULL") == 0
        rows = await team.rows("SELECT thread_voices, private_voices FROM theme_weeks")
        assert [tuple(row) for row in rows] == [(2, 3)] * closed


@pytest.mark.parametrize(("database_url", "step"), [("sqlite", 1), ("postgres", 4)], indirect=["database_url"])
async def test_a_death_at_any_statement_leaves_one_nudge_one_count_one_digest(database_url: str, step: int) -> None:
    async with a_team(database_url) as team:
        await team.set_up()
        await team.stay()
        await team.walk.forward(1)
        team.workspace.app.subscriptions.clear()  # nothing comes in by events: nobody holds the door
        deaths = Deaths(team)
        alive: set[str] = set()
        for closed, statement in enumerate(itertools.count(1, step), start=1):
            for kind in ("nudge", "digest"):
                await _to(team, kind)
                if not await deaths.die_at(statement):
                    alive.add(kind)
                await deaths.check()
                if kind == "nudge":
                    await deaths.answer_week()
                    # Read from the thread, as after any gap; then the week ends.
                    await team.bot.gaps.note_all()
                    await team.bot.gaps.heal(team.clock())
                    await deaths.live()
                    await _to(team, "week")
                    if not await deaths.die_at(statement):
                        alive.add("week")
                    await deaths.live()
                    await deaths.check_week(closed)
            if alive == {"nudge", "digest", "week"}:
                break
        assert statement > 20, "there were statements to die at"


async def _to(team: Team, what: str) -> None:
    column: Any = {"nudge": "nudge_at", "digest": "digest_at", "week": "week_ends_at"}[what]
    async with team.bot.db.read() as session:
        channel = await session.get_one(Channel, 1)
    team.clock.move_to(getattr(channel, column) + timedelta(seconds=1))
