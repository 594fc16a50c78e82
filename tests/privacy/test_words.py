"""The export in a modal: whatever somebody wrote comes out whole, in pieces that Slack takes."""

import html
import json
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from bot.playground.limits import check_view
from bot.privacy.mine import Kept, OwnTry
from bot.privacy.words import as_json, export, overview

texts = st.lists(st.text(alphabet=st.sampled_from('a<>&`"\\\n é'), max_size=900), max_size=12)


def kept(*words: str) -> Kept:
    replies = tuple((f"{number}.000001", text) for number, text in enumerate(words))
    labels = words[:3]
    return Kept(
        replies=replies,
        private=words[:1],
        marks=tuple((label, "real") for label in labels),
        watches=labels,
        tries=tuple(OwnTry(text, text, text, date(2026, 10, 2)) for text in words[:2]),
        dismissals=labels,
    )


@given(texts)
def test_the_pieces_of_the_export_are_the_whole_of_it(words: list[str]) -> None:
    mine = kept(*words)
    view = export(mine, {}, files=True).payload()
    assert check_view(view) == []
    sections = [block["text"]["text"] for block in view["blocks"] if block["type"] == "section"][1:]
    text = "".join(html.unescape(piece[3:-3]) for piece in sections)
    assert text == as_json(mine)
    assert json.loads(text)["replies"] == mine.to_json()["replies"]
    assert not any("```" in piece[3:-3] for piece in sections)


@given(texts)
def test_the_list_fits_a_modal_whatever_was_written(words: list[str]) -> None:
    assert check_view(overview(kept(*words), {"channel": "1", "where": "C1"}, 90).payload()) == []


def test_what_is_kept_is_counted_in_words_that_fit_one_and_many() -> None:
    one, two = (str(overview(kept(*["x"] * count), {}, 90).blocks) for count in (1, 2))
    assert (
        "*1* reply, *0* findings in it, *1* private answer of the open week, *1* mark, *1* watch, *1* try, *1* time"
        in one
    )
    assert (
        "*2* replies, *0* findings in them, *1* private answer of the open week, *2* marks, *2* watches, *2* tries"
        in two
    )


def test_what_is_longer_than_a_modal_says_so() -> None:
    view = export(kept("x" * 300_000), {}, files=True)
    assert check_view(view.payload()) == []
    assert "This is the first part" in str(view.blocks[0])
