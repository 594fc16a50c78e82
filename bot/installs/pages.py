"""The pages of installing: "Add to Slack", and what Slack sends the browser back to. No scripts, nothing external."""

import base64
import hashlib
import html
from collections.abc import Callable, Sequence
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.errors import Problem
from bot.installs import words
from bot.installs.oauth import STATE_FOR, Installer

INSTALL, GO, BACK = "/slack/install", "/slack/install/go", "/slack/oauth_redirect"

COOKIE = "__Host-opshat-install"
"""Browsers keep a cookie of this prefix only from https://, and send it to this host alone (RFC 6265bis, 4.1.3.2)."""

_STYLE = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:4rem auto;padding:0 1rem;color:#1f2a30;"
    "background:#fff}a{display:inline-block;padding:.6rem 1rem;border:2px solid #2f3e46;border-radius:.4rem;"
    "color:#2f3e46;text-decoration:none;font-weight:600}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class Pages:
    """Serves the pages.

    Args:
        installer: does what they offer.
        forgets_after: how long data outlive an uninstall.
        changed: is told of every install.

    """

    def __init__(self, installer: Installer, forgets_after: timedelta, changed: Callable[[], None]) -> None:
        self._installer = installer
        self._forget = _in_words(forgets_after)
        self._changed = changed

    def routes(self) -> list[Route]:
        """Return where they are."""
        return [Route(INSTALL, self.install), Route(GO, self.go), Route(BACK, self.back)]

    async def install(self, _: Request) -> Response:
        """Say what the app does, and offer it."""
        return _page([line.format(forget=self._forget) for line in words.BEFORE], GO, words.ADD)

    async def go(self, _: Request) -> Response:
        """Send the browser to Slack, with a state that it has to bring back."""
        address, state = self._installer.begin()
        response = RedirectResponse(address, status_code=302, headers=_HEADERS)
        seconds = int(STATE_FOR.total_seconds())
        response.set_cookie(COOKIE, state, max_age=seconds, path="/", secure=True, httponly=True, samesite="lax")
        return response

    async def back(self, request: Request) -> Response:
        """Finish what was begun, or say in one sentence why not."""
        asked = request.query_params
        if "error" in asked:
            return _page([words.CANCELLED], INSTALL, words.START_AGAIN, status=400)
        try:
            await self._installer.finish(asked.get("state", ""), request.cookies.get(COOKIE, ""), asked.get("code", ""))
        except Problem as problem:
            return _page([str(problem)], INSTALL, words.START_AGAIN, status=400)
        self._changed()
        response = _page(words.DONE)
        response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
        return response


def _page(lines: Sequence[str], link: str = "", label: str = "", status: int = 200) -> Response:
    paragraphs = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    button = f'<p><a href="{link}">{html.escape(label)}</a></p>' if link else ""
    text = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{words.TITLE}</title><style>{_STYLE}</style><h1>{words.TITLE}</h1>{paragraphs}{button}</html>"
    )
    return HTMLResponse(text, status_code=status, headers=_HEADERS)


def _in_words(span: timedelta) -> str:
    hours = round(span.total_seconds() / 3600)
    return f"{hours} hours" if hours < 48 else f"{hours // 24} days"  # noqa: PLR2004 - two days, from where on days read better
