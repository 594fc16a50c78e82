"""Replies in the threads of nudges, over the wire: stored once, in their latest version, and nothing else."""

import asyncio
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from bot.playground.world import Message
from bot.postings import DIGEST, EXTRA, Draft, on_request, write_many
from bot.replies.arrive import Told, on_its_way, store, vetted
from bot.slack.faces import Message as Line
from bot.store.tables import Channel
from tests.slack import RETRY_SCALE
from tests.team import Team, a_team, another_bot

WORDS = "We can't release before the harbour board has signed."


async def asked(team: Team) -> Message:
    """Set the channel up and return its first nudge."""
    await team.set_up()
    return await team.nudged()


async def texts(team: Team) -> list[str | None]:
    return [row.text for row in await team.rows("SELECT text FROM replies ORDER BY ts")]


# Once ----------------------------------------------------------------------------------------------------


async def test_a_reply_that_slack_sends_twice_is_stored_once(team: Team) -> None:
    nudge = await asked(team)
    team.standin.mischief.duplicate_events = 1.0
    await team.reply("ben", nudge, WORDS)
    assert await texts(team) == [WORDS]
    assert len(team.standin.journal.deliveries("message")[-1].attempts) == 2


async def test_two_socket_connections_store_once(team: Team) -> None:
    nudge = await asked(team)
    team.standin.mischief.duplicate_events = 1.0
    async with another_bot(team):
        for number in range(8):
            await team.reply("ben", nudge, f"Reply {number}.")
    assert await texts(team) == [f"Reply {number}." for number in range(8)]


async def test_an_edit_replaces_and_is_read_anew(team: Team) -> None:
    nudge = await asked(team)
    said = await team.reply("ben", nudge, WORDS)
    await team.serve()
    assert await team.count("findings") == 1
    await team["ben"].edit(said, "Nothing stops us, it turns out.")
    await team.serve()
    assert await texts(team) == ["Nothing stops us, it turns out."]
    assert await team.count("findings", "NOT against") == 0


async def test_a_deletion_erases_all_but_that_there_was_something(team: Team) -> None:
    nudge = await asked(team)
    said = await team.reply("ben", nudge, WORDS)
    await team.serve()
    await team["ben"].delete(said)
    await team.serve()
    [row] = await team.rows("SELECT ts, text, person, thread_ts, read_with FROM replies")
    assert tuple(row) == (said.ts, None, None, None, None)
    assert await team.count("findings") == 0


async def test_messages_edits_and_deletions_that_overtake_each_other_end_the_same(team: Team) -> None:
    nudge = await asked(team)
    team.standin.mischief.reorder_events, team.standin.mischief.duplicate_events = 0.5, 0.5
    team.standin.mischief.hold_seconds = 0.05
    for number in range(6):
        said = await team["ben"].say(team.channel, f"First {number}.", thread_ts=nudge.ts)
        await team["ben"].edit(said, f"Second {number}.")
        await team["ben"].edit(said, f"Third {number}.")
        if number % 2:
            await team["ben"].delete(said)
    await team.standin.settle()
    assert await texts(team) == [None if number % 2 else f"Third {number}." for number in range(6)]


async def test_an_edit_long_after_the_thread_closed_is_still_followed(team: Team) -> None:
    nudge = await asked(team)
    said = await team.reply("ben", nudge, "Ask Maria, she can't decide alone.")
    await team.walk.to(team.clock() + timedelta(days=30))
    await team["ben"].edit(said, "Nobody in particular decides.")
    await team.standin.settle()
    assert await texts(team) == ["Nobody in particular decides."]


# What counts ---------------------------------------------------------------------------------------------


async def test_broadcasts_and_comments_on_files_count(team: Team) -> None:
    nudge = await asked(team)
    ben = team["ben"]
    await ben.say(team.channel, "Also to the channel.", thread_ts=nudge.ts, broadcast=True)
    await ben.say(team.channel, "See the plan.", thread_ts=nudge.ts, files=[ben.file("plan.txt", b"x")])
    await team.standin.settle()
    assert await texts(team) == ["Also to the channel.", "See the plan."]


async def test_chatter_and_other_threads_are_never_stored(team: Team) -> None:
    await asked(team)
    chatter = await team["ben"].say(team.channel, WORDS)
    await team["cleo"].say(team.channel, WORDS, thread_ts=chatter.ts)
    await team["ben"].edit(chatter, WORDS + " Really.")
    lone = await team["dov"].say(team.channel, WORDS)
    await team["dov"].delete(lone)
    await team["ben"].delete(chatter)
    await team.standin.settle()
    assert await team.count("replies") == 0


async def test_the_threads_of_digest_welcome_and_notice_are_never_stored(team: Team) -> None:
    nudge = await asked(team)
    await team.reply("ben", nudge, WORDS)
    await team.digested()
    for post in team.posts:
        if post.ts != nudge.ts:
            await team["cleo"].say(team.channel, WORDS, thread_ts=post.ts)
    await team.standin.settle()
    assert await texts(team) == [WORDS]


async def test_a_nudge_takes_replies_for_fourteen_days(team: Team) -> None:
    nudge = await asked(team)
    asked_at = team.clock()
    await team.walk.to(asked_at + timedelta(days=13, hours=23))
    await team.reply("ben", nudge, "Just in time.")
    await team.walk.to(asked_at + timedelta(days=14))
    await team.reply("ben", nudge, "Too late.")
    assert await texts(team) == ["Just in time."]


async def test_a_mention_is_stored_as_someone(team: Team) -> None:
    nudge = await asked(team)
    await team.reply("ben", nudge, "Only @cleo can't say no to that.")
    assert await texts(team) == ["Only @someone can't say no to that."]


async def test_signs_that_a_database_does_not_take_are_left_out(team: Team) -> None:
    nudge = await asked(team)
    await team.reply("ben", nudge, "We can't\x00 wait.")
    assert await texts(team) == ["We can't wait."]


# Whose ---------------------------------------------------------------------------------------------------


async def test_nothing_is_stored_of_somebody_who_opted_out(team: Team) -> None:
    nudge = await asked(team)
    await team["ben"].slash(team.channel, "/opshat privacy")
    await team["ben"].press("privacy_out")
    await team.reply("ben", nudge, WORDS)
    assert await texts(team) == []
    await team["ben"].press("privacy_in")
    await team.reply("ben", nudge, WORDS)
    assert await texts(team) == [WORDS]


async def test_a_guest_is_neither_read_nor_counted(team: Team) -> None:
    nudge = await asked(team)
    guest = team.workspace.add_person("gil", guest=True)
    await guest.join(team.channel)
    await guest.say(team.channel, WORDS, thread_ts=nudge.ts)
    await team.standin.settle()
    assert await texts(team) == []
    assert "Nobody answered" in (await team.digested()).text


async def test_where_slack_cannot_say_who_is_a_guest_it_is_asked_again(team: Team) -> None:
    nudge = await asked(team)
    guest = team.workspace.add_person("gil", guest=True)
    await guest.join(team.channel)
    team.standin.set_retries(scale=RETRY_SCALE, ack_seconds=0.3)
    team.standin.mischief.fail_next("users.info", "500", times=2)
    await guest.say(team.channel, WORDS, thread_ts=nudge.ts)
    await team.reply("ben", nudge, WORDS)
    await team.standin.settle()
    await team.serve()
    [row] = await team.rows("SELECT text, known_member FROM replies WHERE text IS NOT NULL")
    assert tuple(row) == (WORDS, True)
    assert "One person answered" in (await team.digested()).text


async def test_until_slack_says_so_nobody_is_counted(team: Team) -> None:
    nudge = await asked(team)
    team.standin.set_retries(scale=RETRY_SCALE, ack_seconds=0.1)
    team.standin.mischief.fail_sometimes("users.info", "500", 1.0)
    await team.reply("ben", nudge, WORDS)
    assert await texts(team) == [WORDS]
    assert "Nobody answered" in (await team.digested()).text


async def test_without_the_scope_everybody_counts_as_a_member(database_url: str) -> None:
    scopes = ("chat:write", "commands", "channels:history", "channels:read")
    async with a_team(database_url, scopes=scopes) as team:
        nudge = await asked(team)
        await team.reply("ben", nudge, WORDS)
        assert "One person answered" in (await team.digested()).text


async def test_people_of_another_organisation_are_dropped_at_the_door(team: Team) -> None:
    nudge = await asked(team)
    other = team.workspace.add_person("zoe", team="T0THERORG")
    team.workspace.share(team.channel, "T0THERORG")
    await other.join(team.channel)
    said = await other.say(team.channel, WORDS, thread_ts=nudge.ts)
    await other.edit(said, WORDS + " Again.")
    await team.standin.settle()
    assert await team.count("replies") == 0
    await other.delete(said)
    await team.standin.settle()
    assert await texts(team) == [] or await texts(team) == [None]


# Races with our own posting ------------------------------------------------------------------------------


async def test_who_turns_out_to_be_a_guest_takes_along_only_what_waited(team: Team) -> None:
    await team.set_up()
    async with team.bot.db.write() as session:
        channel = await session.get_one(Channel, 1)
        for ts, person, known in (("1.2", "eva", True), ("1.3", "eva", False), ("1.4", "ben", False)):
            told = Told(team.channel.id, ts, "1.1", ts, text=f"{person} {ts}")
            await store(session, channel, told, person, known_member=known)
        await vetted(session, channel, "eva", team.clock(), counts=False)
    assert await texts(team) == ["eva 1.2", None, "ben 1.4"]


async def test_only_a_question_on_its_way_leaves_open_whose_a_thread_is(team: Team) -> None:
    await team.set_up()
    async with team.bot.db.write() as session:
        channel = await session.get_one(Channel, 1)
        for kind, expected in ((DIGEST, set()), (EXTRA, {"due"})):
            draft = Draft(kind, on_request(), team.clock(), Line("said soon"))
            await write_many(session, [(1, draft)])
            assert await on_its_way(session, channel) == expected
        await session.execute(text("UPDATE postings SET state = 'uncertain'"))
        assert await on_its_way(session, channel) == {"uncertain"}


async def test_a_reply_that_comes_before_we_know_our_own_nudge_is_stored(team: Team) -> None:
    """Slack's answer to our post is lost and so is its echo; then somebody is quick."""
    await team.set_up()
    await team.cut_off()
    assert await team.count("postings", "kind = 'nudge' AND state = 'sending'") == 1

    await team["ben"].say(team.channel, WORDS, thread_ts=team.last.ts)
    await asyncio.sleep(0.1)  # the reply is at the door, which cannot tell yet whether it is ours
    assert await texts(team) == []
    await team.change("UPDATE postings SET send_at = :now WHERE state = 'sending'", now=datetime.now(UTC))
    await team.bot.tick()
    await team.standin.settle()
    assert await texts(team) == [WORDS]
    assert await team.count("postings", "kind = 'nudge'") == 1
