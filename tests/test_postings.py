from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.postings import NOISE_BUDGET, fits, next_asked
from bot.store.tables import Channel

days = st.dates(date(2026, 1, 1), date(2026, 3, 1))


def allowed(taken: list[date]) -> bool:
    """The rule itself, said the slow way: no seven days in a row hold more than the budget."""
    return all(sum(0 <= (day - first).days < 7 for day in taken) <= NOISE_BUDGET for first in taken)


@given(asked=st.lists(days, max_size=40))
def test_no_seven_days_ever_hold_more_than_the_budget(asked: list[date]) -> None:
    said: list[date] = []
    for day in asked:
        if fits(day, said):
            said.append(day)
    assert allowed(said)


@given(day=days, taken=st.lists(days, max_size=12))
def test_it_is_refused_only_where_it_would_break_the_rule(day: date, taken: list[date]) -> None:
    said: list[date] = []
    for one in taken:
        if fits(one, said):
            said.append(one)
    assert fits(day, said) == allowed([*said, day])


def test_one_nudge_and_one_digest_a_week_always_fit() -> None:
    said: list[date] = []
    for week in range(10):
        for offset in (0, 1):
            day = date(2026, 1, 5) + timedelta(weeks=week, days=offset)
            assert fits(day, said)
            said.append(day)


def test_the_question_at_the_very_end_of_what_is_skipped_is_asked() -> None:
    tuesday, thursday = datetime(2026, 9, 8, 10, tzinfo=UTC), datetime(2026, 9, 10, 10, tzinfo=UTC)
    channel = Channel(nudge_days="2,4", nudge_time="10:00", zone="UTC", nudge_at=tuesday, skip_until=thursday)
    assert next_asked(channel) == thursday
