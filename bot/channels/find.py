"""Which channel somebody means, and whether they may change what the bot does there."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels import words
from bot.errors import Problem
from bot.slack.knock import Knock, numbered
from bot.store.tables import Channel, Workspace

LARGE = 100
"""More people than this in a channel, and only an admin may set the bot up there."""


REMOVED = ("not_in_channel", "channel_not_found")
"""Why a channel stopped that goes on as soon as the bot is in it again."""


@dataclass(frozen=True, slots=True)
class Rights:
    """Who may change settings, and where the bot may be set up; empty means no limit."""

    admins: Collection[str] = ()
    channels: Collection[str] = ()


async def workspace_of(session: AsyncSession, enterprise: str, team: str) -> Workspace | None:
    """Return the workspace that a request from Slack belongs to."""
    where = Workspace.enterprise_id == enterprise, Workspace.team_id == team
    return await session.scalar(select(Workspace).where(*where))


async def is_known(session: AsyncSession, workspace: Workspace, slack_id: str) -> bool:
    """Say whether a channel is known already, or is none: a conversation with one person.

    One that the bot was removed from is not known to have it again.
    """
    if not slack_id or slack_id.startswith("D"):
        return True
    here = Channel.workspace_id == workspace.id, Channel.slack_id == slack_id
    known = select(Channel.id).where(*here, Channel.pause_reason.not_in(REMOVED))
    return await session.scalar(known) is not None


async def channel_of(session: AsyncSession, knock: Knock) -> Channel:
    """Return the channel that a command or button was used in.

    Raises:
        Problem: it was used outside a channel, or the bot is not there.

    """
    if not knock.channel or knock.channel.startswith("D"):
        raise Problem(words.NO_CHANNEL)
    channel = await session.scalar(
        select(Channel)
        .join(Workspace, Workspace.id == Channel.workspace_id)
        .where(
            Workspace.enterprise_id == knock.enterprise,
            Workspace.team_id == knock.team,
            Channel.slack_id == knock.channel,
        )
    )
    if channel is None:
        raise Problem(words.NOT_INVITED)
    return channel


async def channel_by_id(session: AsyncSession, knock: Knock, channel_id: str) -> Channel | None:
    """Return the channel that a modal was opened for, if it belongs to the workspace that submits it."""
    return await session.scalar(
        select(Channel)
        .join(Workspace, Workspace.id == Channel.workspace_id)
        .where(
            Workspace.enterprise_id == knock.enterprise,
            Workspace.team_id == knock.team,
            Channel.id == numbered(channel_id),
        )
    )


def check_member(knock: Knock) -> None:
    """Return when this person belongs to the workspace.

    Raises:
        Problem: they belong to another organisation.

    """
    if knock.outside:
        raise Problem(words.OUTSIDE)


@dataclass(frozen=True, slots=True)
class Asker:
    """What Slack says of whoever asks: a guest of this workspace, an admin of it, or nothing in time."""

    guest: bool = False
    admin: bool = False
    unknown: bool = False


def check_let_in(channel: Channel, asker: Asker) -> None:
    """Return when this person is no guest, or guests are let in here.

    Raises:
        Problem: a guest, or somebody who may be one.

    """
    if channel.guests:
        return
    if asker.guest:
        raise Problem(words.NO_GUESTS)
    if asker.unknown:
        raise Problem(words.WHO_ARE_YOU)


def check_rights(rights: Rights, knock: Knock, channel: Channel, asker: Asker) -> None:
    """Return when this person may change settings in this channel.

    Raises:
        Problem: somebody from outside, a guest or somebody who may be one, somebody the operator did not name, a
            channel that is not allowed, or a large or general channel and no admin.

    """
    check_member(knock)
    if asker.guest:
        raise Problem(words.NO_GUESTS)
    if asker.unknown and knock.user not in rights.admins:
        raise Problem(words.WHO_ARE_YOU)
    if rights.admins and knock.user not in rights.admins:
        raise Problem(words.NOT_AN_ADMIN)
    if rights.channels and channel.slack_id not in rights.channels:
        raise Problem(words.NOT_HERE)
    large = channel.general or (channel.members or 0) > LARGE
    if large and not (asker.admin or knock.user in rights.admins):
        raise Problem(words.TOO_LARGE)


def why_not(rights: Rights, knock: Knock, channel: Channel, asker: Asker) -> str:
    """Return why this person may not change settings in this channel, or "" where they may."""
    try:
        check_rights(rights, knock, channel, asker)
    except Problem as problem:
        return str(problem)
    return ""
