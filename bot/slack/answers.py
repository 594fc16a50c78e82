"""What Slack's address answers is read up to a limit, and what it was asked goes to no other address."""

from types import SimpleNamespace

import aiohttp

LARGEST = 20_000_000
"""Bytes of a body; a thousand messages with their blocks are a few million."""
_A_WHILE = 30.0
_LONGEST = 3600.0
"""Seconds; Slack asks for some, and for a minute where something is rare."""


class Answer(aiohttp.ClientResponse):
    """An answer that is given up before it fills the memory."""

    async def read(self) -> bytes:
        """Return the whole body.

        Raises:
            aiohttp.ClientPayloadError: it is larger than `LARGEST`.

        """
        if self._body is not None:
            return await super().read()
        body = bytearray()
        async for part in self.content.iter_any():
            body += part
            if len(body) > LARGEST:
                self.close()
                raise aiohttp.ClientPayloadError(f"more than {LARGEST} bytes")
        self._body = bytes(body)
        return self._body


def stays_there() -> aiohttp.TraceConfig:
    """Return what breaks off a request that is sent on: it may lead to http://, and a form is taken along."""
    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(_break_off)
    return trace


async def _break_off(_: aiohttp.ClientSession, __: SimpleNamespace, asked: aiohttp.TraceRequestRedirectParams) -> None:
    asked.response.close()
    raise aiohttp.TooManyRedirects(asked.response.request_info, (asked.response,))


def seconds_asked_for(retry_after: str) -> float:
    """Return what a Retry-After asks for, as long as it makes sense; a proxy's may hold a date."""
    try:
        seconds = float(retry_after)
    except ValueError:
        return _A_WHILE
    return min(seconds, _LONGEST) if seconds >= 0 else _A_WHILE  # "nan" is a float
