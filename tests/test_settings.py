import re
from pathlib import Path

import pytest

from bot.errors import Problem
from bot.settings import Settings, unknown

ROOT = Path(__file__).parents[1]
SECRET = "0123456789abcdef" * 2


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def complete(**given: object) -> Settings:
    return Settings.load(**{"slack_bot_token": "xoxb-1", "slack_app_token": "xapp-1", "opshat_secret": SECRET, **given})


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", page, re.MULTILINE))
    assert documented == {name.upper() for name in Settings.model_fields}


def test_all_that_is_malformed_is_named_at_once_without_its_value() -> None:
    with pytest.raises(Problem) as problem:
        Settings.load(slack_bot_token="hunter2", slack_app_token="hunter3", port="many", opshat_secret="hunter4")
    said = str(problem.value)
    assert {line.split()[0] for line in said.splitlines()} == {
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "PORT",
        "OPSHAT_SECRET",
    }
    assert "hunter" not in said


def test_what_is_malformed_and_what_is_missing_is_named_together(tmp_path: Path) -> None:
    with pytest.raises(Problem) as problem:
        Settings.load_for_slack(slack_app_token="hunter2", port="many", opshat_prompts=str(tmp_path / "none"))
    assert [line.split()[0] for line in str(problem.value).splitlines()] == [
        "SLACK_APP_TOKEN",
        "PORT",
        "SLACK_BOT_TOKEN",
        "OPSHAT_SECRET",
        "OPSHAT_PROMPTS",
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"port": "many"}, "PORT is not a whole number; write digits alone."),
        ({"port": "70000"}, "PORT is too large; write 65535 at most."),
        ({"opshat_retention_days": "1"}, "OPSHAT_RETENTION_DAYS is too small; write 7 or more."),
        ({"opshat_tick_seconds": "0"}, "OPSHAT_TICK_SECONDS is too small; write more than 0."),
        ({"opshat_tick_seconds": "soon"}, "OPSHAT_TICK_SECONDS is not a number; write one such as 15 or 0.5."),
        ({"opshat_internal_app": "perhaps"}, "OPSHAT_INTERNAL_APP is neither true nor false; write one of them."),
        ({"opshat_log_format": "xml"}, "OPSHAT_LOG_FORMAT is unknown; write 'text' or 'json'."),
        ({"slack_bot_token": "xoxb-1 2"}, "SLACK_BOT_TOKEN holds a blank, or a letter that no token has; copy the"),
        ({"opshat_secret": "# from: openssl rand -hex 32; apart from backups"}, "OPSHAT_SECRET is a comment; make one"),
        ({"opshat_admins": "U012AB3CD, @ada"}, "OPSHAT_ADMINS holds something that is no user id such as U012AB3CD;"),
        ({"opshat_channels": "#ops"}, "OPSHAT_CHANNELS holds something that is no channel id such as C012AB3CD; copy"),
        ({"database_url": "sqlite://"}, "DATABASE_URL names no file, and what is kept would be lost at once; write"),
    ],
)
def test_each_mistake_is_told_in_our_words_with_what_to_do(given: dict[str, object], said: str) -> None:
    with pytest.raises(Problem) as problem:
        Settings.load(**given)
    assert str(problem.value).startswith(said)


def test_a_password_that_looks_like_a_port_is_not_shown() -> None:
    with pytest.raises(Problem, match="a port that is no number; a password with @") as problem:
        Settings.load(database_url="postgres://me:hunter2@x:hunter3/y@host/name")
    assert "hunter" not in str(problem.value)


def test_what_is_left_open_is_missing_and_blanks_around_do_not_count() -> None:
    settings = Settings.load(slack_app_token="", slack_signing_secret="signed\n", slack_bot_token=" xoxb-1 ")
    assert not settings.socket_mode
    assert settings.slack_signing_secret is not None
    assert settings.slack_signing_secret.get_secret_value() == "signed"
    assert settings.slack_bot_token is not None
    assert settings.slack_bot_token.get_secret_value() == "xoxb-1"


@pytest.mark.parametrize("blank", ["", " ", "\n"])
def test_what_holds_only_blanks_is_left_open(blank: str) -> None:
    settings = Settings.load(opshat_language=blank, slack_client_id=blank)
    assert settings.opshat_language is None
    assert not settings.oauth


def test_an_env_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe")
    with pytest.raises(Problem, match=r"The file \.env cannot be read as UTF-8 text"):
        Settings.load()


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(Problem) as problem:
        Settings.load().for_slack()
    assert [line.split()[0] for line in str(problem.value).splitlines()] == [
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "OPSHAT_SECRET",
    ]


def test_the_environment_and_the_env_file_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"SLACK_BOT_TOKEN=xoxb-file\nOPSHAT_SECRET={SECRET}\n", encoding="utf-8")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "from the environment")
    settings = Settings.load().for_slack()
    assert settings.slack_bot_token is not None
    assert settings.slack_bot_token.get_secret_value() == "xoxb-file"
    assert not settings.socket_mode


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite:///a.db", "sqlite+aiosqlite"),
        ("postgres://u:p@h/d", "postgresql+psycopg"),
        ("postgresql://u:p@h/d", "postgresql+psycopg"),
    ],
)
def test_the_names_of_databases_that_people_know_are_taken(given: str, driver: str) -> None:
    assert Settings.load(database_url=given).database.drivername == driver


@pytest.mark.parametrize("given", ["", "opshat.db", "mysql://h/d", "http://h"])
def test_an_unknown_database_is_refused_with_what_to_write(given: str) -> None:
    with pytest.raises(Problem, match=r"DATABASE_URL is no database address that we know; write sqlite:///file\.db"):
        Settings.load(database_url=given)


def test_secrets_do_not_show() -> None:
    settings = complete(slack_signing_secret="hunter2", database_url="postgres://me:hunter2@h/d")
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert "hunter2" not in shown
        assert SECRET not in shown


def test_a_throwaway_disk_is_refused_for_sqlite_only() -> None:
    with pytest.raises(Problem, match="throws its disk away"):
        complete(dyno="web.1").for_slack()
    assert complete(dyno="web.1", database_url="postgres://h/d").for_slack()


def test_lists_are_written_with_commas_and_folders_as_in_path() -> None:
    settings = Settings.load(opshat_admins="U1, U2,", opshat_channels="C1", opshat_prompts="/a:/b:")
    assert settings.opshat_admins == {"U1", "U2"}
    assert settings.opshat_channels == {"C1"}
    assert settings.opshat_prompts == (Path("/a"), Path("/b"))


def test_a_slack_that_is_not_encrypted_is_taken_on_this_machine_only() -> None:
    assert Settings.load(slack_api_url="http://127.0.0.1:9/api").slack_api_url == "http://127.0.0.1:9/api/"
    for elsewhere in (
        "http://slack.example/api/",
        "http://127.0.0.1:9@slack.example/",
        "http://localhost:x@slack.example/",
    ):
        with pytest.raises(Problem, match="SLACK_API_URL is not an https:// address"):
            Settings.load(slack_api_url=elsewhere)


def test_blanks_make_a_second_secret_no_longer() -> None:
    with pytest.raises(Problem, match="shorter than"):
        complete(opshat_secret=f"{SECRET},{' ' * 40}x")
    complete(opshat_secret=f"{SECRET}, {SECRET}")


def test_a_setting_whose_name_is_a_slip_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert unknown() == []
    monkeypatch.setenv("OPSHAT_ADMIN", "U012AB3CD")
    (tmp_path / ".env").write_text("OPSHAT_ZZZ=1\nOPSHAT_CHANNELS=C012AB3CD\nPOSTGRES_PASSWORD=1\n", "utf-8")
    assert unknown() == [
        "OPSHAT_ADMIN is no setting and does nothing: write OPSHAT_ADMINS, or leave it out.",
        "OPSHAT_ZZZ is no setting and does nothing: leave it out; docs/settings.md names all there are.",
    ]
