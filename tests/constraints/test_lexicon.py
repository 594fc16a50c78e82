import re
import shutil
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.constraints.lexicon import FOLDER, alphabet_of, read, shipped
from bot.constraints.phrases import PhraseError, compile_phrase
from bot.errors import Problem

KNOWN = shipped().vocabulary


def matches(phrase: str, line: str) -> bool:
    known = replace(KNOWN, alphabet=alphabet_of([phrase], shipped().canon, KNOWN.tags.values()))
    names = [KNOWN.canon[word] if word != "\n" else word for word in line.split(" ")]
    return re.search(compile_phrase(phrase, known).expression, known.alphabet.line(names)) is not None


@pytest.mark.parametrize(("phrase", "yes", "no"), [
    ("we can't", "so we can't go", "so we can go"),
    ("(tea | coffee) break", "one coffee break", "one cocoa break"),
    ("not yet? ready", "not ready", "not ever ready"),
    ("approv* it", "approving it", "improving it"),
    ("no .. cake", "no big blue cake", "no big blue round cake"),
    ("no ... cake", "no a b c d e f cake", "no a b c d e f g cake"),
    ("<authority> says no", "legal says no", "granny says no"),
    ("^ must", "late but must", "we must"),
    ("go $", "we go", "we go home"),
    ("no ... cake", "no more cake", "no \n cake"),
])  # fmt: skip
def test_the_phrase_language(phrase: str, yes: str, no: str) -> None:
    assert matches(phrase, yes)
    assert not matches(phrase, no)


@pytest.mark.parametrize("phrase", ["", "(tea", "tea)", "? tea", "(tea | )", "<pastry>"])
def test_what_is_no_phrase_is_said_so(phrase: str) -> None:
    with pytest.raises(PhraseError):
        compile_phrase(phrase, KNOWN)


@given(st.text(alphabet="ab()|?*<>.^$ ", max_size=20))
def test_any_text_is_a_phrase_or_a_named_mistake(phrase: str) -> None:
    with suppress(PhraseError):
        re.compile(compile_phrase(phrase, KNOWN).expression)


def test_every_phrase_of_the_lexicon_can_be_looked_for_by_a_word() -> None:
    known = shipped()
    patterns = [pattern for rule in known.rules for pattern in rule.patterns]
    patterns += [pattern for veto in known.vetoes for pattern in veto.patterns]
    assert not [pattern.source for pattern in patterns if not pattern.anchors]


def test_people_are_told_by_their_endings() -> None:
    canon = shipped().canon
    assert canon["archivists"] == f"archivists/{KNOWN.tags['people']}{KNOWN.tags['role']}"
    assert canon["teapot"] == "teapot"


@pytest.mark.parametrize(("file", "old", "new", "part"), [
    ("rules.toml", 'kind = "scarcity"', 'kind = "hunger"', "“hunger” is none of"),
    ("rules.toml", 'id = "not-enough"', 'id = "not-allowed"', "is taken"),
    ("rules.toml", 'id = "not-enough"\n', "", "“id” is missing"),
    ("rules.toml", "generic = true\n", "genetic = true\n", "“genetic” is not a field"),
    ("vetoes.toml", 'where = "here"', 'where = "there"', "“there” is none of"),
    ("vetoes.toml", '"we-have-to", ', '"we-halve-two", ', "no rule “we-halve-two”"),
    ("vetoes.toml", "you never know", "you never (know", "does not close a bracket"),
    ("words.toml", "[lists]\n", "[lists\n", "cannot be read"),
])  # fmt: skip
def test_each_mistake_is_named_with_file_and_place(tmp_path: Path, file: str, old: str, new: str, part: str) -> None:
    folder = tmp_path / "language"
    shutil.copytree(FOLDER, folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(Problem) as caught:
        read(folder)
    assert part in str(caught.value)
    assert file in str(caught.value)
