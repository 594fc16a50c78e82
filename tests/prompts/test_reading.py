from pathlib import Path

import pytest

from bot.errors import Problem
from bot.prompts import OWN_PACKS, read_packs

GOOD = """\
[[prompt]]
id = "ours-quiet"
question = "Where was it quiet this week?"
lens = "observe"
follow_up = "Was that good?"
why = "Quiet is worth noticing."
"""


def pack(folder: Path, text: str, name: str = "pack.toml") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(Problem) as caught:
        read_packs([pack(folder, text)])
    return str(caught.value).replace(f"{folder}/", "").splitlines()


def test_own_packs_are_good() -> None:
    assert len(read_packs([OWN_PACKS]).prompts) >= 24


def test_what_is_left_out_has_a_default(tmp_path: Path) -> None:
    (prompt,) = read_packs([pack(tmp_path / "ours", GOOD)]).prompts
    assert (prompt.motion, prompt.experience, prompt.kinds, prompt.source) == ("both", "both", (), "")
    assert prompt.pack == "ours"


def test_a_pack_of_ones_own_comes_beside_ours(tmp_path: Path) -> None:
    packs = read_packs([OWN_PACKS, pack(tmp_path / "ours", GOOD)])
    assert packs.names() == ("opshat", "ours")
    assert [prompt.id for prompt in packs.pool(["ours"])] == ["ours-quiet"]
    assert packs.pool(["gone"]) == packs.pool() == packs.prompts


def test_what_is_missing_is_named_at_the_entrys_own_line(tmp_path: Path) -> None:
    without = GOOD.replace('why = "Quiet is worth noticing."\n', "\n# a remark\n\n")
    assert mistakes(tmp_path, f"\n\n{GOOD}\n\n{without.replace('quiet', 'loud')}")[0].startswith(
        "pack.toml:11: this [[prompt]] has no why"
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('id = "ours-quiet"', 'id = "Ours quiet"'), '2: id "Ours quiet" is not made of'),
        (('id = "ours-quiet"', f'id = "{"o" * 65}"'), "2: id is 65 characters long; the most is 64"),
        (('id = "ours-quiet"\n', ""), "1: this [[prompt]] has no id"),
        (("this week?", "this week."), '3: question is not one question: it needs exactly one "?"'),
        (("Where", "Why? Where"), "3: question is not one question"),
        (("Where", "Well, now, where"), "3: question has more than one comma"),
        (("quiet this", "quiet " + "very " * 40 + "this"), "characters long; the most is 200"),
        (("Where was", "Why didn't you say"), '3: question says "Why didn\'t"'),
        (('"observe"', '"observed"'), '4: lens "observed" is unknown; did you mean "observe"'),
        (('"observe"', '"zzz"'), '4: lens "zzz" is unknown; known are goal, emergence'),
        (('"observe"', "7"), "4: lens is not text; put it in quotes."),
        (('"observe"', '""'), "4: lens is empty"),
        (('lens = "observe"', 'lens = "observe"\nmotion = "up"'), '5: motion "up" is unknown'),
        (('lens = "observe"', 'lens = "observe"\nkinds = ["scarce"]'), 'kinds "scarce" is unknown'),
        (('lens = "observe"', 'lens = "observe"\nkinds = "scarcity"'), "5: kinds is not a list of texts"),
        (('lens = "observe"', 'lens = "observe"\nprotects = "yes"'), "5: protects is not true or false"),
        (("follow_up", "folow_up"), 'did you mean "follow_up"'),
        (("[[prompt]]", "[[promt]]"), '1: "promt" is unknown; did you mean "prompt"'),
        (("[[prompt]]", "[prompt]"), "1: write [[prompt]] in two pairs of brackets"),
        (('"observe"', '"observe'), "4: this is not valid TOML"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    assert change[0] in GOOD
    assert any(told in mistake for mistake in mistakes(tmp_path, GOOD.replace(*change)))


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    found = mistakes(tmp_path, GOOD.replace("observe", "seen").replace("week?", "week") + GOOD)
    assert [mistake.split(":")[1] for mistake in found] == ["3", "4", "8", "9"]
    assert found[2].startswith('pack.toml:8: id "ours-quiet" is taken at')
    assert found[3].startswith("pack.toml:9: this question is asked already at")


def test_the_same_question_in_other_letters_is_a_mistake(tmp_path: Path) -> None:
    again = GOOD.replace("ours-quiet", "ours-loud").replace("Where was it quiet", "WHERE was it - quiet -")
    (found,) = mistakes(tmp_path, GOOD + again)
    assert found.startswith("pack.toml:9: this question is asked already at")


def test_ids_are_unique_over_files_and_tables(tmp_path: Path) -> None:
    pack(tmp_path, GOOD, "a.toml")
    with pytest.raises(Problem, match=r'b\.toml:2: id "ours-quiet" is taken at .*a\.toml:1'):
        read_packs([pack(tmp_path, '[[quiet_line]]\nid = "ours-quiet"\ntext = "Hush."\n', "b.toml")])


def test_a_mistake_has_the_files_first_line_where_a_text_looks_like_a_header(tmp_path: Path) -> None:
    text = GOOD.replace('"Quiet is worth noticing."', '"""\n[[prompt]]\n"""').replace("observe", "seen")
    assert mistakes(tmp_path, text)[0].startswith("pack.toml:1: lens")


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("When was it {label}, and {label}?", "exactly once"),
        ("When was it last?", "exactly once"),
        ("{label}: when was it?", "put words before it"),
    ],
)
def test_a_probe_has_room_for_one_label(tmp_path: Path, question: str, told: str) -> None:
    found = mistakes(tmp_path, GOOD + f'\n[[probe]]\nid = "p"\nquestion = "{question}"\n')
    assert any("pack.toml:10:" in mistake and told in mistake for mistake in found)


def test_an_introduction_has_three_lines(tmp_path: Path) -> None:
    found = mistakes(tmp_path, GOOD + '\n[[introduction]]\nid = "i"\nreads = "all"\ntext = "Hello."\n')
    assert len(found) == 2
    assert "known are replies, nothing" in found[0]
    assert "text has 1 lines" in found[1]


def test_a_missing_or_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no such folder"):
        read_packs([tmp_path / "missing"])
    with pytest.raises(Problem, match=r"no \.toml file"):
        read_packs([tmp_path])
    with pytest.raises(Problem, match="no \\[\\[prompt\\]\\]"):
        read_packs([pack(tmp_path / "lines", '[[quiet_line]]\nid = "hush"\ntext = "Hush."\n')])


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Problem, match=r"a\.toml: this file is not readable as UTF-8"):
        read_packs([tmp_path])


def test_truncated_toml_is_told_with_its_last_line(tmp_path: Path) -> None:
    assert mistakes(tmp_path, '[[prompt]]\nid = """\nno end\n')[0].startswith("pack.toml:")


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(GOOD, encoding="utf-8-sig")
    assert read_packs([tmp_path]).prompts[0].id == "ours-quiet"
