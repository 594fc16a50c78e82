"""Messages come, change and go, members join and leave; each time the app is told. No I/O."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.playground import shapes
from bot.playground.events import Events
from bot.playground.world import JSON, Channel, File, Message, Refusal, Team, User, World

Changed = Callable[[], None]

LONGEST_TEXT = 40_000
"""Characters; Slack cuts longer messages (docs of chat.postMessage)."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is about to be said."""

    text: str
    blocks: list[JSON] = field(default_factory=list)
    thread_ts: str | None = None
    broadcast: bool = False
    metadata: JSON | None = None
    files: list[File] = field(default_factory=list)


class Talk:
    """Keeps the channels' messages and members.

    Args:
        world: what there is.
        events: tells the app.
        changed: called after every change, so that the page can follow.

    """

    def __init__(self, world: World, events: Events, changed: Changed) -> None:
        self._world = world
        self._events = events
        self.changed = changed

    def post(self, team: Team, channel: Channel, user: User, draft: Draft) -> Message:
        """Post a message, by a person or the bot, and tell the app.

        Raises:
            Refusal: is_archived, or the thread is none.

        """
        if channel.is_archived:
            raise Refusal("is_archived")
        message = self.compose(team, channel, user, draft)
        parent = self._parent(channel, draft.thread_ts)
        if parent is not None:
            parent.thread_ts = parent.ts
            message.parent_user = parent.user
        message.subtype = _subtype(draft)
        for file in draft.files:
            file.shares.append((channel.id, message.ts))
        channel.add(message)
        self._events.posted(team, message)
        self.changed()
        return message

    def compose(self, team: Team, channel: Channel, user: User, draft: Draft) -> Message:
        """Return a new message that stands nowhere yet."""
        message = Message(
            ts=self._world.new_ts(team.id),
            channel=channel.id,
            user=user.id,
            text=draft.text[:LONGEST_TEXT],
            team=user.team_id,
            blocks=self.with_ids(draft.blocks),
            thread_ts=draft.thread_ts,
            metadata=draft.metadata,
            files=draft.files,
        )
        if user.is_bot:
            message.bot = _bot_facts(team)
        else:
            message.client_msg_id = self._world.ids.uuid()
            message.blocks = [_rich_text(self._world.ids.short(), message.text)]
        return message

    def with_ids(self, blocks: list[JSON]) -> list[JSON]:
        """Return blocks with the ids that Slack adds where none were given."""
        return [self._with_id(block) for block in blocks]

    def _with_id(self, block: JSON) -> JSON:
        block = {"block_id": self._world.ids.short(), **block}
        if "elements" in block and block["type"] == "actions":
            block["elements"] = [self._element_with_id(element) for element in block["elements"]]
        for name in ("accessory", "element"):
            if name in block and block[name]["type"] != "image":
                block[name] = self._element_with_id(block[name])
        return block

    def _element_with_id(self, element: JSON) -> JSON:
        return {"action_id": self._world.ids.short(), **element}

    @staticmethod
    def _parent(channel: Channel, thread_ts: str | None) -> Message | None:
        if thread_ts is None:
            return None
        if thread_ts not in channel.messages:
            raise Refusal("thread_not_found")
        parent = channel.messages[thread_ts]
        if parent.is_reply:
            raise Refusal("cannot_reply_to_message")
        return parent

    def edit(self, team: Team, message: Message, draft: Draft, by: User) -> None:
        """Change a message's text and blocks, and tell the app."""
        before = shapes.message(team, message)
        message.text = draft.text[:LONGEST_TEXT]
        message.blocks = self.with_ids(draft.blocks)
        if not by.is_bot:
            message.blocks = [_rich_text(self._world.ids.short(), message.text)]
        message.metadata = draft.metadata or message.metadata
        message.edited = {"user": by.id, "ts": self._world.new_ts(team.id)}
        self._events.edited(team, message, before)
        self.changed()

    def delete(self, team: Team, message: Message) -> None:
        """Delete a message; one that has replies leaves a tombstone, as in Slack."""
        channel = team.channels[message.channel]
        before = shapes.message(team, message)
        if channel.thread(message.ts):
            message.text, message.subtype, message.user = (
                "This message was deleted.",
                "tombstone",
                "USLACKBOT",
            )
            message.blocks, message.metadata, message.bot, message.files = [], None, None, []
            self._events.edited(team, message, before)
        else:
            channel.remove(message)
            self._events.deleted(team, channel.id, before)
            self._unthread(channel, message.thread_ts)
        self.changed()

    @staticmethod
    def _unthread(channel: Channel, thread_ts: str | None) -> None:
        """Let a parent without replies be an ordinary message again; a tombstone goes with its last reply."""
        parent = channel.messages.get(thread_ts or "")
        if parent is None or channel.thread(parent.ts):
            return
        parent.thread_ts = None
        if parent.subtype == "tombstone":
            channel.remove(parent)

    def whisper(self, team: Team, channel: Channel, user: User, draft: Draft) -> Message:
        """Show somebody a message of the bot that nobody else sees."""
        message = self.compose(team, channel, team.bot, draft)
        message.is_ephemeral = True
        user.ephemerals.append(message)
        self.changed()
        return message

    def join(self, team: Team, channel: Channel, user: User, inviter: User | None = None) -> None:
        """Let somebody, perhaps the bot, join a channel; Slack says so in the channel, too."""
        if user.id in channel.members:
            return
        channel.members.append(user.id)
        message = self.compose(team, channel, user, Draft(f"<@{user.id}> has joined the channel"))
        message.blocks, message.client_msg_id, message.bot = [], None, None
        message.subtype, message.inviter = "channel_join", inviter.id if inviter else None
        channel.add(message)
        self._events.joined(team, channel, user, inviter)
        self._events.posted(team, message)
        self.changed()

    def leave(self, team: Team, channel: Channel, user: User) -> None:
        """Take somebody out of a channel; the app is told of its own bot's leaving."""
        channel.members.remove(user.id)
        if user is team.bot:
            self._events.channel(team, channel, "left", actor_id=user.id)
        self.changed()


def _subtype(draft: Draft) -> str | None:
    if draft.files:
        return "file_share"
    return "thread_broadcast" if draft.thread_ts and draft.broadcast else None


def _bot_facts(team: Team) -> JSON:
    profile = {
        "id": team.bot_id,
        "app_id": team.app.id,
        "name": team.bot.name,
        "team_id": team.id,
        "deleted": False,
    }
    return {"bot_id": team.bot_id, "app_id": team.app.id, "bot_profile": profile}


def _rich_text(block_id: str, text: str) -> JSON:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "block_id": block_id, "elements": [section]}
