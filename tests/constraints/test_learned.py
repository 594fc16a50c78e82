import importlib
import json
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from bot.constraints.kinds import KINDS
from bot.constraints.learned import TABLE, Model, Rows, Scale, Sorts, around, words_of
from bot.errors import Problem

ROOT = Path(__file__).parents[2]


def model(**weights: int) -> Model:
    rows = {"": [0] * len(KINDS), "tea": [0, 500, *[0] * 9], "cake": [400, *[0] * 10]}
    return Model(Scale(-100, weights), reply=0, bare=200, kinds=Rows(rows))


def test_a_score_is_the_bias_and_the_weights_of_what_was_found() -> None:
    assert Scale(-100, {"tea": 300, "cake": -50}).score(["tea", "cake", "unknown"]) == 150


def test_the_kind_is_the_loudest() -> None:
    assert model().kind(["tea", "cake"]) == KINDS[1]
    assert model().kind(["cake"]) == KINDS[0]


def test_the_kind_of_a_rule_without_a_reason_has_a_little_ahead() -> None:
    assert model().kind(["tea", "cake"], bare=KINDS[0]) == KINDS[0]
    assert model().kind(["tea", "cake"], bare=KINDS[5]) == KINDS[1]


def test_reasons_are_words_loudest_first_and_each_word_once() -> None:
    told = model(**{"no tea": 900, "tea": 500, "cake": 100, "<people>": 2000, "ham": -5})
    assert told.loudest(["tea", "no tea", "cake", "<people>", "ham"]) == ["no tea", "cake"]


def test_what_is_weighed_are_words_pairs_and_sorts() -> None:
    names = ["we/A", "wait", "30"]
    assert words_of(names) == {"we", "wait", "0", "we wait", "wait 0"}
    assert Sorts({"A": "<people>"}).of(names) == {"<people>"}


def test_the_kind_is_told_by_stems_and_by_the_sentences_around_too() -> None:
    names = ["compliance/B", "is", "slow", "\n", "approvals", "take", "weeks"]
    assert around(names, 4, 6) == {"appro*", "elsewhere compliance", "elsewhere is", "elsewhere slow", "elsewhere \n"}


@pytest.mark.parametrize("text", ["", "[]", '{"bias": 1}'])
def test_a_broken_table_is_said_so(tmp_path: Path, text: str) -> None:
    path = tmp_path / "weights.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Problem, match=r"weights\.json cannot be read"):
        Model.load(path)


def test_the_table_is_small_and_made_of_the_sentences_that_are_here(monkeypatch: pytest.MonkeyPatch) -> None:
    assert TABLE.stat().st_size <= 2_000_000
    monkeypatch.syspath_prepend(str(ROOT / "training"))
    train = importlib.import_module("train")
    fitted = train.model(train.examples())
    stored = json.loads(TABLE.read_bytes())
    assert asdict(fitted.replies) == stored["replies"]
    assert fitted.kinds == stored["kinds"]
    sys.modules.pop("train")


def test_there_are_enough_sentences_and_every_span_is_verbatim() -> None:
    paths = sorted((ROOT / "training").glob("sentences-*.jsonl"))
    lines = [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(lines) >= 1_500
    for line in lines:
        assert all(one["span"] in line["text"] and one["kind"] in KINDS for one in line["findings"])
