"""Schedule and moment to next moment, and weeks: pure, by the wall clock of a zone, `now` always a parameter.

The one rule: what falls due on a local date at a time of day happens at the first instant at which the clocks
of that zone show that date and time, or later. So a time that does not exist moves to the first moment after
the gap, and a time that comes twice counts at its first coming. The date is the identity: however clocks,
zones or their rules change, each local due date yields exactly one `Due`.

Zones are read from the pinned `tzdata` package and never from the machine's own, so that the same release
computes the same moments everywhere. `zone_of` is the only door to them; no global search path is touched.
"""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from bot.errors import Problem

LATE_NUDGE = timedelta(hours=2)
"""A nudge that is later than this is skipped and the skip recorded: its moment has gone."""

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_MIDNIGHT = time(0)
_LONGEST_CODE = 3
_LONGEST_COUNTRY = 8  # signs that the table of channels has room for
_ANY_YEAR = 2026  # which parts a country has does not depend on it
_SHOWN = 40  # letters of a mistaken word that a sentence repeats
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class Due:
    """One due moment: its local date, which is its identity, and when that is (aware UTC)."""

    on: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Week:
    """One week of a channel: its ISO name ('2026-W47') and its half-open span, aware UTC."""

    name: str
    starts_at: datetime
    ends_at: datetime


def moment(on: date, at: time, zone: str) -> datetime:
    """Return, as aware UTC, the first instant at which the zone's clocks show this date and time or later.

    Two dates at the same time of day never swap their order, and share a moment only where a zone skips a
    whole day (Samoa's 30 December 2011); in tzdata 2026f no zone does so from 2024 to 2036.
    Raises `Problem` for an unknown zone.
    """
    rules = zone_of(zone)
    wall = datetime.combine(on, at.replace(tzinfo=None, fold=0))
    first = wall.replace(tzinfo=rules).astimezone(UTC)
    if _wall(first, rules) == wall:
        return first
    return _end_of_gap(wall, rules)


def _wall(at: datetime, rules: ZoneInfo) -> datetime:
    return at.astimezone(rules).replace(tzinfo=None)


def _end_of_gap(wall: datetime, rules: ZoneInfo) -> datetime:
    """Return the instant at which clocks jumped over `wall`, halving between its two readings."""
    before = wall.replace(tzinfo=rules, fold=1).astimezone(UTC)
    after = wall.replace(tzinfo=rules, fold=0).astimezone(UTC)
    while after - before > _SECOND:
        middle = before + ((after - before) / 2 // _SECOND) * _SECOND
        if _wall(middle, rules) < wall:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def next_due(
    days: Collection[int],
    at: time,
    zone: str,
    after: Due | None,
    now: datetime,
    *,
    changed: bool = False,
) -> Due:
    """Return the next due moment of a schedule: `days` are ISO weekdays (1 Monday to 7 Sunday).

    With `after`, the last due that was dealt with, it is the first one on a later local date, even when its
    moment has passed: whoever asks decides whether to be late or to skip, so that nothing is forgotten.
    Without it, or when the schedule was `changed` at `now`, moments up to `now` are not owed either: setting
    up never fires in the past. A changed schedule keeps `after`, so that the same date never comes due twice.
    Raises `Problem` for an unknown zone and where no weekday is chosen.
    """
    if not set(days) & set(range(1, 8)):
        raise Problem("Choose at least one weekday.")
    fresh = changed or after is None
    on = after.on + _DAY if after is not None else now.astimezone(zone_of(zone)).date()
    while True:
        if on.isoweekday() in days and (not fresh or moment(on, at, zone) > now):
            return Due(on, moment(on, at, zone))
        on += _DAY


def next_nudge(days: str, at: str, zone: str | None, after: Due | None, now: datetime, *, changed: bool = False) -> Due:
    """Return the same for a channel's nudges as their schedule is kept: days as in '2,4', a time as in '10:00'."""
    chosen = [int(day) for day in days.split(",")]
    return next_due(chosen, time.fromisoformat(at), zone or "UTC", after, now, changed=changed)


def week_named(name: str, zone: str) -> Week:
    """Return the week with an ISO name such as '2026-W47', Monday 00:00 to Monday 00:00 by the zone's clocks.

    Raises `Problem` for a name that is none, and for an unknown zone.
    """
    monday = _monday(name)
    ends_at = moment(monday + timedelta(days=7), _MIDNIGHT, zone)
    return Week(_iso_name(monday), moment(monday, _MIDNIGHT, zone), ends_at)


def week_of(moment: datetime, zone: str) -> Week:
    """Return the week that holds an aware moment: `starts_at <= moment < ends_at`.

    Raises `Problem` for an unknown zone.
    """
    week = week_named(_iso_name(moment.astimezone(zone_of(zone)).date()), zone)
    # Clocks that go back over Monday's midnight (none has, yet) show Sunday again in a week that has begun.
    return week if moment < week.ends_at else week_after(week, zone)


def week_after(week: Week, zone: str) -> Week:
    """Return the week that starts where `week` ends, also when it was counted in another zone.

    It has the next ISO name and ends where that week ends in `zone`: a changed zone makes one week some hours
    shorter or longer, and neither a hole nor an overlap. Raises `Problem` for an unknown zone.
    """
    following = week_named(_iso_name(_monday(week.name) + timedelta(days=7)), zone)
    return Week(following.name, week.ends_at, following.ends_at)


def _monday(name: str) -> date:
    found = re.fullmatch(r"(\d{4})-W(\d{2})", name.strip().upper(), re.ASCII)
    try:
        # 9998 leaves room for the week after.
        if found and int(found[1]) <= 9998:  # noqa: PLR2004 - said above
            return date.fromisocalendar(int(found[1]), int(found[2]), 1)
    except ValueError:
        pass
    raise Problem(f'There is no week "{name[:_SHOWN]}": write it like 2026-W47 (ISO year and week).')


def _iso_name(on: date) -> str:
    year, week, _ = on.isocalendar()
    return f"{year:04}-W{week:02}"


def zone_of(name: str) -> ZoneInfo:
    """Return a zone's rules as the pinned `tzdata` package has them; the same object for the same name.

    Raises `Problem` for an unknown zone, with the nearest known one.
    """
    return _rules(check_zone(name))


@cache
def _rules(name: str) -> ZoneInfo:
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as compiled:
        return ZoneInfo.from_file(compiled, key=name)


@lru_cache(maxsize=1024)
def check_zone(name: str) -> str:
    """Return a zone's name as the tz database spells it; letter case, outer and inner spaces don't matter.

    Raises `Problem` for an unknown zone, with the nearest known one.
    """
    written = name.strip().replace(" ", "_").casefold()
    known = _zones().get(written)
    if known is None:
        raise Problem(f'There is no time zone "{name.strip()[:_SHOWN]}". {_suggestion(written[:_SHOWN])}')
    return known


@cache
def _zones() -> dict[str, str]:
    names = files("tzdata").joinpath("zones").read_text(encoding="ascii").split()
    return {name.casefold(): name for name in names}


def _suggestion(written: str) -> str:
    # Not `etc/gmt+2`: its sign is the opposite of what people mean by it.
    whole = [name for name in _zones() if not name.startswith("etc/gmt")]
    by_city = {name.rpartition("/")[2]: name for name in whole}
    near = get_close_matches(written, [*whole, *by_city], n=1, cutoff=0.7)
    # `gmt+2` resembles `gmt+0` and means nothing like it.
    if not near or re.search(r"[+-]\d", written):
        return "Name one by continent and city, such as Europe/Paris, or UTC."
    return f"Did you mean {_zones()[by_city.get(near[0], near[0])]}?"


def check_time(text: str) -> time:
    """Return the time of day that '9:30' or '09:30' says. Raises `Problem` for anything else."""
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text.strip(), re.ASCII)
    if not found:
        raise Problem(f'"{text.strip()[:_SHOWN]}" is no time of day: write it like 09:30, from 00:00 to 23:59.')
    return time(int(found[1]), int(found[2]))


def in_words(at: datetime, zone: str) -> str:
    """Return an aware moment in local words: 'Tuesday 24 November at 10:00 (Europe/Paris)'.

    The words don't follow the machine's locale. Raises `Problem` for an unknown zone.
    """
    wall = at.astimezone(zone_of(zone))
    day = f"{_WEEKDAYS[wall.weekday()]} {wall.day} {_MONTHS[wall.month - 1]}"
    return f"{day} at {wall:%H:%M} ({check_zone(zone)})"


def holiday(on: date, country: str) -> str | None:
    """Return the English name of the public holiday on a date, or None.

    `country` is an ISO 3166 code, with a subdivision where holidays differ within a country: 'FR', 'DE-BY'.
    Raises `Problem` for a country or subdivision that the `holidays` package does not know.
    """
    return _holidays(country.strip().upper(), on.year).get(on)


@lru_cache(maxsize=1024)
def check_country(name: str) -> str:
    """Return the code of a country whose public holidays are known, by its name or code; "" for nothing written.

    A part of a country is named by its code, as in 'DE-BY'. Raises `Problem` for what is not known, with the nearest
    that is.
    """
    written = _letters(name)
    known = _countries().get(written)
    if known or not written:
        return known or ""
    whole, _, part = name.strip().upper().partition("-")
    country = _countries().get(_letters(whole))  # one name for it: UK-ENG, GBR-ENG and GB-ENG are the same place
    if country and part and len(code := f"{country}-{part.strip()}") <= _LONGEST_COUNTRY:
        _holidays(code, _ANY_YEAR)
        return code
    near = get_close_matches(written, [one for one in _countries() if len(one) > _LONGEST_CODE], n=1, cutoff=0.7)
    meant = f"Did you mean {country_name(_countries()[near[0]])}?" if near else "Write one in English, such as France."
    raise Problem(f'No public holidays are known for "{name.strip()[:_SHOWN]}". {meant}')


def country_name(country: str) -> str:
    """Return the name of a country by its code: "Germany" for 'DE', "Germany (BY)" for 'DE-BY'."""
    code, _, part = country.partition("-")
    return _names()[code] + (f" ({part})" if part else "")


@cache
def _countries() -> dict[str, str]:
    """Every name and code of a country, without blanks and marks, to its code."""
    from holidays.registry import COUNTRIES  # noqa: PLC0415 - slow, and asked for by few channels

    return {written.casefold(): codes[0] for name, *codes in COUNTRIES.values() for written in (name, *codes)} | {
        "uk": "GB",
        "unitedstatesofamerica": "US",
        "czechrepublic": "CZ",
        "cotedivoire": "CI",
        "turkiye": "TR",
    }


@cache
def _names() -> dict[str, str]:
    """The names of countries by code, made of those of the package's classes: `IsleOfMan` is "Isle of Man"."""
    from holidays.registry import COUNTRIES  # noqa: PLC0415 - slow, and asked for by few channels

    return {code: _SMALL_WORDS.sub(_lower, _INNER_CAPITAL.sub(" ", name)) for name, code, *_ in COUNTRIES.values()}


_INNER_CAPITAL = re.compile(r"(?<=[a-z])(?<!Mc)(?=[A-Z])|(?<=DR)(?=Congo)")
_SMALL_WORDS = re.compile(r" (And|Of|The|Da) ")


def _lower(found: re.Match[str]) -> str:
    return found[0].lower()


def _letters(name: str) -> str:
    """Return a name without blanks, marks and accents, in small letters; "the" before it does not matter."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name) if sign.isascii() and sign.isalpha())
    return plain.casefold().removeprefix("the")


@lru_cache(maxsize=256)
def _holidays(country: str, year: int) -> dict[date, str]:
    import holidays  # noqa: PLC0415 - slow to import, and only asked for by channels that skip holidays

    code, _, subdivision = country.partition("-")
    try:
        found = holidays.country_holidays(code, subdivision or None, years=year, language="en_US")
    except NotImplementedError:
        raise Problem(
            f'No public holidays are known for "{country[:_SHOWN]}": write a country like FR, or DE-BY.'
        ) from None
    return dict(found.items())
