"""What a nudge asks is chosen when its turn has come to be said, and written down before it is."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot import postings
from bot.nudges import words
from bot.nudges.choosing import Question, next_question, past_of
from bot.postings import Draft
from bot.prompts import Packs
from bot.store.tables import Channel, Posting


async def choose_questions(
    packs: Callable[[], Packs], session: AsyncSession, nudges: Sequence[tuple[Posting, Channel]]
) -> None:
    """Choose what each of these nudges asks its channel."""
    known, pasts = packs(), await past_of(session, [channel.id for _, channel in nudges])
    for posting, channel in nudges:
        question = next_question(known, channel, pasts[channel.id], posting.due_at)
        postings.fill(posting, asking(posting.kind, posting.due, posting.due_at, question))


def asking(kind: str, due: str, due_at: datetime, question: Question) -> Draft:
    """Return the posting that asks a question."""
    return Draft(
        kind=kind,
        due=due,
        due_at=due_at,
        message=words.nudge(question),
        prompt_id=question.id,
        question=question.words,
        theme_id=question.theme,
    )
