"""The schedule, over the wire: set up, announced, paused, changed, late, restarted, and never too much."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.playground.forms import CannotSubmit
from bot.playground.world import Message
from bot.prompts import OWN_PACKS, read_packs
from bot.store.tables import Channel, Week
from tests.team import SCHEDULE, Team, a_team

PARIS = ZoneInfo("Europe/Paris")


def questions(team: Team) -> list[str]:
    """The questions that the channel was asked, oldest first."""
    return [post.text.splitlines()[0] for post in team.posts if "Answer in the thread" in post.text]


def day_of(post: Message) -> date:
    return datetime.fromtimestamp(float(post.ts), UTC).astimezone(PARIS).date()


def keeps_the_budget(posts: list[Message]) -> bool:
    """No seven local dates in a row hold more than three messages."""
    days = [day_of(post) for post in posts]
    return all(sum(0 <= (day - first).days < 7 for day in days) <= 3 for first in days)


async def skips(team: Team) -> list[tuple[str, str]]:
    rows = await team.rows("SELECT kind, reason FROM postings WHERE state = 'skipped' ORDER BY due_at")
    return [(row.kind, row.reason) for row in rows]


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


# Pausing -------------------------------------------------------------------------------------------------


async def test_while_paused_nothing_is_posted_but_weeks_close(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    await team.reply("ben", nudge, "We can't wait.")
    posted = len(team.posts)
    assert "Nothing but a line that says so" in (await team["ben"].slash(team.channel, "/opshat pause")).text
    await team.walk.to(team.clock() + timedelta(days=15))
    assert len(team.posts) == posted, "not even a line that says so: three messages were said in these days"
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


# Less and more -------------------------------------------------------------------------------------------


async def test_not_this_week_skips_seven_days_once(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    ben, cleo = team["ben"], team["cleo"]
    assert "No question here" in (await (await ben.click(team.channel, nudge.ts, "not_this_week")).something()).text
    seen = await (await cleo.click(team.channel, nudge.ts, "not_this_week")).something()
    assert "Somebody has pressed this already" in seen.text
    await team.walk.to(team.clock() + timedelta(days=6, hours=23, minutes=59))
    assert len(questions(team)) == 1
    await team.walk.to(team.clock() + timedelta(days=8))
    assert len(questions(team)) == 2


async def test_an_extra_question_fits_the_noise_budget_or_says_when_it_would(team: Team) -> None:
    await team.set_up()
    await team.nudged()
    await team.walk.to(team.clock() + timedelta(days=8))
    seen = await team["ada"].slash(team.channel, "/opshat nudge")
    assert "A question is on its way" in seen.text
    await team.serve()
    asked = questions(team)
    assert len(asked) == len(set(asked)) == 3
    seen = await team["ada"].slash(team.channel, "/opshat nudge")
    assert "Three messages in seven days are the most" in seen.text
    await team.serve()
    assert len(questions(team)) == 3
    assert keeps_the_budget(team.posts)


async def test_nothing_is_asked_extra_while_paused_or_not_set_up(team: Team) -> None:
    await team["ada"].invite_bot(team.channel)
    await team.serve()
    assert "`/opshat schedule` sets it up" in (await team["ada"].slash(team.channel, "/opshat nudge")).text
    await team.schedule()
    await team["ada"].slash(team.channel, "/opshat pause")
    assert "`/opshat resume` starts it again" in (await team["ada"].slash(team.channel, "/opshat nudge")).text


@pytest.mark.parametrize("seed", [1, 2])
async def test_eight_weeks_of_everything_keep_the_noise_budget(sqlite_url: str, seed: int) -> None:
    """Two nudges a week, extra questions, changed schedules, outages, the bot removed and invited again."""
    chance = random.Random(seed)  # noqa: S311 - a test's dice
    async with a_team(sqlite_url) as team:
        await team.set_up(days=["2", "4"])
        for day in range(56):
            await team.walk.to(team.clock() + timedelta(hours=chance.randrange(20, 28)))
            doing = chance.choice(["nudge", "nudge", "schedule", "away", "invite", "reply", "reply", "pause"])
            if doing == "nudge":
                await team["ada"].slash(team.channel, "/opshat nudge")
            elif doing == "schedule":
                days = chance.sample(["1", "2", "3", "4", "5"], 2)
                await team.schedule(days=days, digest_day=chance.choice("12345"))
            elif doing == "away":
                team.clock.offset += timedelta(hours=chance.randrange(1, 60))
            elif doing == "invite":
                await team["ada"].remove_bot(team.channel)
                await team["ada"].invite_bot(team.channel)
            elif doing == "reply" and questions(team):
                nudge = next(post for post in reversed(team.posts) if "Answer in the thread" in post.text)
                await team.reply("ben", nudge, f"We can't wait, day {day}.")
            elif doing == "pause":
                await team["ada"].slash(team.channel, "/opshat pause")
                await team["ada"].slash(team.channel, "/opshat resume")
            await team.serve()
            assert keeps_the_budget(team.posts), [(day_of(post), post.text[:40]) for post in team.posts]
        assert len(team.posts) > 12
        closed = await team.count("weeks", "closed_at IS NOT NULL AND content IS NOT NULL")
        assert closed >= 8


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


# Restarts ------------------------------------------------------------------------------------------------


async def test_new_rules_of_a_zone_move_what_was_planned(team: Team) -> None:
    """An earlier release, with an earlier `tzdata`, had planned all of it an hour off."""
    columns = "SELECT nudge_on, nudge_at, digest_on, digest_at, week_ends_at FROM channels"
    weeks = "SELECT name, starts_at, ends_at FROM weeks"
    await team.set_up()
    right = await team.rows(columns), await team.rows(weeks)
    async with team.bot.db.write() as session:
        channel = await session.get_one(Channel, 1)
        [week] = await session.scalars(select(Week))
        assert channel.nudge_at
        assert channel.digest_at
        channel.nudge_at -= timedelta(hours=1)
        channel.digest_at += timedelta(hours=1)
        week.ends_at = channel.week_ends_at = week.ends_at + timedelta(hours=1)
    await team.restart()
    await team.bot.tick()
    assert (await team.rows(columns), await team.rows(weeks)) == right


async def test_a_digest_that_was_put_off_stays_put_off(team: Team) -> None:
    await team.set_up()
    async with team.bot.db.write() as session:
        channel = await session.get_one(Channel, 1)
        assert channel.digest_at
        channel.digest_at += timedelta(days=1)
    planned = await team.rows("SELECT digest_at FROM channels")
    await team.restart()
    await team.bot.tick()
    assert await team.rows("SELECT digest_at FROM channels") == planned


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_clock_that_is_set_back_or_forward_repeats_nothing_and_leaves_no_hole(team: Team, hours: int) -> None:
    """Set every few hours for three weeks, also within the minute of a nudge, a digest and a week's end."""
    await team.set_up()
    await team.stay()
    for step in range(3 * 7 * 4):
        moment = await team.bot.next_moment()
        soon = team.clock() + timedelta(hours=6)
        team.clock.move_to(min(moment, soon) if moment else soon)
        await team.bot.tick()
        if step % 2 == (hours > 0):
            team.clock.offset += timedelta(hours=hours)  # somebody corrects the machine's clock
            await team.bot.tick()
    await team.serve()
    asked = await team.rows("SELECT due FROM postings WHERE kind = 'nudge' ORDER BY due")
    tuesdays = [date(2026, 9, 8) + timedelta(weeks=week) for week in range(len(asked))]
    assert [row.due for row in asked] == [day.isoformat() for day in tuesdays]
    assert len(asked) >= 2
    assert await skips(team) == [("digest", "nothing to tell")] * len(await skips(team))
    assert len(questions(team)) == len(asked)
    told = await team.rows("SELECT week FROM postings WHERE kind = 'digest' ORDER BY due")
    closed = await team.rows("SELECT name FROM weeks WHERE closed_at IS NOT NULL ORDER BY name")
    assert [row.week for row in told] == [row.name for row in closed][-len(told) :]
    assert len({row.name for row in closed}) == len(closed)


async def test_a_restart_at_every_step_repeats_and_forgets_nothing(team: Team) -> None:
    await team.set_up()
    await team.restart()
    nudge = await team.nudged()
    await team.restart()
    await team.serve()
    await team.reply("ada", nudge, "We can't release before the harbour board has signed.")
    await team.restart()
    for name in ("cleo", "dov", "eva"):
        await team.answer(name, "We can't release anything until the harbour board says yes.")
        await team.restart()
    digest = await team.digested()
    await team.restart()
    await team.serve()
    assert "One person answered in the thread, three privately." in digest.text
    assert len(team.posts) == 4  # introduction, announcement, question, digest


async def test_a_posting_that_was_cut_off_is_found_again_after_a_restart(team: Team) -> None:
    """Slack took the question, its answer and echo were lost, and the process died."""
    await team.set_up()
    await team.cut_off()
    await team.change("UPDATE postings SET send_at = :past WHERE state = 'sending'", past=datetime.now(UTC))
    await team.restart()
    await team.serve()
    assert len(questions(team)) == 1
    [row] = await team.rows("SELECT state, ts, payload FROM postings WHERE kind = 'nudge'")
    assert tuple(row)[:2] == ("posted", team.last.ts)
    assert row.payload is None
