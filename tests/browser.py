"""The browser that tests use: a Chromium that is installed, kept off the network."""

import shutil

from playwright.async_api import Browser, Playwright

# As in .ci/browser.
_NAMES = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
_QUIET = [
    "--no-sandbox",  # as root in a container there is none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


async def launch(playwright: Playwright) -> Browser:
    """Start the first Chromium that is found; none is an error, for the page must be tested."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    assert found, "no Chromium is installed"
    return await playwright.chromium.launch(executable_path=found, args=_QUIET)
