"""*Count this* over the wire: one's own message counts as volunteered, another's is left alone."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.playground.world import SCOPES, Message
from tests.team import Team, a_team

BOARD = "We can't release before the harbour board has signed."
ROOT = Path(__file__).parents[2]


@pytest.fixture
async def team(database_url: str) -> AsyncIterator[Team]:
    async with a_team(database_url) as team:
        yield team


async def count_this(team: Team, name: str, message: Message) -> str:
    seen = await team[name].shortcut("count_this", message)
    await seen.something()
    return seen.text


async def said(team: Team, name: str, words: str, thread_ts: str | None = None) -> Message:
    message = await team[name].say(team.channel, words, thread_ts=thread_ts)
    await team.standin.settle()
    return message


def test_the_manifest_offers_it() -> None:
    manifest = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))
    [shortcut] = manifest["features"]["shortcuts"]
    assert (shortcut["type"], shortcut["callback_id"]) == ("message", "count_this")


async def test_ones_own_message_counts_as_volunteered(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    await team.reply("ben", nudge, BOARD)
    message = await said(team, "ada", f"@ben <@{team['ben'].id}> {BOARD}")
    assert await team.count("replies") == 1
    assert "it counts in this week's digest" in await count_this(team, "ada", message)
    rows = await team.rows("SELECT ts, text, thread_ts FROM replies")
    assert (message.ts, f"@someone @someone {BOARD}", None) in rows
    assert "counts already" in await count_this(team, "ada", message)
    digest = await team.digested()
    assert "heard from two in the thread" in digest.text
    [week] = await team.rows("SELECT content FROM weeks WHERE content IS NOT NULL")
    content = week[0] if isinstance(week[0], dict) else json.loads(week[0])
    assert content["lines"][0]["volunteered"]
    assert content["lines"][0]["threads"] == [nudge.ts]


async def test_anothers_message_is_not_stored_and_that_is_said(team: Team) -> None:
    await team.set_up()
    message = await said(team, "ben", BOARD)
    assert "Only your own messages can be counted" in await count_this(team, "ada", message)
    [welcome] = team.posts
    assert "Only your own messages can be counted" in await count_this(team, "ada", welcome)
    assert await team.count("replies") == 0


async def test_where_nothing_is_set_up_nothing_is_stored(team: Team) -> None:
    message = await said(team, "ada", BOARD)
    assert "The bot is not in this channel" in await count_this(team, "ada", message)
    await team["ada"].invite_bot(team.channel)
    await team.serve()
    assert "Nothing is scheduled in this channel yet" in await count_this(team, "ada", message)
    assert await team.count("replies") == 0


async def test_it_follows_edits_and_deletions(team: Team) -> None:
    await team.set_up()
    message = await said(team, "ada", BOARD)
    other = await said(team, "ada", "Good morning.")
    await count_this(team, "ada", message)
    await team["ada"].edit(message, "We have no budget for training.")
    await team["ada"].edit(other, "Good morning, all.")
    await team.serve()
    assert [tuple(row) for row in await team.rows("SELECT text, thread_ts FROM replies")] == [
        ("We have no budget for training.", None)
    ]
    await team["ada"].delete(message)
    await team.serve()
    assert await team.count("replies", "text IS NULL AND person IS NULL") == 1


async def test_over_http_too(database_url: str) -> None:
    async with a_team(database_url, http=True) as team:
        await team.set_up()
        message = await said(team, "ada", BOARD)
        await count_this(team, "ada", message)
        for text in ("We have no budget for training.", "We have no budget for tools."):
            await team["ada"].edit(message, text)
        await team.standin.settle()
        assert await team.rows("SELECT text FROM replies") == [("We have no budget for tools.",)]
        await team["ada"].delete(message)
        await team.standin.settle()
        assert await team.count("replies", "text IS NULL AND person IS NULL") == 1


async def test_in_a_thread_of_ours_it_is_a_reply_and_in_another_it_has_no_thread(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    chat = await said(team, "ben", "Lunch?")
    elsewhere = await said(team, "ada", BOARD, thread_ts=chat.ts)
    ours = await said(team, "ada", BOARD, thread_ts=nudge.ts)
    assert "counts already" in await count_this(team, "ada", ours)
    await count_this(team, "ada", elsewhere)
    await team["ada"].edit(elsewhere, "We can't deploy on Fridays.")
    await team.serve()
    rows = {row[0]: row[1] for row in await team.rows("SELECT ts, thread_ts FROM replies")}
    assert rows == {ours.ts: nudge.ts, elsewhere.ts: None}


async def test_a_closed_week_takes_nothing_more(team: Team) -> None:
    await team.set_up()
    message = await said(team, "ada", BOARD)
    await team.digested()
    assert "a week that has closed" in await count_this(team, "ada", message)
    assert await team.count("replies") == 0


async def test_what_was_deleted_or_opted_out_of_stays_so(team: Team) -> None:
    await team.set_up()
    message = await said(team, "ada", BOARD)
    await count_this(team, "ada", message)
    await team["ada"].slash(team.channel, "/opshat privacy")
    await team["ada"].press("privacy_delete")
    await team["ada"].press("privacy_surely")
    await team["ada"].press("privacy_out")
    assert "was deleted, and stays so" in await count_this(team, "ada", message)
    assert "You opted out here" in await count_this(team, "ada", await said(team, "ada", BOARD))
    assert await team.count("replies", "text IS NOT NULL") == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_it_works_without_reading_any_channel(database_url: str) -> None:
    async with a_team(database_url, scopes=[scope for scope in SCOPES if "history" not in scope]) as team:
        await team.set_up()
        nudge = await team.nudged()
        reply = await said(team, "ada", BOARD, thread_ts=nudge.ts)
        assert await team.count("replies") == 0
        await count_this(team, "ada", reply)
        assert await team.rows("SELECT thread_ts FROM replies") == [(nudge.ts,)]
