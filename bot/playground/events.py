"""What the app is told of: what it subscribed to, has scopes for, and can see as a member."""

from collections.abc import Callable

from bot.playground import shapes
from bot.playground.world import JSON, Channel, Message, Team, User, View, World

Send = Callable[[Team, JSON], None]

_OF_KIND = {"channel": "channels", "group": "groups", "im": "im"}
_READ = {"channel": "channels:read", "group": "groups:read", "im": "im:read"}


class Events:
    """Tells the app; each method is one kind of event.

    Args:
        world: gives ids and times.
        send: takes an event's envelope and delivers it.

    """

    def __init__(self, world: World, send: Send) -> None:
        self._world = world
        self._send = send

    def posted(self, team: Team, message: Message) -> None:
        """Tell of a message that was posted."""
        self._message(team, message.channel, {**shapes.message(team, message), "event_ts": message.ts})

    def edited(self, team: Team, message: Message, before: JSON) -> None:
        """Tell of a message that was edited; `before` is what it looked like."""
        self._hidden(
            team,
            message.channel,
            "message_changed",
            message=shapes.message(team, message),
            previous_message=before,
        )

    def deleted(self, team: Team, channel: str, before: JSON) -> None:
        """Tell of a message that was deleted."""
        self._hidden(team, channel, "message_deleted", deleted_ts=before["ts"], previous_message=before)

    def joined(self, team: Team, channel: Channel, user: User, inviter: User | None) -> None:
        """Tell that somebody, perhaps the bot, joined a channel."""
        event: JSON = {
            "type": "member_joined_channel",
            "user": user.id,
            "channel": channel.id,
            "channel_type": "C" if channel.kind == "channel" else "G",
            "team": team.id,
            "event_ts": self._world.new_ts(team.id),
        }
        self._of_channel(team, channel, event | ({"inviter": inviter.id} if inviter else {}))

    def channel(self, team: Team, channel: Channel, what: str, **fields: object) -> None:
        """Tell what happened to a channel: "left", "archive", "unarchive", "deleted", "rename"."""
        prefix = "channel" if channel.kind == "channel" else "group"
        about: object = channel.id
        if what == "rename":
            about = {"id": channel.id, "name": channel.name, "created": channel.created}
        event = {
            "type": f"{prefix}_{what}",
            "channel": about,
            "event_ts": self._world.new_ts(team.id),
            **fields,
        }
        self._of_channel(team, channel, event)

    def id_changed(self, team: Team, channel: Channel, old: str) -> None:
        """Tell that a channel has a new id."""
        event = {"type": "channel_id_changed", "old_channel_id": old, "new_channel_id": channel.id}
        self._of_channel(team, channel, event | {"event_ts": self._world.new_ts(team.id)})

    def shared(self, team: Team, channel: Channel, with_team: str) -> None:
        """Tell that a channel was shared with another organisation."""
        event = {"type": "channel_shared", "connected_team_id": with_team, "channel": channel.id}
        self._of_channel(team, channel, event | {"event_ts": self._world.new_ts(team.id)})

    def unshared(self, team: Team, channel: Channel, with_team: str) -> None:
        """Tell that a channel is no longer shared with another organisation."""
        event: JSON = {"type": "channel_unshared", "previously_connected_team_id": with_team, "channel": channel.id}
        still = {"is_ext_shared": bool(channel.shared_with), "event_ts": self._world.new_ts(team.id)}
        self._of_channel(team, channel, event | still)

    def home_opened(self, team: Team, user: User, direct: Channel, view: View | None) -> None:
        """Tell that somebody opened the app's Home."""
        event: JSON = {
            "type": "app_home_opened",
            "user": user.id,
            "channel": direct.id,
            "tab": "home",
            "event_ts": self._world.new_ts(team.id),
        }
        self._publish(team, "app_home_opened", event | ({"view": shapes.view(team, view)} if view else {}))

    def uninstalled(self, team: Team) -> None:
        """Tell that the app was uninstalled."""
        self._publish(team, "app_uninstalled", {"type": "app_uninstalled"})

    def revoked(self, team: Team) -> None:
        """Tell that the bot's token was revoked."""
        tokens = {"oauth": [], "bot": [team.bot.id]}
        self._publish(team, "tokens_revoked", {"type": "tokens_revoked", "tokens": tokens})

    def access(self, team: Team, *, granted: bool) -> None:
        """Tell that an organisation took the app from one of its workspaces, or let it in again."""
        kind = f"team_access_{'granted' if granted else 'revoked'}"
        self._publish(team, kind, {"type": kind, "team_ids": [team.id]})

    def _hidden(self, team: Team, channel: str, subtype: str, **fields: object) -> None:
        ts = self._world.new_ts(team.id)
        event = {"type": "message", "subtype": subtype, "hidden": True, "ts": ts, "event_ts": ts, **fields}
        self._message(team, channel, event)

    def _message(self, team: Team, channel_id: str, event: JSON) -> None:
        channel = team.channels[channel_id]
        kind = _OF_KIND[channel.kind]
        if team.has_bot(channel) and f"{kind}:history" in team.scopes:
            place = {"channel": channel.id, "channel_type": channel.kind}
            self._publish(team, f"message.{kind}", {**event, **place}, channel)

    def _of_channel(self, team: Team, channel: Channel, event: JSON) -> None:
        told = team.has_bot(channel) or event["type"].endswith("_left")
        if told and _READ[channel.kind] in team.scopes:
            self._publish(team, event["type"], event, channel)

    def _publish(self, team: Team, subscription: str, event: JSON, channel: Channel | None = None) -> None:
        if subscription not in team.app.subscriptions:
            return
        ids = self._world.ids
        envelope = {
            "token": team.app.verification_token,
            "team_id": team.id,
            "context_team_id": team.id,
            "context_enterprise_id": team.enterprise_id,
            "api_app_id": team.app.id,
            "event": event,
            "type": "event_callback",
            "event_id": ids.new("Ev"),
            "event_time": self._world.seconds(),
            "authorizations": [_authorization(team)],
            "is_ext_shared_channel": bool(channel and channel.shared_with),
            "event_context": f"4-{ids.secret()}",
        }
        if team.enterprise_id:
            envelope["enterprise_id"] = team.enterprise_id
        self._send(team, envelope)


def _authorization(team: Team) -> JSON:
    return {
        "enterprise_id": team.enterprise_id,
        "team_id": None if team.of_org else team.id,
        "user_id": team.bot.id,
        "is_bot": True,
        "is_enterprise_install": team.of_org,
    }
