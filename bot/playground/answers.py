"""What the app answers to a command or a modal becomes what the person sees, or is refused as by Slack."""

from typing import Any

from bot.playground.delivery import Answer
from bot.playground.methods.chat import checked_blocks
from bot.playground.stage import Stage
from bot.playground.talk import Draft
from bot.playground.world import JSON, Channel, Refusal, Team, User, View

TROUBLE = "We had some trouble connecting. Try again?"
"""What Slack's modal says when the app does not answer, or answers with what Slack does not take."""


class Answers:
    """Takes the app's answers to what one person did.

    Args:
        stage: where they show.
        team: the workspace.
        user: the person.

    """

    def __init__(self, stage: Stage, team: Team, user: User) -> None:
        self._stage = stage
        self._team = team
        self._user = user

    def notice(self, words: str) -> None:
        """Let Slack's own client tell the person something."""
        self._user.notices.append(words)
        self._stage.changes.note()

    def to_command(self, channel: Channel, body: Any) -> None:  # noqa: ANN401 - JSON, text or nothing
        """Show what a slash command was answered with."""
        reply: JSON = {"text": body} if isinstance(body, str) else body or {}
        try:
            draft = Draft(str(reply.get("text") or ""), checked_blocks(self._team, reply))
        except Refusal as refusal:
            self._refused("slash command", refusal)
            return
        if not draft.text and not draft.blocks:
            return
        if reply.get("response_type") == "in_channel":
            self._stage.parts.talk.post(self._team, channel, self._team.bot, draft)
        else:
            self._stage.parts.talk.whisper(self._team, channel, self._user, draft)

    def to_modal(self, view: View, answer: Answer) -> None:
        """Do what a submitted modal was answered with: close it, change it, or show what is wrong."""
        if not answer.acked:
            self.notice(TROUBLE)
            return
        try:
            self._follow(view, answer.body or {})
        except Refusal as refusal:
            self._refused("modal", refusal)

    def _follow(self, view: View, body: Any) -> None:  # noqa: ANN401 - whatever the app sent
        if not isinstance(body, dict):
            raise Refusal("invalid_response", body=body)
        modals, action = self._stage.parts.modals, body.get("response_action")
        if action in (None, "clear"):
            modals.close(self._user, everything=action == "clear")
        elif action == "errors":
            view.errors = _errors(view, body.get("errors"))
            self._stage.changes.note()
        elif action == "update":
            modals.check(body.get("view"), "modal")
            modals.change(view, body["view"])
        elif action == "push":
            modals.check(body.get("view"), "modal")
            modals.lay_on(self._user, body["view"])
        else:
            raise Refusal("invalid_response_action", response_action=action)

    def _refused(self, what: str, refusal: Refusal) -> None:
        self._stage.journal.refused.append(f"{what}: {refusal.error} {refusal.extra}")
        self.notice(TROUBLE)


def _errors(view: View, errors: Any) -> dict[str, str]:  # noqa: ANN401 - as above
    """Return the errors of input blocks; Slack takes no others."""
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or set(errors) - inputs:
        raise Refusal("invalid_errors", errors=errors)
    return {str(block): str(words) for block, words in errors.items()}
