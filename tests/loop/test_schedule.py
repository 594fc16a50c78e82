"""The schedule, over the wire: set up, announced, paused, changed and late."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from bot.playground.forms import CannotSubmit
from bot.postings import NOTICE, Draft, on_request, write_down
from bot.prompts import OWN_PACKS, read_packs
from bot.slack.faces import Message as Line
from tests.loop.asked import PARIS, keeps_the_budget, questions, skips
from tests.team import SCHEDULE, Team, a_team

# The modal -----------------------------------------------------------------------------------------------


async def test_the_modal_is_filled_in_with_the_persons_zone_and_common_values(team: Team) -> None:
    await team["ada"].invite_bot(team.channel)
    await team.serve()
    seen = await team["ada"].slash(team.channel, "/opshat schedule")
    shown = str(seen.view)
    assert "Europe/Paris" in shown
    assert "'initial_time': '10:00'" in shown
    saved = await team.submit("ada", {})
    assert "The next question comes Tuesday 8 September at 10:00 (Europe/Paris)" in saved


async def test_an_unknown_zone_in_the_profile_becomes_utc(team: Team) -> None:
    team["ada"].user.tz = "Mars/Olympus_Mons"
    await team["ada"].invite_bot(team.channel)
    await team.serve()
    await team["ada"].slash(team.channel, "/opshat schedule")
    assert "at 10:00 (UTC)" in await team.submit("ada", {})


async def test_the_button_of_the_introduction_opens_it_too(team: Team) -> None:
    await team["ada"].invite_bot(team.channel)
    await team.serve()
    seen = await (await team["ada"].click(team.channel, team.last.ts, "set_up")).something()
    assert seen.view is not None
    assert seen.view.title == "Schedule"


@pytest.mark.parametrize(
    ("entered", "field", "sentence"),
    [
        ({"days": ["1", "3", "5"]}, "days", "Tick two days at most"),
        ({"zone": "Europe/Pariss"}, "zone", "Did you mean Europe/Paris?"),
        ({"zone": "Paris"}, "zone", "Did you mean Europe/Paris?"),
        ({"country": "Frnace"}, "country", "Did you mean France?"),
        ({"country": "DE-XX"}, "country", "No public holidays are known"),
        ({"zone": "Nowhere/AtAll"}, "zone", "Name one by continent and city"),
    ],
)
async def test_a_wrong_field_is_told_beside_it(
    team: Team, entered: dict[str, object], field: str, sentence: str
) -> None:
    await team["ada"].invite_bot(team.channel)
    await team.serve()
    await team["ada"].slash(team.channel, "/opshat schedule")
    await team["ada"].submit({**SCHEDULE, **entered})
    assert team["ada"].view is not None
    assert sentence in team["ada"].view.errors[field]
    assert await team.bot.next_moment() is None


async def test_slacks_client_does_not_send_a_schedule_without_a_day(team: Team) -> None:
    await team["ada"].invite_bot(team.channel)
    await team.serve()
    await team["ada"].slash(team.channel, "/opshat schedule")
    with pytest.raises(CannotSubmit, match="days"):
        await team["ada"].submit({**SCHEDULE, "days": []})


@pytest.mark.parametrize("size", ["many", "0", "-3", "6.5"])
async def test_where_slack_does_not_tell_the_size_is_asked_and_checked(sqlite_url: str, size: str) -> None:
    async with a_team(sqlite_url, scopes=("chat:write", "commands", "channels:history")) as team:
        await team["ada"].invite_bot(team.channel)
        await team.serve()
        await team["ada"].slash(team.channel, "/opshat schedule")
        await team["ada"].submit({**SCHEDULE, "size": size})
        assert team["ada"].view is not None
        assert "in digits" in team["ada"].view.errors["size"]
        assert "The next question comes" in await team.submit("ada", {"size": "6"})
        assert await team.count("channels", "members = 6") == 1


# Announcing ----------------------------------------------------------------------------------------------


async def test_changes_are_announced_after_ten_minutes_with_who_made_them(team: Team) -> None:
    await team.set_up()
    await team.walk.to(team.clock() + timedelta(minutes=9))
    assert len(team.posts) == 1
    await team.walk.to(team.clock() + timedelta(minutes=2))
    notice = team.last.text
    assert notice == (
        f"<@{team['ada'].id}> set the schedule: a question on Tuesdays at 10:00, "
        "the digest on Mondays at 10:00 (Europe/Paris)."
    )


async def test_two_changes_within_ten_minutes_make_one_line(team: Team) -> None:
    await team.set_up()
    await team.walk.to(team.clock() + timedelta(minutes=5))
    await team.schedule("ben", days=["4"], time="15:00")
    await team.walk.to(team.clock() + timedelta(hours=1))
    [_, notice] = team.posts
    assert notice.text.startswith(f"<@{team['ben'].id}> set the schedule: a question on Thursdays at 15:00")


# On time -------------------------------------------------------------------------------------------------


async def test_a_nudge_comes_on_its_day_at_its_time_and_a_digest_too(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    assert datetime.fromtimestamp(float(nudge.ts), PARIS).strftime("%A %H:%M") == "Tuesday 10:00"
    await team.reply("ben", nudge, "We can't wait.")
    digest = await team.digested()
    assert datetime.fromtimestamp(float(digest.ts), PARIS).strftime("%A %H:%M") == "Monday 10:00"


async def test_a_changed_time_on_the_same_day_posts_no_second_one(team: Team) -> None:
    await team.set_up()
    await team.nudged()
    await team.schedule(time="16:00")
    await team.walk.to(team.clock() + timedelta(hours=12))
    assert len(questions(team)) == 1
    assert await team.count("postings", "kind = 'nudge'") == 1


async def test_a_nudge_over_two_hours_late_is_skipped_and_the_skip_recorded(team: Team) -> None:
    await team.set_up()
    due = await team.bot.next_moment("nudge")
    assert due is not None
    team.clock.move_to(due + timedelta(hours=2, seconds=1))
    await team.serve()
    assert questions(team) == []
    assert await skips(team) == [("nudge", "late")]
    assert (await team.bot.next_moment("nudge")) == due + timedelta(days=7)


async def test_a_question_is_skipped_on_a_public_holiday_where_that_was_chosen_and_home_shows_it(
    team: Team,
) -> None:
    assert "No question comes on public holidays of Malta." in await team.set_up(country="malta")
    await team.walk.to(team.clock() + timedelta(minutes=11))
    assert "a question on Tuesdays at 10:00 but on public holidays of Malta, the digest" in team.last.text
    await team.walk.forward(24 * 2)
    assert questions(team) == []
    assert await skips(team) == [("nudge", "holiday")]
    home = await team["ada"].open_home()
    assert home is not None
    assert "because it was a public holiday" in str(home.blocks)
    assert "No question comes on public holidays of Malta." in str(home.blocks)
    await team.schedule(country="")
    await team.nudged()
    assert len(questions(team)) == 1
    assert await team.rows("SELECT country FROM channels") == [("",)]


async def test_a_nudge_up_to_two_hours_late_still_comes(team: Team) -> None:
    await team.set_up()
    due = await team.bot.next_moment("nudge")
    assert due is not None
    team.clock.move_to(due + timedelta(hours=1, minutes=59))
    await team.serve()
    assert len(questions(team)) == 1


async def test_a_late_digest_comes_late(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    await team.reply("ben", nudge, "We can't wait.")
    due = await team.bot.next_moment("digest")
    assert due is not None
    team.clock.move_to(due + timedelta(hours=30))
    await team.serve()
    assert "One person answered in the thread." in team.last.text


async def test_after_three_weeks_of_silence_every_digest_is_told_and_no_nudge_made_up_for(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    await team.reply("ben", nudge, "We can't wait.")
    team.clock.offset += timedelta(days=21, hours=3)
    await team.serve()
    assert len(questions(team)) == 1
    assert Counter(await skips(team))["nudge", "late"] == 3
    [digest] = [post for post in team.posts if "What was heard here" in post.text]
    assert "One person answered in the thread." in digest.text
    assert Counter(await skips(team))["digest", "nothing was asked"] == 2


# What is owed -------------------------------------------------------------------------------------------


async def an_hour_before_a_digest(team: Team) -> datetime:
    """Let somebody have answered, and the digest be due in an hour; return when."""
    await team.set_up()
    await team.reply("ben", await team.nudged(), "We can't wait.")
    due = await team.bot.next_moment("digest")
    assert due is not None
    await team.walk.to(due - timedelta(hours=1))
    return due


async def a_digest_that_waits(team: Team) -> datetime:
    """Let the digest find no room on the day when it is due; return when that was."""
    due = await an_hour_before_a_digest(team)
    async with team.bot.db.write() as session:
        for number in range(3):
            await write_down(session, 1, Draft(NOTICE, on_request(), team.clock(), Line(f"line {number}")))
    await team.walk.to(due + timedelta(hours=1))
    return due


async def told(team: Team) -> list[str]:
    """The weeks that were told, oldest first."""
    rows = await team.rows("SELECT week FROM postings WHERE kind = 'digest' AND ts IS NOT NULL ORDER BY due_at")
    return [row.week for row in rows]


async def test_a_digest_that_was_put_off_comes_although_a_schedule_was_saved(team: Team) -> None:
    due = await a_digest_that_waits(team)
    planned = await team.bot.next_moment("digest")
    assert planned == due + timedelta(days=1)
    assert "the next digest Tuesday 15 September at 10:00" in await team.schedule(by="ben")
    assert await team.bot.next_moment("digest") == planned
    await team.walk.to(due + timedelta(days=6))
    assert await told(team) == ["2026-W37"]


async def test_moving_the_digest_before_its_time_loses_no_week(team: Team) -> None:
    await team.set_up(digest_day="5")
    await team.reply("ben", await team.nudged(), "We can't wait.")
    await team.reply("ben", await team.nudged(), "We can't wait.")
    assert "the next digest Friday 18 September at 10:00" in await team.schedule(by="ben", digest_day="1")
    await team.walk.to(team.clock() + timedelta(days=7))
    assert await told(team) == ["2026-W37", "2026-W38"]


async def test_a_pause_over_the_moment_of_a_digest_only_makes_it_late(team: Team) -> None:
    due = await an_hour_before_a_digest(team)
    await team["ben"].slash(team.channel, "/opshat pause")
    await team.walk.to(due + timedelta(days=1))
    assert await told(team) == []
    assert (
        "the next digest Tuesday 15 September at 10:00"
        in (await team["ben"].slash(team.channel, "/opshat resume")).text
    )
    await team.walk.forward(1)
    assert await told(team) == ["2026-W37"]


# Pausing -------------------------------------------------------------------------------------------------


async def test_while_paused_nothing_is_posted_but_weeks_close(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    await team.reply("ben", nudge, "We can't wait.")
    posted = len(team.posts)
    said = (await team["ben"].slash(team.channel, "/opshat pause")).text
    assert said.startswith("Paused. Nothing is posted here"), (
        "three messages were said in these days: no room for a line"
    )
    await team.walk.to(team.clock() + timedelta(days=15))
    assert len(team.posts) == posted
    assert await team.count("weeks", "closed_at IS NOT NULL") == 2
    seen = await team["cleo"].slash(team.channel, "/opshat resume")
    assert "Running again. The next question comes Tuesday 29 September at 10:00" in seen.text
    await team.nudged()
    assert len(questions(team)) == 2


async def test_the_channel_is_told_who_paused_it_and_who_resumed(team: Team) -> None:
    await team.set_up()
    await team.walk.forward(24 * 9)
    await team["ben"].slash(team.channel, "/opshat pause")
    await team.walk.forward(1)
    assert team.last.text == f"<@{team['ben'].id}> paused the bot; `/opshat resume` starts it again."
    await team["cleo"].slash(team.channel, "/opshat resume")
    await team.walk.forward(24 * 9)
    assert f"<@{team['cleo'].id}> started the bot again." not in [post.text for post in team.posts], (
        "the digest had the room"
    )
    assert keeps_the_budget(team.posts)


@pytest.mark.parametrize(
    ("first", "again", "sentence"),
    [
        ("pause", "pause", "already paused"),
        ("pause", "resume", "Running again"),
        ("digest", "resume", "already running"),
    ],
)
async def test_pausing_and_resuming_say_what_holds(team: Team, first: str, again: str, sentence: str) -> None:
    await team.set_up()
    await team["ada"].slash(team.channel, f"/opshat {first}")
    assert sentence in (await team["ada"].slash(team.channel, f"/opshat {again}")).text


async def test_a_channel_that_removed_the_bot_stops_and_goes_on_when_it_is_invited_again(team: Team) -> None:
    await team.set_up()
    await team["ada"].remove_bot(team.channel)
    await team.serve()
    assert await team.bot.next_moment("nudge") is None
    await team.walk.to(team.clock() + timedelta(days=3))
    await team["ada"].invite_bot(team.channel)
    await team.serve()
    assert await team.bot.next_moment("nudge") is not None


# Half a year ---------------------------------------------------------------------------------------------


async def test_half_a_year_of_questions_repeats_none_and_keeps_the_lenses_even(sqlite_url: str) -> None:
    async with a_team(sqlite_url) as team:
        await team.set_up()
        await team.stay()
        for _ in range(26):
            await team.walk.to_next("nudge")
        asked = questions(team)
        assert len(asked) == len(set(asked)) == 26
        rows = await team.rows("SELECT prompt_id FROM postings WHERE kind = 'nudge'")
        lens_of = {prompt.id: prompt.lens for prompt in read_packs([OWN_PACKS]).prompts}
        lenses = Counter(lens_of[row.prompt_id] for row in rows if row.prompt_id in lens_of)
        assert max(lenses.values()) <= 26 // len(set(lens_of.values())) + 1
