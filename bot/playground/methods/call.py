"""One call of a method: who calls, with what, and the parts of the stand-in that it may touch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.playground.modals import Modals
from bot.playground.sockets import Sockets
from bot.playground.talk import Talk
from bot.playground.tickets import Tickets
from bot.playground.world import JSON, App, Channel, Refusal, Team, World


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of the stand-in that methods use; `url` is its address, without a slash at the end."""

    world: World
    talk: Talk
    modals: Modals
    tickets: Tickets
    sockets: Sockets
    url: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Call:
    """A call as its method sees it; `team` is None where an app-level token calls."""

    parts: Parts
    app: App
    team_or_none: Team | None
    arguments: JSON

    @property
    def team(self) -> Team:
        """The team of the bot token."""
        if self.team_or_none is None:
            raise Refusal("not_allowed_token_type")
        return self.team_or_none

    def text(self, name: str, default: str | None = None) -> str:
        """Return an argument as text.

        Raises:
            Refusal: invalid_arguments, when it is missing and there is no default.

        """
        value = self.arguments.get(name)
        if value in (None, ""):
            if default is None:
                raise missing(name)
            return default
        return str(value)

    def number(self, name: str, default: int) -> int:
        """Return an argument as a whole number.

        Raises:
            Refusal: invalid_arguments.

        """
        text = self.text(name, str(default))
        if not text.isdecimal():
            raise Refusal("invalid_arguments", response_metadata={"messages": [f"[ERROR] {name} must be a number"]})
        return int(text)

    def flag(self, name: str) -> bool:
        """Return an argument as yes or no; forms write "true", "1" and the like."""
        return str(self.arguments.get(name, "")).lower() in ("true", "1")

    def channel(self) -> Channel:
        """Return the channel that the argument `channel` names, if the bot may know of it.

        Raises:
            Refusal: channel_not_found; also for a private channel that the bot is not in.

        """
        channel = self.team.channel(self.text("channel"))
        if channel.is_private and not self.team.has_bot(channel):
            raise Refusal("channel_not_found")
        return channel

    def joined_channel(self) -> Channel:
        """Return the same, where the bot must be a member.

        Raises:
            Refusal: channel_not_found or not_in_channel.

        """
        channel = self.channel()
        if not self.team.has_bot(channel):
            raise Refusal("not_in_channel")
        return channel


@dataclass(frozen=True, slots=True)
class Method:
    """A method: what it does and what it needs.

    Attributes:
        run: does it and returns the answer, without `ok`.
        scopes: one of these must be granted; none means no scope is needed.
        forms_only: whether JSON bodies are ignored, as by all of Slack's reading methods.
        token: the kind of token it takes.
        per_minute: Slack's tier, calls a minute for a workspace.

    """

    run: Callable[[Call], JSON]
    scopes: tuple[str, ...] = ()
    forms_only: bool = False
    token: str = "bot"  # noqa: S105 - a kind of token, not one
    per_minute: int = 50


def missing(name: str) -> Refusal:
    """Return the refusal for an argument that is not there."""
    words = f"[ERROR] missing required field: {name}"
    return Refusal("invalid_arguments", response_metadata={"messages": [words]})


def page_of(call: Call, items: Sequence[JSON], default: int, most: int) -> tuple[list[JSON], JSON]:
    """Return the page that `cursor` and `limit` ask for, and the fields that say whether there is more.

    Raises:
        Refusal: invalid_cursor.

    """
    cursor = call.text("cursor", "next:0")
    word, _, start = cursor.partition(":")
    if word != "next" or not start.isdecimal():
        raise Refusal("invalid_cursor")
    first = int(start)
    last = first + max(1, min(call.number("limit", default) or default, most))
    more = last < len(items)
    facts = {"response_metadata": {"next_cursor": f"next:{last}" if more else ""}}
    return list(items[first:last]), facts
