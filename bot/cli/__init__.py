"""`opshat ...`: the commands, one module for each family of them."""

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from bot.errors import Problem

ORDER = ("playground", "digest", "run", "web", "worker", "migrate", "doctor", "manifest", "prompts", "pause", "resume")
"""The commands in the order in which a newcomer needs them; the others come after these."""


class InOrder(TyperGroup):
    """Lists the commands by `ORDER`."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - Typer brings a Click of its own, unnamed
        """Return the names of the commands."""
        return sorted(super().list_commands(ctx), key=lambda name: (*ORDER, name).index(name))


app = typer.Typer(
    name="opshat",
    cls=InOrder,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Ops Hat asks a Slack channel one question a week and shows it the limits that it keeps naming.",
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        from importlib import metadata  # noqa: PLC0415 - takes longer than most commands run

        print(f"Ops Hat {metadata.version('opshat')}")
        raise typer.Exit


@app.callback()
def opshat(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Tell the version and exit.")
    ] = False,
) -> None:
    """Keep Typer treating every command as a subcommand, however few there are."""


def main() -> None:
    """Run the command line: exit code 0 when all went well, 2 with one sentence when a person must act."""
    try:
        app()
    except Problem as problem:
        print(problem, file=sys.stderr)
        sys.exit(2)


# Each family of commands registers itself on `app` when it is imported. They import what is slow (the bot,
# pydantic, Alembic) only when they run, so that every other command starts without it.
from bot.cli import digest, doctor, language, manifest, move, pause, playground, prompts, run, themes  # noqa: E402, F401 - said above
