"""Whatever ends a stop, nothing starts in a channel that was shared meanwhile before somebody has chosen that."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.channels.everywhere import pause_all, resume_all
from bot.channels.words import SHARED_MEANWHILE, SLACK_IS_LATE
from tests.team import MONDAY, Team, a_team

Way = tuple[Callable[[Team], Awaitable[object]], Callable[[Team], Awaitable[object]]]
LEAST = ["chat:write", "commands"]


async def is_removed(team: Team) -> None:
    await team["ben"].remove_bot(team.channel)


async def is_invited(team: Team) -> None:
    await team["ada"].invite_bot(team.channel)


async def vanishes(team: Team) -> None:
    team.channel.members.remove(team.workspace.team.bot.id)
    await team.walk.to_next("nudge")


async def is_back(team: Team) -> None:
    team.channel.members.append(team.workspace.team.bot.id)
    await team.walk.forward(2)


async def is_archived(team: Team) -> None:
    team.workspace.archive(team.channel)


async def is_unarchived(team: Team) -> None:
    team.workspace.unarchive(team.channel)


async def loses_its_token(team: Team) -> None:
    team.workspace.team.token_error = "token_revoked"
    await team.walk.to_next("nudge")


async def has_it_again(team: Team) -> None:
    team.workspace.team.token_error = None
    await team.walk.forward(2)


async def has_it_again_at_a_start(team: Team) -> None:
    team.workspace.team.token_error = None
    await team.restart()


async def is_paused_by_the_operator(team: Team) -> None:
    await pause_all(team.bot.db, team.clock())


async def is_resumed_by_the_operator(team: Team) -> None:
    await resume_all(team.bot.db, team.clock())


WAYS: dict[str, Way] = {
    "invited again": (is_removed, is_invited),
    "there again, and nobody said so": (vanishes, is_back),
    "out of the archive": (is_archived, is_unarchived),
    "a token that works again": (loses_its_token, has_it_again),
    "a start with a token that works": (loses_its_token, has_it_again_at_a_start),
    "resume --all": (is_paused_by_the_operator, is_resumed_by_the_operator),
}


async def reason(team: Team) -> str | None:
    """Why the channel stands still; None where it runs."""
    [channel] = await team.rows("SELECT paused_at, pause_reason, nudge_at FROM channels")
    assert (channel.paused_at is None) == (channel.nudge_at is not None)
    return channel.pause_reason if channel.paused_at else None


@pytest.mark.parametrize("way", WAYS)
async def test_a_channel_that_was_shared_meanwhile_waits_for_a_choice(team: Team, way: str) -> None:
    stops, starts = WAYS[way]
    await team.set_up()
    await stops(team)
    await team.serve()
    assert await reason(team) is not None
    team.channel.shared_with.append("T0OTHER")
    await starts(team)
    await team.serve()
    assert await reason(team) == "shared"
    direct = team.workspace.team.direct(team["ada"].user)
    assert direct is not None
    [told] = [post for post in team.workspace.from_bot(direct) if "shared with another organisation" in post.text]
    assert "asks whether the bot may go on" in told.text
    assert "asks whether the bot may go on" in (await team["ben"].slash(team.channel, "/opshat")).text
    assert (await team["ben"].slash(team.channel, "/opshat resume")).text == SHARED_MEANWHILE
    await team.walk.to(team.clock() + timedelta(days=8))
    assert not [post for post in team.posts if float(post.ts) > float(told.ts) and "Answer in the thread" in post.text]
    assert "Tick the box" in await team.schedule(by="ben", shared=[])
    assert "The next question comes" in await team.schedule(by="ben", shared=["yes"])
    assert await reason(team) is None
    assert await team.nudged()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("way", WAYS)
async def test_any_other_channel_goes_on(team: Team, way: str) -> None:
    stops, starts = WAYS[way]
    await team.set_up()
    await stops(team)
    await team.serve()
    await starts(team)
    await team.serve()
    assert await reason(team) is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_where_slack_may_not_be_asked_it_goes_on(database_url: str) -> None:
    async with a_team(database_url, scopes=LEAST) as team:
        await team["ada"].invite_bot(team.channel)
        await team["ada"].slash(team.channel, "/opshat")
        await team.schedule()
        await pause_all(team.bot.db, team.clock())
        assert await resume_all(team.bot.db, team.clock()) == 1
        assert await reason(team) == "look"
        await team.serve()
        assert await reason(team) is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_while_slack_does_not_answer_it_stands_still_and_says_so(team: Team) -> None:
    await team.set_up()
    await pause_all(team.bot.db, team.clock())
    await resume_all(team.bot.db, team.clock())
    team.standin.mischief.fail_sometimes("conversations.info", "500", 1.0)
    await team.serve()
    assert "Slack is asked what kind of channel it is" in (await team["ben"].slash(team.channel, "/opshat")).text
    team.standin.mischief.fail_sometimes("conversations.info", "500", 0.0)
    await team.serve()
    assert await reason(team) is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_choice_made_during_the_operators_pause_counts_afterwards(team: Team) -> None:
    await team.set_up()
    team.workspace.share(team.channel, "T0OTHER")
    await team.serve()
    await pause_all(team.bot.db, team.clock())
    await team.schedule(shared=["yes"])
    assert await reason(team) == "operator:shared"
    assert await resume_all(team.bot.db, team.clock()) == 1
    await team.serve()
    assert await reason(team) is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_channel_that_is_shared_with_nobody_any_more_resumes(team: Team) -> None:
    await team.set_up()
    team.workspace.share(team.channel, "T0OTHER")
    await team.serve()
    team.channel.shared_with.clear()
    assert "Running again" in (await team["ben"].slash(team.channel, "/opshat resume")).text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_channel_that_was_never_set_up_can_be_after_a_removal(team: Team) -> None:
    await is_invited(team)
    await team.serve()
    await is_removed(team)
    await team.serve()
    await is_invited(team)
    await team.serve()
    assert "The next question comes" in await team.schedule()


# Keep / Less / Stop --------------------------------------------------------------------------------------


async def asked_to_keep(team: Team, **fields: object) -> str:
    """Let the bot ask whether to stay; return the digest's ts."""
    await team.set_up(**fields)
    await team.change("UPDATE channels SET set_up_at = :long_ago", long_ago=MONDAY - timedelta(weeks=6))
    nudge = await team.nudged()
    await team.reply("ben", nudge, "We can't.")
    return (await team.digested()).ts


async def press(team: Team, ts: str, choice: str) -> str:
    return (await (await team["ada"].click(team.channel, ts, f"digest_keep {choice}")).something()).text


async def test_keep_asks_no_questions_again_in_a_channel_that_was_shared_meanwhile(team: Team) -> None:
    digest = await asked_to_keep(team)
    assert "asks less from now on" in await press(team, digest, "less")
    team.channel.shared_with.append("T0OTHER")
    assert await press(team, digest, "keep") == SHARED_MEANWHILE
    team.standin.mischief.fail_next("conversations.info", "500")
    assert await press(team, digest, "keep") == SLACK_IS_LATE
    assert await team.bot.next_moment("nudge") is None
    team.channel.shared_with.clear()
    assert "It stays as it is." in await press(team, digest, "keep")
    assert await team.bot.next_moment("nudge") is not None


@pytest.mark.parametrize("choice", ["keep", "less"])
async def test_after_stop_neither_keep_nor_less_starts_anything(team: Team, choice: str) -> None:
    digest = await asked_to_keep(team, days=["2", "4"])
    assert "silent from now on" in await press(team, digest, "stop")
    await press(team, digest, choice)
    assert await reason(team) == ""
