"""The made-up team's three weeks: all of it happens, in order, under the questions that were asked."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground import seed
from bot.playground.seed import CAST, SCRIPT, WEEKS, beginning, latest_nudge, moment_of
from bot.playground.standin import StandIn
from tests.playground.lantern import lantern
from tests.slack import TestClock

MOMENTS = st.integers(1_704_067_200, 2_082_758_400).map(lambda second: datetime.fromtimestamp(second, UTC))
"""Any second from 2024 to 2036."""


@given(MOMENTS)
def test_the_story_lies_between_its_beginning_and_now(now: datetime) -> None:
    moments = [moment_of(now, line) for line in SCRIPT]
    assert moments == sorted(moments)
    assert beginning(now) < moments[0]
    assert moments[-1] < now
    assert timedelta(weeks=WEEKS) <= now - beginning(now) + timedelta(hours=10)


def test_everybody_in_the_script_is_in_the_cast() -> None:
    assert {line.person for line in SCRIPT} == {member.name for member in CAST}


def test_the_words_that_the_page_offers_are_some_that_the_team_was_heard_saying() -> None:
    page = (Path(seed.__file__).parent / "page" / "index.html").read_text(encoding="utf-8")
    (offered,) = re.findall(r'<q id="example">(.*?)</q>', page)
    assert offered in {line.text for line in SCRIPT}


def test_a_limit_is_named_by_several_people_in_several_weeks() -> None:
    named = [line for line in SCRIPT if "harbour council" in line.text]
    assert len({line.person for line in named}) >= 2
    assert len({line.weeks_ago for line in named}) == WEEKS


async def test_each_line_stands_under_the_question_of_its_week(slack: StandIn, clock: TestClock) -> None:
    now = clock.moment
    async with lantern(slack, clock) as (place, _):
        assert clock.moment == now
        nudges = {nudge.ts: nudge for nudge in place.workspace.messages(place.channel) if nudge.blocks}
        for line in SCRIPT:
            said = next(it for it in place.channel.messages.values() if it.text == line.text)
            asked = float(nudges[said.thread_ts or ""].ts)
            assert timedelta(0) < moment_of(now, line) - datetime.fromtimestamp(asked, UTC) < timedelta(days=4)
        assert latest_nudge(place) is not None
    assert list(slack.journal.refused) == []
    assert all(delivery.state == "acked" for delivery in slack.journal.deliveries())


async def test_nothing_is_said_where_nothing_was_asked(slack: StandIn, clock: TestClock) -> None:
    async with lantern(slack, clock) as (place, _):
        assert latest_nudge(place, answer="no such button") is None


@pytest.mark.parametrize("weekday", range(1, 8))
def test_the_story_ends_before_any_day_of_the_week(weekday: int) -> None:
    now = datetime(2026, 3, 1 + weekday, 0, 30, tzinfo=UTC)
    assert max(moment_of(now, line) for line in SCRIPT) < now
