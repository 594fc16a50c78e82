"""Slack exports as tests need them: written to a folder, or packed into a zip."""

import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from bot.digests.export import Export
from bot.digests.files import open_files

USERS = [
    {"id": "UADA", "team_id": "T1", "name": "ada"},
    {"id": "UBO", "team_id": "T1", "name": "bo", "deleted": True},
    {"id": "UCY", "team_id": "T1", "name": "cy"},
    {"id": "UBOT", "team_id": "T1", "name": "deploys", "is_bot": True},
    {"id": "UGUEST", "team_id": "T1", "name": "guest", "is_restricted": True},
    {"id": "USLACKBOT", "team_id": "T1", "name": "slackbot", "is_bot": False},
]
CHANNELS = [{"id": "C1", "name": "general"}, {"id": "C2", "name": "releases"}]


def message(at: str, user: str, text: str, **more: object) -> dict[str, object]:
    """A message as an export has it, at a moment such as '2026-11-17 09:00' by UTC."""
    ts = f"{datetime.fromisoformat(f'{at}+00:00').timestamp():.6f}"
    return {"type": "message", "user": user, "ts": ts, "text": text, **more}


def write(root: Path, files: Mapping[str, object], *, lists: bool = True) -> Path:
    """Write files by their names, bytes as they are and all else as JSON; users and channels come along."""
    base: dict[str, object] = {"users.json": USERS, "channels.json": CHANNELS} if lists else {}
    for name, content in {**base, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return root


def pack(root: Path, into: Path, top: str = "") -> Path:
    """Pack a folder into a zip, everything below `top`."""
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(root.rglob("*")):
            archive.write(path, top + path.relative_to(root).as_posix())
    return into


@contextmanager
def opened(path: Path) -> Iterator[Export]:
    """Open an export, folder or zip."""
    with open_files(path) as files:
        yield Export(files)
