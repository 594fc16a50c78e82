"""What is kept of somebody, handed to them as a file in a direct message: tried once, never again when unknown."""

import structlog

from bot.errors import Problem
from bot.privacy import words
from bot.privacy.mine import Kept
from bot.slack.client import Busy, Refused, Slack, Unclear
from bot.store.tables import Channel

log = structlog.get_logger()


async def send_file(slack: Slack, channel: Channel, user: str, kept: Kept) -> None:
    """Send somebody (a Slack id) a JSON file with everything that is kept of them in a channel.

    Raises:
        Problem: Slack did not take it.

    """
    body = words.as_json(kept).encode()
    workspace = channel.workspace_id
    try:
        said = await slack.call(
            workspace, "chat.postMessage", channel=user, text=words.FILE_COMES.format(channel=channel.slack_id)
        )
        place = await slack.call(workspace, "files.getUploadURLExternal", filename=words.FILE_NAME, length=len(body))
        await slack.upload(str(place["upload_url"]), body)
        await slack.call(
            workspace,
            "files.completeUploadExternal",
            files=[{"id": place["file_id"], "title": words.FILE_NAME}],
            channel_id=str(said["channel"]),
            thread_ts=str(said["ts"]),
        )
    except (Refused, Busy, Unclear) as reason:
        log.warning("no file", reason=str(reason))
        raise Problem(words.NOT_SENT) from None
