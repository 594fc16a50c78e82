"""What the operator can change, read from the environment and `.env`; `docs/settings.md` documents each.

Only `bot.app` and the commands read settings; everything below receives plain values.
"""

import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource, NoDecode, SettingsConfigDict
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import Problem

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_SHORTEST_SECRET = 32
_ADDRESS = re.compile(r"https://[^/]|http://(127\.0\.0\.1|localhost):\d+(/|$)", re.ASCII)
"""Of Slack's Web API; what stands before an @ in an address is no host, however much it looks like this machine."""


class Settings(BaseSettings):
    """The settings of one process; secrets never show in `repr`."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", hide_input_in_errors=True, frozen=True
    )

    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_client_id: str | None = None
    slack_client_secret: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"
    database_url: SecretStr = SecretStr("sqlite:///opshat.db")
    port: int = Field(default=3000, ge=0, le=65535)
    dyno: str | None = None

    opshat_secret: SecretStr | None = None
    opshat_prompts: Annotated[tuple[Path, ...], NoDecode] = ()
    opshat_language: Path | None = None
    opshat_admins: Annotated[frozenset[str], NoDecode] = frozenset()
    opshat_channels: Annotated[frozenset[str], NoDecode] = frozenset()
    opshat_retention_days: int = Field(default=90, ge=7, le=3650)
    opshat_forget_after: int = Field(default=24, ge=0, le=336)
    opshat_tick_seconds: float = Field(default=15.0, gt=0, le=300)
    opshat_posts_per_minute: int = Field(default=200, ge=1, le=1000)
    opshat_lease_seconds: float = Field(default=60.0, ge=1, le=3600)
    opshat_internal_app: bool = False
    opshat_log_format: Literal["text", "json"] = "text"

    @field_validator("*", mode="before")
    @classmethod
    def _stripped(cls, value: object) -> object:
        return value.strip() if isinstance(value, str) else value  # a secret out of a file often ends in a newline

    @field_validator(
        "slack_bot_token",
        "slack_app_token",
        "slack_signing_secret",
        "slack_client_id",
        "slack_client_secret",
        "opshat_secret",
        "opshat_language",
        mode="before",
    )
    @classmethod
    def _not_set(cls, value: object) -> object:
        # What a template of `.env` left open is as good as missing.
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("opshat_prompts", mode="before")
    @classmethod
    def _folders(cls, value: object) -> object:
        return tuple(part for part in value.split(os.pathsep) if part) if isinstance(value, str) else value

    @field_validator("opshat_admins", "opshat_channels", mode="before")
    @classmethod
    def _names(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return frozenset(part.strip() for part in value.split(",") if part.strip())

    @field_validator("opshat_admins")
    @classmethod
    def _people(cls, value: frozenset[str]) -> frozenset[str]:
        return _ids("[UW]", value, "user id such as U012AB3CD; copy each from a profile in Slack")

    @field_validator("opshat_channels")
    @classmethod
    def _places(cls, value: frozenset[str]) -> frozenset[str]:
        return _ids("[CG]", value, "channel id such as C012AB3CD; copy each from a channel's details in Slack")

    @field_validator("slack_bot_token")
    @classmethod
    def _bot_token(cls, value: SecretStr | None) -> SecretStr | None:
        return _starting_with("xoxb-", value, "the Bot User OAuth Token on the app's OAuth page")

    @field_validator("slack_app_token")
    @classmethod
    def _app_token(cls, value: SecretStr | None) -> SecretStr | None:
        return _starting_with("xapp-", value, "an app-level token with connections:write, on the app's Basic page")

    @field_validator("slack_api_url")
    @classmethod
    def _api_url(cls, value: str) -> str:
        if not _ADDRESS.match(value):
            raise ValueError("is not an https:// address; leave it out to talk to Slack itself")
        return value if value.endswith("/") else value + "/"

    @field_validator("opshat_secret")
    @classmethod
    def _secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value and value.get_secret_value().startswith("#"):
            # Docker takes a comment behind an empty value in its --env-file for the value.
            raise ValueError("is a comment; make one with `openssl rand -hex 32`")
        if value and any(len(part.strip()) < _SHORTEST_SECRET for part in value.get_secret_value().split(",")):
            raise ValueError(f"is shorter than {_SHORTEST_SECRET} characters; make one with `openssl rand -hex 32`")
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: SecretStr) -> SecretStr:
        try:
            url = make_url(value.get_secret_value())
        except ArgumentError:
            raise ValueError(_BAD_DATABASE) from None
        except ValueError:  # names what it took for the port: with an unquoted password, a part of that
            raise ValueError(_BAD_PORT) from None
        if url.drivername not in _DRIVERS:
            raise ValueError(_BAD_DATABASE)
        if url.drivername.startswith("sqlite") and url.database in {None, "", ":memory:"}:
            raise ValueError("names no file, and what is kept would be lost at once; write sqlite:///opshat.db")
        return value

    @cached_property
    def database(self) -> URL:
        """The address of the database, with the driver that the bot uses."""
        url = make_url(self.database_url.get_secret_value())
        return url.set(drivername=_DRIVERS[url.drivername])

    @property
    def socket_mode(self) -> bool:
        """Whether Slack is reached through a socket that we open, not through requests that it sends."""
        return self.slack_app_token is not None

    @property
    def port_is_set(self) -> bool:
        """Whether somebody chose a port: then also what Slack does not talk to answers its health pages there."""
        return "port" in self.model_fields_set

    @property
    def oauth(self) -> bool:
        """Whether workspaces install the app themselves, through Slack's OAuth."""
        return self.slack_client_id is not None

    @classmethod
    def load(cls, **given: Any) -> Self:  # noqa: ANN401 - the fields' own types are checked by pydantic
        """Read the settings; `given` wins over the environment, which wins over `.env`.

        Raises:
            Problem: names every malformed setting at once, with its fix and without its value.

        """
        settings, malformed = cls._read(given)
        if malformed:
            raise Problem("\n".join(malformed.values()))
        return settings

    @classmethod
    def load_for_slack(cls, **given: Any) -> Self:  # noqa: ANN401 - as above
        """Read the settings, complete enough to run the bot against Slack.

        Raises:
            Problem: names all that `load` and `for_slack` find, at once.

        """
        settings, malformed = cls._read(given)
        missing = [sentence for name, sentence in settings.amiss() if name not in malformed]
        if malformed or missing:
            raise Problem("\n".join([*malformed.values(), *missing]))
        return settings

    @classmethod
    def _read(cls, given: Mapping[str, Any]) -> tuple[Self, dict[str, str]]:
        """Return the settings, and by name what is wrong with those that are malformed: they have their defaults."""
        try:
            return cls(**given), {}
        except ValidationError as error:
            malformed = {str(one["loc"][0]): _sentence(str(one["loc"][0]), _wrong(one)) for one in error.errors()}
        except (OSError, UnicodeDecodeError):
            raise Problem("The file .env cannot be read as UTF-8 text: save it as UTF-8, or remove it.") from None
        return cls(**{**given, **{name: cls.model_fields[name].default for name in malformed}}), malformed

    def for_slack(self) -> Self:
        """Return these settings, complete enough to run the bot against Slack.

        Raises:
            Problem: names every missing setting at once, and a database that this host would throw away.

        """
        missing = [sentence for _, sentence in self.amiss()]
        if missing:
            raise Problem("\n".join(missing))
        return self

    def amiss(self) -> list[tuple[str, str]]:
        """Return what is amiss when the bot talks to Slack, each with the setting's name."""
        way_in = self.slack_app_token or self.slack_signing_secret or self.oauth
        installed = self.slack_bot_token or self.oauth
        thrown_away = self.dyno and self.database.drivername.startswith("sqlite")
        no_folders = [str(folder) for folder in self.opshat_prompts if not folder.is_dir()]
        found = [
            ("slack_bot_token", None if installed else "is missing; " + _WHERE_BOT),
            ("slack_app_token", None if way_in else "is missing; " + _WHERE_WAY_IN),
            *(self._missing_for_oauth() if self.oauth else ()),
            ("opshat_secret", None if self.opshat_secret else "is missing; " + _WHERE_KEY),
            ("database_url", _THROWN_AWAY if thrown_away else None),
            ("opshat_prompts", _NO_FOLDERS.format(", ".join(no_folders)) if no_folders else None),
        ]
        return [(name, _sentence(name, what)) for name, what in found if what]

    def _missing_for_oauth(self) -> list[tuple[str, str | None]]:
        return [
            ("slack_client_secret", None if self.slack_client_secret else "is missing; " + _WHERE_CLIENT),
            ("slack_signing_secret", None if self.slack_signing_secret else "is missing; " + _WHERE_CLIENT),
            ("slack_app_token", _NOT_BOTH if self.slack_app_token else None),
        ]


_BAD_DATABASE = "is no database address that we know; write sqlite:///file.db or postgresql://user:password@host/name"
_BAD_PORT = "has a port that is no number; a password with @, : or / in it is written with %40, %3A or %2F instead"
_WHERE_BOT = "copy the Bot User OAuth Token from the app's OAuth page, or set SLACK_CLIENT_ID for OAuth"
_WHERE_WAY_IN = "set it for Socket Mode, or SLACK_SIGNING_SECRET for HTTP (both on the app's Basic page)"
_WHERE_CLIENT = "with SLACK_CLIENT_ID the bot is installed through OAuth; copy it from the app's Basic page"
_NOT_BOTH = "is set beside SLACK_CLIENT_ID; OAuth needs HTTP, so leave the one or the other out"
_WHERE_KEY = "it wraps the keys in the database; make one with `openssl rand -hex 32` and keep it"
_THROWN_AWAY = (
    "names an SQLite file, but DYNO is set: this host throws its disk away at every restart, "
    "and the answers with it; attach a PostgreSQL database"
)
_NO_FOLDERS = "names {}, where there is no folder; create it, or leave it out"


def _starting_with(start: str, value: SecretStr | None, where: str) -> SecretStr | None:
    if value and not value.get_secret_value().startswith(start):
        raise ValueError(f"does not start with {start}; copy {where}")
    if value and not re.fullmatch(r"[!-~]+", value.get_secret_value()):
        raise ValueError(f"holds a blank, or a letter that no token has; copy {where}")
    return value


def _ids(start: str, value: frozenset[str], what: str) -> frozenset[str]:
    if not all(re.fullmatch(f"{start}[A-Z0-9]+", one) for one in value):
        raise ValueError(f"holds something that is no {what}")
    return value


def unknown() -> list[str]:
    """Return a sentence for each OPSHAT_... of the environment or `.env` that is no setting, perhaps by a slip."""
    given = {name.upper() for name in (*EnvSettingsSource(Settings).env_vars, *DotEnvSettingsSource(Settings).env_vars)}
    known = [name.upper() for name in Settings.model_fields]
    return [
        f"{name} is no setting and does nothing: {_meant(name, known)}."
        for name in sorted(given - set(known))
        if name.startswith("OPSHAT_")
    ]


def _meant(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.8)
    return f"write {near[0]}, or leave it out" if near else "leave it out; docs/settings.md names all there are"


_WRONG = {
    "int_parsing": "is not a whole number; write digits alone",
    "float_parsing": "is not a number; write one such as 15 or 0.5",
    "bool_parsing": "is neither true nor false; write one of them",
    "literal_error": "is unknown; write {expected}",
    "greater_than": "is too small; write more than {gt:g}",
    "greater_than_equal": "is too small; write {ge:g} or more",
    "less_than_equal": "is too large; write {le:g} at most",
}


def _wrong(error: "ErrorDetails") -> str:
    """Say what is wrong: our own validators say it themselves, pydantic's speak to programmers."""
    if error["type"] in _WRONG:
        return _WRONG[error["type"]].format(**error.get("ctx", {}))
    return error["msg"].removeprefix("Value error, ")


def _sentence(name: str, what: str) -> str:
    return f"{name.upper()} {what[0].lower()}{what[1:].rstrip('.')}."
