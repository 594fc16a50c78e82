"""The scopes that the manifest asks for: what the bot cannot do without, and what each workspace may leave out."""

import json
from functools import cache
from pathlib import Path

MANIFEST = Path(__file__).parents[2] / "manifest.json"


@cache
def scopes() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the required and the optional bot scopes."""
    asked = json.loads(MANIFEST.read_text(encoding="utf-8"))["oauth_config"]["scopes"]
    return tuple(asked["bot"]), tuple(asked["bot_optional"])


def all_scopes() -> tuple[str, ...]:
    """Return all of them, as an install asks for them."""
    required, optional = scopes()
    return required + optional
