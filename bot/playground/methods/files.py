"""files.*: the three steps of an upload. As often with Slack, the answer does not tell the message's ts."""

from bot.playground.methods.call import Call, Method, missing
from bot.playground.talk import Draft
from bot.playground.world import JSON, File, Refusal, Team

_FILES = ("files:write",)


def _get_url(call: Call) -> JSON:
    world, team = call.parts.world, call.team
    name, length = call.text("filename"), call.number("length", 0)
    if not length:
        raise missing("length")
    file_id = world.ids.new("F")
    alt_text = call.text("alt_txt", "")
    team.files[file_id] = File(file_id, name, name, length, alt_text, team.bot.id, world.seconds())
    return {"upload_url": f"{call.parts.url()}/upload/{team.id}/{file_id}", "file_id": file_id}


def take_upload(team: Team | None, file_id: str, content: bytes) -> None:
    """Keep the bytes of an upload.

    Raises:
        Refusal: there is no such upload, or its length is not the one announced.

    """
    file = team.files.get(file_id) if team else None
    if file is None:
        raise Refusal("file_not_found")
    if len(content) != file.length:
        raise Refusal("length_mismatch")
    file.content = content


def _complete(call: Call) -> JSON:
    asked = call.arguments.get("files")
    if not isinstance(asked, list) or not asked:
        raise missing("files")
    files = [_uploaded(call.team, it) for it in asked]
    if call.text("channel_id", ""):
        _share(call, files)
    return {"files": [{"id": file.id, "title": file.title} for file in files]}


def _uploaded(team: Team, asked: JSON) -> File:
    file = team.files.get(str(asked.get("id")))
    if file is None or file.content is None:
        raise Refusal("file_not_found")
    file.title = str(asked.get("title") or file.title)
    return file


def _share(call: Call, files: list[File]) -> None:
    team = call.team
    channel = team.channel(call.text("channel_id"))
    if not team.has_bot(channel):
        raise Refusal("channel_not_found" if channel.is_private else "not_in_channel")
    thread_ts = call.text("thread_ts", "") or None
    draft = Draft(call.text("initial_comment", ""), thread_ts=thread_ts, files=files)
    call.parts.talk.post(team, channel, team.bot, draft)


METHODS = {
    "files.getUploadURLExternal": Method(_get_url, _FILES, forms_only=True, per_minute=100),
    "files.completeUploadExternal": Method(_complete, _FILES, per_minute=100),
}
