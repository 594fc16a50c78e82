"""A workspace as tests and the page set it up and look at it."""

from bot.playground.people import Person
from bot.playground.stage import Stage
from bot.playground.world import App, Channel, Kind, Message, Team, User, in_order


class Workspace:
    """A workspace with the app installed.

    Args:
        team: its data.
        stage: what people act upon.

    """

    def __init__(self, team: Team, stage: Stage) -> None:
        self.team = team
        self._stage = stage
        self.people: list[Person] = []

    @property
    def app(self) -> App:
        """The app that is installed here; its subscriptions, commands and request URL can be set."""
        return self.team.app

    @property
    def bot_token(self) -> str:
        """The bot's token."""
        return self.team.bot_token

    @property
    def app_token(self) -> str:
        """The app-level token, for Socket Mode."""
        return self.team.app.app_token

    @property
    def signing_secret(self) -> str:
        """What signs requests over HTTP."""
        return self.team.app.signing_secret

    @property
    def scopes(self) -> set[str]:
        """The bot's scopes; the set can be changed."""
        return self.team.scopes

    # Set up ------------------------------------------------------------------------------------------------

    def add_person(
        self,
        name: str,
        *,
        tz: str = "UTC",
        admin: bool = False,
        guest: bool = False,
        team: str | None = None,
    ) -> Person:
        """Add a person.

        Args:
            name: what mentions use.
            tz: the IANA zone in their profile; "" for none.
            admin: whether they administer the workspace.
            guest: whether they are a guest.
            team: the id of their own team, when they come from another organisation.

        """
        user = User(
            id=self._stage.parts.world.ids.new("U"),
            name=name,
            team_id=team or self.team.id,
            tz=tz,
            is_admin=admin,
            is_restricted=guest,
        )
        self.team.users[user.id] = user
        person = Person(user, self.team, self._stage)
        self.people.append(person)
        self._stage.changes.note()
        return person

    def give_id(self, person: Person, user_id: str) -> None:
        """Give a person an id of one's choice, before they join or say anything."""
        self.team.users[user_id] = self.team.users.pop(person.id)
        person.user.id = user_id

    def person(self, name_or_id: str) -> Person:
        """Return a person by name or id.

        Raises:
            LookupError: there is none.

        """
        for person in self.people:
            if name_or_id in (person.id, person.name):
                return person
        raise LookupError(f"nobody here is called {name_or_id}")

    def add_channel(
        self,
        name: str,
        *,
        private: bool = False,
        members: list[Person] | None = None,
        general: bool = False,
    ) -> Channel:
        """Add a channel; the bot is in it once somebody invites it.

        Args:
            name: without "#".
            private: whether only members know of it.
            members: who is in it; by default all people of the workspace.
            general: whether it is the workspace's general channel.

        """
        world = self._stage.parts.world
        kind: Kind = "group" if private else "channel"
        ids = [person.id for person in (self.people if members is None else members)]
        channel = Channel(world.ids.new("C"), name, kind, world.seconds(), ids, is_general=general)
        self.team.channels[channel.id] = channel
        self._stage.changes.note()
        return channel

    # Look --------------------------------------------------------------------------------------------------

    def messages(self, channel: Channel, thread_ts: str | None = None) -> list[Message]:
        """Return what a channel shows, or a thread with its parent first; oldest first."""
        if thread_ts is None:
            return in_order(message for message in channel.messages.values() if message.in_channel)
        parent = [channel.messages[thread_ts]] if thread_ts in channel.messages else []
        return parent + channel.thread(thread_ts)

    def from_bot(self, channel: Channel) -> list[Message]:
        """Return the bot's messages in a channel, threads included, oldest first; its joining is none."""
        mine = (m for m in channel.messages.values() if m.user == self.team.bot.id)
        return in_order(message for message in mine if message.subtype != "channel_join")

    # What happens to channels and installs -----------------------------------------------------------------

    def archive(self, channel: Channel) -> None:
        """Archive a channel; the app is told."""
        channel.is_archived = True
        self._stage.events.channel(self.team, channel, "archive")

    def unarchive(self, channel: Channel) -> None:
        """Take a channel out of the archive; the app is told."""
        channel.is_archived = False
        self._stage.events.channel(self.team, channel, "unarchive")

    def rename(self, channel: Channel, name: str) -> None:
        """Rename a channel; the app is told."""
        channel.name = name
        self._stage.events.channel(self.team, channel, "rename")

    def delete_channel(self, channel: Channel) -> None:
        """Delete a channel for good; the app is told."""
        self._stage.events.channel(self.team, channel, "deleted")
        del self.team.channels[channel.id]

    def make_private(self, channel: Channel) -> None:
        """Make a public channel private; its id stays, and Slack tells nobody."""
        channel.kind = "group"

    def change_id(self, channel: Channel, new_id: str | None = None) -> None:
        """Give a channel another id, as sharing it can; the app is told."""
        old, channel.id = channel.id, new_id or self._stage.parts.world.ids.new("C")
        self.team.channels[channel.id] = self.team.channels.pop(old)
        for message in channel.messages.values():
            message.channel = channel.id
        self.tell_of_id(channel, old)

    def tell_of_id(self, channel: Channel, old: str) -> None:
        """Tell the app of a channel's new id, perhaps once more."""
        self._stage.events.id_changed(self.team, channel, old)

    def share(self, channel: Channel, with_team: str) -> None:
        """Share a channel with another organisation; the app is told."""
        channel.shared_with.append(with_team)
        self._stage.events.shared(self.team, channel, with_team)

    def unshare(self, channel: Channel, with_team: str) -> None:
        """Share a channel with another organisation no more; the app is told."""
        channel.shared_with.remove(with_team)
        self._stage.events.unshared(self.team, channel, with_team)

    def revoke_token(self) -> None:
        """Revoke the bot's token; the app is told."""
        self._stage.events.revoked(self.team)
        self.team.token_error = "token_revoked"  # noqa: S105 - Slack's word for it

    def drop(self) -> None:
        """Take the app from this workspace of an organisation that has installed it; the app is told."""
        self._stage.events.access(self.team, granted=False)
        self.team.token_error = "team_access_not_granted"  # noqa: S105 - Slack's word for it

    def let_in(self) -> None:
        """Let the app of the organisation in again; the app is told."""
        self.team.token_error = None
        self._stage.events.access(self.team, granted=True)

    def uninstall(self) -> None:
        """Uninstall the app: its token is void and it is told, of both."""
        self._stage.events.revoked(self.team)
        self._stage.events.uninstalled(self.team)
        self.team.token_error = "account_inactive"  # noqa: S105 - Slack's word for it

    def reinstall(self, scopes: set[str] | None = None) -> None:
        """Install the app again, with a new token."""
        self.team.token_error = None
        world = self._stage.parts.world
        world.enrol(self.team, world.ids.token("xoxb"))
        self.team.scopes = set(scopes) if scopes else self.team.scopes
