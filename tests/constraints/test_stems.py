import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.constraints.stems import stem, stems


@pytest.mark.parametrize(
    "forms",
    [
        "release releases released releasing",
        "approve approves approved approving",
        "company companies",
        "plan plans planned planning",
        "box boxes",
        "cookie cookies",
        "buy buys buying bought",
        "write writes wrote written writing",
        "speak speaks spoke spoken speaking",
        "try tries tried trying",
        "miss misses missed missing",
    ],
)
def test_forms_of_one_word_share_a_stem(forms: str) -> None:
    assert len({stem(form) for form in forms.split()}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("meeting", "meet"), ("pricing", "price"), ("thing", "the"), ("bus", "business"), ("notes", "not")],
)
def test_words_that_only_look_alike_do_not(one: str, other: str) -> None:
    assert stem(one) != stem(other)


@pytest.mark.parametrize("cannot", ["can't", "can\u2019t", "cant", "cannot", "can not", "CAN'T", "Can`t"])
def test_every_way_to_write_cannot_is_one(cannot: str) -> None:
    assert stems(cannot) == ("cannot",)


def test_a_time_of_day_is_one_word() -> None:
    assert stems("no visits after 8 pm") == ("no", "visit", "after", "8pm")
    assert stems("8 p.m. sharp")[0] == stems("8pm sharp")[0] == "8pm"


def test_a_word_ends_at_no_letter_of_another_alphabet() -> None:
    assert stems("Nobody asks Müller, Zoë or Оля") == ("nobody", "ask", "müller", "zoë", "or", "оля")


def test_contractions_come_apart() -> None:
    assert stems("we won't, they aren't and she doesn't") == (
        "we",
        "will",
        "not",
        "they",
        "not",
        "and",
        "she",
        "do",
        "not",
    )


@given(st.text(max_size=300))
def test_case_and_curly_apostrophes_never_matter(text: str) -> None:
    ascii_text = text.encode("ascii", "ignore").decode()
    assert stems(ascii_text) == stems(ascii_text.upper()) == stems(ascii_text.replace("'", "\u2019"))
