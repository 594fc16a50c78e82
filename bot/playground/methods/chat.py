"""chat.*: the bot posts, whispers, edits and deletes."""

import json

from bot.playground import shapes
from bot.playground.limits import METADATA_BYTES, check_message
from bot.playground.methods.call import Call, Method
from bot.playground.talk import Draft
from bot.playground.world import JSON, Channel, Message, Refusal, Team

UPDATE_TEXT = 4000
"""Characters that chat.update takes; chat.postMessage cuts at 40,000 instead."""
_ATTACHMENTS = 100


def _post(call: Call) -> JSON:
    channel = _channel_to_post_in(call)
    message = call.parts.talk.post(call.team, channel, call.team.bot, _draft(call, channel))
    return {"channel": channel.id, "ts": message.ts, "message": shapes.message(call.team, message)}


def _channel_to_post_in(call: Call) -> Channel:
    team, name = call.team, call.text("channel", "")
    if not name:
        raise Refusal("channel_not_found")
    if name in team.users:
        return direct_with(call, name)
    named = next((c for c in team.channels.values() if name.removeprefix("#") == c.name), None)
    channel = named or team.channel(name)
    if team.has_bot(channel):
        return channel
    if channel.is_private:
        raise Refusal("channel_not_found")
    if "chat:write.public" not in team.scopes:
        raise Refusal("not_in_channel")
    return channel


def direct_with(call: Call, user_id: str) -> Channel:
    """Return the bot's direct conversation with somebody, made when there is none yet."""
    world, team = call.parts.world, call.team
    user = team.user(user_id)
    direct = team.direct(user)
    if direct is None:
        direct = Channel(world.ids.new("D"), user.name, "im", world.seconds(), [team.bot.id, user.id])
        team.channels[direct.id] = direct
    return direct


def _draft(call: Call, channel: Channel) -> Draft:
    text = call.text("text", "")
    blocks = checked_blocks(call.team, call.arguments)
    attachments = call.arguments.get("attachments") or []
    if not text and not blocks and not attachments:
        raise Refusal("no_text")
    if len(attachments) > _ATTACHMENTS:
        raise Refusal("too_many_attachments")
    thread_ts = call.text("thread_ts", "") or None
    if thread_ts and channel.kind != "im" and thread_ts not in channel.messages:
        raise Refusal("thread_not_found")
    return Draft(text, blocks, thread_ts, call.flag("reply_broadcast"), _metadata(call))


def checked_blocks(team: Team, arguments: JSON) -> list[JSON]:
    """Return a message's blocks.

    Raises:
        Refusal: invalid_blocks_format, or invalid_blocks with what is wrong.

    """
    blocks = arguments.get("blocks")
    if not blocks:
        return []
    if isinstance(blocks, str):
        raise Refusal("invalid_blocks_format")
    faults = check_message(blocks) or _lost_files(team, blocks)
    if faults:
        words = [f"[ERROR] {fault}" for fault in faults]
        raise Refusal("invalid_blocks", errors=faults, response_metadata={"messages": words})
    return list(blocks)


def _lost_files(team: Team, blocks: list[JSON]) -> list[str]:
    """Find image blocks whose file nobody shared yet: Slack calls those invalid."""
    return [
        f"invalid slack file [json-pointer:/blocks/{number}/slack_file]"
        for number, block in enumerate(blocks)
        if block["type"] == "image" and "slack_file" in block and not _is_shared(team, block["slack_file"])
    ]


def _is_shared(team: Team, reference: object) -> bool:
    file = team.files.get(str(reference.get("id"))) if isinstance(reference, dict) else None
    return file is not None and bool(file.shares)


def _metadata(call: Call) -> JSON | None:
    metadata = call.arguments.get("metadata")
    if not metadata:
        return None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_payload"), dict):
        raise Refusal("invalid_metadata_format")
    if not metadata.get("event_type"):
        raise Refusal("invalid_metadata_format")
    if len(json.dumps(metadata).encode()) > METADATA_BYTES:
        raise Refusal("metadata_too_large")
    return {"event_type": metadata["event_type"], "event_payload": metadata["event_payload"]}


def _whisper(call: Call) -> JSON:
    channel = call.joined_channel()
    user = call.team.user(call.text("user"))
    if user.id not in channel.members:
        raise Refusal("user_not_in_channel")
    if channel.is_archived:
        raise Refusal("is_archived")
    message = call.parts.talk.whisper(call.team, channel, user, _draft(call, channel))
    return {"message_ts": message.ts}


def _update(call: Call) -> JSON:
    channel, message = _own_message(call, "cant_update_message")
    draft = _draft(call, channel)
    if len(draft.text) > UPDATE_TEXT:
        raise Refusal("msg_too_long")
    call.parts.talk.edit(call.team, message, draft, call.team.bot)
    answer = shapes.message(call.team, message)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": answer}


def _delete(call: Call) -> JSON:
    channel, message = _own_message(call, "cant_delete_message")
    call.parts.talk.delete(call.team, message)
    return {"channel": channel.id, "ts": message.ts}


def _own_message(call: Call, otherwise: str) -> tuple[Channel, Message]:
    channel = call.channel()
    message = channel.messages.get(call.text("ts"))
    if message is None:
        raise Refusal("message_not_found")
    if message.user != call.team.bot.id:
        raise Refusal(otherwise)
    return channel, message


def _permalink(call: Call) -> JSON:
    channel, ts = call.channel(), call.text("message_ts")
    if ts not in channel.messages:
        raise Refusal("message_not_found")
    thread_ts = channel.messages[ts].thread_ts
    place = f"?thread_ts={thread_ts}&cid={channel.id}" if channel.messages[ts].is_reply else ""
    link = f"{call.parts.url()}/archives/{channel.id}/p{ts.replace('.', '')}{place}"
    return {"channel": channel.id, "permalink": link}


METHODS = {
    "chat.postMessage": Method(_post, ("chat:write",), per_minute=300),
    "chat.postEphemeral": Method(_whisper, ("chat:write",), per_minute=100),
    "chat.update": Method(_update, ("chat:write",)),
    "chat.delete": Method(_delete, ("chat:write",)),
    "chat.getPermalink": Method(_permalink, forms_only=True, per_minute=300),
}
