"""The loop under every combination of optional scopes: each adds what it is for, and none is needed."""

import itertools
import json
from collections import Counter

import pytest

from bot.prompts import OWN_PACKS, read_packs
from tests.team import Team, a_team

NEEDED = ("chat:write", "commands")
OPTIONAL = {
    "history": ("channels:history", "groups:history"),
    "read": ("channels:read", "groups:read"),
    "users": ("users:read",),
    "files": ("files:write",),
}
GRANTS = [frozenset(names) for count in range(len(OPTIONAL) + 1) for names in itertools.combinations(OPTIONAL, count)]
BOARD = "We can't release before the harbour board has signed."

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def introductions(reads: str) -> set[str]:
    """Return the lines that say this of what the bot reads."""
    return {line for one in read_packs([OWN_PACKS]).introductions if one.reads == reads for line in one.lines}


async def set_up(team: Team, granted: frozenset[str]) -> str:
    """Set the channel up as its people can; return what the modal offered."""
    await team["ada"].invite_bot(team.channel)
    await team.serve()
    await team["ada"].slash(team.channel, "/opshat schedule")
    view = team["ada"].view
    assert view is not None, team["ada"].ephemerals(team.channel)
    offered = json.dumps(view.blocks)
    await team["ada"].submit({} if "read" in granted else {"size": "6"})
    await team["ada"].close()
    await team.serve()
    return offered


@pytest.mark.parametrize("granted", GRANTS, ids=lambda names: "+".join(sorted(names)) or "none")
async def test_the_loop_runs_and_offers_only_what_was_granted(database_url: str, granted: frozenset[str]) -> None:
    scopes = [*NEEDED, *(scope for name in granted for scope in OPTIONAL[name])]
    async with a_team(database_url, scopes=scopes) as team:
        offered = await set_up(team, granted)
        assert ("People in this channel" in offered) == ("read" not in granted)
        assert ("cannot tell guests from members" in offered) == ("users" not in granted)
        [welcome] = team.posts
        assert set(welcome.text.splitlines()[:3]) <= introductions("replies" if "history" in granted else "nothing")
        nudge = await team.nudged()
        for name in ("ada", "ben"):
            await team.reply(name, nudge, BOARD)
        for name in ("cleo", "dov", "eva"):
            await team.answer(name, BOARD)
        digest = await team.digested()
        await team.serve()
        assert "three privately" in digest.text
        assert ("Two people answered in the thread" in digest.text) == ("history" in granted)
        charts = [post for post in team.workspace.from_bot(team.channel) if post.files]
        # It draws voices in threads, and there are none where nothing is read.
        assert len(charts) == ({"files", "history"} <= granted)
        await team["ada"].slash(team.channel, "/opshat privacy")
        await team["ada"].press("privacy_export")
        view = team["ada"].view
        assert view is not None
        assert ("Send me the file" in str(view.blocks)) == ("files" in granted)
        assert await team["ben"].open_home() is not None
        refused(team)


def refused(team: Team) -> None:
    """No method is called again that was refused for want of a scope; what is not granted is asked once at most."""
    missing = Counter(
        (call.method, str(call.arguments.get("channel", "")))
        for call in team.standin.journal.calls()
        if call.answer.get("error") == "missing_scope"
    )
    assert set(missing.values()) <= {1}
    assert {method for method, _ in missing} <= {"users.info", "conversations.info"}


async def test_a_command_where_the_bot_is_not_says_how_to_invite_it(database_url: str) -> None:
    async with a_team(database_url, scopes=NEEDED) as team:
        seen = await team["ada"].slash(team.channel, "/opshat schedule")
        assert "Type `/invite @Ops Hat`" in seen.text
        assert await team.count("channels") == 0
        await team["ada"].invite_bot(team.channel)
        seen = await team["ada"].slash(team.channel, "/opshat privacy")
        assert "will introduce itself" in seen.text
        assert seen.view is not None
        await team.serve()
        assert len(team.posts) == 1
