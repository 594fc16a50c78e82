"""What happens to channels, and what people type: over the wire, at the edges."""

from datetime import timedelta

import pytest

from bot.digests.words import LOOK
from tests.ledger.scenes import BOARD, actions, click, seen, texts, two_weeks
from tests.team import SCHEDULE, Team, a_team

AWKWARD = "<!channel> & *bold* `code` \u202eright to left\u202c " + "🎩" * 12


async def test_a_channel_whose_id_changes_goes_on_under_the_new_one(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    await team.reply("ada", nudge, BOARD[0])
    team.workspace.change_id(team.channel)
    await team.serve()
    await team.reply("ben", nudge, BOARD[1])
    digest = await team.digested()
    assert "Two people answered in the thread." in digest.text
    assert f"/archives/{team.channel.id}/" in texts(digest.blocks)
    assert await team.rows("SELECT slack_id FROM channels") == [(team.channel.id,)]


async def a_new_id_that_nobody_told_us_of(team: Team) -> str:
    """Give the channel another id, and let a command come under it; return the old one."""
    old = team.channel.id
    team.standin.mischief.drop_events = True
    team.workspace.change_id(team.channel)
    await team.standin.settle()
    team.standin.mischief.drop_events = False
    assert "Nothing is scheduled" in (await team["ada"].slash(team.channel, "/opshat")).text
    await team.serve()
    return old


@pytest.mark.parametrize("both", [False, True])
async def test_a_command_under_the_new_id_does_not_keep_a_channel_from_moving(team: Team, *, both: bool) -> None:
    await team.set_up()
    old = await a_new_id_that_nobody_told_us_of(team)
    if both:
        await team.schedule()
    team.workspace.tell_of_id(team.channel, old)
    await team.serve()
    assert await team.rows("SELECT slack_id FROM channels WHERE paused_at IS NULL AND nudge_at IS NOT NULL") == [
        (team.channel.id,)
    ]
    assert await team.count("channels") == 1 + both
    assert await team.nudged()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_channel_that_was_not_found_under_its_old_id_goes_on_under_the_new(team: Team) -> None:
    await team.set_up()
    await team.change("UPDATE channels SET pause_reason = 'channel_not_found', paused_at = joined_at, nudge_at = NULL")
    team.workspace.change_id(team.channel)
    await team.serve()
    assert await team.count("channels", "paused_at IS NULL AND nudge_at IS NOT NULL") == 1


async def test_a_renamed_channel_and_one_that_became_private_go_on(team: Team) -> None:
    await team.set_up()
    team.workspace.rename(team.channel, "something-else")
    team.workspace.make_private(team.channel)
    await team.serve()
    nudge = await team.nudged()
    for name, words in (("ada", BOARD[0]), ("ben", BOARD[1])):
        await team.reply(name, nudge, words)
    assert "Two people answered in the thread." in (await team.digested()).text
    await team["finn"].leave(team.channel)
    home = await team["finn"].open_home()
    assert home is not None
    assert "change board" not in texts(home.blocks)
    assert team.channel.id not in texts(home.blocks)


async def test_a_channel_that_becomes_shared_stops_until_somebody_chooses(team: Team) -> None:
    await team.set_up()
    await team.nudged()
    team.workspace.share(team.channel, "T0OTHER")
    await team.serve()
    posts = len(team.posts)
    await team.walk.forward(24 * 8)
    assert len(team.posts) == posts
    assert "asks whether the bot may work here" in (await team["ben"].slash(team.channel, "/opshat resume")).text
    assert "Tick the box" in await team.schedule(by="ben", shared=[])
    assert "The next question comes" in await team.schedule(by="ben", shared=["yes"])
    assert await team.nudged()
    team.workspace.share(team.channel, "T0THIRD")
    await team.serve()
    assert await team.count("channels", "paused_at IS NULL") == 1, "that was chosen already"


async def test_once_a_channel_is_shared_no_more_the_next_sharing_is_asked_about_anew(team: Team) -> None:
    await team.set_up()
    for other in ("T0OTHER", "T0THIRD"):
        team.workspace.share(team.channel, other)
    await team.serve()
    await team.schedule(shared=["yes"])
    team.workspace.unshare(team.channel, "T0OTHER")
    await team.serve()
    assert await team.count("channels", "paused_at IS NULL AND shared") == 1, "one is still there"
    team.workspace.unshare(team.channel, "T0THIRD")
    await team.serve()
    assert await team.count("channels", "paused_at IS NULL AND NOT shared") == 1
    team.workspace.share(team.channel, "T0FOURTH")
    await team.serve()
    assert await team.count("channels", "pause_reason = 'shared'") == 1


async def test_a_channel_that_was_shared_while_it_was_paused_resumes_only_by_choice(team: Team) -> None:
    await team.set_up()
    assert "Paused" in (await team["ada"].slash(team.channel, "/opshat pause")).text
    team.workspace.share(team.channel, "T0OTHER")
    await team.serve()
    assert "asks whether the bot may work here" in (await team["ben"].slash(team.channel, "/opshat resume")).text
    assert await team.count("channels", "paused_at IS NOT NULL") == 1
    await team.schedule(by="ben", shared=["yes"])
    assert "Running again" in (await team["ben"].slash(team.channel, "/opshat resume")).text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_channel_that_is_shared_before_set_up_is_only_asked_about(team: Team) -> None:
    await team["ada"].invite_bot(team.channel)
    team.workspace.share(team.channel, "T0OTHER")
    await team.serve()
    assert await team.count("channels", "paused_at IS NULL") == 1
    assert "The next question comes" in await team.schedule(shared=["yes"])


async def test_an_answer_sent_after_its_week_has_closed_counts_in_the_open_one(team: Team) -> None:
    await team.set_up()
    await team.nudged()
    await team["ada"].slash(team.channel, "/opshat answer")
    await team.digested()
    assert "Kept, privately." in await team.submit("ada", {"answer": BOARD[0]})
    rows = await team.rows("SELECT closed_at FROM weeks JOIN private_answers ON private_answers.week_id = weeks.id")
    assert rows == [(None,)]


async def test_an_answer_to_a_question_that_was_deleted_in_slack_is_kept(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    await team["ada"].slash(team.channel, "/opshat answer")
    del team.channel.messages[nudge.ts]
    assert "Kept, privately." in await team.submit("ada", {"answer": BOARD[0]})
    assert "What was heard here" in (await team.digested()).text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_answer_where_the_bot_was_removed_meanwhile_is_kept_and_its_week_still_closes(team: Team) -> None:
    await team.set_up()
    await team.nudged()
    await team["ada"].slash(team.channel, "/opshat answer")
    await team["ben"].remove_bot(team.channel)
    await team.serve()
    assert "Kept, privately." in await team.submit("ada", {"answer": BOARD[0]})
    await team.walk.forward(24 * 8)
    assert await team.count("private_answers") == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("command", ["schedule", "profile", "answer"])
async def test_a_form_of_a_channel_that_is_not_known_any_more_says_so(team: Team, command: str) -> None:
    await team.set_up()
    await team.nudged()
    await team["ada"].slash(team.channel, f"/opshat {command}")
    await team.change("DELETE FROM channels")
    fields = {"answer": BOARD[0]} if command == "answer" else {}
    assert "The bot is no longer in that channel, so nothing was changed." in await team.submit("ada", fields)


async def test_a_user_without_a_zone_starts_with_utc(team: Team) -> None:
    team["ada"].user.tz = ""
    await team["ada"].invite_bot(team.channel)
    await team.serve()
    await team["ada"].slash(team.channel, "/opshat schedule")
    assert "at 10:00 (UTC)" in await team.submit("ada", {})


async def test_a_try_is_shown_as_typed_wherever_it_stands_and_pings_nobody(team: Team) -> None:
    digest = await two_weeks(team)
    await click(team, "ada", digest, "digest_try")
    fields = {"what": AWKWARD[:80], "feels": AWKWARD, "stops": AWKWARD, "look": "2026-10-06"}
    await team["ada"].submit(fields)
    assert "on or after 6 October" in seen(team["ada"])
    await team["ada"].close()
    home = await team["ada"].open_home()
    assert home is not None
    await team["ada"].slash(team.channel, "/opshat privacy")
    kept = team["ada"].view
    assert kept is not None
    await team.walk.forward(24 * 22)
    asked = [post for post in team.posts if any(LOOK in action for action in actions(post.blocks))]
    for blocks in (home.blocks, kept.blocks, *(post.blocks for post in asked)):
        held = [block for block in blocks if AWKWARD[:80] in texts([block])]
        assert held
        assert {block["text"]["type"] for block in held} == {"plain_text"}
    assert asked
    assert not [post for post in team.posts if "<!channel>" in post.text]


async def test_a_goal_of_three_hundred_signs_is_shown_as_typed(team: Team) -> None:
    goal = (AWKWARD + " " + "🎩 " * 150)[:300].strip()
    await team.set_up(goal=goal)
    await team["ben"].slash(team.channel, "/opshat profile")
    view = team["ben"].view
    assert view is not None
    values = [block["element"].get("initial_value") for block in view.blocks if block["type"] == "input"]
    assert goal in values


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_three_thousand_emoji_are_a_private_answer(team: Team) -> None:
    await team.set_up()
    await team.nudged()
    assert "Kept, privately." in await team.answer("ada", "🎩" * 1500)
    nudge = team.posts[-1]
    await team.reply("ben", nudge, "🎩" * 3000 + " <!channel> we can't release before the board has signed")
    assert "One person answered in the thread" in (await team.digested()).text


async def test_two_who_change_settings_at_the_same_moment_leave_one_schedule(sqlite_url: str) -> None:
    async with a_team(sqlite_url) as team:
        await team.set_up()
        for name in ("ada", "ben"):
            await team[name].slash(team.channel, "/opshat schedule")
        for name, time in (("ada", "09:00"), ("ben", "11:00")):
            await team[name].submit({**SCHEDULE, "time": time})
        await team.walk.forward(1)
        due = await team.bot.next_moment("nudge")
        assert due is not None
        assert due - timedelta(hours=7) == due.replace(hour=0), "09:00 in Paris"
        assert await team.rows("SELECT nudge_time FROM channels") == [("09:00",)]


async def test_who_changed_settings_elsewhere_meanwhile_is_not_stopped_by_themselves(sqlite_url: str) -> None:
    async with a_team(sqlite_url) as team:
        await team.set_up()
        await team["ada"].slash(team.channel, "/opshat schedule")
        await team.change("UPDATE channels SET changed_at = :at", at=team.clock())
        await team.submit("ada", {**SCHEDULE, "time": "11:00"})
        assert await team.rows("SELECT nudge_time FROM channels") == [("11:00",)]
