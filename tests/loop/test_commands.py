"""Slash commands, over the wire: each word, wrong words, and the places where they make no sense."""

import pytest

from bot.playground.world import Channel
from tests.team import Team, a_team


@pytest.mark.parametrize("typed", ["/opshat", "/opshat help", "/opshat HELP", "/opshat  help  ", "/opshat help\nme"])
async def test_alone_it_shows_what_can_be_done(team: Team, typed: str) -> None:
    await team.set_up()
    seen = await team["ben"].slash(team.channel, typed)
    assert "The next question comes Tuesday 8 September at 10:00 (Europe/Paris)" in seen.text
    for word in ("answer", "nudge", "digest", "schedule", "pause", "resume", "privacy", "help"):
        assert f"`/opshat {word}`" in seen.text
    assert "set_up" in str(seen.ephemerals[0].blocks)


@pytest.mark.parametrize(
    ("button", "opens"),
    [
        ("answer", "Answer privately"),
        ("constraints", "Constraints"),
        ("profile", "Profile"),
        ("hat", "The hat"),
        ("privacy", "Privacy"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_button_of_the_overview_does_what_its_command_does(team: Team, button: str, opens: str) -> None:
    await team.set_up()
    await team.nudged()
    shown = (await team["ben"].slash(team.channel, "/opshat")).ephemerals[-1]
    seen = await (await team["ben"].click(team.channel, shown.ts, f"overview_{button}")).something()
    assert seen.view is not None
    assert seen.view.title == opens


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_overviews_last_digest_is_seen_by_the_presser_alone(team: Team) -> None:
    await team.set_up()
    await team.nudged()
    await team.digested()
    posts = len(team.posts)
    shown = (await team["ben"].slash(team.channel, "/opshat")).ephemerals[-1]
    seen = await (await team["ben"].click(team.channel, shown.ts, "overview_digest")).something()
    assert "What was heard here" in seen.text
    assert len(team.posts) == posts


@pytest.mark.parametrize(
    ("wrong", "nearest"),
    [
        ("anwser", "answer"),
        ("shedule", "schedule"),
        ("paus", "pause"),
        ("digets", "digest"),
        ("🦉", "help"),
        ("stop", "pause"),
        ("forget", "privacy"),
    ],
)
async def test_a_wrong_word_gets_the_nearest_right_one(sqlite_url: str, wrong: str, nearest: str) -> None:
    async with a_team(sqlite_url) as team:
        await team.set_up()
        seen = await team["ben"].slash(team.channel, f"/opshat {wrong} and more")
        assert seen.text == f"`/opshat {wrong}` is no command. Did you mean `/opshat {nearest}`?"


async def test_a_command_of_another_name_is_named_as_it_was_typed(team: Team) -> None:
    """An operator can call the command something else in the manifest."""
    await team.set_up()
    assert "`/hat help`" in (await team["ben"].slash(team.channel, "/hat hlep")).text


@pytest.mark.parametrize("word", ["", "answer", "nudge", "digest", "schedule", "pause", "privacy"])
async def test_where_the_bot_is_not_invited_it_says_how(sqlite_url: str, word: str) -> None:
    async with a_team(sqlite_url) as team:
        seen = await team["ben"].slash(team.channel, f"/opshat {word}")
        assert seen.text == "The bot is not in this channel. Type `/invite @Ops Hat`, then try again."
        assert await team.count("channels") == 0


async def test_in_a_direct_message_it_says_what_it_is_for(team: Team) -> None:
    direct = Channel("D0BEN", "ben", "im", 0, [team["ben"].id])
    team.workspace.team.channels[direct.id] = direct
    for word in ("", "answer", "schedule", "privacy"):
        seen = await team["ben"].slash(direct, f"/opshat {word}")
        assert seen.text == "Use this in a channel: the bot works for channels, not for one person."


async def test_an_invitation_that_was_missed_is_noticed_at_the_first_command(team: Team) -> None:
    team.standin.mischief.drop_events = True
    await team["ada"].invite_bot(team.channel)
    team.standin.mischief.drop_events = False
    assert "Nothing is scheduled here yet" in (await team["ada"].slash(team.channel, "/opshat")).text
    await team.serve()
    [welcome] = team.posts
    assert "`/opshat schedule` sets it up." in welcome.text


async def test_with_two_scopes_alone_the_loop_goes_round_by_buttons(database_url: str) -> None:
    async with a_team(database_url, scopes=("chat:write", "commands")) as team:
        assert "The next question comes" in await team.set_up(zone="Europe/Paris", size="6")
        nudge = await team.nudged()
        for name in ("cleo", "dov", "eva"):
            await team[name].click(team.channel, nudge.ts, "answer")
            await team.submit(name, {"answer": "We can't release until the harbour board says yes."})
        assert "Three answered privately." in (await team.digested()).text


async def test_where_nobody_says_how_many_are_there_a_private_answer_is_not_said_to_count(sqlite_url: str) -> None:
    async with a_team(sqlite_url, scopes=("chat:write", "commands")) as team:
        await team.set_up()
        await team.nudged()
        assert "cannot be counted while nobody knows" in await team.answer("ada", "We can't.")
        await team.schedule(size="6")
        assert "at least three" in await team.answer("ada", "We can't.")


async def test_only_whom_the_operator_named_changes_settings(sqlite_url: str) -> None:
    async with a_team(sqlite_url, opshat_admins=frozenset({"U0SOMEBODY"})) as team:
        await team["ada"].invite_bot(team.channel)
        await team.serve()
        for word in ("schedule", "pause", "resume", "nudge"):
            seen = await team["ada"].slash(team.channel, f"/opshat {word}")
            assert "Here only the people that the operator named (OPSHAT_ADMINS)" in seen.text
        assert "Nothing is scheduled" in (await team["ada"].slash(team.channel, "/opshat")).text


async def test_only_where_the_operator_allows_it_is_set_up(sqlite_url: str) -> None:
    async with a_team(sqlite_url, opshat_channels=frozenset({"C0ELSEWHERE"})) as team:
        await team["ada"].invite_bot(team.channel)
        await team.serve()
        assert "(OPSHAT_CHANNELS)" in (await team["ada"].slash(team.channel, "/opshat schedule")).text


async def test_a_failure_of_ours_is_told_with_an_id(team: Team) -> None:
    await team.set_up()
    await team.change("ALTER TABLE opt_outs RENAME TO away")
    seen = await team["ben"].slash(team.channel, "/opshat privacy")
    assert "Something went wrong on our side, so this may not have been kept." in seen.text


async def test_when_slack_hangs_the_person_is_told_before_it_gives_up(team: Team) -> None:
    await team.set_up()
    team.standin.mischief.fail_next("views.open", "hang")
    seen = await team["ben"].slash(team.channel, "/opshat privacy")
    assert "Something went wrong on our side" in seen.text
    assert seen.notices == []


async def test_a_line_break_after_the_word_is_no_part_of_it(sqlite_url: str) -> None:
    async with a_team(sqlite_url) as team:
        await team.set_up()
        await team.nudged()
        seen = await team["ben"].slash(team.channel, "/opshat", text="answer\nwe have no time\nfor tests")
        assert "'initial_value': 'we have no time\\nfor tests'" in str(seen.view)


async def test_what_slack_makes_of_a_command_is_read_as_it_was_typed(sqlite_url: str) -> None:
    """Slack sends "@ada" of a command with her id, and signs as entities: neither may stand in an answer."""
    async with a_team(sqlite_url) as team:
        await team.set_up()
        await team.nudged()
        assert "`/opshat @someone` is no command" in (await team["ben"].slash(team.channel, "/opshat @ada")).text
        await team["ben"].slash(team.channel, "/opshat answer @ada can't see R&D")
        await team.submit("ben", {})
        await team.answer("ben", f"<@{team['ada'].id}> can't see <R&D>")
        assert sorted(row.text for row in await team.rows("SELECT text FROM private_answers")) == [
            "@someone can't see <R&D>",
            "@someone can't see R&D",
        ]


async def test_a_form_that_changes_nothing_yet_opens_while_somebody_else_writes(sqlite_url: str) -> None:
    async with a_team(sqlite_url) as team:
        await team.set_up()
        async with team.bot.db.write():
            seen = await team["ada"].slash(team.channel, "/opshat schedule")
            assert seen.view is not None
            assert "The next question comes" in (await team["ben"].slash(team.channel, "/opshat")).text
