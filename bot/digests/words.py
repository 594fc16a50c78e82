"""What a digest says: at most 150 words and three constraints; a number of voices, never a share, never a name."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.slack.faces import Block, Message, escape, section, small

MOST_LINES = 3
BARS = "▁▂▃▄▅▆▇█"
NUMBERS = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)

NO_DIGEST = "There is no digest of this channel yet; the first comes when a week has closed. {next}"
FOOTER = "A voice is one person in one week. Counted from answers to this channel's questions, and from nothing else."


def digest(content: Mapping[str, Any], links: Mapping[str, str]) -> Message:
    """Return the digest of a closed week.

    Args:
        content: what closing froze.
        links: nudge ts -> address of its thread, where one is known.

    """
    heading = f"What was heard here, {span(content['week'])}"
    paragraphs = [voices(content), *_lines(content, links), *_rest(content)]
    blocks: list[Block] = [section(f"*{heading}*\n{paragraphs[0][0]}")]
    blocks += [section(marked) for marked, _ in paragraphs[1:]]
    text = "\n".join([heading, *(plain for _, plain in paragraphs), FOOTER])
    return Message(text, (*blocks, small(FOOTER)))


def is_quiet(content: Mapping[str, Any]) -> bool:
    """Say whether a week has nothing to tell: nobody answered and nothing has gone quiet."""
    return not (content["thread_voices"] or content["private_voices"] or content["lines"])


def voices(content: Mapping[str, Any]) -> tuple[str, str]:
    """Say how many answered, in the thread and privately, as two numbers that are never added."""
    thread, private = content["thread_voices"], content["private_voices"]
    if not thread and not private:
        return _both("Nobody answered this week, or fewer privately than can be told. That is fine.")
    if not private:
        return _both(f"{_number(thread).capitalize()} {_people(thread)} answered in the thread.")
    if not thread:
        return _both(f"{_number(private).capitalize()} answered privately.")
    return _both(
        f"{_number(thread).capitalize()} {_people(thread)} answered in the thread, {_number(private)} privately."
    )


def _both(sentence: str) -> tuple[str, str]:
    return sentence, sentence


def _lines(content: Mapping[str, Any], links: Mapping[str, str]) -> list[tuple[str, str]]:
    told = [line for line in content["lines"] if line["state"] == "recurring"][:MOST_LINES]
    return [_recurring(line, content["week"], links) for line in told]


def _recurring(line: Mapping[str, Any], week: str, links: Mapping[str, str]) -> tuple[str, str]:
    label = line["label"][0].upper() + line["label"][1:]
    said = f"Heard from {_heard_from(line)}, {_since(line, week)}."
    asked = "" if line["volunteered"] else " The question had asked about it."
    bars = sparkline(line["weeks"])
    link = next((links[ts] for ts in line["threads"] if ts in links), None)
    where = f" <{link}|The thread>" if link else ""
    return (
        f"*{escape(label)}*  {bars}\n{said}{asked}{where}",
        f"{label}: {said[0].lower()}{said[1:]}{asked} Voices by week: {', '.join(map(str, line['weeks']))}.",
    )


def _heard_from(line: Mapping[str, Any]) -> str:
    thread, private = line["thread_voices"], line["private_voices"]
    parts = [f"{_number(thread)} in the thread"] * bool(thread) + [f"{_number(private)} privately"] * bool(private)
    return " and ".join(parts)


def _since(line: Mapping[str, Any], week: str) -> str:
    if line["since"] in (None, week):
        return "for the first time"
    monday = date.fromisocalendar(int(line["since"][:4]), int(line["since"][6:]), 1)
    return f"first in the week of {monday.day} {monday:%B}"


def _rest(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    recurring = [line for line in content["lines"] if line["state"] == "recurring"]
    new = [line for line in content["lines"] if line["state"] == "new"]
    quiet = [line for line in content["lines"] if line["state"] == "quiet"]
    sentences = [
        f"{_number(len(recurring) - MOST_LINES).capitalize()} more recurred." if len(recurring) > MOST_LINES else "",
        f"New, and heard from one person each: {_number(len(new))}." if new else "",
        f"Gone quiet: {'; '.join(line['label'] for line in quiet[:2])}." if quiet else "",
        f"Not read, because not in English: {content['not_read']}." if content["not_read"] else "",
    ]
    rest = " ".join(sentence for sentence in sentences if sentence)
    return [(escape(rest), rest)] if rest else []


def sparkline(weeks: list[int]) -> str:
    """Draw voices by week, oldest first; a week without voices is the lowest bar."""
    top = max([*weeks, len(BARS) - 1])
    return "".join(BARS[round(voices * (len(BARS) - 1) / top)] for voices in weeks)


def span(week: str) -> str:
    """Return the dates of an ISO week: "16 to 22 November"."""
    monday = date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
    sunday = date.fromordinal(monday.toordinal() + 6)
    month = "" if monday.month == sunday.month else f" {monday:%B}"
    return f"{monday.day}{month} to {sunday.day} {sunday:%B}"


def _number(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def _people(count: int) -> str:
    return "person" if count == 1 else "people"
