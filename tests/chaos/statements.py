"""Processes that die between any two statements of a posting and of a week's closing: another goes on, nothing twice.

Each week of one team's year a process of the bot is killed with `kill -9` one statement later, in the tick of a nudge,
of a week's end and of a digest, until none of them comes to die. `tests.chaos.full` goes through every statement.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update

from bot.replies import answer
from bot.store.tables import Channel, Posting
from tests.chaos.doomed import dies
from tests.team import Team, a_team

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
LIMIT = "We can't release before the harbour board has signed."
_MOMENTS = {"nudge": "nudge_at", "week": "week_ends_at", "digest": "digest_at"}


class Deaths:
    """One team whose bot dies again and again; `team.bot` only sets it up, and goes on after each death."""

    def __init__(self, team: Team) -> None:
        self.team = team
        self.deaths: Counter[str] = Counter()
        self.closed = 0

    async def go_through(self, first: int, step: int) -> None:
        """Die at every `step`-th statement from the first on, until nothing is left to die in."""
        await self.team.set_up()
        await self.team.stay()
        await self.team.walk.forward(1)
        self.team.workspace.app.subscriptions.clear()  # nothing comes in by events: nobody holds the door
        statement, died = first, True
        while died:
            died = await self._die_in("nudge", statement)
            await self._answer_week()
            died |= await self._die_in("week", statement)
            self.closed += 1
            await self._check_week()
            died |= await self._die_in("digest", statement)
            statement += step

    async def _die_in(self, what: str, statement: int) -> bool:
        async with self.team.bot.db.read() as session:
            channel = await session.get_one(Channel, 1)
        self.team.clock.move_to(getattr(channel, _MOMENTS[what]) + timedelta(seconds=1))
        settings = self.team.settings.model_dump(exclude_unset=True)
        died = await dies(settings, self.team.clock.offset, statement)
        self.deaths[what] += died
        await self._live()
        await self._check()
        return died

    async def _live(self) -> None:
        """Let the lease of a dead process run out, and another do the rest."""
        bot = self.team.bot
        await bot.tick()
        while await bot.postman.waiting():
            async with bot.db.write() as session:
                await session.execute(update(Posting).where(Posting.send_at.is_not(None)).values(send_at=LONG_AGO))
            await bot.tick()

    async def _answer_week(self) -> None:
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
        # Read from the thread, as after any gap.
        await bot.gaps.note_all()
        while bot.gaps.waits():
            await bot.gaps.heal(self.team.clock())

    async def _check(self) -> None:
        """Everything stands once in Slack, and the database knows where."""
        said: list[Any] = [m.metadata["event_payload"]["posting_id"] for m in self.team.posts if m.metadata]
        assert len(said) == len(set(said))
        assert await self.team.count("postings", "state NOT IN ('posted', 'skipped')") == 0
        assert await self.team.count("postings", "state = 'posted'") == len(said)

    async def _check_week(self) -> None:
        """Every closed week counted five voices, once, and kept nothing private."""
        assert await self.team.count("private_answers") == 0
        assert await self.team.count("weeks", "closed_at IS NOT NULL AND key IS NOT NULL") == 0
        rows = await self.team.rows("SELECT thread_voices, private_voices FROM theme_weeks")
        assert [tuple(row) for row in rows] == [(2, 3)] * self.closed


async def go_through(database_url: str, *, first: int = 1, step: int = 1) -> Counter[str]:
    """Kill at every `step`-th statement on a migrated, empty database; return how often in each tick.

    Raises:
        AssertionError: something was lost, or came twice.

    """
    async with a_team(database_url) as team:
        deaths = Deaths(team)
        await deaths.go_through(first, step)
        return deaths.deaths
