from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.digests.chart import ROW, WIDTH, describe, draw, lines_of

LINE = {"label": "releases wait for the harbour board", "weeks": [0, 1, 2, 0, 0, 3, 1, 2], "state": "recurring"}

weeks = st.lists(st.integers(0, 400), min_size=8, max_size=8)


@given(weeks=st.lists(weeks, min_size=1, max_size=3))
def test_it_draws_whatever_was_counted(weeks: list[list[int]]) -> None:
    picture = Image.open(BytesIO(draw([{**LINE, "weeks": row} for row in weeks])))
    assert picture.format == "PNG"
    assert picture.width == WIDTH
    assert picture.height > ROW * len(weeks)


def test_a_week_with_voices_is_drawn_higher_than_one_without() -> None:
    quiet = Image.open(BytesIO(draw([{**LINE, "weeks": [0] * 8}]))).convert("L")
    heard = Image.open(BytesIO(draw([{**LINE, "weeks": [4] * 8}]))).convert("L")
    assert sum(heard.histogram()[:128]) > 5 * sum(quiet.histogram()[:128])


def test_the_card_brings_its_own_ground_so_that_light_and_dark_both_work() -> None:
    picture = Image.open(BytesIO(draw([LINE])))
    assert picture.mode == "RGB"
    assert picture.convert("L").getpixel((1, 1)) == pytest.approx(247, abs=2)


def test_the_alt_text_says_every_number() -> None:
    said = describe([LINE], "2026-W47")
    assert "Releases wait for the harbour board: 0, 1, 2, 0, 0, 3, 1, 2." in said
    assert "16 to 22 November" in said
    assert len(describe([{**LINE, "label": "x" * 3000}], "2026-W47")) <= 2000


def test_it_leaves_out_what_was_said_privately_only() -> None:
    assert lines_of({"lines": [{**LINE, "weeks": [0] * 8}, LINE]}) == [LINE]
