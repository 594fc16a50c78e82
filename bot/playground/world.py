"""What a Slack consists of: apps, teams, users, channels, messages, views and files. Plain data, no I/O."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from bot.playground.ids import Ids

JSON = dict[str, Any]
Kind = Literal["channel", "group", "im"]
_SECOND = 1_000_000  # microseconds

SUBSCRIPTIONS = (
    "message.channels",
    "message.groups",
    "app_home_opened",
    "member_joined_channel",
    "channel_left",
    "channel_archive",
    "channel_unarchive",
    "channel_deleted",
    "channel_rename",
    "channel_id_changed",
    "channel_shared",
    "channel_unshared",
    "group_left",
    "group_archive",
    "group_unarchive",
    "group_deleted",
    "group_rename",
    "app_uninstalled",
    "tokens_revoked",
    "team_access_revoked",
    "team_access_granted",
)
"""The events an app here is subscribed to unless it says otherwise."""

SCOPES = (
    "chat:write",
    "commands",
    "channels:history",
    "channels:read",
    "groups:history",
    "groups:read",
    "users:read",
    "files:write",
)
"""The bot scopes an install here has unless it says otherwise."""


class Refusal(Exception):  # noqa: N818 - Slack's own word for it is "error"; ours is what it does
    """Slack says no: `error` is its code, `extra` the further fields of the answer."""

    def __init__(self, error: str, **extra: object) -> None:
        super().__init__(error)
        self.error = error
        self.extra = extra


@dataclass(eq=False)
class App:
    """An app as its maker registered it; several teams can have it installed."""

    id: str
    name: str
    app_token: str
    signing_secret: str
    client_id: str
    client_secret: str
    verification_token: str
    subscriptions: set[str] = field(default_factory=lambda: set(SUBSCRIPTIONS))
    commands: set[str] | None = None
    """Its slash commands with the slash; None takes any."""
    shortcuts: dict[str, str] = field(default_factory=dict)
    """Its message shortcuts: callback id to name."""
    request_url: str | None = None
    """Where signed HTTP goes; None means Socket Mode."""
    redirect_url: str | None = None
    """Where a browser goes after an install; None means that nobody can install it by OAuth."""
    delayed_events: bool = False


@dataclass(eq=False)
class View:
    """A modal or a Home tab as somebody has it open."""

    id: str
    body: JSON
    hash: str
    root: str
    previous: str | None = None
    values: JSON = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def blocks(self) -> list[JSON]:
        """Its blocks."""
        return list(self.body["blocks"])

    @property
    def title(self) -> str:
        """Its title, or "" for a Home tab."""
        return str((self.body.get("title") or {}).get("text", ""))


@dataclass(eq=False)
class User:
    """A person or a bot, and what they alone have on their screen."""

    id: str
    name: str
    team_id: str
    tz: str = "UTC"
    is_bot: bool = False
    is_admin: bool = False
    is_owner: bool = False
    is_restricted: bool = False
    deleted: bool = False
    modals: list[View] = field(default_factory=list)
    home: View | None = None
    ephemerals: list["Message"] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    """What Slack's own client told them, such as that a command failed."""


@dataclass(eq=False)
class File:
    """An uploaded file."""

    id: str
    name: str
    title: str
    length: int
    alt_text: str
    owner: str
    created: int
    content: bytes | None = None
    shares: list[tuple[str, str]] = field(default_factory=list)
    """Channel id and ts of each message that carries it."""

    def as_json(self) -> JSON:
        """Return the file as Slack shows it in messages."""
        kind = self.name.rpartition(".")[2].lower()
        return {
            "id": self.id,
            "created": self.created,
            "timestamp": self.created,
            "name": self.name,
            "title": self.title,
            "mimetype": "image/png" if kind == "png" else "application/octet-stream",
            "filetype": kind,
            "user": self.owner,
            "size": self.length,
            "alt_txt": self.alt_text,
            "is_external": False,
        }


@dataclass(eq=False)
class Message:
    """A message of a channel, or one that only one person sees."""

    ts: str
    channel: str
    user: str
    text: str
    team: str
    blocks: list[JSON] = field(default_factory=list)
    thread_ts: str | None = None
    parent_user: str | None = None
    subtype: str | None = None
    bot: JSON | None = None
    """bot_id, app_id and bot_profile, when a bot wrote it."""
    metadata: JSON | None = None
    files: list[File] = field(default_factory=list)
    edited: JSON | None = None
    client_msg_id: str | None = None
    inviter: str | None = None
    is_ephemeral: bool = False

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread under another message."""
        return self.thread_ts is not None and self.thread_ts != self.ts

    @property
    def in_channel(self) -> bool:
        """Whether the channel itself shows it: no reply, or a broadcast one."""
        return not self.is_reply or self.subtype == "thread_broadcast"


@dataclass(eq=False)
class Channel:
    """A public channel, a private one ("group"), or a direct conversation ("im")."""

    id: str
    name: str
    kind: Kind
    created: int
    members: list[str] = field(default_factory=list)
    is_archived: bool = False
    is_general: bool = False
    shared_with: list[str] = field(default_factory=list)
    """Other organisations' team ids."""
    messages: dict[str, Message] = field(default_factory=dict)
    replies: dict[str, dict[str, Message]] = field(default_factory=dict)
    """The replies of each thread, by the parent's ts and their own."""

    def add(self, message: Message) -> None:
        """Put a message into the channel."""
        self.messages[message.ts] = message
        if message.thread_ts is not None and message.is_reply:
            self.replies.setdefault(message.thread_ts, {})[message.ts] = message

    def remove(self, message: Message) -> None:
        """Take a message out of the channel."""
        del self.messages[message.ts]
        if message.thread_ts is not None and message.is_reply:
            del self.replies[message.thread_ts][message.ts]

    @property
    def is_private(self) -> bool:
        """Whether only its members may know of it."""
        return self.kind != "channel"

    def thread(self, thread_ts: str) -> list[Message]:
        """Return a thread's replies, oldest first."""
        return in_order(self.replies.get(thread_ts, {}).values())


@dataclass(eq=False)
class Team:
    """A workspace with the app installed in it."""

    id: str
    name: str
    app: App
    bot: User
    bot_id: str
    bot_token: str
    scopes: set[str]
    enterprise_id: str | None = None
    token_error: str | None = None
    """What every call is refused with, once the token is revoked or the app uninstalled."""
    of_org: bool = False
    """Whether the app was installed for the whole organisation, whose workspaces share one token."""
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)

    @property
    def domain(self) -> str:
        """The name that stands in its address."""
        return self.name.lower().replace(" ", "-")

    def channel(self, channel_id: str) -> Channel:
        """Return a channel by its id.

        Raises:
            Refusal: channel_not_found.

        """
        if channel_id not in self.channels:
            raise Refusal("channel_not_found")
        return self.channels[channel_id]

    def user(self, user_id: str) -> User:
        """Return a user by its id.

        Raises:
            Refusal: user_not_found.

        """
        if user_id not in self.users:
            raise Refusal("user_not_found")
        return self.users[user_id]

    def has_bot(self, channel: Channel) -> bool:
        """Say whether the bot is a member of a channel."""
        return self.bot.id in channel.members

    def direct(self, user: User) -> Channel | None:
        """Return the direct conversation of the bot with somebody, if there is one."""
        return next((c for c in self.channels.values() if c.kind == "im" and user.id in c.members), None)


class World:
    """Everything there is: the teams, the apps, and the clock that dates messages.

    Args:
        now: the clock, aware UTC; it rules message ts and event times, nothing else.
        seed: for repeatable ids.

    """

    def __init__(self, now: Callable[[], datetime], seed: int | None = None) -> None:
        self.now = now
        self.ids = Ids(seed)
        self.apps: list[App] = []
        self.teams: dict[str, Team] = {}
        self.grants: dict[str, Any] = {}
        """What was allowed on the page of an install, by its code."""
        self._tokens: dict[str, Team] = {}
        self._last_ts: dict[str, int] = {}

    def seconds(self) -> int:
        """Return the present moment in whole seconds, as events carry it."""
        return int(self.now().timestamp())

    def new_ts(self, team: str) -> str:
        """Return the ts of a new message; no two of a team are alike, also while the clock stands still."""
        micros = round(self.now().timestamp() * _SECOND)
        last = self._last_ts.get(team, 0)
        if 0 <= last - micros < _SECOND:
            micros = last + 1
        self._last_ts[team] = micros
        return f"{micros // _SECOND}.{micros % _SECOND:06d}"

    def team_of_bot(self, token: str, about: Sequence[str] = ()) -> Team | None:
        """Return the team that a bot token belongs to; an organisation's is told by an id that a call is `about`."""
        team = self._tokens.get(token)
        if team is None or not team.of_org:
            return team
        teams = (one for one in self.teams.values() if one.bot_token == token)
        return next((one for one in teams if any(it in one.channels or it in one.users for it in about)), team)

    def app_of_client(self, client_id: str) -> App | None:
        """Return the app with a client id."""
        return next((app for app in self.apps if app.client_id == client_id), None)

    def enrol(self, team: Team, token: str) -> None:
        """Let a token be a team's bot token; the one it had opens nothing any more."""
        self._tokens.pop(team.bot_token, None)
        self._tokens[token] = team
        self.teams[team.id] = team
        team.bot_token = token

    def app_of_token(self, token: str) -> App | None:
        """Return the app that an app-level token belongs to."""
        return next((app for app in self.apps if app.app_token == token), None)


def in_order(messages: Iterable[Message]) -> list[Message]:
    """Return messages oldest first; a ts has ten digits before its dot, so text order is time order."""
    return sorted(messages, key=lambda message: message.ts)
