"""What the bot says stands in Slack once: when answers are lost, refused, late, or nobody can know."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from bot.home.again import NOT_AN_ADMIN, NOT_NAMED
from bot.playground.mischief import How
from bot.playground.world import SCOPES, Channel
from tests.team import Team, a_team

QUICK: dict[str, Any] = {"opshat_lease_seconds": 1.5}
NO_HISTORY = [scope for scope in SCOPES if not scope.endswith(":history")]


def posted(team: Team, channel: Channel | None = None) -> list[str]:
    """The posting ids that stand in the channel, each as often as it does."""
    place = channel or team.channel
    return [str(m.metadata["event_payload"]["posting_id"]) for m in place.messages.values() if m.metadata]


async def ready(team: Team) -> None:
    """Set up, and let the welcome and the announcement be said before anything goes wrong."""
    await team.set_up()
    await team.walk.forward(1)
    assert len(posted(team)) == 2


async def lose_a_digest(team: Team) -> None:
    """Let a digest get no answer where nobody may look for it."""
    await ready(team)
    await team.nudged()
    for name in ("cleo", "dov", "eva"):
        await team.answer(name, "We can't release anything until the harbour board says yes.")
    team.standin.mischief.fail_next("chat.postMessage", "cut")
    await team.walk.to_next("digest")


async def states(team: Team, kind: str) -> list[Any]:
    return [tuple(row) for row in await team.rows(f"SELECT state, reason FROM postings WHERE kind = '{kind}'")]  # noqa: S608 - ours


@pytest.mark.parametrize("how", ["cut_after", "internal_error"])
async def test_an_answer_that_is_lost_leaves_exactly_one_nudge(database_url: str, how: How) -> None:
    await _nudge_once(database_url, how)


@pytest.mark.parametrize("how", ["cut", "500", "429", "hang"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_answer_that_is_no_leaves_exactly_one_nudge(database_url: str, how: How) -> None:
    await _nudge_once(database_url, how)


async def _nudge_once(database_url: str, how: How) -> None:
    async with a_team(database_url, **QUICK) as team:
        await ready(team)
        team.standin.mischief.hang_seconds = 1.0
        team.standin.mischief.fail_next("chat.postMessage", how)
        await team.nudged()
        assert len(posted(team)) == len(set(posted(team))) == 3, "one more, and none twice"
        assert await states(team, "nudge") == [("posted", "")]
        assert await team.count("postings", "payload IS NOT NULL") == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_history_that_cannot_be_read_just_now_is_read_later_not_guessed(database_url: str) -> None:
    async with a_team(database_url, **QUICK) as team:
        await ready(team)
        # Its echo would settle it at once: this is about the history.
        team.workspace.app.subscriptions.discard("message.channels")
        team.standin.mischief.fail_next("chat.postMessage", "cut_after")
        team.standin.mischief.fail_next("conversations.history", "429")
        team.standin.mischief.fail_next("conversations.history", "500")
        await team.nudged()
        assert len(posted(team)) == 3
        assert await states(team, "nudge") == [("posted", "")]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_it_is_found_on_a_later_page_of_a_busy_channel(database_url: str) -> None:
    async with a_team(database_url, **QUICK) as team:
        await ready(team)
        team.workspace.app.subscriptions.discard("message.channels")
        team.standin.mischief.fail_next("chat.postMessage", "cut_after")
        chatter = asyncio.create_task(_chatter(team, 450))
        await team.nudged()
        await chatter
        assert len(posted(team)) == 3
        assert len(team.standin.journal.calls("conversations.history")) >= 3


async def _chatter(team: Team, messages: int) -> None:
    while len(posted(team)) < 3:  # noqa: ASYNC110 - the stand-in tells nobody
        await asyncio.sleep(0.001)
    for number in range(messages):
        await team["ada"].say(team.channel, f"chatter {number}")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_its_own_echo_settles_what_the_answer_did_not(database_url: str) -> None:
    async with a_team(database_url, opshat_lease_seconds=60) as team:
        await ready(team)
        team.standin.mischief.fail_next("chat.postMessage", "cut_after")
        await team.nudged()
        assert await states(team, "nudge") == [("posted", "")]
        assert not team.standin.journal.calls("conversations.history")


async def test_where_nobody_can_know_a_digest_waits_for_an_admin(database_url: str) -> None:
    async with a_team(database_url, scopes=NO_HISTORY, **QUICK) as team:
        team["ben"].user.is_admin = True
        await lose_a_digest(team)
        assert await states(team, "digest") == [("uncertain", "missing_scope")]
        assert len(posted(team)) == 3
        for name, posts in (("ada", 3), ("ben", 4), ("ben", 4)):
            if await team[name].open_home() is not None and await _presses(team, name):
                await team.serve()
            assert len(posted(team)) == posts
        assert any("three privately" in post.text for post in team.posts)


@pytest.mark.parametrize("named", [frozenset({"U0SOMEBODY"}), frozenset()])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_whoever_may_not_post_it_is_told_who_may(database_url: str, named: frozenset[str]) -> None:
    async with a_team(database_url, scopes=NO_HISTORY, **QUICK) as team:
        await lose_a_digest(team)
        team.settings = team.settings.model_copy(update={"opshat_admins": named})
        await team.restart()
        team["ben"].user.is_admin = bool(named)
        await team["ben"].open_home()
        await (await team["ben"].press("post_it", home=True)).something()
        assert (NOT_NAMED if named else NOT_AN_ADMIN) in str(team["ben"].view)
        assert len(posted(team)) == 3


async def _presses(team: Team, name: str) -> bool:
    try:
        await team[name].press("post_it", home=True)
    except LookupError:
        return False
    await team[name].close()
    return True


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_is_for_one_person_is_never_said_twice(database_url: str) -> None:
    async with a_team(database_url, **QUICK) as team:
        await ready(team)
        await team["ada"].slash(team.channel, "/opshat hat")
        await team["ada"].press("hat_take")
        team.standin.mischief.fail_sometimes("chat.postMessage", "cut_after", 1)
        await team.walk.to_next("nudge")
        direct = team.workspace.team.direct(team["ada"].user)
        assert direct is not None
        assert len(posted(team, direct)) == 1
        assert await states(team, "hat") == [("uncertain", "a direct message cannot be looked for")]
        assert await team.count("postings", "payload IS NOT NULL") == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_question_that_waited_too_long_is_not_asked_any_more(database_url: str) -> None:
    async with a_team(database_url) as team:
        await ready(team)
        team.standin.mischief.fail_next("chat.postMessage", "429", retry_after=1)
        moment = await team.bot.next_moment("nudge")
        assert moment is not None
        team.clock.move_to(moment)
        await team.bot.tick()
        team.clock.move_to(moment + timedelta(hours=2, minutes=1))
        await team.serve()
        assert await states(team, "nudge") == [("skipped", "late")]


@pytest.mark.parametrize("why", ["paused", "shared"])
async def test_what_waits_when_its_channel_stops_is_not_asked_and_a_digest_waits_on(
    database_url: str, why: str
) -> None:
    async with a_team(database_url) as team:
        await ready(team)
        await team.reply("ben", await team.nudged(), "We can't wait.")
        for kind in ("digest", "nudge"):
            team.standin.mischief.fail_next("chat.postMessage", "429", retry_after=1)
            moment = await team.bot.next_moment(kind)
            assert moment is not None
            team.clock.move_to(moment)
            await team.bot.tick()
            if why == "shared":
                team.workspace.share(team.channel, "T0OTHER")
                await team.serve()
            else:
                await team["ben"].slash(team.channel, "/opshat pause")
            await team.walk.forward(0.1)
            expected = ("due", "") if kind == "digest" else ("skipped", why)
            assert (await states(team, kind))[-1] == expected
            if kind == "digest":
                team.channel.shared_with.clear()
                assert "Running again" in (await team["ben"].slash(team.channel, "/opshat resume")).text
                await team.walk.forward(0.1)
                assert (await states(team, kind))[-1] == ("posted", "")


# Refusals ------------------------------------------------------------------------------------------------


async def test_an_archived_channel_stops_tells_once_and_goes_on(database_url: str) -> None:
    async with a_team(database_url) as team:
        await team.set_up()
        team.workspace.archive(team.channel)
        await team.serve()
        team.workspace.archive(team.channel)
        await team.serve()
        assert await team.count("channels", "pause_reason = 'is_archived' AND nudge_at IS NULL") == 1
        direct = team.workspace.team.direct(team["ada"].user)
        assert direct is not None
        [told] = team.workspace.from_bot(direct)
        assert "the channel is archived" in told.text
        team.workspace.unarchive(team.channel)
        await team.serve()
        assert await team.count("channels", "paused_at IS NULL AND nudge_at IS NOT NULL") == 1
        await team.nudged()


@pytest.mark.parametrize("stops", ["remove", "archive"])
async def test_resume_where_the_bot_cannot_post_says_what_to_do(database_url: str, stops: str) -> None:
    async with a_team(database_url) as team:
        await team.set_up()
        await team["ben"].slash(team.channel, "/opshat pause")
        if stops == "remove":
            await team["ben"].remove_bot(team.channel)
        else:
            team.workspace.archive(team.channel)
        await team.serve()
        said = (await team["ben"].slash(team.channel, "/opshat resume")).text
        assert "Running again" not in said
        assert ("`/invite @Ops Hat`" if stops == "remove" else "takes it out of the archive") in said
        assert await team.count("channels", "paused_at IS NULL") == 0
        if stops == "remove":
            await team["ben"].invite_bot(team.channel)
        else:
            team.workspace.unarchive(team.channel)
        await team.serve()
        assert await team.count("channels", "paused_at IS NULL") == 1, "their own pause had ended"
        await team.walk.forward(1)
        assert not [post for post in team.posts if "paused the bot" in post.text], "it is not true any more"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_pause_where_the_bot_cannot_post_promises_no_line(database_url: str) -> None:
    async with a_team(database_url) as team:
        await team.set_up()
        await team.walk.forward(1)
        await team["ben"].remove_bot(team.channel)
        await team.serve()
        assert (await team["ben"].slash(team.channel, "/opshat pause")).text.startswith("Paused. Nothing is posted")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_removal_that_nobody_told_us_of_is_noticed_and_so_is_its_cure(database_url: str) -> None:
    async with a_team(database_url) as team:
        await ready(team)
        team.channel.members.remove(team.workspace.team.bot.id)
        await team.walk.to_next("nudge")
        assert await states(team, "nudge") == [("refused", "not_in_channel")]
        assert await team.count("channels", "pause_reason = 'not_in_channel'") == 1
        team.channel.members.append(team.workspace.team.bot.id)
        await team.walk.forward(2)
        assert await team.count("channels", "paused_at IS NULL") == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_without_channels_read_a_command_is_enough_to_go_on(database_url: str) -> None:
    async with a_team(database_url, scopes=["chat:write", "commands"]) as team:
        await team["ada"].invite_bot(team.channel)
        await team["ada"].slash(team.channel, "/opshat")
        await team.schedule()
        team.channel.members.remove(team.workspace.team.bot.id)
        await team.walk.to_next("nudge")
        assert await team.count("channels", "pause_reason = 'not_in_channel'") == 1
        await team["ada"].slash(team.channel, "/opshat")
        assert await team.count("channels", "pause_reason = 'not_in_channel'") == 1, "it is still not there"
        await team["ada"].invite_bot(team.channel)
        await team["ada"].slash(team.channel, "/opshat")
        await team.serve()
        assert await team.count("channels", "paused_at IS NULL AND nudge_at IS NOT NULL") == 1


@pytest.mark.parametrize("error", ["account_inactive", "token_revoked"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_token_that_works_again_lets_everything_go_on(database_url: str, error: str) -> None:
    async with a_team(database_url) as team:
        await ready(team)
        team.workspace.team.token_error = error
        await team.walk.to_next("nudge")
        assert await states(team, "nudge") == [("refused", error)]
        await team.walk.forward(2)
        assert await team.count("channels", f"pause_reason = '{error}'") == 1
        team.workspace.team.token_error = None
        await team.walk.forward(2)
        assert await team.count("channels", "paused_at IS NULL AND nudge_at IS NOT NULL") == 1
        assert await team.count("workspaces", "forget_at IS NOT NULL") == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_scope_that_is_granted_again_lets_everything_go_on(database_url: str) -> None:
    async with a_team(database_url) as team:
        await ready(team)
        team.workspace.team.scopes.discard("chat:write")
        await team.walk.to_next("nudge")
        assert await team.count("channels", "pause_reason = 'missing_scope'") == 1
        await team.walk.forward(2)
        assert await team.count("channels", "pause_reason = 'missing_scope'") == 1
        team.workspace.team.scopes.add("chat:write")
        await team.walk.forward(2)
        assert await team.count("channels", "paused_at IS NULL AND nudge_at IS NOT NULL") == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_somebodys_own_pause_is_not_ended_by_a_cure(database_url: str) -> None:
    async with a_team(database_url) as team:
        await ready(team)
        await team["ada"].slash(team.channel, "/opshat pause")
        team.workspace.archive(team.channel)
        team.workspace.unarchive(team.channel)
        await team.serve()
        assert await team.count("channels", "paused_at IS NOT NULL AND pause_reason = ''") == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_person_who_cannot_be_written_to_stops_nothing(database_url: str) -> None:
    async with a_team(database_url) as team:
        await ready(team)
        async with team.bot.db.write() as session:
            await session.execute(text("UPDATE channels SET hat_user = 'U0GONE'"))
        await team.nudged()
        assert (await states(team, "hat"))[0][0] == "refused"
        assert await team.count("channels", "paused_at IS NULL") == 1
