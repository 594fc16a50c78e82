"""What one person sees on the page, as JSON. No I/O."""

from dataclasses import dataclass

from bot.playground import shapes
from bot.playground.people import Person
from bot.playground.workspace import Workspace
from bot.playground.world import JSON, Channel, File, Message, Team, View, in_order


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who looks, and at what; "" takes the first person, the first channel, no thread."""

    person: str
    channel: str
    thread: str


def state(workspace: Workspace, wanted: Wanted) -> JSON:
    """Return all that the page shows."""
    team = workspace.team
    person = next((it for it in workspace.people if it.id == wanted.person), workspace.people[0])
    channels = [it for it in team.channels.values() if it.kind != "im" and _is_visible(it, person)]
    channel = next((it for it in channels if it.id == wanted.channel), channels[0] if channels else None)
    return {
        "team": {"name": team.name, "domain": team.domain},
        "app": _app(team),
        "me": _user_facts(team, person.id),
        "people": [_user_facts(team, it.id) for it in workspace.people],
        "channels": [_channel_facts(team, it) for it in channels],
        "channel": channel.id if channel else None,
        "messages": _messages(team, person, channel) if channel else [],
        "thread": _thread(team, person, channel, wanted.thread) if channel else None,
        "modal": _view(team, person.view),
        "modals": len(person.user.modals),
        "home": _view(team, person.home),
        "notices": person.user.notices,
    }


def _is_visible(channel: Channel, person: Person) -> bool:
    return person.id in channel.members or (not channel.is_private and not person.user.is_restricted)


def _app(team: Team) -> JSON:
    return {
        "name": team.app.name,
        "user": team.bot.id,
        "commands": sorted(team.app.commands or []),
        "shortcuts": team.app.shortcuts,
    }


def _user_facts(team: Team, user_id: str) -> JSON:
    user = team.users[user_id]
    return {
        "id": user.id,
        "name": user.name,
        "tz": user.tz or "UTC",
        "is_admin": user.is_admin,
        "is_guest": user.is_restricted,
        "is_outside": user.team_id != team.id,
    }


def _channel_facts(team: Team, channel: Channel) -> JSON:
    return {
        "id": channel.id,
        "name": channel.name,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "has_bot": team.has_bot(channel),
        "members": len([member for member in channel.members if member != team.bot.id]),
    }


def _messages(team: Team, person: Person, channel: Channel) -> list[JSON]:
    shown = [message for message in channel.messages.values() if message.in_channel]
    own = [message for message in person.ephemerals(channel) if not message.thread_ts]
    return [_message_facts(team, person, it) for it in in_order([*shown, *own])]


def _thread(team: Team, person: Person, channel: Channel, thread_ts: str) -> JSON | None:
    if thread_ts not in channel.messages:
        return None
    own = [message for message in person.ephemerals(channel) if message.thread_ts == thread_ts]
    replies = in_order([*channel.thread(thread_ts), *own])
    messages = [channel.messages[thread_ts], *replies]
    return {"ts": thread_ts, "messages": [_message_facts(team, person, it) for it in messages]}


def _message_facts(team: Team, person: Person, message: Message) -> JSON:
    shape = shapes.message(team, message)
    user = team.users.get(message.user)
    return {
        "ts": message.ts,
        "user": message.user,
        "name": _display_name(team, message),
        "is_bot": bool(user and user.is_bot),
        "text": message.text,
        "blocks": [block for block in message.blocks if block["type"] != "rich_text"],
        "subtype": message.subtype,
        "is_edited": message.edited is not None,
        "is_ephemeral": message.is_ephemeral,
        "is_mine": message.user == person.id and message.subtype not in ("channel_join", "tombstone"),
        "thread": message.thread_ts if message.is_reply else None,
        "replies": shape.get("reply_count", 0),
        "latest_reply": shape.get("latest_reply"),
        "files": [_file_facts(file) for file in message.files],
    }


def _display_name(team: Team, message: Message) -> str:
    if message.user == team.bot.id:
        return team.app.name
    user = team.users.get(message.user)
    return user.name if user else "Slack"


def _file_facts(file: File) -> JSON:
    facts = file.as_json()
    picture = facts["mimetype"] == "image/png" and len(file.content or b"") > 1
    return {"id": file.id, "title": file.title, "alt": file.alt_text, "is_picture": picture}


def _view(team: Team, view: View | None) -> JSON | None:
    return {**shapes.view(team, view), "errors": view.errors} if view else None
