"""`opshat manifest`: the app's manifest, for Socket Mode as it stands or for HTTP with `--url`."""

import json
import urllib.parse
from typing import Annotated, Any

import typer

from bot.cli import app
from bot.errors import Problem
from bot.installs.scopes import MANIFEST


@app.command()
def manifest(
    url: Annotated[str, typer.Option(help="where Slack reaches the bot, for HTTP: https://...")] = "",
    link: Annotated[bool, typer.Option("--link", help="print the link that creates the app instead")] = False,
) -> None:
    """Print the manifest that creates the Slack app."""
    if url and not url.startswith("https://"):
        raise Problem(f"Slack talks to https:// addresses only, and {url} is none.")
    described = json.loads(MANIFEST.read_text(encoding="utf-8"))
    if url:
        described = over_http(described, url.rstrip("/"))
    if link:
        print("https://api.slack.com/apps?new_app=1&manifest_json=" + urllib.parse.quote(json.dumps(described)))
    else:
        print(json.dumps(described, indent=2))


def over_http(described: dict[str, Any], url: str) -> dict[str, Any]:
    """Return the manifest for an app that Slack reaches at `url` instead of through a socket."""
    address = f"{url}/slack/events"
    for command in described["features"]["slash_commands"]:
        command["url"] = address
    settings = described["settings"]
    settings["socket_mode_enabled"] = False
    settings["event_subscriptions"]["request_url"] = address
    settings["interactivity"]["request_url"] = address
    # With OAuth an Enterprise Grid organisation may install it once for all of its workspaces.
    settings["org_deploy_enabled"] = True
    described["oauth_config"]["redirect_urls"] = [f"{url}/slack/oauth_redirect"]
    return described
