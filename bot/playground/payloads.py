"""The payloads of what people do: commands, clicks, shortcuts, submitted views. No I/O."""

from dataclasses import dataclass

from bot.playground import shapes
from bot.playground.world import JSON, Channel, Message, Team, User, View

_PRIVATE_NAMES = {"group": "privategroup", "im": "directmessage"}


@dataclass(frozen=True, slots=True)
class Keys:
    """What lets the app answer: a trigger id, and a response_url where there is one."""

    trigger: str
    response_url: str = ""


def name_of(channel: Channel) -> str:
    """Return a channel's name as payloads carry it; private ones are not named."""
    return _PRIVATE_NAMES.get(channel.kind, channel.name)


def command(team: Team, user: User, channel: Channel, words: tuple[str, str], keys: Keys) -> dict[str, str]:
    """Return the form of a slash command; `words` are the command and its text."""
    form = {
        "token": team.app.verification_token,
        "team_id": team.id,
        "team_domain": team.domain,
        "channel_id": channel.id,
        "channel_name": name_of(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": words[0],
        "text": words[1],
        "api_app_id": team.app.id,
        "is_enterprise_install": str(team.of_org).lower(),
        "response_url": keys.response_url,
        "trigger_id": keys.trigger,
    }
    if team.enterprise_id:
        form |= {"enterprise_id": team.enterprise_id, "enterprise_name": team.enterprise_id}
    return form


def action_in_message(team: Team, user: User, message: Message, action: JSON, keys: Keys) -> JSON:
    """Return the block_actions payload of a click in a message."""
    channel = team.channels[message.channel]
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.is_ephemeral,
    } | ({"thread_ts": message.thread_ts} if message.thread_ts else {})
    payload = {
        "type": "block_actions",
        **shapes.actor(team, user),
        "container": container,
        "trigger_id": keys.trigger,
        "channel": {"id": channel.id, "name": name_of(channel)},
        "state": {"values": {}},
        "response_url": keys.response_url,
        "actions": [action],
    }
    # Slack does not send an ephemeral message back.
    return payload if message.is_ephemeral else payload | {"message": shapes.message(team, message)}


def action_in_view(team: Team, user: User, view: View, action: JSON, keys: Keys) -> JSON:
    """Return the block_actions payload of a click in a modal or on Home."""
    return {
        "type": "block_actions",
        **shapes.actor(team, user),
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": keys.trigger,
        "view": shapes.view(team, view),
        "actions": [action],
    }


def submission(team: Team, user: User, view: View, keys: Keys) -> JSON:
    """Return the view_submission payload of a modal."""
    return {
        "type": "view_submission",
        **shapes.actor(team, user),
        "trigger_id": keys.trigger,
        "view": shapes.view(team, view),
        "response_urls": [],
    }


def closing(team: Team, user: User, view: View, *, everything: bool) -> JSON:
    """Return the view_closed payload of a modal that asked for one."""
    return {
        "type": "view_closed",
        **shapes.actor(team, user),
        "view": shapes.view(team, view),
        "is_cleared": everything,
    }


def message_shortcut(team: Team, user: User, callback_id: str, message: Message, keys: Keys) -> JSON:
    """Return the message_action payload of a shortcut on a message."""
    channel = team.channels[message.channel]
    return {
        "type": "message_action",
        **shapes.actor(team, user),
        "callback_id": callback_id,
        "trigger_id": keys.trigger,
        "response_url": keys.response_url,
        "message_ts": message.ts,
        "message": shapes.message(team, message),
        "channel": {"id": channel.id, "name": name_of(channel)},
        "action_ts": message.ts,
    }


def global_shortcut(team: Team, user: User, callback_id: str, keys: Keys) -> JSON:
    """Return the payload of a global shortcut."""
    return {
        "type": "shortcut",
        **shapes.actor(team, user),
        "callback_id": callback_id,
        "trigger_id": keys.trigger,
        "action_ts": "0",
    }
