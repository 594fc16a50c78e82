"""What an export adds up to, heard by a plain ear: a limit is "can't" and the word after it."""

import json
import re
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cadence import week_named
from bot.digests.unasked import Overheard, Statement, last_full_week, overhear, scope_from, scope_of
from bot.digests.unasked_words import as_document, as_text
from bot.errors import Problem
from tests.digests.an_export import message, opened, write

WEEK = "2026-W47"
MONDAY = date(2026, 11, 16)
FRACTIONS = count()


class PlainEar:
    def hear(self, text: str) -> Sequence[Statement] | None:
        if text.startswith("¿"):
            return None
        return [Statement(span, "impossibility") for span in re.findall(r"can't \w+", text)]

    def gather(self, statements: Sequence[Statement]) -> Sequence[str]:
        return [statement.span.replace("can't ", "no-") for statement in statements]

    def label(self, members: Sequence[Statement]) -> str:
        return f"nobody can {members[0].span.split()[1]}"


def at(weeks_ago: int, day: int = 1, hour: int = 9) -> str:
    return f"{MONDAY + timedelta(days=day - 7 * weeks_ago)} {hour:02}:00"


def said(weeks_ago: int, user: str, text: str) -> dict[str, object]:
    """A message of Tuesday morning; no two have the same ts."""
    entry = message(at(weeks_ago), user, text)
    return {**entry, "ts": f"{str(entry['ts'])[:-6]}{next(FRACTIONS):06}"}


def export_of(root: Path, *entries: dict[str, object], channel: str = "general") -> Path:
    """Write each message into the file of its day by UTC."""
    days: dict[str, object] = {}
    for entry in entries:
        day = date.fromordinal(date(1970, 1, 1).toordinal() + int(float(str(entry["ts"]))) // 86400)
        held = days.setdefault(f"{channel}/{day}.json", [])
        assert isinstance(held, list)
        held.append(entry)
    return write(root, days)


def told(root: Path, week: str = WEEK, zone: str = "UTC", channel: str | None = None) -> Overheard:
    with opened(root) as export:
        channels = [channel] if channel else export.channels
        return overhear(export, scope_of(channels, week, zone), PlainEar())


def states(overheard: Overheard) -> dict[str, tuple[str, int]]:
    return {line.theme: (line.state, line.thread_voices) for line in overheard.count.lines}


def test_two_people_within_eight_weeks_recur_and_one_alone_is_a_number(tmp_path: Path) -> None:
    root = export_of(
        tmp_path,
        said(7, "UADA", "we can't release"),
        said(0, "UBO", "no, we can't release"),
        said(0, "UBO", "and we can't hire"),
    )
    overheard = told(root)
    assert states(overheard) == {"no-release": ("recurring", 1), "no-hire": ("new", 1)}
    assert overheard.labels == {"no-release": "nobody can release"}
    assert (overheard.people, overheard.messages, overheard.count.thread_voices) == (2, 3, 1)


def test_nine_weeks_ago_is_not_read(tmp_path: Path) -> None:
    root = export_of(tmp_path, said(8, "UADA", "we can't release"), said(0, "UBO", "we can't release"))
    assert states(told(root)) == {"no-release": ("new", 1)}
    assert told(root).people == 1


def test_a_voice_is_an_author_in_a_week_across_channels(tmp_path: Path) -> None:
    export_of(tmp_path, said(0, "UADA", "we can't release"), said(0, "UADA", "really, can't release"))
    export_of(tmp_path, said(0, "UADA", "can't release"), said(0, "UBO", "can't release"), channel="releases")
    assert told(tmp_path).count.thread_voices == 2
    assert states(told(tmp_path)) == {"no-release": ("recurring", 2)}
    assert states(told(tmp_path, channel="general")) == {"no-release": ("new", 1)}


def test_the_last_version_counts_and_what_was_deleted_does_not(tmp_path: Path) -> None:
    first = said(0, "UADA", "we can't release")
    second = message(at(0, 2), "UBO", "we can't release")
    changed = {
        "type": "message",
        "subtype": "message_changed",
        "message": {**first, "text": "we can release"},
    }
    deleted = {"type": "message", "subtype": "message_deleted", "deleted_ts": second["ts"]}
    root = write(tmp_path, {"general/2026-11-17.json": [deleted, first, changed], "general/2026-11-18.json": [second]})
    overheard = told(root)
    assert states(overheard) == {}
    assert (overheard.people, overheard.messages) == (1, 1)


def test_weeks_follow_the_zone_and_files_may_follow_another(tmp_path: Path) -> None:
    late_sunday = message("2026-11-22 23:30", "UADA", "we can't release")
    root = write(tmp_path, {"general/2026-11-23.json": [late_sunday]})
    assert told(root, WEEK, "UTC").count.thread_voices == 1
    assert told(root, WEEK, "Europe/Paris").count.thread_voices == 0
    assert told(root, "2026-W48", "Europe/Paris").count.thread_voices == 1


def test_weeks_in_which_nobody_wrote_neither_break_nor_extend_a_run(tmp_path: Path) -> None:
    recurred = [said(7, "UADA", "can't release"), said(7, "UBO", "can't release")]
    silent = export_of(tmp_path / "silent", *recurred, said(1, "UADA", "hello"), said(0, "UADA", "hello"))
    spoken = export_of(tmp_path / "spoken", *recurred, *(said(ago, "UADA", "hello") for ago in range(3)))
    assert states(told(silent)) == {}
    assert states(told(spoken)) == {"no-release": ("quiet", 0)}


def test_other_languages_are_counted_and_not_judged(tmp_path: Path) -> None:
    root = export_of(tmp_path, said(0, "UADA", "¿can't release?"), said(1, "UADA", "¿can't release?"))
    assert (told(root).not_read, states(told(root))) == (1, {})


# Which week


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (["2026-11-17", "2026-11-25"], "2026-W47"),
        (["2026-11-17", "2026-11-22"], "2026-W47"),
        (["2026-11-09", "2026-11-17", "2026-11-21"], "2026-W46"),
        (["2026-10-01", "2026-11-25"], "2026-W40"),
    ],
)
def test_the_last_full_week_in_which_anything_was_written(tmp_path: Path, days: list[str], expected: str) -> None:
    with opened(write(tmp_path, {f"general/{day}.json": [] for day in days})) as export:
        assert last_full_week(export, export.channels, "Europe/Paris") == expected


def test_a_week_in_which_only_machines_and_newcomers_spoke_is_not_the_last(tmp_path: Path) -> None:
    joined = {**said(0, "UADA", "ada has joined the channel"), "subtype": "channel_join"}
    root = export_of(tmp_path, joined, said(0, "UBOT", "deployed"), said(1, "UADA", "hello"))
    (root / "general" / "2026-11-25.json").write_text("broken")
    (root / "general" / "2026-11-18.json").write_text("broken")
    with opened(root) as export:
        assert last_full_week(export, export.channels, "UTC") == "2026-W46"
        assert (export.passed_over, len(export.skipped)) == ({}, 1)
        list(export.said("general", MONDAY, MONDAY + timedelta(days=6)))
        assert len(export.skipped) == 1


@pytest.mark.parametrize("week", ["2026-W44", "2026-W50"])
def test_a_week_beyond_the_export_is_a_problem(tmp_path: Path, week: str) -> None:
    root = write(tmp_path, {f"general/{day}.json": [] for day in ("2026-11-03", "2026-12-02")})
    with opened(root) as export:
        with pytest.raises(Problem, match=f"nothing of the week {week}: it goes from 2026-11-03 to 2026-12-02"):
            scope_from(export, "", week, "UTC")
        assert scope_from(export, "", "2026-W45", "UTC").week.name == "2026-W45"


def test_a_week_that_the_export_cuts_short_says_so(tmp_path: Path) -> None:
    with opened(export_of(tmp_path, said(0, "UADA", "can't ship"))) as export:
        scope = scope_from(export, "", WEEK, "UTC")
        cut = overhear(export, scope, PlainEar())
        assert "(2026-W47, UTC; the export ends on 17 November) 1 person wrote." in as_text(cut)
        assert as_document(cut, export)["export_ends_on"] == "2026-11-17"


def test_another_channel_shows_that_the_export_goes_on(tmp_path: Path) -> None:
    root = write(tmp_path, {"general/2026-11-17.json": [], "releases/2026-11-24.json": []})
    with opened(root) as export:
        assert last_full_week(export, ["general"], "UTC") == "2026-W47"
        with pytest.raises(Problem, match="no full week yet: name one, such as --week 2026-W48"):
            last_full_week(export, ["releases"], "UTC")


def test_an_export_without_messages_is_a_problem(tmp_path: Path) -> None:
    with opened(write(tmp_path, {})) as export, pytest.raises(Problem, match="holds no messages"):
        last_full_week(export, export.channels, "UTC")


@given(
    st.dates(date(2024, 1, 1), date(2036, 1, 1)),
    st.sampled_from(["UTC", "America/Nuuk", "Pacific/Kiritimati"]),
)
def test_a_scope_is_eight_weeks_without_a_hole(day: date, zone: str) -> None:
    year, week, _ = day.isocalendar()
    scope = scope_of(["b", "a"], f"{year}-W{week:02}", zone)
    assert scope.channels == ("a", "b")
    assert scope.week == week_named(f"{year}-W{week:02}", zone)
    assert len(scope.weeks) == 8
    assert all(one.ends_at == other.starts_at for one, other in zip(scope.weeks, scope.weeks[1:], strict=False))
    first, last = scope.days
    assert first < scope.weeks[0].starts_at.date() <= scope.week.ends_at.date() < last


# How it is told


def busy(root: Path) -> Path:
    limits = ["release", "hire", "refactor", "decide", "deploy"]
    loud = [said(0, user, f"we can't {limit}") for user in ("UADA", "UBO", "UCY") for limit in limits]
    quiet = [said(6, user, "we can't rest") for user in ("UADA", "UBO")]
    hellos = [message(at(ago, 3), "UADA", "hello") for ago in range(8)]
    return export_of(root, *quiet, *hellos, *loud, said(0, "UADA", "can't sing"))


def test_the_text_is_short_and_begins_with_whose_words_were_read(tmp_path: Path) -> None:
    lines = as_text(told(busy(tmp_path))).splitlines()
    assert lines[0] == (
        "Read without being asked: the words of 3 people, in 26 messages of 2 public channels, in the eight weeks "
        "up to 22 November."
    )
    assert (
        lines[1] == "In the week of 16 to 22 November (2026-W47, UTC; the export ends on 19 November) 3 people wrote."
    )
    assert lines[2] == "- Nobody can decide ▁▁▁▁▁▁▁▄ Heard from 3 people, since the week of 16 November."
    assert [line.startswith("- ") for line in lines] == [False, False, True, True, True, False, False]
    assert lines[5] == "Besides: 2 more recurred; 1 more went quiet; 1 new, from one person each."
    assert len(" ".join(lines).split()) <= 150


def test_a_quiet_week_says_so(tmp_path: Path) -> None:
    text = as_text(told(export_of(tmp_path, said(0, "UADA", "hello")), channel="general"))
    assert text.splitlines()[0].endswith(
        "the words of 1 person, in 1 message of #general, in the eight weeks up to 22 November."
    )
    assert "No limit was named by two people and heard that week; --week shows another one." in text


def test_what_was_heard_in_the_first_week_that_was_read_may_be_older(tmp_path: Path) -> None:
    text = as_text(told(export_of(tmp_path, said(7, "UADA", "can't release"), said(0, "UBO", "can't release"))))
    assert "Heard from 1 person, for eight weeks or longer." in text


def test_the_document_holds_numbers_and_neutral_labels_only(tmp_path: Path) -> None:
    root = busy(tmp_path)
    (root / "general" / "2026-11-20.json").write_bytes(b"{")
    with opened(root) as export:
        overheard = overhear(export, scope_of(export.channels, WEEK, "UTC"), PlainEar())
        document = as_document(overheard, export)
    assert document["week"] == WEEK
    assert document["voices"] == 3
    assert document["constraints"][0]["label"] == "nobody can decide"
    assert document["constraints"][0]["voices_by_week"] == dict.fromkeys(document["weeks"], 0) | {WEEK: 3}
    assert document["constraints"][-1]["state"] == "quiet"
    assert document["skipped_files"] == [{"file": "general/2026-11-20.json", "why": "broken JSON, or not UTF-8"}]
    written = json.dumps(document)
    assert not re.search(r"UADA|UBO|ada|hello|sing|can't|http", written)


def test_voices_by_week_stay_under_their_weeks_where_nobody_wrote_in_some(tmp_path: Path) -> None:
    root = export_of(tmp_path, said(5, "UADA", "can't release"), said(0, "UBO", "can't release"))
    with opened(root) as export:
        overheard = overhear(export, scope_of(export.channels, WEEK, "UTC"), PlainEar())
        document = as_document(overheard, export)
    assert list(document["constraints"][0]["voices_by_week"].values()) == [0, 0, 1, 0, 0, 0, 0, 1]
