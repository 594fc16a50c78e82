"""`/opshat privacy` and its buttons, in a channel or from Home."""

from dataclasses import dataclass, replace

from bot.channels import find
from bot.desk.reception import Reception
from bot.door.people import Handler
from bot.errors import Problem
from bot.home import page as home
from bot.home import words as home_words
from bot.privacy import handing, mine, words
from bot.slack.client import Busy, Unclear
from bot.slack.faces import Modal
from bot.slack.knock import Knock
from bot.store.tables import Workspace


@dataclass(frozen=True, slots=True)
class Private:
    """What everybody can do about what is kept of themselves."""

    at: Reception

    def buttons(self) -> dict[str, Handler]:
        """Return who answers its buttons."""
        return {
            words.DELETE: self.ask_to_delete,
            words.SURELY: self.delete_mine,
            words.OPT_OUT: self.opt_out,
            words.OPT_IN: self.opt_in,
            words.EXPORT: self.export_mine,
            words.SEND: self.send_mine,
            home_words.PRIVACY: self.privacy_from_home,
        }

    async def privacy(self, knock: Knock, note: str = "") -> Modal:
        """`/opshat privacy`: what is kept of the asker in this channel."""
        async with self.at.mine_of(knock) as (session, channel, who):
            kept = await mine.kept(session, channel, who)
        memo = {"channel": str(channel.id), "where": channel.slack_id}
        return words.overview(kept, memo, self.at.retention_days, note)

    async def privacy_from_home(self, knock: Knock) -> Modal:
        """*Privacy*, beside a channel in Home: only of channels that the presser is in at this moment."""
        async with self.at.db.read() as session:
            workspace = await find.workspace_of(session, knock.enterprise, knock.team)
        if workspace is None:
            raise Problem(home_words.LEFT)
        try:
            theirs = await home.channels_of(self.at.slack, workspace, knock.user)
        except (Busy, Unclear):
            raise Problem(home_words.NOT_NOW) from None
        async with self.at.db.read() as session:
            channel = await home.room_of(session, workspace.id, knock.text, theirs or ())
        if channel is None:
            raise Problem(home_words.LEFT)
        return await self.privacy(replace(knock, memo={"channel": str(channel.id)}))

    async def ask_to_delete(self, knock: Knock) -> Modal:
        """*Delete mine*: asked once more."""
        return words.sure(knock.memo)

    async def delete_mine(self, knock: Knock) -> Modal:
        """*Delete*: it goes now."""
        async with self.at.mine_of(knock) as (session, channel, who):
            await mine.delete_mine(session, channel, who, self.at.now())
        await self.at.db.forget_the_log()
        return await self.privacy(knock, words.DELETED)

    async def opt_out(self, knock: Knock) -> Modal:
        """*Opt out*."""
        async with self.at.mine_of(knock) as (session, channel, who):
            await mine.opt_out(session, channel, who)
        return await self.privacy(knock, words.OUT)

    async def opt_in(self, knock: Knock) -> Modal:
        """*Opt in again*."""
        async with self.at.mine_of(knock) as (session, channel, who):
            await mine.opt_in(session, channel, who)
        return await self.privacy(knock, words.IN)

    async def export_mine(self, knock: Knock) -> Modal:
        """*Export mine*: as JSON, to copy."""
        async with self.at.mine_of(knock) as (session, channel, who):
            workspace = await session.get_one(Workspace, channel.workspace_id)
            files = workspace.grants("files:write")
            return words.export(await mine.kept(session, channel, who), knock.memo, files=files)

    async def send_mine(self, knock: Knock) -> Modal:
        """*Send me the file*."""
        async with self.at.mine_of(knock) as (session, channel, who):
            kept = await mine.kept(session, channel, who)
        await handing.send_file(self.at.slack, channel, knock.user, kept)
        return words.sent(knock.memo, words.SENT)
