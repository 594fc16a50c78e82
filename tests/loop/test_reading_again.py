"""A new lexicon reads the open week again, after the start; closed weeks keep what they were counted with."""

from tests.team import a_team

WORDS = "We can't release before the harbour board has signed."


async def test_replies_of_the_open_week_alone_are_read_again(database_url: str) -> None:
    async with a_team(database_url) as team:
        await team.set_up()
        await team.reply("ben", await team.nudged(), WORDS)
        await team.digested()
        await team.reply("cleo", await team.nudged(), WORDS)
        await team.bot.tick()
        await team.change("UPDATE replies SET read_with = 'an older language'")
        await team.restart()
        await team.bot.tick()
        read = [row.read_with for row in await team.rows("SELECT read_with FROM replies ORDER BY ts")]
        assert read == ["an older language", team.bot.language.detector.version]
        assert await team.count("findings") == 2
