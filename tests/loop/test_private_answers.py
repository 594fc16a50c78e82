"""Private answers, over the wire: stored once, kept apart from their author, and gone when the week closes."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.playground.forms import CannotSubmit
from bot.playground.world import Message
from bot.prompts import OWN_PACKS, read_packs
from tests.team import Team

WORDS = "We can't release anything until the harbour board says yes."


async def asked(team: Team) -> Message:
    await team.set_up()
    return await team.nudged()


async def test_the_command_opens_a_modal_with_the_question_and_what_was_typed(team: Team) -> None:
    nudge = await asked(team)
    seen = await team["ben"].slash(team.channel, f"/opshat answer {WORDS}")
    assert seen.view is not None
    assert nudge.text.splitlines()[0] in str(seen.view.blocks)
    assert WORDS in str(seen.view.blocks)
    assert "Until the week closes, whoever runs this bot's machine could work out who wrote this." in str(
        seen.view.blocks
    )
    assert "Kept, privately." in await team.submit("ben", {})
    assert [row.text for row in await team.rows("SELECT text FROM private_answers")] == [WORDS]


async def test_the_button_opens_the_same_modal(team: Team) -> None:
    nudge = await asked(team)
    seen = await team["ben"].click(team.channel, nudge.ts, "answer")
    assert seen.view is not None
    assert nudge.text.splitlines()[0] in str(seen.view.blocks)
    await team.submit("ben", {"answer": WORDS})
    assert await team.count("private_answers") == 1


async def test_the_modal_holds_the_questions_follow_up(team: Team) -> None:
    nudge = await asked(team)
    [posting] = await team.rows("SELECT prompt_id FROM postings WHERE kind = 'nudge'")
    [prompt] = [prompt for prompt in read_packs([OWN_PACKS]).prompts if prompt.id == posting.prompt_id]
    seen = await team["ben"].click(team.channel, nudge.ts, "answer")
    assert seen.view is not None
    assert f"And if you like: {prompt.follow_up}" in str(seen.view.blocks[1]["elements"][0]["text"])


async def test_nothing_tells_who_or_when_but_the_weeks_hash(team: Team) -> None:
    await asked(team)
    await team.answer("ben", WORDS)
    [row] = await team.rows("SELECT * FROM private_answers")
    assert set(row._mapping) == {"id", "week_id", "posting_id", "week_person", "text"}  # noqa: SLF001 - SQLAlchemy's public name
    assert team["ben"].id not in str(row)


async def test_sending_the_same_view_twice_stores_once(team: Team) -> None:
    """Slack's client lets somebody send again when the first answer was slow."""
    await asked(team)
    ben = team["ben"]
    await ben.slash(team.channel, "/opshat answer")
    view = ben.view
    assert view is not None
    form = view.body
    await ben.submit({"answer": WORDS})
    view.body = form
    await ben.submit({"answer": WORDS})
    assert await team.count("private_answers") == 1


async def test_two_answers_of_one_person_are_one_voice(team: Team) -> None:
    await asked(team)
    for name in ("cleo", "dov", "eva", "eva"):
        await team.answer(name, WORDS)
    assert await team.count("private_answers") == 4
    assert "Three answered privately." in (await team.digested()).text


async def test_an_empty_answer_is_named_beside_its_field(team: Team) -> None:
    await asked(team)
    await team["ben"].slash(team.channel, "/opshat answer")
    with pytest.raises(CannotSubmit):  # Slack's own client does not send it
        await team["ben"].submit({"answer": ""})
    assert "Write a few words, or close this without sending." in await team.submit("ben", {"answer": "   \n "})
    assert await team.count("private_answers") == 0


@pytest.mark.parametrize("length", [3_001, 41_000])
async def test_a_long_answer_is_named_with_its_length(team: Team, length: int) -> None:
    await asked(team)
    seen = await team["ben"].slash(team.channel, "/opshat", f"answer {'a' * length}")
    assert seen.view is None
    assert f"This is longer than 3,000 characters ({length:,}); please shorten it" in seen.text
    with pytest.raises(CannotSubmit):
        await _submit_new(team, "a" * length)
    assert await team.count("private_answers") == 0


async def _submit_new(team: Team, words: str) -> None:
    await team["ben"].slash(team.channel, "/opshat answer")
    await team["ben"].submit({"answer": words})


async def test_three_thousand_characters_are_taken(team: Team) -> None:
    await asked(team)
    assert "Kept, privately." in await team.answer("ben", "a" * 3_000)


async def test_before_the_first_question_there_is_nothing_to_answer(team: Team) -> None:
    await team.set_up()
    seen = await team["ben"].slash(team.channel, "/opshat answer")
    assert "Nothing has been asked in this channel yet" in seen.text


async def test_the_command_asks_the_last_question_that_was_asked_not_one_that_was_skipped(team: Team) -> None:
    nudge = await asked(team)
    await team.change("UPDATE channels SET skip_until = :then", then=team.clock() + timedelta(days=10))
    await team.walk.to(team.clock() + timedelta(days=8))
    assert await team.count("postings", "kind = 'nudge' AND state = 'skipped'") == 1
    seen = await team["ben"].slash(team.channel, "/opshat answer")
    assert seen.view is not None
    assert nudge.text.splitlines()[0] in str(seen.view.blocks)


async def test_the_button_on_an_old_nudge_says_that_it_is_closed(team: Team) -> None:
    nudge = await asked(team)
    await team.walk.to(team.clock() + timedelta(days=15))
    seen = await (await team["ben"].click(team.channel, nudge.ts, "answer")).something()
    assert "That question is no longer open" in seen.text
    assert seen.view is None


async def test_an_answer_to_an_older_open_nudge_counts_in_the_week_it_is_given(team: Team) -> None:
    nudge = await asked(team)
    await team.walk.to(team.clock() + timedelta(days=9))
    for name in ("cleo", "dov", "eva"):
        await team[name].click(team.channel, nudge.ts, "answer")
        await team.submit(name, {"answer": WORDS})
    assert "Three answered privately." in (await team.digested()).text


async def test_somebody_who_opted_out_is_told_and_nothing_is_stored(team: Team) -> None:
    await asked(team)
    await team["ben"].slash(team.channel, "/opshat privacy")
    await team["ben"].press("privacy_out")
    await team["ben"].close()
    assert "You opted out here, so nothing of yours is stored." in await team.answer("ben", WORDS)
    assert await team.count("private_answers") == 0


async def test_a_guests_answer_is_not_taken(team: Team) -> None:
    await asked(team)
    guest = team.workspace.add_person("gil", guest=True)
    await guest.join(team.channel)
    seen = await guest.slash(team.channel, "/opshat answer")
    assert "Guests' answers do not count in this channel" in seen.text
    assert await team.count("private_answers") == 0


async def test_in_a_small_channel_the_modal_says_that_privacy_is_thin(team: Team) -> None:
    await asked(team)
    seen = await team["ben"].slash(team.channel, "/opshat answer")
    assert "privacy is thin" not in str(seen.view)
    for name in ("eva", "finn"):
        await team[name].leave(team.channel)
    seen = await team["ben"].slash(team.channel, "/opshat answer")
    assert "There are fewer than five people in this channel: privacy is thin here." in str(seen.view)


async def test_three_of_four_are_not_told_of(team: Team) -> None:
    """Where fewer than two members kept silent, everybody could tell who did not."""
    await asked(team)
    for name in ("eva", "finn"):
        await team[name].leave(team.channel)
    for name in ("ada", "ben", "cleo"):
        await team.answer(name, WORDS)
    assert "Nobody answered this week, or too few privately to tell." in (await team.digested()).text


async def test_when_it_cannot_be_stored_the_modal_stays_open_with_its_text(team: Team) -> None:
    await asked(team)
    ben = team["ben"]
    await ben.slash(team.channel, "/opshat answer")
    await team.change("ALTER TABLE private_answers RENAME TO away")
    await ben.submit({"answer": WORDS})
    assert ben.view is not None
    assert "this may not have been kept" in ben.view.errors["answer"]
    assert ben.view.values["answer"]["answer"]["value"] == WORDS
    await team.change("ALTER TABLE away RENAME TO private_answers")
    assert "Kept, privately." in await team.submit("ben", {"answer": WORDS})
    assert await team.count("private_answers") == 1


async def test_a_locked_database_is_told_of_in_time(team: Team) -> None:
    """Slack waits three seconds; somebody else holds what we need for longer."""
    await asked(team)
    ben = team["ben"]
    await ben.slash(team.channel, "/opshat answer")
    async with team.bot.db.write() as session:
        await session.execute(text("SELECT 1" if team.bot.db.is_sqlite else "LOCK TABLE private_answers"))
        await ben.submit({"answer": WORDS})
    assert ben.view is not None
    assert "this may not have been kept" in ben.view.errors["answer"]
    assert "Kept, privately." in await team.submit("ben", {"answer": WORDS})
    assert await team.count("private_answers") == 1


async def test_words_hash_and_key_go_when_the_week_closes(team: Team) -> None:
    await asked(team)
    await team.answer("ben", WORDS)
    [week] = await team.rows("SELECT key FROM weeks WHERE closed_at IS NULL")
    key = bytes(week.key)
    await team.digested()
    assert await team.count("private_answers") == 0
    assert await team.count("weeks", "closed_at IS NOT NULL AND key IS NOT NULL") == 0
    assert await team.count("weeks", "closed_at IS NULL AND key IS NULL") == 0
    if team.bot.db.is_sqlite:
        await team.bot.db.close()
        files = team.settings.database.database
        assert files is not None
        raw = b"".join(path.read_bytes() for path in sorted(Path(files).parent.glob("opshat.db*")))
        assert WORDS.encode() not in raw
        assert key not in raw
