from typer.testing import CliRunner

from bot.cli import app


def test_help_names_the_product() -> None:
    result = CliRunner().invoke(app, ["--help"])
    assert "limits that it keeps naming" in " ".join(result.output.split())
