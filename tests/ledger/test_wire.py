"""Constraints over the wire, as a team of six meets them: from the first digest to what came of a try."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.nudges.choosing import past_of
from bot.prompts import OWN_PACKS, read_packs
from tests.ledger.scenes import (
    BOARD,
    TRAINING,
    a_week,
    actions,
    click,
    open_first,
    press,
    seen,
    the_page,
    two_weeks,
    word_count,
)
from tests.team import Team, a_team

LOOK_BACKS = {line.text for line in read_packs([OWN_PACKS]).look_backs}


@pytest.fixture
async def team(database_url: str) -> AsyncIterator[Team]:
    async with a_team(database_url) as team:
        yield team


@pytest.fixture(autouse=True)
async def everything_fits(team: Team) -> AsyncIterator[None]:
    """Whatever a test lets the bot send is taken by Slack, and no digest is longer than 150 words."""
    yield
    assert not [call for call in team.standin.journal.calls() if not call.accepted]
    assert not team.standin.journal.refused
    assert all(word_count(post) <= 150 for post in team.posts)


async def test_before_anything_is_set_up_it_says_how(team: Team) -> None:
    await team["ada"].invite_bot(team.channel)
    await team.serve()
    answer = await team["ada"].slash(team.channel, "/opshat constraints")
    assert "`/opshat schedule` sets it up" in answer.text


async def test_the_first_digest_only_listens(team: Team) -> None:
    await team.set_up()
    digest = await a_week(team, ("ada", BOARD[0]), ("ben", BOARD[1]))
    offered = actions(digest.blocks)
    assert {"digest_why", "digest_dismiss", "digest_watch"} <= offered
    assert not {"digest_mark", "digest_try"} & offered


async def test_the_second_digest_offers_marks_and_tries_and_says_why(team: Team) -> None:
    digest = await two_weeks(team)
    assert {"digest_mark", "digest_try", "digest_watch", "digest_why", "digest_dismiss"} <= actions(digest.blocks)
    why = await click(team, "dov", digest, "digest_why")
    assert "What heard it:" in why
    assert "2, 2." in why
    assert "*Not a constraint* hides it for you" in why
    assert "signed" not in why


async def test_the_page_lists_what_two_people_named_and_not_what_one_did(team: Team) -> None:
    await team.set_up()
    await a_week(team, ("ada", BOARD[0]), ("ben", BOARD[1]), ("cleo", TRAINING[0]))
    page = await the_page(team, "dov")
    assert "change board*" in page
    assert "Heard, first in the week of 7 September." in page
    assert "training" not in page


async def test_the_page_never_shows_the_open_week(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    for name, words in zip(("ada", "ben"), BOARD, strict=False):
        await team.reply(name, nudge, words)
    for name in ("cleo", "dov", "eva"):
        await team.answer(name, BOARD[0])
    await team.serve()
    assert "Nothing has recurred here yet." in await the_page(team, "finn")


async def test_marks_stand_side_by_side_from_three_on(team: Team) -> None:
    await two_weeks(team)
    for name, mark in (("ada", "real"), ("ben", "perceived")):
        await open_first(team, name)
        shown = await press(team, name, f"ledger_mark {mark}")
    assert "Marks are shown once three people have marked." in shown
    assert "Your mark: Perceived." in shown
    await open_first(team, "cleo")
    shown = await press(team, "cleo", "ledger_mark keep")
    assert "Marked: Real 1 · Perceived 1 · Don't know 0 · Worth keeping 1." in shown
    assert "Some say it is real and some do not. What would show which?" in shown
    shown = await press(team, "cleo", "ledger_mark unknown")
    assert "Real 1 · Perceived 1 · Don't know 1 · Worth keeping 0." in shown
    digest = await a_week(team, ("ada", BOARD[2]))
    assert "Marked: Real 1 · Perceived 1 · Don't know 1 · Worth keeping 0." in digest.text


async def test_not_a_constraint_hides_for_one_then_for_all_and_three_new_voices_bring_it_back(team: Team) -> None:
    digest = await two_weeks(team)
    assert "Hidden for you." in await click(team, "ada", digest, "digest_dismiss")
    assert "Nothing has recurred here yet." in await the_page(team, "ada")
    assert "Heard, first" in await the_page(team, "ben")
    assert "hidden for this channel" in await click(team, "ben", digest, "digest_dismiss")
    assert "Nothing has recurred here yet." in await the_page(team, "cleo")
    hidden = await a_week(team, ("dov", BOARD[0]), ("eva", BOARD[1]))
    assert "digest_why" not in actions(hidden.blocks)
    assert "dismissed" in hidden.text
    back = await a_week(team, ("finn", BOARD[2]))
    assert "digest_why" in actions(back.blocks)
    assert "dismissed" not in back.text
    assert "Heard, first" in await the_page(team, "ada")


async def test_what_was_hidden_by_mistake_is_taken_back(team: Team) -> None:
    digest = await two_weeks(team)
    await click(team, "ada", digest, "digest_dismiss")
    answer = team["ada"].ephemerals(team.channel)[-1]
    assert "Shown again." in await click(team, "ada", answer, "ledger_take_back")
    assert "Heard, first" in await the_page(team, "ada")


async def test_two_lines_become_one_and_a_person_counts_once(team: Team) -> None:
    await team.set_up()
    both = [(name, words) for name in ("ada", "ben") for words in (BOARD[0], TRAINING[0])]
    await a_week(team, *both)
    assert (await the_page(team, "ada")).count("Heard, first") == 2
    await press(team, "ada", "ledger_open")
    await press(team, "ada", "ledger_same")
    other = (team["ada"].view.blocks[1]["element"]["options"])[0]["value"]  # type: ignore[union-attr] # it is open
    await team["ada"].submit({"ledger_same": other})
    assert "counted as one" in seen(team["ada"])
    assert (await the_page(team, "ada")).count("Heard, first") == 1
    digest = await a_week(team, *both, ("cleo", TRAINING[1]))
    assert "from three in the thread" in digest.text
    assert "By week: 2, 3." in digest.text
    assert (await the_page(team, "ben")).count("Heard, first") == 1


async def test_a_watch_is_one_tap_and_the_bot_does_the_watching(team: Team) -> None:
    digest = await two_weeks(team)
    assert (await click(team, "ada", digest, "digest_watch")).startswith("Watching.")
    assert "and now by you too" in await click(team, "ben", digest, "digest_watch")
    assert "You watch this already" in await click(team, "ben", digest, "digest_watch")
    first = await a_week(team, ("ada", BOARD[0]))
    assert "for a week: heard once." in first.text
    quiet = await a_week(team, ("ada", "The coffee was good this week."))
    assert "for two weeks: heard once, then quiet." in quiet.text
    for _ in range(6):
        last = await a_week(team, ("ada", "A good week all in all."))
    assert "for eight weeks: heard once, then quiet. The watch ends here." in last.text
    assert "Watching" not in (await a_week(team, ("ada", "Another good week."))).text
    assert await team.count("watches", "ended_at IS NULL") == 0


async def test_a_question_is_watched_too(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    assert (await click(team, "eva", nudge, "watch")).startswith("Watching.")
    for name, words in zip(("ada", "ben"), BOARD, strict=False):
        await team.reply(name, nudge, words)
    digest = await team.digested()
    assert "Watching what the question of 8 September raised for a week: heard twice." in digest.text
    later = await a_week(team, ("cleo", BOARD[0]))
    assert "for two weeks: heard three times." in later.text
    page = await the_page(team, "dov")
    assert "Watching what the question of 8 September raised" in page
    assert "Let go." in await press(team, "dov", "ledger_let_go")


async def test_a_fourth_asks_which_may_go(team: Team) -> None:
    await team.set_up()
    for _ in range(3):
        nudge = await team.nudged()
        await click(team, "ada", nudge, "watch")
        for name, words in zip(("ada", "ben"), BOARD, strict=False):
            await team.reply(name, nudge, words)
        digest = await team.digested()
    asked = await click(team, "ben", digest, "digest_watch")
    assert "Three watches and tries are open here" in asked
    assert await team.count("watches", "ended_at IS NULL") == 3
    options = team["ben"].view.blocks[1]["element"]["options"]  # type: ignore[union-attr] # it is open
    await team["ben"].submit({"ledger_let_go": options[0]["value"]})
    assert seen(team["ben"]).startswith("Watching.")
    assert await team.count("watches", "ended_at IS NULL") == 3
    assert await team.count("watches", "theme_id IS NOT NULL") == 1


TRY = {
    "what": "Ship <the> docs & nothing else without the board",
    "feels": "The two who sign",
    "stops": "One reader who is misled",
    "look": "2026-10-06",
}


async def a_try(team: Team) -> None:
    digest = await two_weeks(team)
    await click(team, "ada", digest, "digest_try")
    await team["ada"].submit(TRY)
    assert "on or after 6 October" in seen(team["ada"])


async def test_what_two_people_dismissed_is_neither_asked_about_nor_leant_on(team: Team) -> None:
    digest = await two_weeks(team)
    [channel] = await team.rows("SELECT id FROM channels")
    async with team.bot.db.read() as session:
        assert (await past_of(session, [channel.id]))[channel.id].kinds()
    await click(team, "ada", digest, "digest_dismiss")
    await click(team, "ben", digest, "digest_dismiss")
    async with team.bot.db.read() as session:
        past = (await past_of(session, [channel.id]))[channel.id]
    assert past.kinds() == ()
    assert [content["lines"] for content in past.contents] == [[], []]


async def test_a_try_is_told_as_written_and_looked_back_on_once(team: Team) -> None:
    await a_try(team)
    opened = await open_first(team, "ben")
    assert "Ship <the> docs & nothing else without the board" in opened
    assert "We stop if: One reader who is misled" in opened
    running = await a_week(team, ("ada", BOARD[0]))
    assert "Being tried: “Ship &lt;the&gt; docs &amp; nothing else without the board”" in running.text
    await a_week(team, ("ada", BOARD[0]))
    asked = await a_week(team, ("ada", BOARD[0]))
    asks = asked.text.split("Time to look at a try: “Ship &lt;the&gt; docs &amp; nothing else without the board”. ")[1]
    assert asks.splitlines()[0] in LOOK_BACKS
    told = await click(team, "cleo", asked, "digest_look taught")
    assert told.startswith("Kept: taught us something.")
    assert "answered already: taught us something" in await click(team, "dov", asked, "digest_look no difference")
    ended = await a_week(team, ("ada", BOARD[0]))
    assert "Tried: “Ship &lt;the&gt; docs &amp; nothing else without the board”. Taught us something." in ended.text
    assert "Tried:" not in (await a_week(team, ("ada", BOARD[0]))).text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_look_that_slack_refused_to_post_is_asked_again(team: Team) -> None:
    await a_try(team)
    for _ in range(3):
        asked = await a_week(team, ("ada", BOARD[0]))
    assert "Time to look at a try" in asked.text
    await team.change(
        "UPDATE postings SET ts = NULL, state = 'refused' WHERE kind = 'digest' "
        "AND due_at = (SELECT asked_at FROM tries)"
    )
    assert "Time to look at a try" in (await a_week(team, ("ada", BOARD[0]))).text


async def test_an_unanswered_try_is_let_go_without_a_word(team: Team) -> None:
    await a_try(team)
    digests = [await a_week(team, ("ada", BOARD[0])) for _ in range(6)]
    assert sum("Time to look at a try" in digest.text for digest in digests) == 1
    assert "Ship" not in digests[-1].text
    assert await team.rows("SELECT outcome FROM tries") == [("let go",)]
    assert "Ship" not in await open_first(team, "ben")


async def test_a_try_that_is_too_long_or_not_soon_says_so_beside_the_field(team: Team) -> None:
    digest = await two_weeks(team)
    await click(team, "ada", digest, "digest_try")
    await team["ada"].submit({**TRY, "what": "a b c d e f g h i j k l m n o p"})
    assert "fifteen words or fewer" in str(team["ada"].view.errors)  # type: ignore[union-attr] # it stays open
    await team["ada"].submit({**TRY, "look": "2027-10-06"})
    assert "at most eight weeks" in str(team["ada"].view.errors)  # type: ignore[union-attr] # as above
    assert await team.count("tries") == 0


async def test_what_was_said_against_a_constraint_is_kept_beside_it(team: Team) -> None:
    await team.set_up()
    await a_week(
        team,
        ("ada", BOARD[0]),
        ("ben", BOARD[1]),
        ("cleo", "It is not true that releases have to wait for the change board."),
    )
    assert "In one reply somebody disagreed" in await the_page(team, "dov")


async def test_who_opted_out_leaves_no_mark(team: Team) -> None:
    digest = await two_weeks(team)
    await team["finn"].slash(team.channel, "/opshat privacy")
    await (await team["finn"].press("privacy_out")).something()
    await team["finn"].close()
    assert "You opted out here" in await click(team, "finn", digest, "digest_watch")
    await open_first(team, "finn")
    assert "You opted out here" in await press(team, "finn", "ledger_mark real")
    assert await team.count("marks") == await team.count("watchers") == 0


async def test_no_slack_id_is_kept_of_whoever_marks_watches_or_tries(team: Team) -> None:
    await a_try(team)
    await open_first(team, "ada")
    await press(team, "ada", "ledger_mark real")
    people = await team.rows(
        "SELECT person FROM marks UNION SELECT person FROM tries UNION SELECT person FROM watchers"
    )
    assert [len(person) for (person,) in people] == [32]
    assert team["ada"].id not in str(people)


async def test_after_eight_quiet_weeks_it_leaves_the_page_by_itself(team: Team) -> None:
    digest = await two_weeks(team)
    await team.stay()
    for _ in range(7):
        await a_week(team, ("ada", "A good week all in all."))
    assert "Quiet for seven weeks" in await the_page(team, "ben")
    await a_week(team, ("ada", "A good week all in all."))
    assert "Nothing has recurred here yet." in await the_page(team, "ben")
    assert "left the page" in await click(team, "ben", digest, "digest_watch")


async def test_taps_at_the_same_moment_are_one_watch_that_all_of_them_joined(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    everybody = ("ada", "ben", "cleo", "dov", "eva", "finn")
    answers = await asyncio.gather(*(click(team, name, nudge, "watch") for name in everybody))
    assert sum(answer.startswith("Watching.") for answer in answers) == 1
    assert await team.count("watches") == 1
    assert await team.count("watchers") == 6


async def test_who_hid_a_line_does_not_meet_it_in_the_digest_that_they_ask_for(team: Team) -> None:
    digest = await two_weeks(team)
    await click(team, "ada", digest, "digest_dismiss")
    for name, meets in (("ada", False), ("ben", True)):
        again = (await team[name].slash(team.channel, "/opshat digest")).ephemerals[-1]
        assert ("digest_why" in actions(again.blocks)) is meets


async def test_every_line_has_why_and_not_a_constraint(team: Team) -> None:
    await team.set_up()
    both = [(name, words) for name in ("ada", "ben") for words in (BOARD[0], TRAINING[0])]
    digest = await a_week(team, *both)
    menu = next(block["accessory"] for block in digest.blocks if "accessory" in block)
    why, dismiss = (option["value"] for option in menu["options"])
    assert "What heard it:" in await click(team, "cleo", digest, "digest_more", why)
    assert "Hidden for you." in await click(team, "cleo", digest, "digest_more", dismiss)


async def test_people_from_outside_and_guests_read_but_leave_nothing(team: Team) -> None:
    team.workspace.add_person("gil", guest=True)
    team.workspace.add_person("ola", team="T0ELSEWHERE")
    for name in ("gil", "ola"):
        await team[name].join(team.channel)
    digest = await two_weeks(team)
    assert "Only members of this workspace" in await click(team, "ola", digest, "digest_watch")
    assert "Guests are not counted in this channel" in await click(team, "gil", digest, "digest_watch")
    assert "What heard it:" in await click(team, "gil", digest, "digest_why")
    assert await team.count("watches") == 0


async def test_a_look_is_asked_also_when_there_is_nothing_else_to_tell(team: Team) -> None:
    await a_try(team)
    told = [await team.digested() for _ in range(6)]
    assert sum("Time to look at a try" in post.text for post in {post.ts: post for post in told}.values()) == 1


async def test_lines_that_ask_and_forbid_the_same_stay_two(team: Team) -> None:
    await team.set_up()
    await a_week(
        team,
        *((name, "We are required to release on Fridays.") for name in ("ada", "ben")),
        *((name, "We're not allowed to release on Fridays.") for name in ("cleo", "dov")),
    )
    assert (await open_first(team, "eva")).count("Friday") >= 1
    await press(team, "eva", "ledger_same")
    options = team["eva"].view.blocks[1]["element"]["options"]  # type: ignore[union-attr] # it is open
    await team["eva"].submit({"ledger_same": options[0]["value"]})
    assert "they stay two lines" in str(team["eva"].view.errors)  # type: ignore[union-attr] # it stays open


async def test_a_watch_and_marks_of_both_lines_lie_beside_the_joined_one(team: Team) -> None:
    await team.set_up()
    both = [(name, words) for name in ("ada", "ben") for words in (BOARD[0], TRAINING[0])]
    await a_week(team, *both)
    digest = await a_week(team, *both)
    themes = [str(theme) for (theme,) in await team.rows("SELECT id FROM themes ORDER BY id")]
    for name, theme, mark in (("ada", 0, "real"), ("ada", 1, "keep"), ("ben", 1, "real"), ("cleo", 1, "unknown")):
        await the_page(team, name)
        await press(team, name, "ledger_open", themes[theme])
        await press(team, name, f"ledger_mark {mark}")
        if (name, theme) != ("ada", 1):
            await press(team, name, "ledger_watch")
    await the_page(team, "dov")
    await press(team, "dov", "ledger_open", themes[1])
    await press(team, "dov", "ledger_same")
    await team["dov"].submit({"ledger_same": themes[0]})
    shown = await open_first(team, "dov")
    assert "Marked: Real 2 · Perceived 0 · Don't know 1 · Worth keeping 0." in shown
    assert await team.rows("SELECT count(*), min(theme_id) FROM watches") == [(1, int(themes[0]))]
    assert await team.count("watchers") == 3
    assert "digest_why" in actions(digest.blocks)
