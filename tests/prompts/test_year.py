"""The laws of the choice, over a simulated year of 1,000 channels."""

from collections import Counter

from bot.prompts import LENSES, choose
from tests.prompts.year import PICTURE, POOL, WEEKS, draw, steered, unsteered, year


def test_no_prompt_comes_twice_in_a_year() -> None:
    assert len(POOL) > WEEKS
    assert all(len({one.prompt.id for one in channel.chosen}) == WEEKS for channel in year())


def test_unsteered_any_thirty_nudges_are_even_over_the_lenses() -> None:
    assert len(unsteered()) > 200
    for channel in unsteered():
        for start in range(WEEKS - 29):
            counts = Counter(channel.lenses[start : start + 30])
            assert max(counts.values()) <= 30 / len(LENSES) + 1


def test_at_most_half_of_the_nudges_are_steered_and_steering_does_something() -> None:
    for channel in steered():
        assert sum(one.steered for one in channel.chosen) <= WEEKS / 2
    assert sum(one.steered for channel in steered() for one in channel.chosen) > 0.4 * WEEKS * len(steered())


def test_what_steers_is_what_was_heard_or_the_motion() -> None:
    for channel in steered():
        for leaning, one in zip(channel.leanings, channel.chosen, strict=True):
            if one.steered:
                assert leaning is not None
                assert set(one.prompt.kinds) & set(leaning.kinds) or one.prompt.motion == leaning.motion
                assert "both" in {one.prompt.motion, leaning.motion} or one.prompt.motion == leaning.motion


def test_steered_too_every_lens_comes_up_and_none_takes_over() -> None:
    for channel in steered():
        counts = Counter(channel.lenses)
        assert set(counts) == set(LENSES)
        assert max(counts.values()) <= 8


def test_every_choice_follows_from_the_history_alone() -> None:
    for channel in year()[::20]:
        ids = [one.prompt.id for one in channel.chosen]
        again = [choose(POOL, ids[:week], channel.leanings[week], channel.salt) for week in range(WEEKS)]
        assert again == list(channel.chosen)


def test_the_picture_in_the_docs_is_this_year() -> None:
    assert PICTURE.read_text(encoding="utf-8") == draw(), "run `python -m tests.prompts.year`"
