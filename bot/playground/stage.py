"""All that people act upon, in one place."""

from dataclasses import dataclass

from bot.playground.changes import Changes
from bot.playground.delivery import Post
from bot.playground.events import Events
from bot.playground.journal import Journal
from bot.playground.methods.call import Parts


@dataclass(frozen=True, slots=True)
class Stage:
    """All that people act upon."""

    parts: Parts
    post: Post
    events: Events
    changes: Changes
    journal: Journal
