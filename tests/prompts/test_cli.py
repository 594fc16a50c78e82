import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.errors import Problem
from bot.prompts import OWN_PACKS, read_packs

ENTRY = ["--question", "What rang twice?", "--lens", "observe", "--follow-up", "And?", "--why", "To know."]


def opshat(*words: str, stdin: str = "") -> Result:
    return CliRunner().invoke(app, ["prompts", *words], input=stdin)


def test_check_says_in_one_line_what_is_there() -> None:
    result = opshat("check")
    assert result.exit_code == 0
    assert "over 15 lenses" in result.output
    assert len(result.output.splitlines()) == 1


def test_check_names_the_mistakes_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("[[prompt]]\n", encoding="utf-8")
    result = opshat("check", str(tmp_path))
    assert isinstance(result.exception, Problem)
    assert f"{tmp_path}/a.toml:1: this [[prompt]] has no id" in str(result.exception)


def test_a_file_that_cannot_be_added_to_or_written_is_said_in_a_sentence_and_stays_as_it_was(tmp_path: Path) -> None:
    latin, folder = tmp_path / "latin.toml", tmp_path / "folder.toml"
    latin.write_bytes(b"# caf\xe9\n")
    folder.mkdir()
    for file in (latin, folder, latin / "below.toml"):
        result = opshat("new", str(file), *ENTRY)
        assert isinstance(result.exception, Problem)
        assert f"Nothing can be added to {file}" in str(result.exception)
    assert latin.read_bytes() == b"# caf\xe9\n"
    result = opshat("coverage", "--out", str(folder))
    assert isinstance(result.exception, Problem)
    assert str(result.exception) == f"{folder} cannot be written (Is a directory): name a file that may be."


def test_check_reads_the_folders_that_the_bot_asks_from_and_each_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opshat("new", str(tmp_path / "first.toml"), *ENTRY)
    monkeypatch.setenv("OPSHAT_PROMPTS", str(tmp_path))
    everything = f"{len(read_packs([OWN_PACKS]).prompts) + 1} prompts"
    for folders in ([], [str(tmp_path)], [str(OWN_PACKS)]):
        assert opshat("check", *folders).output.startswith(everything)
    (tmp_path / "broken.toml").write_text("[[prompt]]\n", encoding="utf-8")
    assert f"{tmp_path}/broken.toml:1" in str(opshat("check").exception)


def test_list_can_be_narrowed() -> None:
    lines = opshat("list", "--lens", "observe", "--kind", "precedent").output.splitlines()
    wanted = [p.id for p in read_packs([OWN_PACKS]).prompts if p.lens == "observe" and "precedent" in p.kinds]
    assert [line.split("\t")[0] for line in lines] == wanted != []


@pytest.mark.parametrize("option", ["--lens", "--kind"])
def test_list_knows_its_lenses_and_kinds(option: str) -> None:
    assert "There is no " in str(opshat("list", option, "nonsense").exception)


def test_preview_shows_question_lens_and_buttons() -> None:
    prompt = read_packs([OWN_PACKS]).prompts[0]
    text = opshat("preview", prompt.id).output
    assert prompt.question in text
    assert "[Answer privately] [Watch] [Not this week]" in text
    assert prompt.follow_up in text
    assert prompt.why in text
    assert f"Whom to read: {prompt.source}" in text
    blocks = json.loads(opshat("preview", prompt.id, "--json").output)["blocks"]
    assert [block["type"] for block in blocks] == ["section", "context", "actions"]
    assert prompt.question in blocks[0]["text"]["text"]


def test_preview_of_an_unknown_id_says_where_to_look() -> None:
    assert "opshat prompts list" in str(opshat("preview", "nonsense").exception)


def test_why_tells_the_next_prompt_and_the_reason(tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    asked.write_text("gone-by-now\n", encoding="utf-8")
    steered = opshat("why", "--asked", str(asked), "--kind", "permission", "--motion", "fixing")
    assert '"permission" was heard in the last weeks' in steered.output
    unsteered = opshat("why", "--asked", "-", stdin="")
    assert "Nothing steered it" in unsteered.output
    assert "not readable" in str(opshat("why", "--asked", str(tmp_path / "missing")).exception)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("why", "C024BE91L", "--asked", "-"), "Name a channel, or a history"),
        (("stats", "C024BE91L", "--asked", "-"), "Name a channel, or a history"),
        (("why", "C024BE91L", "--motion", "fixing"), "go with --asked"),
        (("why", "--kind", "permission"), "go with --asked"),
        (("why", "--salt", "C024BE91L"), "go with --asked"),
    ],
)
def test_options_that_would_have_no_effect_are_refused(given: tuple[str, ...], said: str) -> None:
    assert said in str(opshat(*given, stdin="").exception)


def test_stats_count_by_lens() -> None:
    history = "goal-most-time 3\ngone\n\ntry-monday\ngoal-most-time 0\n"
    rows = [line.split(maxsplit=2) for line in opshat("stats", "--asked", "-", stdin=history).output.splitlines()]
    assert rows[0] == ["asked", "answered"]
    assert rows[1] == ["2", "1", "Goal of the system"]
    assert ["1", "0", "Safe-to-fail experiments"] in rows
    assert rows[-1] == ["1", "0", "in no pack any more"]


def test_stats_say_what_a_history_looks_like() -> None:
    assert "not a list of prompt ids" in str(opshat("stats", "--asked", "-", stdin="goal-most-time many").exception)


def test_new_adds_a_prompt_that_passes(tmp_path: Path) -> None:
    pack = tmp_path / "ours" / "first.toml"
    assert "Added observe-what-rang-twice" in opshat("new", str(pack), *ENTRY).output
    assert "Added observe-why" in opshat("new", str(pack), stdin='Why "now" \\ here?\nobserve\nAnd?\nTo know.\n').output
    added = read_packs([OWN_PACKS, pack.parent]).pool(["ours"])
    assert [prompt.question for prompt in added] == ["What rang twice?", 'Why "now" \\ here?']


def test_new_gives_a_long_question_an_id_that_fits(tmp_path: Path) -> None:
    question = "Which counterrevolutionary incomprehensibilities institutionalised overspecialisation?"
    added = opshat(
        "new", str(tmp_path / "first.toml"), "--question", question, *ENTRY[2:3], "human-factors", *ENTRY[4:]
    )
    assert added.output.startswith("Added human-factors-which-counterrevolutionary-")
    [prompt] = read_packs([tmp_path]).prompts
    assert len(prompt.id) <= 64


def test_new_writes_nothing_that_would_not_pass(tmp_path: Path) -> None:
    pack = tmp_path / "first.toml"
    opshat("new", str(pack), *ENTRY)
    before = pack.read_text(encoding="utf-8")
    again = opshat("new", str(pack), *ENTRY)
    assert f"{pack}:10" in str(again.exception)
    assert "asked already" in str(again.exception)
    assert pack.read_text(encoding="utf-8") == before
    assert "has to end in .toml" in str(opshat("new", str(tmp_path / "first.txt"), *ENTRY).exception)


def test_coverage_writes_the_page(tmp_path: Path) -> None:
    out = tmp_path / "prompts.md"
    assert opshat("coverage", "--out", str(out)).exit_code == 0
    assert "## By lens" in out.read_text(encoding="utf-8")


def test_the_doctor_names_a_broken_pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ours.toml").write_text("[[prompt]]\n", encoding="utf-8")
    monkeypatch.setenv("OPSHAT_PROMPTS", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:1/api/")
    findings = json.loads(CliRunner().invoke(app, ["doctor", "--json"]).output)
    [prompts] = [finding for finding in findings if finding["what"] == "prompts"]
    assert not prompts["fine"]
    assert f"{tmp_path}/ours.toml:1: this [[prompt]] has no id" in prompts["say"]
