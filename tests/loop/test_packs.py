"""Packs of one's own, chosen per channel; and what the operator is told of the questions, from the database."""

import os
import subprocess
import sys
from pathlib import Path

from tests.team import SCHEDULE, a_team

OURS = """
[[prompt]]
id = "ours-lamp"
question = "Which lamp did you look at twice this week?"
lens = "observe"
motion = "both"
experience = "both"
kinds = ["scarcity"]
follow_up = "What did you see the second time?"
why = "Looking twice is observing."
"""


def opshat(database_url: str, *words: str) -> str:
    environment = {**os.environ, "DATABASE_URL": database_url}
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "bot", "prompts", *words],
        capture_output=True,
        text=True,
        env=environment,
        check=True,
        timeout=60,
    )
    return done.stdout


async def test_a_channel_asks_from_the_packs_that_it_chose(sqlite_url: str, tmp_path: Path) -> None:
    ours = tmp_path / "ours"
    ours.mkdir()
    (ours / "lamps.toml").write_text(OURS, encoding="utf-8")
    async with a_team(sqlite_url, opshat_prompts=str(ours)) as team:
        await team["ada"].invite_bot(team.channel)
        await team.serve()
        await team["ada"].slash(team.channel, "/opshat schedule")
        shown = str(team["ada"].view and team["ada"].view.blocks)
        assert "Ask from these packs" in shown
        await team["ada"].submit({**SCHEDULE, "packs": ["ours"]})
        nudge = await team.nudged()
        assert "Which lamp did you look at twice" in nudge.text


async def test_a_pack_that_breaks_while_the_bot_runs_is_asked_from_as_it_was(sqlite_url: str, tmp_path: Path) -> None:
    ours = tmp_path / "ours"
    ours.mkdir()
    (ours / "lamps.toml").write_text(OURS, encoding="utf-8")
    async with a_team(sqlite_url, opshat_prompts=str(ours)) as team:
        await team.set_up(packs=["ours"])
        await team.nudged()
        (ours / "lamps.toml").write_text("[[prompt]\n", encoding="utf-8")
        assert "Which lamp did you look at twice" in (await team.nudged()).text
        assert "lamps.toml:1: this is not valid TOML" in str(team.bot.shelf.problem)
        (ours / "lamps.toml").write_text(OURS.replace("lamp", "lantern"), encoding="utf-8")
        assert "Which lantern did you look at twice" in (await team.nudged()).text
        assert team.bot.shelf.problem is None


async def test_the_operator_sees_what_comes_next_and_why_and_what_was_answered(sqlite_url: str) -> None:
    async with a_team(sqlite_url) as team:
        await team.set_up()
        nudge = await team.nudged()
        await team.reply("ben", nudge, "Nothing much, to be honest.")
        await team.serve()
        why = opshat(sqlite_url, "why", team.channel.id)
        assert "has not come up here yet" in why
        counted = opshat(sqlite_url, "stats", team.channel.id).splitlines()[1:]
        assert sum(int(line.split()[0]) for line in counted) == 1
        assert sum(int(line.split()[1]) for line in counted) == 1
