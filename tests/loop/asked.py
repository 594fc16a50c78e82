"""What a channel was asked, how much it was told, and what was left out."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from bot.playground.world import Message
from tests.team import Team

PARIS = ZoneInfo("Europe/Paris")


def questions(team: Team) -> list[str]:
    """The questions that the channel was asked, oldest first."""
    return [post.text.splitlines()[0] for post in team.posts if "Answer in the thread" in post.text]


def day_of(post: Message) -> date:
    return datetime.fromtimestamp(float(post.ts), UTC).astimezone(PARIS).date()


def keeps_the_budget(posts: list[Message]) -> bool:
    """No seven local dates in a row hold more than three messages."""
    days = [day_of(post) for post in posts]
    return all(sum(0 <= (day - first).days < 7 for day in days) <= 3 for first in days)


async def skips(team: Team) -> list[tuple[str, str]]:
    rows = await team.rows("SELECT kind, reason FROM postings WHERE state = 'skipped' ORDER BY due_at")
    return [(row.kind, row.reason) for row in rows]
