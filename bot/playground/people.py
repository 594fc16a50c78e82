"""What people do in Slack: speak, edit, delete, run commands, click, fill in modals, open Home."""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.playground import forms, payloads, typed
from bot.playground.answers import Answers
from bot.playground.delivery import Answer
from bot.playground.payloads import Keys
from bot.playground.seen import Seen
from bot.playground.stage import Stage
from bot.playground.talk import Draft
from bot.playground.world import JSON, Channel, File, Message, Team, User, View


class NotPossible(Exception):  # noqa: N818 - a fact about Slack's client
    """Slack's client does not offer this to the person."""


class Person:
    """A person in a team.

    Args:
        user: who it is.
        team: where they act; people of another organisation act here too.
        stage: what they act upon.

    """

    def __init__(self, user: User, team: Team, stage: Stage) -> None:
        self.user = user
        self.team = team
        self._stage = stage
        self._answers = Answers(stage, team, user)

    @property
    def id(self) -> str:
        """Their user id."""
        return self.user.id

    @property
    def name(self) -> str:
        """Their name."""
        return self.user.name

    # What they see ---------------------------------------------------------------------------------------

    @property
    def view(self) -> View | None:
        """The modal on top, or None."""
        return self.user.modals[-1] if self.user.modals else None

    @property
    def home(self) -> View | None:
        """The app's Home as they last saw it, or None."""
        return self.user.home

    def ephemerals(self, channel: Channel) -> list[Message]:
        """Return the messages of a channel that only they see, oldest first."""
        return [message for message in self.user.ephemerals if message.channel == channel.id]

    # Talk ------------------------------------------------------------------------------------------------

    async def say(
        self,
        channel: Channel,
        text: str,
        thread_ts: str | None = None,
        *,
        broadcast: bool = False,
        files: Iterable[File] = (),
    ) -> Message:
        """Post a message as typed: names become mentions, special characters are escaped.

        Raises:
            NotPossible: they are not in the channel.
            Refusal: the channel is archived, or there is no such thread.

        """
        self._be_in(channel)
        draft = Draft(self._as_sent(text), thread_ts=thread_ts, broadcast=broadcast, files=list(files))
        return self._stage.parts.talk.post(self.team, channel, self.user, draft)

    def file(self, name: str, content: bytes = b"\x00", alt_text: str = "") -> File:
        """Return a file of theirs, to be posted by `say`."""
        world = self._stage.parts.world
        file = File(world.ids.new("F"), name, name, len(content), alt_text, self.id, world.seconds(), content)
        self.team.files[file.id] = file
        return file

    async def edit(self, message: Message, text: str) -> None:
        """Edit a message of theirs.

        Raises:
            NotPossible: it is not theirs.

        """
        if message.user != self.id:
            raise NotPossible("Only one's own messages can be edited.")
        self._stage.parts.talk.edit(self.team, message, Draft(self._as_sent(text)), self.user)

    async def delete(self, message: Message) -> None:
        """Delete a message of theirs; admins may delete anybody's.

        Raises:
            NotPossible: it is not theirs, and they are no admin.

        """
        if message.user != self.id and not self.user.is_admin:
            raise NotPossible("Only one's own messages can be deleted.")
        self._stage.parts.talk.delete(self.team, message)

    def dismiss(self, message: Message) -> None:
        """Put away a message that only they see."""
        self.user.ephemerals.remove(message)
        self._stage.changes.note()

    async def join(self, channel: Channel) -> None:
        """Join a channel."""
        self._stage.parts.talk.join(self.team, channel, self.user)

    async def leave(self, channel: Channel) -> None:
        """Leave a channel."""
        self._stage.parts.talk.leave(self.team, channel, self.user)

    async def invite_bot(self, channel: Channel) -> None:
        """Invite the bot to a channel.

        Raises:
            NotPossible: they are not in the channel.

        """
        self._be_in(channel)
        self._stage.parts.talk.join(self.team, channel, self.team.bot, self.user)

    async def remove_bot(self, channel: Channel) -> None:
        """Remove the bot from a channel.

        Raises:
            NotPossible: they are not in the channel.

        """
        self._be_in(channel)
        self._stage.parts.talk.leave(self.team, channel, self.team.bot)

    # Doings that the app answers -------------------------------------------------------------------------

    async def slash(self, channel: Channel, command: str, text: str = "") -> Seen:
        """Run a slash command and return what came back; words of the command itself may hold the text, too.

        Raises:
            NotPossible: people of other organisations cannot run commands.

        """
        word, _, rest = command.partition(" ")
        if self.user.team_id != self.team.id:
            raise NotPossible("People of other organisations cannot run commands here.")
        seen = Seen(self.user, self._stage.changes)
        if not self._offers(word):
            self._answers.notice(f"{word} is not a valid command.")
            return seen
        keys = self._keys(channel)
        form = payloads.command(self.team, self.user, channel, (word, self._as_sent(text or rest)), keys)
        answer = await self._stage.post.send_once(self.team, "slash_commands", word, form)
        if answer.acked:
            self._answers.to_command(channel, answer.body)
        else:
            self._answers.notice(f"{word} failed with the error “{_failure(answer)}”.")
        return seen

    async def click(self, channel: Channel, message_ts: str, action_id: str, value: Any = None) -> Seen:  # noqa: ANN401 - text, or what a field holds
        """Use a button or another element of a message that they see.

        Raises:
            LookupError: there is no such message or element.

        """
        message = self._visible(channel, message_ts)
        action = self._action(message.blocks, action_id, value)
        keys = self._keys(channel, message)
        payload = payloads.action_in_message(self.team, self.user, message, action, keys)
        return await self._interact("block_actions", payload)

    async def press(self, action_id: str, value: Any = None, *, home: bool = False) -> Seen:  # noqa: ANN401 - as above
        """Use a button or another element of the modal on top, or of Home.

        Raises:
            LookupError: nothing is open, or it holds no such element.

        """
        view = self.home if home else self.view or self.home
        if view is None:
            raise LookupError("no view is open")
        action = self._action(view.blocks, action_id, value)
        payload = payloads.action_in_view(self.team, self.user, view, action, self._keys())
        return await self._interact("block_actions", payload)

    async def shortcut(self, callback_id: str, message: Message | None = None) -> Seen:
        """Use a message shortcut, or a global one."""
        if message is None:
            payload = payloads.global_shortcut(self.team, self.user, callback_id, self._keys())
        else:
            keys = self._keys(self.team.channels[message.channel], message)
            payload = payloads.message_shortcut(self.team, self.user, callback_id, message, keys)
        return await self._interact(payload["type"], payload)

    async def submit(self, entered: Mapping[str, Any] | None = None) -> Seen:
        """Fill in the modal on top and submit it; what is not entered stays as it was.

        Args:
            entered: block id to a value, or to a mapping of action id to value (see `forms.fill`).

        Raises:
            forms.CannotSubmit: Slack's client would not send it.
            LookupError: no modal is open.

        """
        view = self.view
        if view is None:
            raise LookupError("no modal is open")
        view.values = forms.fill(view.blocks, entered or {})
        view.errors = {}
        seen = Seen(self.user, self._stage.changes)
        payload = payloads.submission(self.team, self.user, view, self._keys())
        answer = await self._stage.post.send_once(self.team, "interactive", "view_submission", payload)
        self._answers.to_modal(view, answer)
        return seen

    async def close(self) -> None:
        """Close the modal on top."""
        view = self.view
        if view is None:
            return
        everything = bool(view.body.get("clear_on_close"))
        self._stage.parts.modals.close(self.user, everything=everything)
        if view.body.get("notify_on_close"):
            payload = payloads.closing(self.team, self.user, view, everything=everything)
            await self._stage.post.send_once(self.team, "interactive", "view_closed", payload)

    async def open_home(self) -> View | None:
        """Open the app's Home, wait until the app has taken the event, and return what is shown then."""
        self._stage.events.home_opened(self.team, self.user, self.direct(), self.home)
        await self._stage.post.settle()
        return self.home

    def direct(self) -> Channel:
        """Return their direct conversation with the bot, made when there is none yet."""
        world = self._stage.parts.world
        direct = self.team.direct(self.user)
        if direct is None:
            direct = Channel(world.ids.new("D"), self.name, "im", world.seconds(), [self.team.bot.id, self.id])
            self.team.channels[direct.id] = direct
        return direct

    # Steps -----------------------------------------------------------------------------------------------

    def _offers(self, command: str) -> bool:
        commands = self.team.app.commands
        return "commands" in self.team.scopes and (commands is None or command in commands)

    def _be_in(self, channel: Channel) -> None:
        if self.id not in channel.members:
            raise NotPossible(f"{self.name} is not in #{channel.name}.")

    def _as_sent(self, text: str) -> str:
        people = {user.name: user.id for user in self.team.users.values()}
        channels = {channel.name: channel.id for channel in self.team.channels.values() if channel.kind != "im"}
        return typed.as_sent(text, people, channels)

    def _keys(self, channel: Channel | None = None, message: Message | None = None) -> Keys:
        tickets, url = self._stage.parts.tickets, ""
        if channel is not None:
            path = tickets.give_return(self.team, self.user, channel, message)
            url = f"{self._stage.parts.url()}/response/{path}"
        return Keys(tickets.trigger(self.team, self.user), url)

    def _visible(self, channel: Channel, ts: str) -> Message:
        own = next((message for message in self.ephemerals(channel) if message.ts == ts), None)
        message = own or channel.messages.get(ts)
        if message is None:
            raise LookupError(f"no message {ts} in #{channel.name}")
        return message

    def _action(self, blocks: list[JSON], action_id: str, value: Any) -> JSON:  # noqa: ANN401 - as above
        for block in blocks:
            for element in forms.elements_of(block):
                if element.get("action_id") == action_id and _is_meant(element, value):
                    return {**_acted(element, value), "block_id": block["block_id"], "action_ts": self._now()}
        raise LookupError(f"nothing here has the action id {action_id}")

    def _now(self) -> str:
        return f"{self._stage.parts.world.now().timestamp():.6f}"

    async def _interact(self, name: str, payload: JSON) -> Seen:
        seen = Seen(self.user, self._stage.changes)
        answer = await self._stage.post.send_once(self.team, "interactive", name, payload)
        if not answer.acked:
            self._answers.notice(f"That did not work ({_failure(answer)}).")
        return seen


def _failure(answer: Answer) -> str:
    return "operation_timeout" if "timeout" in answer.outcome else "dispatch_failed"


def _is_meant(element: JSON, value: Any) -> bool:  # noqa: ANN401 - as above
    return value is None or element["type"] != "button" or element.get("value") == value


def _acted(element: JSON, value: Any) -> JSON:  # noqa: ANN401 - as above
    action = {"action_id": element["action_id"], "type": element["type"]}
    if element["type"] == "button":
        return action | {name: element[name] for name in ("text", "value", "style") if name in element}
    if element["type"] == "overflow":
        option = next(option for option in element["options"] if option["value"] == value)
        return action | {"selected_option": option}
    return action | forms.state_of(element, value)
