"""What the page of constraints says, and what marking, watching and trying answer; kind, and never a verdict."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.constraints.standing import MOST_OPEN, Standing
from bot.slack.beside import MARKS, OUTCOMES, WHICH, is_split, marks, times
from bot.slack.faces import (
    Block,
    Message,
    Modal,
    as_written,
    button,
    buttons,
    choice,
    date_input,
    escape,
    field,
    in_numbers,
    number,
    section,
    small,
    sparkline,
    text_input,
    week_in_words,
)

PAGE, OPEN, MARK, WATCH, TRY, LOOK = (
    *("ledger_page", "ledger_open", "ledger_mark"),
    *("ledger_watch", "ledger_try", "ledger_look"),
)
SAME, DISMISS, TAKE_BACK, WHY, LET_GO = (
    *("ledger_same", "ledger_dismiss", "ledger_take_back"),
    *("ledger_why", "ledger_let_go"),
)
MARK_LABELS = {**MARKS, "keep": "Real, and worth keeping"}
MOST_SHOWN = 12
LONGEST_WHAT, MOST_WORDS, LONGEST_LINE = 80, 15, 150

NOT_SET_UP = "Nothing is scheduled here yet, so nothing was heard: `/opshat schedule` sets it up."
NOTHING = "Nothing has recurred here yet. A constraint is listed once two people have named it in eight weeks."
LISTED = "Counted from closed weeks only. What is quiet for eight weeks leaves this page by itself."
LEFT = (
    "This line has left the page: it was quiet for eight weeks, or two lines were joined. `/opshat constraints` shows "
    "what is there now."
)
OUTSIDE = "Only members of this workspace can mark, watch and try things here."
NO_GUESTS = (
    "Guests are not counted in this channel, so nothing was kept. Anyone who can change settings can let them in."
)
OPTED_OUT = "You opted out here, so nothing of yours is kept. `/opshat privacy` changes that."
GONE = "This is gone: it was let go, or its question was removed."

MARKED = "Kept. Marks stand side by side once three people have marked; nobody decides."
HIDDEN = "Hidden for you. One more person who says so hides it for the channel; three new voices bring it back."
HIDDEN_FOR_ALL = "Two people say so: it is hidden for this channel. Three new voices bring it back."
SHOWN_AGAIN = "Shown again."
JOINED = "Joined: from the next closed week on they are counted as one, and a person in both counts once."
NO_OTHER = "There is no other line to join it with."
OPPOSED = "One of these asks for it and the other forbids it: they stay two lines."
WATCHING = "Watching. The next digests say what was heard since, and it ends by itself after eight weeks."
JOINED_WATCH = "This is watched already, and now by you too. The next digests say what was heard."
WATCHED_BY_YOU = "You watch this already. The next digests say what was heard."
LET_GO_DONE = "Let go. Nothing more is said of it."
FULL = "Three watches and tries are open here, and that is as many as anybody can follow. Which one can go?"
TRIED = "Kept as you wrote it. A digest will ask what came of it, on or after {day}."
MIRROR = (
    "Only you see this, because you wear the hat. In somebody else's answer the bot would hear these words as a limit: "
    "{spans}."
)
LOOKED = "Kept: {outcome}. This week's digest says so in one line."
LOOKED_ALREADY = "This was answered already: {outcome}."

NO_WHAT = "Write one thing to try, small enough to undo."
TOO_WORDY = "Put it in fifteen words or fewer: what can be said briefly is more often small enough to undo."
NO_DATE = "Choose a day from tomorrow on, at most eight weeks from now."


@dataclass(frozen=True, slots=True)
class OpenTry:
    """A try as its team wrote it, open or ended."""

    id: int
    what: str
    feels: str
    stops: str
    look_on: date
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A constraint with what lies beside it, as one person may see it.

    Attributes:
        standing: what closed weeks told of it.
        marks: how many people marked it as what; None below three.
        mine: how the viewer marked it, or "".
        evidence: replies in which it was rejected, had gone or was doubted.
        watch: the open watch's id, or 0; `seen` is what it saw, and `joined` whether the viewer watches too.
        tries: open ones first.

    """

    standing: Standing
    marks: Mapping[str, int] | None = None
    mine: str = ""
    evidence: int = 0
    watch: int = 0
    seen: str = ""
    joined: bool = False
    tries: Sequence[OpenTry] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that heard a constraint: its id, its reason in words without what anybody said, and how often."""

    rule: str
    why: str
    times: int


# The page ------------------------------------------------------------------------------------------------


def page(entries: Sequence[Entry], questions: Mapping[str, str], memo: Mapping[str, str], note: str = "") -> Modal:
    """Return the list of a channel's constraints; `questions` are watched ones: let-go value -> what was seen."""
    shown = [
        section(_in_list(entry), button("Open", OPEN, str(entry.standing.theme))) for entry in entries[:MOST_SHOWN]
    ]
    more = len(entries) - len(shown)
    watched = [section(escape(seen), button("Let go", LET_GO, value)) for value, seen in questions.items()]
    blocks = [*_note(note), *(shown or [section(NOTHING)]), *watched]
    blocks += [small(_heard_less(more))] if more else []
    return Modal(PAGE, "Constraints", (*blocks, small(LISTED)), memo=memo)


def _heard_less(lines: int) -> str:
    return f"{number(lines).capitalize()} more {'was' if lines == 1 else 'were'} heard less often."


def _in_list(entry: Entry) -> str:
    one = entry.standing
    facts = [_heard(one)]
    facts += [f"{marks(entry.marks)}."] if entry.marks else []
    facts += [_evidence(entry.evidence)] if entry.evidence else []
    facts += [escape(entry.seen)] if entry.watch else []
    facts += ["Something is being tried."] if any(not one.outcome for one in entry.tries) else []
    return f"{_heading(one)}\n{' '.join(facts)}"


def _heading(one: Standing) -> str:
    # What was only said privately has no weeks in threads: zeros would say that nobody had said it.
    bars = f"  {sparkline(one.weeks)}" if any(one.weeks) else ""
    return f"*{escape(_capital(one.label))}*{bars}"


def _heard(one: Standing) -> str:
    since = "first in " + week_in_words(one.since)
    return f"Quiet for {number(one.quiet_for)} weeks, {since}." if one.quiet else f"Heard, {since}."


def _evidence(replies: int) -> str:
    where = "In one reply" if replies == 1 else f"In {number(replies)} replies"
    return f"{where} somebody disagreed, had got round it, or asked whether it is so."


def _capital(label: str) -> str:
    return label[0].upper() + label[1:]


def _note(note: str) -> list[Block]:
    return [section(f"_{note}_")] if note else []


def details(entry: Entry, memo: Mapping[str, str], note: str = "") -> Modal:
    """Return one constraint with all that lies beside it, and what can be done."""
    theme = str(entry.standing.theme)
    blocks = (
        *_note(note),
        section(f"{_heading(entry.standing)}\n{' '.join(_facts(entry))}"),
        section(" ".join(_marks(entry))),
        buttons(*(button(label, f"{MARK} {mark}", theme) for mark, label in MARK_LABELS.items())),
        *(block for one in entry.tries for block in _try(one)),
        buttons(
            *_watching(entry),
            button("Try something", TRY, theme),
            button("Same as...", SAME, theme),
            button("Why this?", WHY, theme),
            button("Not a constraint", DISMISS, theme),
        ),
        buttons(button("All constraints", PAGE)),
    )
    return Modal(PAGE, "A constraint", blocks, memo=memo)


def _watching(entry: Entry) -> Iterator[Block]:
    if not entry.joined:
        yield button("Watch", WATCH, str(entry.standing.theme))
    if entry.watch:
        yield button("Let the watch go", LET_GO, f"watch:{entry.watch}")


def _facts(entry: Entry) -> Iterator[str]:
    one = entry.standing
    yield _heard(one)
    yield f"Voices in threads by week, the latest last: {in_numbers(one.weeks)}."
    if any(one.private_weeks):
        yield f"Privately: {in_numbers(one.private_weeks)}."
    if entry.evidence:
        yield _evidence(entry.evidence)
    if entry.watch:
        yield escape(entry.seen)


def _marks(entry: Entry) -> Iterator[str]:
    if entry.marks is None:
        yield "What is it? Marks are shown once three people have marked."
    else:
        yield f"Marked: {marks(entry.marks)}."
        if is_split(entry.marks):
            yield f"Some say it is real and some do not. {WHICH}"
    if entry.mine:
        yield f"Your mark: {MARK_LABELS[entry.mine]}."


def _try(one: OpenTry) -> Iterator[Block]:
    if one.outcome:
        yield as_written(f"Tried: “{one.what}”. {OUTCOMES[one.outcome]}.")
        return
    yield as_written(
        f"Being tried: “{one.what}”\nWho would feel it: {one.feels}\nWe stop if: {one.stops}\n"
        f"A look on {one.look_on.day} {one.look_on:%B}"
    )
    yield buttons(*(button(label, f"{LOOK} {end}", f"{one.id}:{end}") for end, label in OUTCOMES.items()))


def why(entry: Entry, reasons: Sequence[Reason], memo: Mapping[str, str]) -> Modal:
    """Return what heard a constraint, what was counted, and how to contest it."""
    one, theme = entry.standing, str(entry.standing.theme)
    heard = [f"• {escape(reason.why)} (rule {escape(reason.rule)}, {times(reason.times)})" for reason in reasons]
    counted = (
        f"It is listed because two people named it unasked within eight weeks, or three privately in one week. Voices "
        f"in threads by week, the latest last: {in_numbers(one.weeks)}."
    )
    private = f" Privately: {in_numbers(one.private_weeks)}." if any(one.private_weeks) else ""
    contest = (
        "Not so? *Not a constraint* hides it for you, and two people hide it for the channel; three new voices "
        "bring it back. *Same as...* joins it with a line that means the same."
    )
    blocks = (
        section(f"*{escape(_capital(one.label))}*"),
        section("\n".join(["What heard it:", *heard]) if heard else "The words it was heard in are gone."),
        section(counted + private),
        section(contest),
        buttons(
            button("Not a constraint", DISMISS, theme),
            button("Same as...", SAME, theme),
            button("Open", OPEN, theme),
        ),
    )
    return Modal(PAGE, "Why this?", blocks, memo=memo)


# Answers -------------------------------------------------------------------------------------------------


def hidden(theme: int, *, for_all: bool) -> Message:
    """Answer *Not a constraint*, with a way back."""
    said = HIDDEN_FOR_ALL if for_all else HIDDEN
    return Message(said, (section(said), buttons(button("Take it back", TAKE_BACK, str(theme)))))


def in_modal(message: Message, memo: Mapping[str, str]) -> Modal:
    """Show an answer in the modal where the button was, with a way back to the list."""
    blocks = message.blocks or (as_written(message.text),)
    return Modal(PAGE, "Constraints", (*blocks, buttons(button("All constraints", PAGE))), memo=memo)


def same_as(entry: Entry, others: Mapping[str, str], memo: Mapping[str, str]) -> Modal:
    """Ask which other line means the same."""
    return Modal(
        SAME,
        "Same as...",
        (
            section(f"*{escape(_capital(entry.standing.label))}*"),
            field(SAME, "means the same as", choice(others)),
            small("They stay joined, and what is said later is counted with both."),
        ),
        submit="Join",
        close="Cancel",
        memo=memo,
    )


def full(going: Mapping[str, str], memo: Mapping[str, str]) -> Modal:
    """Ask which open watch or try may go; at most three are open in a channel."""
    assert len(going) >= MOST_OPEN  # noqa: S101 - it is asked for no other reason
    choices = {value: seen[:75] for value, seen in going.items()}
    which = field(LET_GO, "Let go of", choice(choices))
    return Modal(LET_GO, "Three are open", (section(FULL), which), submit="Let it go", close="Keep all", memo=memo)


def trying(entry: Entry, look_on: date, memo: Mapping[str, str]) -> Modal:
    """Ask for a try in four short lines."""
    return Modal(
        TRY,
        "Try something",
        (
            section(f"*{escape(_capital(entry.standing.label))}*"),
            field(
                "what",
                "What",
                text_input(longest=LONGEST_WHAT),
                "Small enough to undo; the channel sees it as written.",
            ),
            field(
                "feels",
                "Who would feel it",
                text_input(longest=LONGEST_LINE),
                "And what does this limit protect, for them?",
            ),
            field("stops", "What would make us stop", text_input(longest=LONGEST_LINE)),
            field("look", "When to look", date_input(look_on), "A digest asks once what came of it. Nobody chases it."),
        ),
        submit="Try it",
        close="Cancel",
        memo=memo,
    )


def mirror(spans: Sequence[str]) -> str:
    """Say to the hat's wearer what was heard in their own words, after whatever else is said; "" where nothing was."""
    quoted = "; ".join(f"“{span}”" for span in spans)
    return f"\n{MIRROR.format(spans=quoted)}" if spans else ""


def said(text: str) -> Message:
    """Say one sentence to whoever pressed."""
    return Message(text)
