"""The weekly digest, over the wire: what it says, what it never says, and who sees it."""

import re
from typing import Any

from bot.digests.words import ASKING_LESS
from bot.playground.world import Message
from bot.prompts import OWN_PACKS, read_packs
from tests.team import NAMES, Team, a_team

WORDS = "We can't release before the harbour board has signed."
ALONE = "We can't buy lanterns until winter is over."


def words_of(blocks: list[dict[str, Any]]) -> list[str]:
    """Every word that the blocks show, without markup, bars, buttons and the link's label."""
    blocks = [block for block in blocks if block["type"] != "actions"]
    shown = " ".join(str(text) for text in re.findall(r"'text': ['\"](.*?)['\"][,}]", str(blocks)))
    plain = re.sub(r"<[^>]*>|[*▁▂▃▄▅▆▇█]|\\n", " ", shown)
    return re.findall(r"[\w’']+", plain.casefold())


async def told(team: Team, *private: str) -> Message:
    await team.set_up()
    nudge = await team.nudged()
    await team.reply("ada", nudge, WORDS)
    await team.reply("ben", nudge, WORDS)
    await team.reply("finn", nudge, ALONE)
    for name in private:
        await team.answer(name, WORDS)
    return await team.digested()


async def test_the_text_says_everything_that_the_blocks_show(team: Team) -> None:
    digest = await told(team, "cleo", "dov", "eva")
    text = set(re.findall(r"[\w’']+", digest.text.casefold()))
    assert set(words_of(digest.blocks)) <= text


async def test_it_is_short_and_names_nobody_and_no_share(team: Team) -> None:
    digest = await told(team, "cleo", "dov", "eva")
    everything = f"{digest.text} {digest.blocks}"
    assert len(digest.text.split()) <= 150
    assert not [name for name in NAMES if re.search(rf"\b{name}\b", everything)]
    assert not [name for name in NAMES if team[name].id in everything]
    assert "%" not in everything
    assert " of six" not in everything


async def test_a_line_links_the_nudges_thread_and_no_reply(team: Team) -> None:
    digest = await told(team)
    nudge = next(post for post in team.posts if "Answer in the thread" in post.text)
    links = re.findall(r"archives/\w+/p(\d+)", str(digest.blocks))
    assert links
    assert set(links) == {nudge.ts.replace(".", "")}


async def test_what_one_person_alone_says_is_only_counted(team: Team) -> None:
    digest = await told(team)
    assert "lantern" not in f"{digest.text} {digest.blocks}".casefold()


async def test_saying_it_three_times_is_one_voice(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    for _ in range(3):
        await team.reply("ada", nudge, WORDS)
    digest = await team.digested()
    assert "One person answered in the thread." in digest.text
    assert "Heard from" not in str(digest.blocks)


async def test_a_reply_belongs_to_the_week_of_its_own_time(team: Team) -> None:
    await team.set_up()
    first = await team.nudged()
    await team.digested()
    await team.nudged()
    await team.reply("ada", first, WORDS)
    assert "One person answered in the thread." in (await team.digested()).text


async def test_an_early_look_tells_of_the_last_week_never_of_the_open_one(team: Team) -> None:
    await told(team, "cleo", "dov", "eva")
    await team.nudged()
    for name in NAMES[:4]:
        await team.answer(name, "Nobody may ever open the old lighthouse door.")
    seen = await team["finn"].slash(team.channel, "/opshat digest")
    assert "Two people answered" not in seen.text
    assert "Three people answered in the thread, three privately." in seen.text
    assert "lighthouse" not in seen.text


async def test_the_command_shows_the_last_one_to_the_asker_only(team: Team) -> None:
    digest = await told(team)
    posts = len(team.posts)
    seen = await team["cleo"].slash(team.channel, "/opshat digest")
    assert seen.text == digest.text
    await team.serve()
    assert len(team.posts) == posts
    assert team["dov"].ephemerals(team.channel) == []


async def test_before_the_first_week_has_closed_it_says_when(team: Team) -> None:
    await team.set_up()
    seen = await team["cleo"].slash(team.channel, "/opshat digest")
    assert "There is no digest of this channel yet; the first comes Monday 14 September at 10:00" in seen.text


async def test_a_week_once_told_stays_told(team: Team) -> None:
    """An edit after the closing changes neither the content nor a second look."""
    await team.set_up()
    nudge = await team.nudged()
    said = await team.reply("ada", nudge, WORDS)
    await team.reply("ben", nudge, WORDS)
    digest = await team.digested()
    await team["ada"].delete(said)
    await team.serve()
    assert (await team["cleo"].slash(team.channel, "/opshat digest")).text == digest.text


async def test_a_digest_that_slack_refuses_for_a_while_comes_from_the_frozen_content(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    await team.reply("ada", nudge, WORDS)
    due = await team.bot.next_moment("digest")
    assert due is not None
    team.standin.mischief.fail_next("chat.postMessage", "429", retry_after=0)
    await team.walk.to(due)
    assert "One person answered in the thread." in team.last.text
    assert sum("What was heard here" in post.text for post in team.posts) == 1


async def test_after_three_quiet_digests_the_bot_says_nothing(sqlite_url: str) -> None:
    async with a_team(sqlite_url) as team:
        await team.set_up()
        await team.stay()
        for _ in range(6):
            await team.walk.to_next("nudge")
            await team.walk.to_next("digest")
        told = [post.text for post in team.posts if "What was heard here" in post.text]
        assert [ASKING_LESS in text for text in told] == [False, False, False, True]
        assert await team.count("postings", "kind = 'digest' AND reason = 'nothing to tell'") == 2


async def test_quiet_weeks_are_told_in_words_that_take_turns(sqlite_url: str) -> None:
    async with a_team(sqlite_url) as team:
        await team.set_up()
        await team.stay()
        lines = {line.text for line in read_packs([OWN_PACKS]).quiet_lines}
        told = []
        for _ in range(4):
            nudge = await team.nudged()
            await team.reply("ada", nudge, "A good week.")
            digest = await team.digested()
            [said] = [line for line in digest.text.splitlines() if line in lines]
            told.append(said)
            seen = await team["ada"].slash(team.channel, "/opshat digest")
            assert said in seen.text
        assert len(set(told)) == 4
