"""What the page says after time was moved: what happened, not what should have."""

from datetime import UTC, datetime
from pathlib import Path

from bot.playground.run import playing
from bot.playground.seed import ANSWER
from bot.playground.walk import ARRIVED, NOTHING_SAID

NOW = datetime(2026, 3, 5, 15, 20, tzinfo=UTC)


async def test_the_walk_says_what_happened(tmp_path: Path) -> None:
    async with playing(tmp_path, 0, NOW) as slack:
        (place,) = slack.workspaces
        (channel,) = place.team.channels.values()
        assert slack.time is not None
        assert await slack.time.to_next("nudge") == ARRIVED["nudge"]
        nudge = max((it for it in place.from_bot(channel) if ANSWER in str(it.blocks)), key=lambda it: it.ts)
        await place.people[0].click(channel, nudge.ts, "not_this_week", None)
        await slack.settle()
        said = [await slack.time.to_next("nudge") for _ in range(2)]
        assert said == [NOTHING_SAID["nudge"], ARRIVED["nudge"]]
        assert await slack.time.to_next("digest") == ARRIVED["digest"]
