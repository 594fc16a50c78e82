"""`opshat ...`: the commands, one module for each family of them."""

import sys

import typer

from bot.errors import Problem

app = typer.Typer(
    name="opshat",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Ops Hat: a Slack bot that asks a channel one question a week and shows it the limits it keeps naming.",
)


def main() -> None:
    """Run the command line: exit code 0 when all went well, 2 with one sentence when a person must act."""
    try:
        app()
    except Problem as problem:
        print(problem, file=sys.stderr)
        sys.exit(2)
