"""What a workplace says in words of its own: a file that adds phrases, mutes others and names concepts."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from bot.constraints.find import Detector, load_detector
from bot.constraints.themes import Themes, load_themes
from bot.errors import Problem

_TABLES: Final = ("phrases", "concepts")
_KEYS: Final = frozenset({*_TABLES, "mute"})


@dataclass(frozen=True, slots=True)
class OwnLanguage:
    """Phrases by kind, phrases by concept, and the rules and phrases that are not to be heard."""

    phrases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    concepts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mute: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: Path | None) -> Self:
        """Read a TOML file (none: nothing of one's own).

        Raises:
            Problem: the file cannot be read or is not of this shape; it says what is wrong and where.

        """
        if path is None:
            return cls()
        data = _load(path)
        if unknown := sorted(data.keys() - _KEYS):
            raise Problem(f"{path} has “{unknown[0]}”; it may have [phrases], [concepts] and mute.")
        tables = {name: _table(path, name, data.get(name, {})) for name in _TABLES}
        return cls(**tables, mute=_phrases(path, "mute", data.get("mute", [])))

    def detector(self) -> Detector:
        """Load the detector with these phrases; raises `Problem` for one that is not of the phrase language."""
        return load_detector(self.phrases, self.mute)

    def themes(self) -> Themes:
        """Load the themes with these concepts; raises `Problem` for one that cannot be."""
        return load_themes(self.concepts)


_MEND = "name one that is there, or none (OPSHAT_LANGUAGE, --language)"


def _load(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Problem(f"{path}, the file of phrases of your own, cannot be read ({error.strerror}): {_MEND}.") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Problem(f"{path}, the file of phrases of your own, cannot be read: {error}.") from error


def _table(path: Path, name: str, table: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(table, dict):
        raise Problem(f'{path}, {name}: must be a table such as [{name}] with lines like key = ["a phrase"].')
    return {key: _phrases(path, f"{name}.{key}", said) for key, said in table.items()}


def _phrases(path: Path, where: str, said: object) -> tuple[str, ...]:
    if not isinstance(said, list) or not all(isinstance(one, str) for one in said):
        raise Problem(f'{path}, {where}: must be a list of phrases such as ["a phrase", "another"].')
    return tuple(said)
