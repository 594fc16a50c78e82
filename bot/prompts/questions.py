"""What every question in a pack obeys: rules that letters can decide, each with its sentence."""

import re
from collections.abc import Iterator

LONGEST_QUESTION = 200
"""Characters: a nudge is read on a phone, between two other things."""

LONGEST_LINE = 300
"""Characters: follow-ups, reasons and lines of the bot are small print."""

LONGEST_ID = 64
"""Characters: history is kept by id, in a column of this width."""

LEADING = re.compile(
    r"\b(why (don|didn|doesn|can|won|aren|isn)['\u2019]?t|(you|we) should|shouldn['\u2019]?t)\b",
    re.IGNORECASE,
)
"""Wordings that carry their answer or their blame within them."""

LIMIT_WORDS = re.compile(
    r"\b(stop(s|ped|ping)?|block(s|ed|ing|er|ers)?|allow(s|ed|ing)?|prevent(s|ed|ing)?|forbid(s|den)?"
    r"|can(no|['\u2019])t|couldn['\u2019]?t|won['\u2019]?t|must(n['\u2019]t)?"
    r"|have to|has to|had to|need(ed)? to|never|only|limit(s|ed|ing)?|rules?|permission|permit(s|ted)?"
    r"|approv(e|es|ed|al|als)|impossible|unable|constrain(s|ed|ts?)?|restrict(s|ed|ion|ions)?"
    r"|required?|requires|mandatory|forced?|policy|policies|too (small|big|early|late))\b",
    re.IGNORECASE,
)
"""Words that put a limit into the answerer's mouth: asking with one tends to find what it names."""


def faults(question: str) -> Iterator[str]:
    """Yield one clause for each way in which `question` is not one short, open question."""
    if len(question) > LONGEST_QUESTION:
        yield f"is {len(question)} characters long; the most is {LONGEST_QUESTION}"
    if not question.endswith("?") or question.count("?") != 1:
        yield 'is not one question: it needs exactly one "?", at its end'
    if question.count(",") > 1:
        yield "has more than one comma; split it or cut it"
    leading = LEADING.search(question)
    if leading:
        yield f'says "{leading.group()}", which carries an answer or blame; ask what happened instead'


def letters(text: str) -> str:
    """Reduce `text` to its lower-case letters and digits: two questions alike in these are one question."""
    return "".join(character for character in text.casefold() if character.isalnum())


def has_limit_word(question: str) -> bool:
    """Whether `question` contains a word of limit."""
    return LIMIT_WORDS.search(question) is not None
