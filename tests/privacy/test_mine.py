"""`/opshat privacy` over the wire: what is kept of somebody, and how it goes."""

import html
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.playground.world import Message
from tests.team import Team, a_team

BOARD = "We can't release before the harbour board has signed."
SECRET_WORDS = "We can't possibly tell the lighthouse keeper."


@pytest.fixture
async def team(database_url: str) -> AsyncIterator[Team]:
    async with a_team(database_url) as team:
        yield team


async def privacy(team: Team, name: str) -> str:
    await team[name].slash(team.channel, "/opshat privacy")
    return shown(team, name)


async def press(team: Team, name: str, action: str) -> str:
    await (await team[name].press(action)).something()
    return shown(team, name)


def shown(team: Team, name: str) -> str:
    view = team[name].view
    assert view is not None, team[name].user.notices
    return str(view.blocks)


async def answered(team: Team) -> Message:
    """Let ada and ben reply, and ada answer privately; return ada's reply."""
    await team.set_up()
    nudge = await team.nudged()
    reply = await team.reply("ada", nudge, BOARD)
    await team.reply("ben", nudge, BOARD)
    await team.answer("ada", SECRET_WORDS)
    await team.serve()
    return reply


async def test_the_list_shows_ones_own_words_and_nobody_elses(team: Team) -> None:
    await answered(team)
    mine = await privacy(team, "ada")
    assert BOARD in mine
    assert SECRET_WORDS in mine
    assert "*1* reply, *1* finding in it, *1* private answer of the open week, *0* marks" in mine
    assert "you set this channel up" in mine
    assert f"<#{team.channel.id}> only" in mine
    theirs = await privacy(team, "ben")
    assert SECRET_WORDS not in theirs
    assert "Nothing of yours is kept" in await privacy(team, "cleo")


async def test_delete_mine_asks_once_more_and_deletes_nobody_elses(team: Team) -> None:
    await answered(team)
    await privacy(team, "ada")
    assert "What you wrote in Slack stays in Slack" in await press(team, "ada", "privacy_delete")
    assert await team.count("private_answers") == 1
    after = await press(team, "ada", "privacy_surely")
    assert "Deleted." in after
    assert BOARD not in after
    assert await team.count("private_answers") == 0
    assert await team.count("replies", "text IS NOT NULL") == 1
    assert await team.count("findings") == 1


async def test_private_answers_of_a_week_that_has_ended_and_is_not_closed_are_shown_and_deleted(team: Team) -> None:
    await answered(team)
    await team.answer("ben", SECRET_WORDS)
    team.clock.offset += timedelta(days=7)  # as if the bot had been away: no week closes
    await team.answer("ada", BOARD)
    assert await team.count("weeks", "closed_at IS NULL") == 2
    mine = await privacy(team, "ada")
    assert "*2* private answers" in mine
    assert SECRET_WORDS in mine
    await press(team, "ada", "privacy_delete")
    await press(team, "ada", "privacy_surely")
    assert await team.count("private_answers") == 1, "ben's stays"


async def test_counts_that_were_told_stay_and_marks_watches_and_tries_go(team: Team) -> None:
    await answered(team)
    await team.digested()
    await team["ada"].slash(team.channel, "/opshat constraints")
    await team["ada"].press("ledger_open")
    await team["ada"].press("ledger_mark real")
    await team["ada"].press("ledger_watch")
    listed = await privacy(team, "ada")
    assert "*1* mark, *1* watch" in listed
    [label] = (await team.rows("SELECT label FROM themes"))[0]
    assert f"Marked: {label} (real)." in listed
    assert f"Watched: “{label}”." in listed
    await press(team, "ada", "privacy_delete")
    await press(team, "ada", "privacy_surely")
    assert await team.count("marks") == await team.count("watchers") == await team.count("watches") == 0
    assert await team.rows("SELECT thread_voices FROM theme_weeks") == [(2,)]


async def test_what_was_deleted_stays_so_when_the_message_is_edited_or_deleted_later(team: Team) -> None:
    reply = await answered(team)
    await privacy(team, "ada")
    await press(team, "ada", "privacy_delete")
    await press(team, "ada", "privacy_surely")
    await team["ada"].edit(reply, "We still can't release before the harbour board has signed.")
    await team.serve()
    assert await team.count("replies", "text IS NOT NULL") == 1
    await team.walk.to(team.clock() + timedelta(days=4))
    await team["ada"].edit(reply, "We really can't.")
    await team.serve()
    assert await team.count("replies", "text IS NOT NULL") == 1
    await team["ada"].delete(reply)
    await team.serve()
    assert (reply.ts, None, None, None) in await team.rows("SELECT ts, text, person, thread_ts FROM replies")


async def test_the_empty_row_goes_when_no_thread_could_bring_it_back(team: Team) -> None:
    reply = await answered(team)
    await privacy(team, "ada")
    await press(team, "ada", "privacy_delete")
    await press(team, "ada", "privacy_surely")
    await team.walk.to(team.clock() + timedelta(days=13))
    assert await team.count("replies", f"ts = '{reply.ts}'") == 1
    await team.walk.to(team.clock() + timedelta(days=2))
    assert await team.count("replies", f"ts = '{reply.ts}'") == 0


async def test_who_opted_out_is_not_stored_until_they_opt_in(team: Team) -> None:
    reply = await answered(team)
    [nudge] = [post for post in team.posts if "Answer in the thread" in post.text]
    await privacy(team, "ada")
    assert "From now on nothing that you answer, mark, watch or try" in await press(team, "ada", "privacy_out")
    await team.reply("ada", nudge, "We can't do that either.")
    assert "You opted out here" in await team.answer("ada", "We can't.")
    assert await team.count("replies") == 2
    assert await team.count("private_answers") == 1
    await team["ada"].edit(reply, "Not these words any more.")
    await team.serve()
    assert await team.count("replies", f"ts = '{reply.ts}' AND text IS NULL") == 1
    await privacy(team, "ada")
    assert "stored again" in await press(team, "ada", "privacy_in")
    await team.reply("ada", nudge, "We can't do that either.")
    assert await team.count("replies", "text IS NOT NULL") == 2


async def test_the_export_is_json_in_a_modal_and_as_a_file(team: Team) -> None:
    awkward = BOARD + " ```<!channel> & <b>``` " + "x" * 5000
    await team.set_up()
    nudge = await team.nudged()
    await team.reply("ada", nudge, awkward)
    await team.answer("ada", SECRET_WORDS)
    await privacy(team, "ada")
    await press(team, "ada", "privacy_export")
    mine = json.loads(exported(team))
    assert mine["private_answers_of_the_open_week"] == [SECRET_WORDS]
    assert mine["replies"][0]["text"].startswith(BOARD)
    assert "sent to you as a file" in await press(team, "ada", "privacy_send")
    [file] = [file for file in team.workspace.team.files.values() if file.name == "ops-hat-privacy.json"]
    assert json.loads(file.content or b"") == mine
    [(where, _)] = file.shares
    assert set(team.workspace.team.channels[where].members) == {team["ada"].id, team.workspace.team.bot.id}


async def test_the_export_holds_marks_watches_tries_and_lines_of_the_profile(team: Team) -> None:
    await team.set_up(goal="A light that never goes out")
    for _ in range(2):
        nudge = await team.nudged()
        for name in ("ada", "ben"):
            await team.reply(name, nudge, BOARD)
        digest = await team.digested()
    await (await team["ada"].click(team.channel, digest.ts, "digest_watch")).something()
    await (await team["ada"].click(team.channel, digest.ts, "digest_try")).something()
    tried = {"what": "Sign it ourselves", "feels": "The board", "stops": "One complaint", "look": "2026-10-06"}
    await team.submit("ada", tried)
    await team["ada"].slash(team.channel, "/opshat constraints")
    await team["ada"].press("ledger_open")
    await team["ada"].press("ledger_mark keep")
    await team["ada"].press("ledger_dismiss")
    await team["ada"].close()
    await team["ada"].slash(team.channel, "/opshat hat")
    await team["ada"].press("hat_take")
    await team.submit("ada", {"hat_ops": "practised", "hat_product": "new"})
    assert "practised in operations; new to products" in await privacy(team, "ada")
    await press(team, "ada", "privacy_export")
    mine = json.loads(exported(team))
    [label] = (await team.rows("SELECT label FROM themes"))[0]
    assert mine["marks"] == [{"line": label, "mark": "keep"}]
    assert mine["watches"] == mine["lines_called_no_constraint"] == [label]
    assert mine["tries"] == [
        {"what": tried["what"], "feels": "The board", "stops": "One complaint", "look_on": "2026-10-06", "outcome": ""}
    ]
    assert mine["lines_of_the_profile_that_you_wrote"] == [{"about": "goal", "text": "A light that never goes out"}]
    assert len(mine["findings_in_your_replies"]) == 2
    assert all(one["words"] in BOARD for one in mine["findings_in_your_replies"])
    assert set(mine["your_slack_id_stands_in"]) == {"hat", "set up", "changed", "profile"}
    assert mine["what_you_said_of_your_experience"] == {"operations": "practised", "products": "new"}


def exported(team: Team) -> str:
    """Put the pieces of the modal together again."""
    view = team["ada"].view
    assert view is not None
    told = [block["text"]["text"] for block in view.blocks if block["type"] == "section"][1:]
    return html.unescape("".join(piece.removeprefix("```").removesuffix("```") for piece in told))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_file_that_slack_does_not_take_is_said_to_be_so(team: Team) -> None:
    await answered(team)
    await privacy(team, "ada")
    await press(team, "ada", "privacy_export")
    team.standin.mischief.fail_next("files.completeUploadExternal", "500")
    assert "Slack did not take the file" in await press(team, "ada", "privacy_send")


@pytest.mark.parametrize("change", ["delete", "edit"])
async def test_a_constraint_keeps_no_words_once_the_last_reply_that_said_it_is_deleted_or_edited(
    team: Team, change: str
) -> None:
    await team.set_up()
    nudge = await team.nudged()
    replies = {name: await team.reply(name, nudge, BOARD) for name in ("ada", "ben")}
    await team.digested()
    for name, left in (("ada", True), ("ben", False)):
        if change == "delete":
            await team[name].delete(replies[name])
        else:
            await team[name].edit(replies[name], "All is well.")
        await team.serve()
        [parts] = (await team.rows("SELECT parts FROM themes"))[0]
        assert ("harbour" in str(parts)) == left


async def test_texts_go_after_their_days_and_numbers_stay(database_url: str) -> None:
    async with a_team(database_url, opshat_retention_days=30) as team:
        await answered(team)
        await team.digested()
        [parts] = (await team.rows("SELECT parts FROM themes"))[0]
        assert "harbour" in str(parts)
        await team.walk.to(team.clock() + timedelta(days=20))
        assert await team.count("replies", "text IS NOT NULL") == 2
        await team.walk.to(team.clock() + timedelta(days=12))
        assert await team.count("replies") == await team.count("findings") == 0
        assert await team.count("theme_weeks", "thread_voices = 2") == 1
        [parts] = (await team.rows("SELECT parts FROM themes"))[0]
        assert "harbour" not in str(parts)
