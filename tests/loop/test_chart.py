"""The chart in the digest's thread, where files may be written, and silence about it where they may not."""

import pytest

from bot.playground.world import SCOPES
from tests.team import Team, a_team

BOARD = "We can't release before the harbour board has signed."


async def told(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    for name in ("ada", "ben"):
        await team.reply(name, nudge, BOARD)
    await team.digested()
    await team.serve()


async def test_a_picture_with_alt_text_stands_in_the_thread(database_url: str) -> None:
    async with a_team(database_url) as team:
        await told(team)
        [digest] = [post for post in team.posts if "What was heard here" in post.text]
        [picture] = [file for message in team.workspace.messages(team.channel, digest.ts) for file in message.files]
        assert (picture.content or b"").startswith(b"\x89PNG")
        assert "Voices in threads by week" in picture.alt_text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_without_the_scope_nothing_is_tried(database_url: str) -> None:
    async with a_team(database_url, scopes=[scope for scope in SCOPES if scope != "files:write"]) as team:
        await told(team)
        assert not team.standin.journal.calls("files.getUploadURLExternal")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_upload_that_fails_loses_the_picture_and_nothing_else(database_url: str) -> None:
    async with a_team(database_url) as team:
        team.standin.mischief.fail_next("files.completeUploadExternal", "500")
        await told(team)
        assert await team.count("postings", "kind = 'digest' AND state = 'posted'") == 1
        assert len(team.standin.journal.calls("files.getUploadURLExternal")) == 1
