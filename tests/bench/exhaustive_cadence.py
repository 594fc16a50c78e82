"""Every zone, every day from 2024 to 2036: the laws of schedule and week, without drawing lots.

Run it by `python -m tests.bench.exhaustive_cadence`; it takes some minutes on one core and exits 1 on the
first broken law. For each zone it walks

- a daily schedule through all dates, at times that lie inside the gaps and folds of some zone (23:59, 00:00,
  02:15 ...): each date comes exactly once, moments strictly increase, and each is what `moment` says anew;
- all weeks: each starts where the one before ended, and its first and last moments belong to it;
- every minute of the days around each change of clocks: the moment is the first at which the clocks show that
  minute or later, found independently by walking over the instants of those days.

Zones that are links to another have the same rules and are walked all the same: names are what people choose.
"""

import sys
from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from itertools import accumulate, pairwise
from time import perf_counter

from bot import cadence

FIRST, LAST = date(2024, 1, 1), date(2036, 12, 31)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
DAYS = (LAST - FIRST).days + 1
TIMES = [time(0), time(0, 30), time(2, 15), time(9), time(23, 30), time(23, 59)]


class BrokenLawError(Exception):
    """A law that does not hold."""


def main() -> None:
    """Walk everything and print what was seen."""
    zones = files("tzdata").joinpath("zones").read_text(encoding="ascii").split()
    began, dues, weeks, minutes, moved = perf_counter(), 0, 0, 0, 0
    for zone in zones:
        for at in TIMES:
            dues += walk_dues(zone, at)
        weeks += walk_weeks(zone)
        for on in changes(zone):
            seen, shifted = walk_minutes(zone, on)
            minutes += seen
            moved += shifted
    print(  # noqa: T201 - a command prints
        f"{len(zones)} zones, {dues:,} dues, {weeks:,} weeks, {minutes:,} minutes around changes of clocks, "
        f"{moved:,} of them moved out of a gap: every law holds ({perf_counter() - began:.0f} s)"
    )


def walk_dues(zone: str, at: time) -> int:
    """Return how many dues a daily schedule has: one for each date."""
    start = datetime.combine(FIRST - 2 * DAY, time(0), UTC)
    due = cadence.next_due(range(1, 8), at, zone, None, start)
    while due.on < FIRST - DAY:
        due = cadence.next_due(range(1, 8), at, zone, due, due.at)
    for n in range(DAYS):
        following = cadence.next_due(range(1, 8), at, zone, due, due.at)
        expect(following.on == FIRST + n * DAY, zone, following)
        expect(following.at > due.at, zone, following)
        due = following
    return DAYS


def walk_weeks(zone: str) -> int:
    """Return how many weeks tile these years."""
    week, count = cadence.week_of(datetime.combine(FIRST, time(12), UTC), zone), 0
    end = datetime.combine(LAST, time(12), UTC)
    while week.starts_at < end:
        expect(cadence.week_of(week.starts_at, zone) == week, zone, week)
        expect(cadence.week_of(week.ends_at - timedelta(microseconds=1), zone) == week, zone, week)
        following = cadence.week_after(week, zone)
        expect(following == cadence.week_named(following.name, zone), zone, following)
        week, count = following, count + 1
    return count


def changes(zone: str) -> Iterator[date]:
    """Yield the UTC dates within which the zone's clocks change."""
    rules = cadence.zone_of(zone)
    midnights = [datetime.combine(FIRST + n * DAY, time(0), UTC) for n in range(DAYS + 1)]
    for before, after in pairwise(midnights):
        if before.astimezone(rules).utcoffset() != after.astimezone(rules).utcoffset():
            yield before.date()


def walk_minutes(zone: str, on: date) -> tuple[int, int]:
    """Check every local minute around one change of clocks; return how many, and how many lay in a gap."""
    rules = cadence.zone_of(zone)
    start = datetime.combine(on - 2 * DAY, time(0), UTC)
    instants = [start + n * MINUTE for n in range(5 * 1440)]
    walls = [instant.astimezone(rules).replace(tzinfo=None) for instant in instants]
    highest = list(accumulate(walls, max))
    wanted = [datetime.combine(on - DAY, time(0)) + n * MINUTE for n in range(3 * 1440)]
    moved = 0
    for wall in wanted:
        first = bisect_left(highest, wall)
        expect(cadence.moment(wall.date(), wall.time(), zone) == instants[first], zone, wall)
        moved += walls[first] != wall
    return len(wanted), moved


def expect(holds: bool, zone: str, what: object) -> None:  # noqa: FBT001 - a law holds or does not
    """Raise `BrokenLawError` where a law does not hold."""
    if not holds:
        raise BrokenLawError(f"{zone}: {what}")


if __name__ == "__main__":
    try:
        main()
    except BrokenLawError as broken:
        sys.exit(f"broken: {broken}")
