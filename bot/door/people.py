"""What people do in Slack becomes a `Knock`, and what a journey returns becomes the answer.

Slack does not send these again, so the answer waits for the commit: when storing fails, a modal stays open
with its text and one sentence, and a command says what went wrong.
"""

import asyncio
import contextlib
import difflib
import json
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from structlog.contextvars import get_contextvars

from bot.errors import FieldProblem, NotOurs, Problem
from bot.slack.client import Busy, Refused, Slack, Unclear
from bot.slack.faces import Message, Modal, escape, section
from bot.slack.knock import Given, Knock, entered
from bot.slack.markup import as_typed

Handler = Callable[[Knock], Awaitable[Message | Modal | None]]
WorkspaceId = Callable[[str, str], Awaitable[int]]

WRONG_WORD = "`{command} {word}` is no command. Did you mean `{command} {nearest}`?"
CALLED_OTHERWISE = {
    **dict.fromkeys(("stop", "mute"), "pause"),
    **dict.fromkeys(("start", "unpause"), "resume"),
    **dict.fromkeys(("ask", "question"), "nudge"),
    **dict.fromkeys(("settings", "setup", "config", "time", "zone"), "schedule"),
    **dict.fromkeys(("delete", "forget", "export", "optout", "opt-out"), "privacy"),
    **dict.fromkeys(("mark", "watch", "try"), "constraints"),
}
"""What somebody may type for a command of ours whose name is spelled quite otherwise."""
FAILED = (
    "Something went wrong on our side, so this may not have been kept. Please look, then try again. "
    "If it goes on, tell whoever runs the bot: {id}"
)
NOT_SHOWN = "Slack did not show the form in time: please try again."
_TOO_LATE = frozenset(
    {"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "hash_conflict", "not_found"}
)
ANSWERS_WITHIN = 2.5
"""Seconds that a journey may take before the person is told that it failed; after three, Slack does so itself."""

_ANYTHING = re.compile(".*")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Routes:
    """Who answers what: command words, buttons' action ids, modals' names, shortcuts' callback ids."""

    commands: Mapping[str, Handler]
    buttons: Mapping[str, Handler]
    modals: Mapping[str, Handler]
    shortcuts: Mapping[str, Handler]


class People:
    """Answers what people do, through a Bolt app that verified and parsed it."""

    def __init__(
        self,
        bolt: AsyncApp,
        slack: Slack,
        workspace_id: WorkspaceId,
        routes: Routes,
        wake: Callable[[], None],
    ) -> None:
        self._slack = slack
        self._workspace_id = workspace_id
        self._routes = routes
        self._wake = wake
        bolt.command(_ANYTHING)(self.command)
        bolt.action(_ANYTHING)(self.button)
        bolt.view(_ANYTHING)(self.modal)
        bolt.shortcut(_ANYTHING)(self.shortcut)

    async def command(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Answer a slash command: with a modal, or with words that only the person sees."""
        # Slack sends mentions and signs of a command as markup; a line break parts its word from the rest, too.
        word, rest = [*as_typed(str(body.get("text") or "")).split(None, 1), "", ""][:2]
        knock = Knock(
            enterprise=str(body.get("enterprise_id") or ""),
            team=str(body["team_id"]),
            user=str(body["user_id"]),
            user_team=str(body.get("user_team") or body["team_id"]),
            channel=str(body["channel_id"]),
            text=rest.strip(),
        )
        try:
            async with asyncio.timeout(ANSWERS_WITHIN):
                answer = await self._find(str(body["command"]), word.lower())(knock)
                if isinstance(answer, Modal):
                    await self._open(body, answer)
                    answer = None
        except Problem as problem:
            answer = Message(str(problem))
        except Exception as error:  # noqa: BLE001 - the door answers for every bug
            answer = Message(_failed(error))
        self._wake()
        await (ack(**answer.payload()) if answer else ack())

    def _find(self, command: str, word: str) -> Handler:
        if word in self._routes.commands:
            return self._routes.commands[word]
        words = [*filter(None, self._routes.commands), *CALLED_OTHERWISE]
        near = next(iter(difflib.get_close_matches(word, words, n=1, cutoff=0.5)), "help")
        nearest = CALLED_OTHERWISE.get(near, near)
        raise Problem(WRONG_WORD.format(command=command, word=escape(word[:40]), nearest=nearest))

    async def button(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Answer a press: with a modal, or with words that only the person sees."""
        pressed = body["actions"][0]
        knock = Knock(
            **_who(body),
            channel=str((body.get("channel") or {}).get("id", "")),
            text=str(pressed.get("value") or (pressed.get("selected_option") or {}).get("value") or ""),
            message_ts=str((body.get("message") or {}).get("ts", "")),
            memo=_memo(body.get("view") or {}),
        )
        await self._serve(ack, body, self._routes.buttons.get(str(pressed["action_id"])), knock)

    async def shortcut(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Answer a message shortcut."""
        message = body.get("message") or {}
        knock = Knock(
            **_who(body),
            channel=str((body.get("channel") or {}).get("id", "")),
            text=str(message.get("text") or ""),
            message_ts=str(message.get("ts", "")),
            author="" if message.get("bot_id") else str(message.get("user") or ""),
            thread_ts=str(message.get("thread_ts") or ""),
        )
        await self._serve(ack, body, self._routes.shortcuts.get(str(body["callback_id"])), knock)

    async def _serve(self, ack: AsyncAck, body: dict[str, Any], handler: Handler | None, knock: Knock) -> None:
        answer: Message | Modal | None = None
        try:
            async with asyncio.timeout(ANSWERS_WITHIN):
                answer = await handler(knock) if handler else None
                if isinstance(answer, Modal):
                    await self._open(body, answer)
        except Problem as problem:
            answer = Message(str(problem))
        except Exception as error:  # noqa: BLE001 - the door answers for every bug
            answer = Message(_failed(error))
        self._wake()
        await ack()
        if isinstance(answer, Message):
            await self._say(body, answer)

    async def _say(self, body: Mapping[str, Any], message: Message) -> None:
        """Show words to whoever pressed: beside the message, or in the modal where the button was."""
        if body.get("response_url"):
            await self._slack.respond(str(body["response_url"]), message)
        elif body.get("view"):
            with contextlib.suppress(Problem):  # it was logged; there is no other place to say it
                await self._open(body, Modal("said", "Ops Hat", message.blocks or (section(escape(message.text)),)))

    async def modal(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Answer a submitted modal: close it, show another, or keep it open with what is wrong."""
        view = body["view"]
        knock = Knock(**_who(body), memo=_memo(view), fields=entered(view["state"]["values"]))
        try:
            async with asyncio.timeout(ANSWERS_WITHIN):
                answer = await self._modal(str(view["callback_id"]))(knock)
        except FieldProblem as problem:
            await ack(response_action="errors", errors={problem.field: str(problem)})
            return
        except Problem as problem:
            await ack(response_action="errors", errors={_first_field(view): str(problem)})
            return
        except Exception as error:  # noqa: BLE001 - the door answers for every bug
            await ack(response_action="errors", errors={_first_field(view): _failed(error)})
            return
        self._wake()
        await (ack(response_action="update", view=answer.payload()) if isinstance(answer, Modal) else ack())

    def _modal(self, name: str) -> Handler:
        if name not in self._routes.modals:
            raise NotOurs
        return self._routes.modals[name]

    async def _open(self, body: Mapping[str, Any], modal: Modal) -> None:
        """Open a modal, or put it in the place of the one in which a button was pressed."""
        workspace = await self._workspace_id(_enterprise(body), _team(body))
        standing = body.get("view") or {}
        try:
            if standing.get("type") == "modal":
                await self._slack.call(workspace, "views.update", view_id=standing["id"], view=modal.payload())
            else:
                await self._slack.call(workspace, "views.open", trigger_id=body["trigger_id"], view=modal.payload())
        except (Refused, Busy, Unclear) as cause:
            if isinstance(cause, Refused) and cause.reason not in _TOO_LATE:
                raise
            log.warning("form not shown", cause=str(cause))
            raise Problem(NOT_SHOWN) from None


def _who(body: Mapping[str, Any]) -> dict[str, Any]:
    user = body["user"]
    return {
        "enterprise": _enterprise(body),
        "team": _team(body),
        "user": str(user["id"]),
        "user_team": str(user.get("team_id") or _team(body)),
    }


def _memo(view: Mapping[str, Any]) -> Given:
    return Given(json.loads(view.get("private_metadata") or "{}"))


def _team(body: Mapping[str, Any]) -> str:
    return str((body.get("team") or {}).get("id") or body.get("team_id") or "")


def _enterprise(body: Mapping[str, Any]) -> str:
    return str((body.get("enterprise") or {}).get("id") or body.get("enterprise_id") or "")


def _first_field(view: Mapping[str, Any]) -> str:
    return next((str(block["block_id"]) for block in view["blocks"] if block.get("type") == "input"), "")


def _failed(error: Exception) -> str:
    # The request's own id, which every line of the log about it carries.
    failure = str(get_contextvars().get("request") or secrets.token_hex(4))
    log.error("a person's request failed", id=failure, exc_info=error)
    return FAILED.format(id=failure)
