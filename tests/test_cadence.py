"""The laws of schedule and week, and the odd days of the tz database that taught them."""

import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import cadence
from bot.cadence import Due, Week, moment, next_due, week_after, week_named, week_of
from bot.errors import Problem

ZONES = files("tzdata").joinpath("zones").read_text(encoding="ascii").split()
# Zones whose clocks jump at odd hours or by odd amounts are drawn more often than the other six hundred.
ODD_ZONES = [
    *(
        "America/Nuuk",
        "America/Santiago",
        "Australia/Lord_Howe",
        "Africa/Cairo",
        "Africa/Casablanca",
        "Asia/Beirut",
    ),
    *(
        "America/Havana",
        "Atlantic/Azores",
        "Asia/Gaza",
        "Antarctica/Troll",
        "Europe/Paris",
        "America/New_York",
    ),
    *("Pacific/Chatham", "Pacific/Kiritimati", "Asia/Kathmandu"),
]
zones = st.sampled_from(ODD_ZONES) | st.sampled_from(ZONES)
dates = st.dates(date(2024, 1, 1), date(2036, 12, 31))
times = st.times().map(lambda at: at.replace(second=0, microsecond=0)) | st.just(time(0))
instants = st.datetimes(datetime(2024, 1, 1), datetime(2036, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds the zone
day_sets = st.sets(st.integers(1, 7), min_size=1)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def wall(at: datetime, zone: str) -> datetime:
    return at.astimezone(cadence.zone_of(zone)).replace(tzinfo=None)


# Moments


@given(zones, dates, times)
def test_a_moment_is_the_first_at_which_clocks_show_that_time_or_later(zone: str, on: date, at: time) -> None:
    wanted = datetime.combine(on, at)
    happens = moment(on, at, zone)
    assert wall(happens, zone) >= wanted
    assert wall(happens - timedelta(seconds=1), zone) < wanted
    # Clocks go back by two hours at most from 2024 to 2036; half of three days is more than enough.
    earlier = (happens - minutes * timedelta(minutes=15) for minutes in range(1, 4 * 36))
    assert all(wall(before, zone) < wanted for before in earlier)


@given(zones, dates, times)
def test_moments_increase_with_dates(zone: str, on: date, at: time) -> None:
    assert moment(on, at, zone) < moment(on + DAY, at, zone)


@pytest.mark.parametrize(
    ("zone", "on", "at", "expected"),
    [
        ("Europe/Paris", "2026-11-24", "10:00", "2026-11-24 09:00"),
        # A gap: the first moment after it, not the same distance into the next hour.
        ("America/New_York", "2026-03-08", "02:30", "2026-03-08 07:00"),
        ("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03 15:30"),
        ("America/Santiago", "2024-09-08", "00:00", "2024-09-08 04:00"),
        ("America/Santiago", "2024-09-08", "00:30", "2024-09-08 04:00"),
        ("Antarctica/Troll", "2026-03-29", "01:00", "2026-03-29 01:00"),
        # The last hour of this day does not exist: its moment is the next date's midnight.
        ("America/Nuuk", "2024-03-30", "23:30", "2024-03-31 01:00"),
        ("America/Nuuk", "2024-03-31", "00:00", "2024-03-31 01:00"),
        # A repeated hour: its first coming.
        ("America/New_York", "2026-11-01", "01:30", "2026-11-01 05:30"),
        ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04 14:45"),
        ("America/Santiago", "2026-04-04", "23:30", "2026-04-05 02:30"),
        # A repeated hour that reaches back over midnight.
        ("America/St_Johns", "2010-11-07", "00:00", "2010-11-07 02:30"),
        # A whole day that a zone skipped: the first moment after it.
        ("Pacific/Apia", "2011-12-30", "09:00", "2011-12-30 10:00"),
    ],
)
def test_odd_days(zone: str, on: str, at: str, expected: str) -> None:
    assert moment(date.fromisoformat(on), time.fromisoformat(at), zone) == utc(expected)


def test_only_a_skipped_day_shares_its_moment_and_only_at_midnight() -> None:
    skipped, next_day = date(2011, 12, 30), date(2011, 12, 31)
    assert moment(skipped, time(0), "Pacific/Apia") == moment(next_day, time(0), "Pacific/Apia")
    assert moment(skipped, time(0, 1), "Pacific/Apia") < moment(next_day, time(0, 1), "Pacific/Apia")


def test_seconds_and_fractions_in_a_gap_end_with_it_too() -> None:
    assert moment(date(2026, 3, 29), time(2, 30, 1, 999), "Europe/Paris") == utc("2026-03-29 01:00")


# Schedules


@given(zones, dates, times, day_sets)
def test_each_due_date_comes_exactly_once(zone: str, start: date, at: time, days: set[int]) -> None:
    before = Due(start, moment(start, at, zone))
    dues = [before]
    while dues[-1].on < start + 21 * DAY:
        dues.append(next_due(days, at, zone, dues[-1], dues[-1].at))
    dates_due = [due.on for due in dues[1:]]
    last = dues[-1].on
    wanted = [start + n * DAY for n in range(1, (last - start).days + 1)]
    assert dates_due == [on for on in wanted if on.isoweekday() in days]
    assert all(one.at < other.at for one, other in pairwise(dues))
    assert all(due.at == moment(due.on, at, zone) for due in dues)


@given(zones, instants, times, day_sets)
def test_setting_up_never_fires_in_the_past_and_misses_nothing(
    zone: str, now: datetime, at: time, days: set[int]
) -> None:
    due = next_due(days, at, zone, None, now)
    assert due.at > now
    assert due.on.isoweekday() in days
    # Every date from two days ago to the due one is either no day of the schedule or already past.
    around = (now.date() + n * DAY for n in range(-2, 10))
    assert not [on for on in around if on < due.on and on.isoweekday() in days and moment(on, at, zone) > now]


@given(zones, instants, times, st.timedeltas(-HOUR, HOUR))
def test_a_clock_set_back_or_forward_repeats_nothing_and_leaves_no_hole(
    zone: str, now: datetime, at: time, shift: timedelta
) -> None:
    daily = range(1, 8)
    due = next_due(daily, at, zone, None, now)
    following = next_due(daily, at, zone, due, due.at + shift)
    assert following.on == due.on + DAY
    assert following == next_due(daily, at, zone, due, due.at)


@given(zones, instants, times, times)
def test_a_changed_time_on_the_same_day_is_no_second_due(zone: str, now: datetime, old: time, new: time) -> None:
    due = next_due(range(1, 8), old, zone, None, now)
    changed = next_due(range(1, 8), new, zone, due, due.at, changed=True)
    assert changed.on > due.on
    assert changed.at > due.at


def test_what_was_missed_comes_one_by_one_so_that_it_can_be_skipped_and_recorded() -> None:
    at, zone = time(9), "Europe/Paris"
    told = Due(date(2026, 11, 2), moment(date(2026, 11, 2), at, zone))
    now = utc("2026-11-24 12:00")
    missed = next_due([1], at, zone, told, now)
    assert missed == Due(date(2026, 11, 9), utc("2026-11-09 08:00"))
    assert now - missed.at > cadence.LATE_NUDGE


def test_a_changed_schedule_owes_nothing_from_before_the_change() -> None:
    told = Due(date(2026, 11, 2), utc("2026-11-02 08:00"))
    due = next_due([2], time(9), "Europe/Paris", told, utc("2026-11-24 12:00"), changed=True)
    assert due.on == date(2026, 12, 1)


def test_a_due_at_this_very_moment_counts_as_past_at_set_up() -> None:
    due = next_due([2], time(9), "Europe/Paris", None, utc("2026-11-24 08:00"))
    assert due.on == date(2026, 12, 1)


@pytest.mark.parametrize("days", [[], [0], [8]])
def test_a_schedule_without_weekdays_is_a_problem(days: list[int]) -> None:
    with pytest.raises(Problem, match="at least one weekday"):
        next_due(days, time(9), "UTC", None, utc("2026-11-24 08:00"))


# Weeks


@given(zones, instants)
def test_weeks_hold_their_moments_and_tile_time(zone: str, now: datetime) -> None:
    week = week_of(now, zone)
    assert week.starts_at <= now < week.ends_at
    assert week == week_named(week.name, zone)
    following = week_after(week, zone)
    assert following == week_of(week.ends_at, zone)
    assert week_of(week.ends_at - timedelta(microseconds=1), zone) == week


@given(st.lists(zones, min_size=2, max_size=12), instants)
def test_weeks_tile_also_when_the_zone_changes_every_week(moved: list[str], now: datetime) -> None:
    weeks = [week_of(now, moved[0])]
    for zone in moved[1:]:
        weeks.append(week_after(weeks[-1], zone))
    assert all(one.ends_at == other.starts_at for one, other in pairwise(weeks))
    assert all(week.starts_at < week.ends_at for week in weeks)
    assert len({week.name for week in weeks}) == len(weeks)
    for week, zone in zip(weeks[1:], moved[1:], strict=True):
        assert week.ends_at == week_named(week.name, zone).ends_at


def test_a_week_starts_on_monday_at_midnight_by_the_zones_clocks() -> None:
    week = week_named("2026-W47", "Europe/Paris")
    assert week == Week("2026-W47", utc("2026-11-15 23:00"), utc("2026-11-22 23:00"))
    assert week_of(utc("2026-11-22 22:59"), "Europe/Paris").name == "2026-W47"
    assert week_of(utc("2026-11-22 22:59"), "Asia/Tokyo").name == "2026-W48"


def test_iso_names_at_the_turn_of_the_year() -> None:
    assert week_of(utc("2027-01-01 12:00"), "UTC").name == "2026-W53"
    assert week_after(week_named("2026-W53", "UTC"), "UTC").name == "2027-W01"


@pytest.mark.parametrize("name", ["", "2026-47", "2026-W54", "2025-W53", "2026-W00", "9999-W01", "0000-W10", "W47"])
def test_a_week_that_is_none_is_a_problem(name: str) -> None:
    with pytest.raises(Problem, match="write it like 2026-W47"):
        week_named(name, "UTC")


# Zones, times, words, holidays


def test_every_zone_of_the_tz_database_is_known_by_its_name() -> None:
    assert [cadence.check_zone(zone) for zone in ZONES] == ZONES
    assert [cadence.zone_of(zone).key for zone in ZONES] == ZONES


def test_zones_are_the_pinned_ones_whatever_the_machine_has(tmp_path: Path) -> None:
    tokyo = files("tzdata").joinpath("zoneinfo", "Asia", "Tokyo").read_bytes()
    (tmp_path / "Europe").mkdir()
    (tmp_path / "Europe" / "Paris").write_bytes(tokyo)
    show = (
        "from datetime import datetime; from zoneinfo import ZoneInfo; from bot.cadence import zone_of\n"
        "for zone in (ZoneInfo, zone_of): print(datetime(2026, 7, 1, tzinfo=zone('Europe/Paris')).tzname())"
    )
    environment = {"PYTHONTZPATH": str(tmp_path), "PYTHONPATH": str(Path.cwd())}
    command = [sys.executable, "-c", show]
    shown = subprocess.run(command, env=environment, capture_output=True, check=True)  # noqa: S603 - our own
    assert shown.stdout.split() == [b"JST", b"CEST"]


def test_nothing_of_the_bot_reads_the_machines_zones() -> None:
    sources = [path for path in Path(cadence.__file__).parent.rglob("*.py") if "playground" not in path.parts]
    assert [path.name for path in sources if "ZoneInfo(" in path.read_text(encoding="utf-8")] == []


def test_a_zone_is_forgiven_its_spelling() -> None:
    assert cadence.check_zone(" america/new york ") == "America/New_York"
    assert cadence.zone_of("utc") is cadence.zone_of("UTC")


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("Europe/Pari", "Did you mean Europe/Paris?"),
        ("berlin", "Did you mean Europe/Berlin?"),
        ("Kolkatta", "Did you mean Asia/Kolkata?"),
        ("", "such as Europe/Paris"),
        ("../../etc/passwd", "such as Europe/Paris"),
        ("Europe/Paris\0", "Did you mean Europe/Paris?"),
        ("GMT+25", "Name one"),
        ("UTC-2", "Name one"),
        ("x" * 10_000, '"x{40}"'),
    ],
)
def test_an_unknown_zone_is_a_problem_with_a_suggestion(wrong: str, hint: str) -> None:
    with pytest.raises(Problem, match="There is no time zone") as raised:
        cadence.zone_of(wrong)
    assert raised.match(hint)


@pytest.mark.parametrize(("text", "expected"), [("9:30", (9, 30)), (" 09:30 ", (9, 30)), ("23:59", (23, 59))])
def test_times_are_read(text: str, expected: tuple[int, int]) -> None:
    assert cadence.check_time(text) == time(*expected)


@pytest.mark.parametrize("text", ["", "9", "9.30", "24:00", "12:60", "9:3", "9:30pm", "٩:٣٠", "-1:00", "9:30\n9:30"])
def test_what_is_no_time_is_a_problem(text: str) -> None:
    with pytest.raises(Problem, match="write it like 09:30"):
        cadence.check_time(text)


def test_a_moment_in_local_words() -> None:
    assert cadence.in_words(utc("2026-11-24 09:00"), "Europe/Paris") == "Tuesday 24 November at 10:00 (Europe/Paris)"
    assert cadence.in_words(utc("2026-12-31 23:30"), "asia/tokyo") == "Friday 1 January at 08:30 (Asia/Tokyo)"


def test_holidays_have_english_names_and_subdivisions() -> None:
    assert cadence.holiday(date(2026, 7, 14), "FR") == "National Day"
    assert cadence.holiday(date(2026, 7, 15), "fr") is None
    assert cadence.holiday(date(2026, 1, 6), "DE") is None
    assert cadence.holiday(date(2026, 1, 6), "DE-BY") == "Epiphany"


@pytest.mark.parametrize("country", ["", "XX", "DE-XX", "France"])
def test_an_unknown_country_is_a_problem(country: str) -> None:
    with pytest.raises(Problem, match="write a country like FR"):
        cadence.holiday(date(2026, 7, 14), country)


def test_ambiguous_moments_do_not_depend_on_the_fold_that_comes_in() -> None:
    on, zone = date(2026, 11, 1), "America/New_York"
    assert moment(on, time(1, 30, fold=1), zone) == moment(on, time(1, 30), zone)


@pytest.mark.parametrize(
    ("written", "code", "name"),
    [
        ("France", "FR", "France"),
        (" the netherlands ", "NL", "Netherlands"),
        ("the Gambia", "GM", "Gambia"),
        ("isle of man", "IM", "Isle of Man"),
        ("HM", "HM", "Heard Island and McDonald Islands"),
        ("Bosnia and Herzegovina", "BA", "Bosnia and Herzegovina"),
        ("Côte d’Ivoire", "CI", "Ivory Coast"),
        ("Réunion", "RE", "Reunion"),
        ("USA", "US", "United States"),
        ("uk", "GB", "United Kingdom"),
        ("de-by", "DE-BY", "Germany (BY)"),
        ("uk-eng", "GB-ENG", "United Kingdom (ENG)"),
        ("USA-CA", "US-CA", "United States (CA)"),
        ("Germany-by", "DE-BY", "Germany (BY)"),
    ],
)
def test_a_country_is_known_by_its_name_or_code(written: str, code: str, name: str) -> None:
    assert cadence.check_country(written) == code
    assert cadence.country_name(code) == name
    assert cadence.check_country(cadence.country_name(code).partition(" (")[0]) == code.partition("-")[0]


def test_no_country_is_no_country() -> None:
    assert cadence.check_country("  ") == ""
