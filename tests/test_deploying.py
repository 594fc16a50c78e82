"""What a host runs: Procfile, Dockerfile and compose.yaml name commands and files that there are."""

import re
import tomllib
from pathlib import Path

from alembic.script import ScriptDirectory
from typer.testing import CliRunner

from bot.cli import app
from bot.installs.scopes import MANIFEST
from bot.prompts import OWN_PACKS
from bot.store.migrate import _config

ROOT = Path(__file__).parents[1]


def commands(text: str) -> set[str]:
    return set(re.findall(r"\bopshat[\s,]+([a-z-]+)", text))


def known() -> set[str]:
    shown = CliRunner().invoke(app, ["--help"]).stdout
    return set(re.findall(r"^\W*([a-z-]+) {2,}", shown, re.MULTILINE))


def test_the_procfile_has_the_three_that_a_host_runs() -> None:
    lines = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text("utf-8").splitlines())
    assert set(lines) == {"release", "web", "worker"}
    assert commands(" ".join(lines.values())) == {"migrate", "web", "worker"}


def test_what_is_read_beside_the_package_is_installed_with_it() -> None:
    hatch = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]
    beside = [OWN_PACKS, MANIFEST, Path(ScriptDirectory.from_config(_config()).dir)]
    assert set(hatch["build"]["targets"]["wheel"]["force-include"]) == {path.name for path in beside}
    assert {path.parent for path in beside} == {ROOT}


def test_every_command_that_is_run_exists() -> None:
    run = commands((ROOT / "Procfile").read_text("utf-8"))
    run |= set(re.findall(r"command: \[opshat, ([a-z-]+)\]", (ROOT / "compose.yaml").read_text("utf-8")))
    run |= {"migrate", "run"}  # the image's own command
    assert run <= known()


def test_the_image_runs_as_nobody_special_and_copies_only_what_there_is() -> None:
    text = (ROOT / "Dockerfile").read_text("utf-8")
    assert re.search(r"^USER 10001$", text, re.MULTILINE)
    assert text.index("USER 10001") < text.index("\nCMD ")
    copied = [name for line in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE) for name in line.split()]
    assert copied
    assert all((ROOT / name).exists() for name in copied)


def test_the_services_may_write_nowhere_and_have_time_to_stop() -> None:
    text = (ROOT / "compose.yaml").read_text("utf-8")
    assert "read_only: true" in text
    assert "stop_grace_period: 25s" in text
    assert "no-new-privileges:true" in text


def test_every_service_of_ours_is_asked_for_its_health_where_it_answers() -> None:
    image, services = (ROOT / "Dockerfile").read_text("utf-8"), (ROOT / "compose.yaml").read_text("utf-8")
    assert "PORT=3000" in image, "a worker answers only where PORT is set"
    assert "/healthz" in image[image.index("HEALTHCHECK") :]
    assert services.count("disable: true") == 1, "only what ends by itself is not asked"
