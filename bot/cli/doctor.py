"""`opshat doctor`: what is wrong, one line each, with its fix."""

import asyncio
import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import app
from bot.errors import Problem

if TYPE_CHECKING:
    from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: fine, or what to do about it."""

    what: str
    fine: bool
    say: str


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document instead of lines")] = False,
    url: Annotated[str, typer.Option(help="where Slack reaches the bot, for HTTP: https://...")] = "",
    resend: Annotated[
        bool, typer.Option("--resend", help="post the digests of which nobody knows whether they were posted")
    ] = False,
) -> None:
    """Look at all that is set up, and say what is wrong.

    Settings, database, migrations, prompts, channels, and Slack's answers; exit code 2 when something is wrong.
    """
    if resend:
        posted, waiting = _resend()
        print("\n".join((f"Digests to be posted again: {posted}.", *waiting)))
        return
    findings = list(_look(url))
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            print(f"{'ok  ' if finding.fine else 'FIX '} {finding.what}: {finding.say}")
    sys.exit(0 if all(finding.fine for finding in findings) else 2)


def _look(url: str) -> Iterator[Finding]:
    from bot.settings import Settings, unknown  # noqa: PLC0415 - slow, see bot/cli/__init__.py
    from bot.store.migrate import shown  # noqa: PLC0415 - Alembic is slow to import

    yield from _check_settings(Settings.load_for_slack)
    try:
        settings = Settings.load()
    except Problem:
        return  # nothing else can be looked at, and it was named
    for say in unknown():
        yield Finding("settings", fine=False, say=say)
    yield _check("database", shown(settings.database), lambda: _migrated(settings))
    yield _check("prompts", "all packs can be read", lambda: _prompts(settings))
    yield _check("language", "phrases of your own can be read, if any", lambda: _language(settings))
    yield from _standing(settings)
    yield from (Finding(*looked) for looked in asyncio.run(_outside(settings, url)))


def _check(what: str, well: str, look: Callable[[], object]) -> Finding:
    try:
        look()
    except Problem as problem:
        return Finding(what, fine=False, say=str(problem))
    return Finding(what, fine=True, say=well)


def _check_settings(load: Callable[[], object]) -> Iterator[Finding]:
    """Look at the settings; each that is amiss is a finding of its own."""
    found = _check("settings", "complete", load)
    for say in found.say.splitlines():
        yield Finding(found.what, found.fine, say)


def _standing(settings: "Settings") -> Iterator[Finding]:
    """Name channels that stopped and digests that are uncertain; a database that is amiss was named before."""
    from bot.cli.standing import stopped_and_lost  # noqa: PLC0415 - the database's driver is slow to import

    try:
        _migrated(settings)
    except Problem:
        return
    try:
        found = asyncio.run(stopped_and_lost(settings.database))
    except Problem as problem:
        found = [("database", str(problem))]
    for what, say in found:
        yield Finding(what, fine=False, say=say)


def _resend() -> tuple[int, list[str]]:
    from bot.cli.standing import resend  # noqa: PLC0415 - slow, see bot/cli/__init__.py
    from bot.settings import Settings  # noqa: PLC0415 - slow, see bot/cli/__init__.py

    return asyncio.run(resend(Settings.load().database, datetime.now(UTC)))


def _migrated(settings: "Settings") -> None:
    from bot.store.migrate import check_migrated  # noqa: PLC0415 - Alembic is slow to import

    check_migrated(settings.database)


def _prompts(settings: "Settings") -> None:
    from bot.prompts import OWN_PACKS, read_packs  # noqa: PLC0415 - only when it is looked at

    read_packs([OWN_PACKS, *settings.opshat_prompts])


def _language(settings: "Settings") -> None:
    from bot.constraints.own import OwnLanguage  # noqa: PLC0415 - the detector is slow to import

    if settings.opshat_language is not None:
        own = OwnLanguage.read(settings.opshat_language)
        own.detector()
        own.themes()


async def _outside(settings: "Settings", url: str) -> list[tuple[str, bool, str]]:
    from bot.cli import checkup  # noqa: PLC0415 - the SDK and the database's driver are slow to import

    looked = [one async for one in checkup.look_at_slack(settings)]
    if settings.database.get_backend_name() == "sqlite":
        looked.append(checkup.look_at_disk(settings))
    if url:
        looked.append(await checkup.look_at_address(url))
    elif not settings.socket_mode:
        looked.append(("address", True, "not looked at; `--url https://...` tries whether the bot answers there"))
    if settings.opshat_secret is not None:
        # A database that is amiss, or refuses, was named before.
        with contextlib.suppress(Problem):
            looked += [one async for one in checkup.look_at_installs(settings)]
    return looked
