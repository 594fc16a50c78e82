"""`opshat doctor`: what is wrong, one line each, with its fix."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
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
    resend: Annotated[
        bool, typer.Option("--resend", help="post the digests of which nobody knows whether they were posted")
    ] = False,
) -> None:
    """Look at settings, database, migrations, prompts and Slack's answers; exit code 2 when something is wrong."""
    if resend:
        print(f"Digests to be posted again: {_resend()}.")
        return
    findings = list(_look())
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            print(f"{'ok  ' if finding.fine else 'FIX '} {finding.what}: {finding.say}")
    sys.exit(0 if all(finding.fine for finding in findings) else 2)


def _look() -> Iterator[Finding]:
    from bot.settings import Settings  # noqa: PLC0415 - slow, see bot/cli/__init__.py

    try:
        settings = Settings.load()
    except Problem as problem:
        yield Finding("settings", fine=False, say=str(problem))
        return
    yield _check("settings", "complete", settings.for_slack)
    yield _check("database", settings.database.render_as_string(hide_password=True), lambda: _migrated(settings))
    yield _check("prompts", "all packs can be read", lambda: _prompts(settings))
    yield from _standing(settings)
    if settings.slack_bot_token is not None:
        yield _check("Slack", f"answers at {settings.slack_api_url}", lambda: asyncio.run(_slack(settings)))


def _check(what: str, well: str, look: Callable[[], object]) -> Finding:
    try:
        look()
    except Problem as problem:
        return Finding(what, fine=False, say=str(problem))
    return Finding(what, fine=True, say=well)


def _standing(settings: "Settings") -> Iterator[Finding]:
    """Name channels that stopped and digests that are uncertain; a database that is amiss was named before."""
    from bot.cli.standing import stopped_and_lost  # noqa: PLC0415 - the database's driver is slow to import

    try:
        _migrated(settings)
    except Problem:
        return
    for what, say in asyncio.run(stopped_and_lost(settings.database)):
        yield Finding(what, fine=False, say=say)


def _resend() -> int:
    from bot.cli.standing import resend  # noqa: PLC0415 - as above
    from bot.settings import Settings  # noqa: PLC0415 - slow, see bot/cli/__init__.py

    settings = Settings.load()
    _migrated(settings)
    return asyncio.run(resend(settings.database))


def _migrated(settings: "Settings") -> None:
    from bot.store.migrate import check_migrated  # noqa: PLC0415 - Alembic is slow to import

    check_migrated(settings.database)


def _prompts(settings: "Settings") -> None:
    from bot.prompts import OWN_PACKS, read_packs  # noqa: PLC0415 - only when it is looked at

    read_packs([OWN_PACKS, *settings.opshat_prompts])


async def _slack(settings: "Settings") -> None:
    from bot.installs.single import who_are_we  # noqa: PLC0415 - the SDK is slow to import
    from bot.slack.client import NoTokens, Slack  # noqa: PLC0415 - as above

    assert settings.slack_bot_token is not None  # noqa: S101 - the caller has looked

    slack = Slack(settings.slack_api_url, NoTokens())
    try:
        await who_are_we(slack, settings.slack_bot_token.get_secret_value())
    finally:
        await slack.close()
