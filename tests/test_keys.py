import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Problem
from bot.keys import KeyRing

OLD, NEW = "o" * 32, "n" * 32


@given(plain=st.binary(max_size=300), about=st.text(max_size=30))
def test_what_is_wrapped_comes_back(plain: bytes, about: str) -> None:
    ring = KeyRing(OLD)
    assert ring.unwrap(ring.wrap(plain, about), about) == plain


def test_wrapping_twice_looks_different_and_shows_nothing() -> None:
    ring = KeyRing(OLD)
    first, second = ring.wrap(b"plain", "x"), ring.wrap(b"plain", "x")
    assert first != second
    assert b"plain" not in first


def test_a_rotated_secret_still_reads_the_old_and_writes_the_new() -> None:
    wrapped = KeyRing(OLD).wrap(b"key", "x")
    rotated = KeyRing(f"{NEW},{OLD}")
    assert rotated.unwrap(wrapped, "x") == b"key"
    assert KeyRing(NEW).unwrap(rotated.wrap(b"key", "x"), "x") == b"key"


def test_another_secret_says_what_to_do() -> None:
    with pytest.raises(Problem, match="another OPSHAT_SECRET"):
        KeyRing(NEW).unwrap(KeyRing(OLD).wrap(b"key", "x"), "x")


def test_a_key_moved_to_another_place_is_noticed() -> None:
    ring = KeyRing(OLD)
    with pytest.raises(Problem, match="changed from outside"):
        ring.unwrap(ring.wrap(b"key", "channel 1 week 2026-W47"), "channel 2 week 2026-W47")


def test_a_person_is_the_same_under_one_key_and_unrelated_under_another() -> None:
    ring = KeyRing(OLD)
    one, other = ring.new_key("x"), ring.new_key("x")
    assert ring.person(one, "x", "U1") == ring.person(one, "x", "U1")
    assert len({ring.person(key, "x", user) for key in (one, other) for user in ("U1", "U2")}) == 4


def test_who_was_stored_before_is_found_by_every_later_version() -> None:
    ring = KeyRing(OLD)
    assert ring.person(ring.wrap(b"k" * 32, "x"), "x", "U1") == "4b6ce6577337945d329863b9fa475205"


def test_blanks_around_the_commas_are_no_part_of_a_secret() -> None:
    wrapped = KeyRing(OLD).wrap(b"key", "x")
    rotated = KeyRing(f"{NEW} , {OLD}")
    assert rotated.unwrap(wrapped, "x") == b"key"
    assert KeyRing(NEW).unwrap(rotated.wrap(b"key", "x"), "x") == b"key"
