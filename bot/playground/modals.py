"""Views: opened, pushed, changed and published by the app. State only; what people enter is in `forms`."""

import json

from bot.playground.limits import VIEW_BYTES, check_view
from bot.playground.talk import Talk
from bot.playground.tickets import Tickets
from bot.playground.world import JSON, Refusal, Team, User, View, World

MOST_VIEWS = 3
"""Modals that may lie on each other."""


class Modals:
    """Keeps what views people have open.

    Args:
        world: gives ids.
        talk: adds the ids that blocks lack.
        tickets: takes triggers.

    """

    def __init__(self, world: World, talk: Talk, tickets: Tickets) -> None:
        self._world = world
        self._talk = talk
        self._tickets = tickets

    def open(self, team: Team, trigger: str, body: JSON) -> View:
        """Open a modal for the person of a trigger.

        Raises:
            Refusal: the trigger or the view is not accepted.

        """
        self.check(body, "modal")
        user = self._tickets.use_trigger(team, trigger)
        user.modals = [self._new(body)]
        self._talk.changed()
        return user.modals[0]

    def push(self, team: Team, trigger: str, body: JSON) -> View:
        """Lay a modal on the one that the person of a trigger has open.

        Raises:
            Refusal: as `open`, or three are open.

        """
        self.check(body, "modal")
        return self.lay_on(self._tickets.use_trigger(team, trigger), body)

    def lay_on(self, user: User, body: JSON) -> View:
        """Lay a modal on the one that somebody has open.

        Raises:
            Refusal: push_limit_reached.

        """
        if len(user.modals) >= MOST_VIEWS:
            raise Refusal("push_limit_reached")
        user.modals.append(self._new(body, user.modals))
        self._talk.changed()
        return user.modals[-1]

    def update(self, team: Team, arguments: JSON) -> View:
        """Change an open view, by its id or external id.

        Raises:
            Refusal: it is not open, its hash is another, or the view is not accepted.

        """
        body = arguments["view"]
        view = self._find(team, arguments)
        self.check(body, str(view.body["type"]))
        _check_hash(view, arguments.get("hash"))
        self.change(view, body)
        return view

    def change(self, view: View, body: JSON) -> None:
        """Give an open view new contents; what was entered stays where block and action ids stay."""
        view.body = self._with_ids(body)
        view.hash, view.errors = self._hash(), {}
        kept = {str(block["block_id"]) for block in view.blocks}
        view.values = {block: values for block, values in view.values.items() if block in kept}
        self._talk.changed()

    def publish(self, user: User, body: JSON, known_hash: str | None) -> View:
        """Show somebody a Home tab.

        Raises:
            Refusal: the hash is not that of the present one, or the view is not accepted.

        """
        self.check(body, "home")
        if user.home is None:
            user.home = self._new(body)
        else:
            _check_hash(user.home, known_hash)
            self.change(user.home, body)
        self._talk.changed()
        return user.home

    def close(self, user: User, *, everything: bool = False) -> None:
        """Close the modal on top, or all of them."""
        user.modals = [] if everything else user.modals[:-1]
        self._talk.changed()

    @staticmethod
    def check(body: object, kind: str) -> None:
        """Refuse a view that Slack refuses.

        Raises:
            Refusal: invalid_arguments with what is wrong, or view_too_large.

        """
        if not isinstance(body, dict):
            raise Refusal("invalid_arguments", response_metadata={"messages": ["[ERROR] view must be an object"]})
        if len(json.dumps(body).encode()) > VIEW_BYTES:
            raise Refusal("view_too_large")
        faults = check_view(body)
        if body.get("type") != kind:
            faults.append(f"must be a view of type {kind} [json-pointer:/view/type]")
        if faults:
            raise Refusal("invalid_arguments", response_metadata={"messages": [f"[ERROR] {it}" for it in faults]})

    def _new(self, body: JSON, below: list[View] | None = None) -> View:
        view_id = self._world.ids.new("V")
        root = below[0].id if below else view_id
        return View(view_id, self._with_ids(body), self._hash(), root, below[-1].id if below else None)

    def _with_ids(self, body: JSON) -> JSON:
        return {**body, "blocks": self._talk.with_ids(body["blocks"])}

    def _hash(self) -> str:
        return f"{self._world.seconds()}.{self._world.ids.short(8)}"

    @staticmethod
    def _find(team: Team, arguments: JSON) -> View:
        for user in team.users.values():
            for view in [*user.modals, *([user.home] if user.home else [])]:
                if view.id == arguments.get("view_id"):
                    return view
                if arguments.get("external_id") and view.body.get("external_id") == arguments["external_id"]:
                    return view
        raise Refusal("not_found")


def _check_hash(view: View, known_hash: str | None) -> None:
    if known_hash and known_hash != view.hash:
        raise Refusal("hash_conflict")
