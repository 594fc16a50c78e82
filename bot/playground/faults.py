"""The faults that a check finds, in Slack's words, and the checks that blocks and elements share. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.playground.world import JSON


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields an object may have beside its type."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


@dataclass
class Faults:
    """Collects faults; `found` holds each as Slack writes it, with its JSON pointer."""

    found: list[str] = field(default_factory=list)

    def add(self, pointer: str, words: str) -> None:
        """Note a fault."""
        self.found.append(f"{words} [json-pointer:{pointer}]")

    def longer(self, value: object, most: int, pointer: str) -> None:
        """Note a value that is no string, or a longer one; None passes."""
        if value is None:
            return
        if not isinstance(value, str):
            self.add(pointer, "must be a string")
        elif len(value) > most:
            self.add(pointer, f"must be less than {most + 1} characters")

    def text(self, value: object, pointer: str, most: int) -> None:
        """Note a value that is no string, empty, or too long."""
        self.longer(value, most, pointer)
        if value in (None, ""):
            self.add(pointer, "must be more than 0 characters")

    def listed(self, value: object, pointer: str, most: int, least: int = 0) -> Sequence[object]:
        """Return a value that must be a list of `least` to `most` items, noting where it is not."""
        if not isinstance(value, list):
            self.add(pointer, "must provide an array")
            return []
        if len(value) > most:
            self.add(pointer, f"no more than {most} items allowed [{len(value)}]")
        if len(value) < least:
            self.add(pointer, f"no fewer than {least} items allowed [{len(value)}]")
        return value

    @staticmethod
    def name_of(it: object, name: str) -> str | None:
        """Return an object's field where it is text, else None."""
        value = it.get(name) if isinstance(it, dict) else None
        return value if isinstance(value, str) else None


def check_fields(it: JSON, fields: Fields, at: str, faults: Faults, allowed: Sequence[str] = ()) -> bool:
    """Note missing and unknown fields of an object; return whether none is missing."""
    missing = [name for name in fields.required if it.get(name) is None]
    for name in missing:
        faults.add(at, f"missing required field: {name}")
    for name in it:
        if name not in ("type", *fields.required, *fields.optional, *allowed):
            faults.add(f"{at}/{name}", f"no such property: {name}")
    return not missing


def check_text(it: object, at: str, most: int, faults: Faults, *, plain: bool = False) -> None:
    """Note what is wrong with a text object of 1 to `most` characters."""
    if not isinstance(it, dict):
        faults.add(at, "must be an object")
        return
    kind = it.get("type")
    if kind not in (("plain_text",) if plain else ("plain_text", "mrkdwn")):
        faults.add(f"{at}/type", f"unsupported type: {kind}")
        return
    extra = "emoji" if kind == "plain_text" else "verbatim"
    if check_fields(it, Fields(required=("text",), optional=(extra,)), at, faults):
        faults.text(it["text"], f"{at}/text", most)
