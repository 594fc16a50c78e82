"""Privacy, over the wire: what stands in the database, what somebody can see of it, and how it goes."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.store.tables import Table
from tests.team import NAMES, Team, a_team

WORDS = "We can't release before the harbour board has signed."

MAY_HOLD_AN_ID = {
    ("workspaces", "installed_by"),
    ("channels", "set_up_by"),
    ("channels", "changed_by"),
    ("channels", "hat_user"),
    ("profile_lines", "author"),
}
"""Where product.md allows a Slack user id."""


async def everything(team: Team) -> list[tuple[str, str, Any]]:
    """Every value of every table: table, column, value."""
    found: list[tuple[str, str, Any]] = []
    async with team.bot.db.read() as session:
        for table in Table.metadata.sorted_tables:
            for row in (await session.execute(select(table))).mappings():
                found += [(table.name, str(column), value) for column, value in row.items()]
    return found


async def lived_in(team: Team) -> None:
    """Three weeks in which people did everything that they can do."""
    await team.set_up()
    for _ in range(3):
        nudge = await team.nudged()
        await team.reply("ada", nudge, WORDS + " Ask @ben and @cleo.")
        said = await team.reply("ben", nudge, WORDS)
        await team["ben"].edit(said, f"{WORDS} @ada agrees.")
        gone = await team.reply("finn", nudge, "Never mind, @dov.")
        await team["finn"].delete(gone)
        for name in ("cleo", "dov", "eva"):
            await team.answer(name, WORDS)
        await team["cleo"].click(team.channel, nudge.ts, "not_this_week")
        await team.digested()
    await team["finn"].slash(team.channel, "/opshat privacy")
    await team["finn"].press("privacy_out")
    await team["dov"].slash(team.channel, "/opshat pause")
    await team["dov"].slash(team.channel, "/opshat resume")
    await team.schedule("eva", time="11:00")
    await team.walk.to(team.clock() + timedelta(hours=1))


async def test_a_slack_user_id_stands_in_the_documented_columns_and_nowhere_else(team: Team) -> None:
    await lived_in(team)
    ids = [team[name].id for name in NAMES]
    holding = {
        (table, column) for table, column, value in await everything(team) for user in ids if user in f"{value!r}"
    }
    assert holding <= MAY_HOLD_AN_ID
    assert ("channels", "changed_by") in holding  # the look-out works: what may be there is found


async def test_no_message_that_was_said_keeps_its_payload(team: Team) -> None:
    await lived_in(team)
    assert await team.count("postings", "ts IS NOT NULL AND payload IS NOT NULL") == 0


async def test_one_persons_hash_is_another_in_every_channel_and_week(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    await team.reply("ben", nudge, WORDS)
    await team.answer("ben", WORDS)
    other = team.workspace.add_channel("deck")
    await team["ada"].invite_bot(other)
    await team.serve()
    await team["ben"].slash(other, "/opshat privacy")
    await team["ben"].press("privacy_out")
    [reply] = await team.rows("SELECT person FROM replies")
    [private] = await team.rows("SELECT week_person FROM private_answers")
    [elsewhere] = await team.rows("SELECT person FROM opt_outs")
    assert len({reply.person, private.week_person, elsewhere.person}) == 3


async def test_it_shows_what_is_kept_of_the_asker_only(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    await team.reply("ben", nudge, WORDS)
    await team.reply("cleo", nudge, "The lanterns can't be lit before noon.")
    await team.answer("ben", "Nobody may open the lighthouse door.")
    seen = await team["ben"].slash(team.channel, "/opshat privacy")
    shown = str(seen.view)
    assert "harbour board" in shown
    assert "lighthouse" in shown
    assert "lanterns" not in shown
    assert "Nothing of yours is kept" in str((await team["dov"].slash(team.channel, "/opshat privacy")).view)


async def test_delete_mine_deletes_words_after_asking_once_more_and_keeps_counts(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    await team.reply("ben", nudge, WORDS)
    await team.reply("cleo", nudge, WORDS)
    digest = await team.digested()
    await team.nudged()
    await team.answer("ben", "Nobody may open the lighthouse door.")
    await team["ben"].slash(team.channel, "/opshat privacy")
    await team["ben"].press("privacy_delete")
    assert await team.count("replies", "text IS NOT NULL") == 2
    await team["ben"].press("privacy_surely")
    assert team["ben"].view is not None
    assert "Deleted." in str(team["ben"].view.blocks)
    assert await team.count("replies", "text IS NOT NULL") == 1
    assert await team.count("private_answers") == 0
    assert (await team["dov"].slash(team.channel, "/opshat digest")).text == digest.text


async def test_what_was_deleted_does_not_come_back_when_slack_sends_it_again(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    said = await team.reply("ben", nudge, WORDS)
    await team["ben"].slash(team.channel, "/opshat privacy")
    await team["ben"].press("privacy_delete")
    await team["ben"].press("privacy_surely")
    await team["ben"].edit(said, f"{WORDS} Really.")
    await team.standin.settle()
    assert await team.count("replies", "text IS NOT NULL") == 0


async def test_export_hands_out_all_of_it_as_json(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    said = await team.reply("ben", nudge, "5 < 6 & we can't say so.")
    await team["ben"].slash(team.channel, "/opshat privacy")
    await team["ben"].press("privacy_export")
    assert team["ben"].view is not None
    blocks = [block["text"]["text"] for block in team["ben"].view.blocks if "```" in str(block)]
    shown = "".join(text.strip("`") for text in blocks)
    exported = json.loads(shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    assert exported["replies"] == [{"ts": said.ts, "text": "5 < 6 & we can't say so."}]


async def test_texts_go_after_their_time_and_counts_stay(team: Team) -> None:
    await team.set_up()
    nudge = await team.nudged()
    await team.reply("ben", nudge, WORDS)
    await team.reply("cleo", nudge, WORDS)
    await team.digested()
    await team["ada"].slash(team.channel, "/opshat pause")
    await team.walk.to(team.clock() + timedelta(days=85))
    assert await team.count("replies") == 0
    assert await team.count("findings") == 0
    assert await team.count("theme_weeks") == 1


async def test_the_raw_files_hold_no_words_of_a_closed_weeks_private_answers(sqlite_url: str) -> None:
    async with a_team(sqlite_url) as team:
        await team.set_up()
        await team.nudged()
        for name in ("cleo", "dov", "eva"):
            await team.answer(name, f"Only {name} knows the zanzibar lighthouse, we can't open it.")
        await team.digested()
        folder = Path(str(team.settings.database.database)).parent
        raw = b"".join(path.read_bytes() for path in folder.glob("opshat.db*"))
        assert b"zanzibar" not in raw


@pytest.mark.parametrize("table", ["replies", "private_answers"])
async def test_no_log_holds_what_somebody_wrote(
    database_url: str, capsys: pytest.CaptureFixture[str], table: str
) -> None:
    async with a_team(database_url) as team:
        await team.set_up()
        nudge = await team.nudged()
        team.standin.set_retries(scale=0, ack_seconds=0.5)
        await team.change(f"ALTER TABLE {table} RENAME TO away")
        await team["ben"].say(team.channel, WORDS, thread_ts=nudge.ts)
        await team.answer("ben", WORDS)
        await team.standin.settle()
    printed = "".join(capsys.readouterr())
    assert "failed" in printed or "refused" in printed
    assert "harbour board" not in printed
    assert team["ben"].id not in printed
