"""The pieces that messages and modals are made of: Block Kit as plain dicts, within Slack's limits."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

Block = dict[str, Any]

SECTION_LIMIT = 3000
"""Characters of text in a section block; Slack refuses more."""

BARS = "▁▂▃▄▅▆▇█"
NUMBERS = (
    *("no", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)


@dataclass(frozen=True, slots=True)
class Message:
    """A message: `text` says all of it in plain words, for screen readers and notifications."""

    text: str
    blocks: tuple[Block, ...] = ()

    def payload(self) -> dict[str, Any]:
        """Return the arguments that chat.postMessage and its like take."""
        return {"text": self.text, "blocks": list(self.blocks)} if self.blocks else {"text": self.text}


@dataclass(frozen=True, slots=True)
class Modal:
    """A modal: `name` routes its submission, `memo` comes back with it."""

    name: str
    title: str
    blocks: tuple[Block, ...]
    submit: str | None = None
    close: str = "Close"
    memo: Mapping[str, Any] | None = None

    def payload(self) -> dict[str, Any]:
        """Return the view that views.open takes."""
        view: dict[str, Any] = {
            "type": "modal",
            "callback_id": self.name,
            "title": plain(self.title),
            "close": plain(self.close),
            "blocks": list(self.blocks),
            "private_metadata": json.dumps(self.memo or {}),
        }
        if self.submit:
            view["submit"] = plain(self.submit)
        return view


def escape(text: str) -> str:
    """Show text as it was typed: none of it is markup, and nobody is notified by it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str) -> dict[str, Any]:
    """A plain_text object; Slack turns no `:name:` in it into an emoji."""
    return {"type": "plain_text", "text": text, "emoji": False}


def section(text: str, button: Block | None = None) -> Block:
    """A paragraph of mrkdwn, with a button at its side if given."""
    block: Block = {"type": "section", "text": {"type": "mrkdwn", "text": text[:SECTION_LIMIT]}}
    return {**block, "accessory": button} if button else block


def as_written(text: str) -> Block:
    """A paragraph in which nothing is markup, for what people wrote: at most 3,000 characters."""
    return {"type": "section", "text": plain(text[:SECTION_LIMIT])}


def small(text: str) -> Block:
    """A line of small print."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text}]}


def buttons(*elements: Block) -> Block:
    """A row of buttons."""
    return {"type": "actions", "elements": list(elements)}


def button(label: str, action: str, value: str = "", *, primary: bool = False) -> Block:
    """A button; `action` routes the press and `value` comes back with it."""
    element: Block = {"type": "button", "text": plain(label), "action_id": action}
    if value:
        element["value"] = value
    return {**element, "style": "primary"} if primary else element


def field(name: str, label: str, element: Block, hint: str = "", *, optional: bool = False) -> Block:
    """A labelled input of a modal; its value comes back under `name`."""
    block: Block = {
        "type": "input",
        "block_id": name,
        "label": plain(label),
        "element": {**element, "action_id": name},
        "optional": optional,
    }
    return {**block, "hint": plain(hint)} if hint else block


def text_input(initial: str = "", *, lines: bool = False, longest: int = 3000, placeholder: str = "") -> Block:
    """An input for text of at most `longest` characters (Slack's own limit is 3,000)."""
    element: Block = {"type": "plain_text_input", "multiline": lines, "max_length": longest}
    if initial:
        element["initial_value"] = initial[:longest]
    return {**element, "placeholder": plain(placeholder)} if placeholder else element


def time_input(initial: str) -> Block:
    """An input for a time of day, "HH:MM"."""
    return {"type": "timepicker", "initial_time": initial}


def choice(options: Mapping[str, str], initial: str | None = None) -> Block:
    """A list to choose one from: value -> label."""
    element: Block = {"type": "static_select", "options": _options(options)}
    return {**element, "initial_option": _options({initial: options[initial]})[0]} if initial else element


def overflow(action: str, options: Mapping[str, str]) -> Block:
    """A menu behind three dots, of at most five: value -> label; the press comes back under `action`."""
    return {"type": "overflow", "action_id": action, "options": _options(options)}


def date_input(initial: date) -> Block:
    """An input for a date; its value comes back as "YYYY-MM-DD"."""
    return {"type": "datepicker", "initial_date": initial.isoformat()}


def choices(options: Mapping[str, str], initial: Sequence[str]) -> Block:
    """Boxes to tick: value -> label."""
    element: Block = {"type": "checkboxes", "options": _options(options)}
    ticked = {value: options[value] for value in initial if value in options}
    return {**element, "initial_options": _options(ticked)} if ticked else element


def _options(options: Mapping[str, str]) -> list[Block]:
    return [{"text": plain(label), "value": value} for value, label in options.items()]


def sparkline(weeks: Sequence[int]) -> str:
    """Draw voices by week, oldest first; a week without voices is the lowest bar."""
    top = max([*weeks, len(BARS) - 1])
    return "".join(BARS[round(voices * (len(BARS) - 1) / top)] for voices in weeks)


def in_numbers(weeks: Sequence[int]) -> str:
    """Say a sparkline's numbers for those who hear it read aloud; weeks before the first voice are left out."""
    first = next((place for place, voices in enumerate(weeks) if voices), len(weeks) - 1)
    return ", ".join(map(str, weeks[first:]))


def number(count: int) -> str:
    """Write a number out, up to twelve."""
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def monday_of(week: str) -> date:
    """Return the first day of an ISO week such as '2026-W47'."""
    return date.fromisocalendar(int(week[:4]), int(week[6:]), 1)


def week_in_words(week: str) -> str:
    """Name an ISO week by its Monday: "the week of 16 November"."""
    monday = monday_of(week)
    return f"the week of {monday.day} {monday:%B}"
