"""Every message that eight weeks bring to a channel of six is on one page, and none breaks the noise budget."""

import html
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.playground.world import Message
from bot.postings import NOISE_BUDGET
from bot.slack.faces import number
from tests.docs import written
from tests.ledger.scenes import actions, click
from tests.team import NAMES, Team, a_team

ZONE = ZoneInfo("Europe/Paris")
START = datetime(2026, 9, 7, 9, 40, tzinfo=ZONE)
WEEKS = 8
PROFILE = {
    "system": "The library's lending desk, its catalogue and the book bus",
    "serves": "Everybody in the valley who reads",
    "goal": "Anybody can borrow a book within two minutes of finding it",
    "motion": "not sure",
}
TRY = {
    "what": "Correct typing errors in the catalogue without asking the board",
    "feels": "The two who prepare the board's papers",
    "stops": "One entry that a reader cannot find any more",
    "look": "2026-10-18",
}


@dataclass(frozen=True)
class Lived:
    """What the team does in one week: in the thread, privately, and once the digest of the week has come."""

    said: Sequence[tuple[str, str]] = ()
    privately: Sequence[tuple[str, str]] = ()
    after: str = ""


STORY = (
    Lived(
        said=(
            ("ada", "We can't change the catalogue before the change board has approved it."),
            ("ben", "Changes to the catalogue have to wait for the change board, every time."),
            ("cleo", "The new shelf labels work. Two children found their book alone."),
            ("dov", "We don't have time to test the reader app."),
        ),
    ),
    Lived(
        said=(
            ("ada", "The change board comes first, as ever. I have stopped looking at the clock."),
            ("eva", "Every change of the catalogue needs the change board's approval."),
            ("finn", "There is no time to test the reader app before it goes out."),
            ("cleo", "I liked that we left the reading corner as it is."),
        ),
        privately=(("ben", "There is no budget for training."),),
        after="profile and watch",
    ),
    Lived(),
    Lived(
        said=(
            ("dov", "We can't change the catalogue before the change board has approved it."),
            ("cleo", "It is not true that catalogue changes have to wait for the change board. Ours did not."),
        ),
        privately=(
            ("ada", "There is no budget for training."),
            ("ben", "We have no money for training."),
            ("finn", "No budget for training this year, so we learn at night."),
        ),
        after="try",
    ),
    Lived(),
    Lived(
        said=(("cleo", "Nothing broke. I had time to read."), ("dov", "We have no time for testing.")),
        after="keep",
    ),
    Lived(
        said=(
            ("eva", "It went well without the board: nine typing errors are gone."),
            ("ben", "It is quiet. The bus came back early."),
        ),
        after="look back",
    ),
    Lived(
        said=(
            ("ada", "That nobody leaves without a book, I think, however long it takes."),
            ("finn", "Short queues. We can't change the catalogue before the change board has approved it."),
            ("dov", "Changes of the catalogue still wait for the change board."),
        ),
    ),
)
KINDS = {"welcome": "the introduction", "notice": "one line", "nudge": "a question", "digest": "the digest"}
ABOUT = """\
Every message that eight weeks bring to a channel, in full and in order, with its local time: the plain text, as
notifications show it and screen readers read it. A test lives through the weeks with a made-up library team of
six and writes this page; what the team does stands in italics.

The bot posts at most three messages in a channel in any seven days. What only one person sees (answers to a
command, modals, Home) is not counted and not shown here; it is in [payloads](payloads/README.md).
"""


@dataclass
class Diary:
    """What the channel met, as lines of the page, and when."""

    team: Team
    times: list[datetime] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    _known: set[str] = field(default_factory=set)

    def heading(self, words: str) -> None:
        self.lines += [f"## {words}", ""]

    def note(self, words: str) -> None:
        self.lines += [f"*{words}*", ""]

    async def come(self) -> None:
        """Write down what the bot has said in the channel since."""
        kinds = {str(row.ts): str(row.kind) for row in await self.team.rows("SELECT ts, kind FROM postings")}
        for post in self.team.workspace.from_bot(self.team.channel):
            if post.ts not in self._known:
                self._known.add(post.ts)
                self._write(post, kinds.get(post.ts, ""))

    def _write(self, post: Message, kind: str) -> None:
        at = datetime.fromtimestamp(float(post.ts), ZONE)
        if post.in_channel:
            self.times.append(at)
            self.lines += [f"### {at:%A} {at.day} {at:%B}, {at:%H:%M}: {KINDS[kind]}", ""]
            self.lines += [f"> {line}  " for line in self._named(post.text).split("\n")] + [""]
        for picture in post.files:
            self.note(f"In its thread a picture, with the words: {picture.alt_text}")

    def _named(self, text: str) -> str:
        for name in NAMES:
            text = text.replace(f"<@{self.team[name].id}>", f"@{name}")
        return html.unescape(text)


async def live(team: Team) -> Diary:
    diary = Diary(team)
    diary.heading("Before the first week")
    await team["ada"].invite_bot(team.channel)
    await team.serve()
    await diary.come()
    await team.schedule()
    diary.note("Ada sets it up: a question on Tuesdays at 10:00, the digest on Mondays at 10:00.")
    await team.walk.to(START + timedelta(minutes=15))
    await diary.come()
    for week, lived in enumerate(STORY):
        await one_week(diary, START.date() + timedelta(weeks=week), lived)
    return diary


async def one_week(diary: Diary, monday: date, lived: Lived) -> None:
    team = diary.team
    diary.heading(f"The week of {monday.day} {monday:%B}")
    await team.walk.to(clock(monday + timedelta(days=1), 10, 5))
    await diary.come()
    for name, words in lived.said:
        await team.reply(name, latest(team, "answer"), words)
    for name, words in lived.privately:
        await team.answer(name, words)
    diary.note(answered(lived))
    await team.walk.to(clock(monday + timedelta(days=7), 10, 5))
    await diary.come()
    await team.serve()
    await do(diary, lived.after)
    await team.walk.to(clock(monday + timedelta(days=7), 11, 0))
    await diary.come()


def clock(day: date, hour: int, minute: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)


def latest(team: Team, action: str) -> Message:
    """Return the latest message that has a certain button."""
    return next(post for post in reversed(team.posts) if action in actions(post.blocks))


def answered(lived: Lived) -> str:
    in_thread = len({name for name, _ in lived.said})
    if not in_thread:
        return "Nobody answers."
    privately = f", {number(len(lived.privately))} privately" if lived.privately else ""
    return f"{number(in_thread).capitalize()} answer in the thread{privately}."


async def do(diary: Diary, what: str) -> None:
    """Do what the team does once the digest has come."""
    team = diary.team
    if what == "profile and watch":
        await click(team, "cleo", latest(team, "digest_watch"), "digest_watch")
        await team["ada"].slash(team.channel, "/opshat profile")
        await team.submit("ada", PROFILE)
        diary.note("Cleo taps Watch beside the first line, and Ada writes the profile.")
    elif what == "try":
        await click(team, "ben", latest(team, "digest_try"), "digest_try")
        await team.submit("ben", TRY)
        diary.note("Ben opens a try on the first line, to be looked at from 18 October on.")
    elif what:
        action, note = PRESSED[what]
        await click(team, "dov", latest(team, action), action)
        diary.note(note)


PRESSED = {
    "keep": ("digest_keep keep", "Dov taps Keep."),
    "look back": ("digest_look taught", "Dov taps Taught us something."),
}


def budget(times: Sequence[datetime]) -> Iterator[str]:
    """Count the messages of each week, and the most in any seven days that end in it."""
    yield from ("| week of | messages | most in any seven days that end in it |", "|---|---|---|")
    for week in range(WEEKS + 1):
        monday = START.date() + timedelta(weeks=week)
        days = [at.date() for at in times if monday <= at.date() < monday + timedelta(days=7)]
        most = max((said_within_seven(times, day) for day in days), default=0)
        yield f"| {monday.day} {monday:%B} | {len(days)} | {most} |"


def said_within_seven(times: Sequence[datetime], last: date) -> int:
    return sum(last - timedelta(days=7) < at.date() <= last for at in times)


@pytest.fixture
async def diary(sqlite_url: str) -> AsyncIterator[Diary]:
    async with a_team(sqlite_url, start=START) as team:
        yield await live(team)


async def test_the_page_holds_every_message_and_none_breaks_the_budget(diary: Diary) -> None:
    assert len(diary.times) > WEEKS
    assert max(said_within_seven(diary.times, at.date()) for at in diary.times) <= NOISE_BUDGET
    assert not diary.team.standin.journal.refused
    head = ["# Eight weeks of messages", "", ABOUT, *budget(diary.times), ""]
    written.page("eight-weeks.md", "\n".join([*head, *diary.lines]).rstrip() + "\n")
