"""Payloads that no Slack would send, signed as Slack's own: mutated events, commands, actions and views over HTTP.

`python -m tests.chaos.fuzz --count 100000 --seed 1` is the long form, on an SQLite database of its own. Each is
answered with a status that Slack takes, none leaves a traceback in the log, and nothing is stored that is no reply.
"""

import argparse
import asyncio
import copy
import json
import logging
import random
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import structlog
import structlog.testing
from sqlalchemy import make_url

from bot.playground.delivery import sign
from bot.playground.journal import Delivery
from bot.store.migrate import migrate
from tests.team import Team, a_team

LEGAL = frozenset({200, 400, 404, 413})
"""Statuses that Slack takes, and that say that it was not us who failed."""
_STRANGE: tuple[Any, ...] = (
    *(None, True, 0, -1, 10**30, 1.5, "", " ", "\u0000", "x" * 5000, "🪖", "1e309", "<@U0>", "C0", "'; --"),
    *([], {}, [[]], [None], {"id": None}, {"ts": {}}),
)


class Tracebacks(logging.Handler):
    """Collects what went wrong on our side: whatever the log shows with a traceback."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Take what libraries log."""
        if record.exc_info:
            self.found.append(f"{record.name}: {''.join(traceback.format_exception(record.exc_info[1]))}")

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Collect while the block runs."""
        logging.getLogger().addHandler(self)
        try:
            with structlog.testing.capture_logs() as ours:
                yield
            self.found += [f"{one['event']}: {one['exc_info']!r}" for one in ours if one.get("exc_info")]
        finally:
            logging.getLogger().removeHandler(self)


class Fuzz:
    """Mutates what the stand-in sent to a team's bot while it lived an ordinary week.

    Args:
        team: over HTTP.
        seed: draws the mutations.

    """

    def __init__(self, team: Team, seed: int) -> None:
        self._team = team
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self.statuses: Counter[int] = Counter()
        self.failed: list[str] = []
        self.tracebacks = Tracebacks()
        self.counted = ""

    async def samples(self) -> list[Delivery]:
        """Let a bit of everything happen, and return what was sent."""
        team = self._team
        await team.set_up()
        nudge = await team.nudged()
        reply = await team.reply("ada", nudge, "We can't release before the harbour board has signed.")
        await team["ada"].edit(reply, "on second thought")
        await team["ada"].delete(reply)
        await team.answer("ben", "nothing to add")
        await team["cleo"].click(team.channel, nudge.ts, "not_this_week")
        await team["cleo"].open_home()
        counted = await team["ben"].say(team.channel, "everyone has to follow it")
        await team["ben"].shortcut("count_this", counted)
        self.counted = counted.ts
        for word in ("profile", "hat", "constraints", "privacy", "wrong"):
            await team["ada"].slash(team.channel, f"/opshat {word}")
            if word == "profile":
                await team["ada"].submit({})
            await team["ada"].close()
        await team.standin.settle()
        samples = team.standin.journal.deliveries()
        assert not [sample.name for sample in samples if sample.state != "acked"], "what is whole is taken"
        return samples

    async def send(self, count: int) -> None:
        """Send so many mutated payloads."""
        samples = await self.samples()
        url = self._team.workspace.app.request_url or ""
        async with aiohttp.ClientSession() as session:
            with self.tracebacks.collecting():
                await self._send(session, url, samples, count)

    async def _send(self, session: aiohttp.ClientSession, url: str, samples: list[Delivery], count: int) -> None:
        for _ in range(count):
            body, kind = self._body(self._random.choice(samples))
            headers = {"Content-Type": kind, **sign(self._team.workspace.app.signing_secret, body)}
            async with session.post(url, data=body, headers=headers) as answer:
                self.statuses[answer.status] += 1
                if answer.status not in LEGAL:
                    self.failed.append(f"status {answer.status} to {body.decode(errors='replace')}")
                await answer.read()

    def _body(self, sample: Delivery) -> tuple[bytes, str]:
        payload = self._mutated(sample.payload)
        if sample.kind == "events_api":
            return self._scratched(json.dumps(payload).encode()), "application/json"
        if sample.kind == "slash_commands":
            fields = payload if isinstance(payload, dict) else {"text": payload}
            return urlencode({name: str(value) for name, value in fields.items()}).encode(), _FORM
        return urlencode({"payload": self._scratched(json.dumps(payload).encode())}).encode(), _FORM

    def _mutated(self, payload: Any) -> Any:
        payload = copy.deepcopy(payload)
        for _ in range(self._random.choice((1, 1, 2, 5))):
            holder, key = self._place(payload)
            if holder is None:
                return self._strange()
            if self._random.random() < 0.3:
                del holder[key]
            else:
                holder[key] = self._strange()
        return payload

    def _strange(self) -> Any:
        # A copy: the next mutation may put something into it.
        return copy.deepcopy(self._random.choice(_STRANGE))

    def _place(self, payload: Any) -> tuple[Any, Any]:
        """Choose a place anywhere in a payload: what holds it, and its key."""
        places: list[tuple[Any, Any]] = []
        waiting = [payload]
        while waiting:
            holder = waiting.pop()
            keys = list(holder) if isinstance(holder, dict) else range(len(holder))
            for key in keys:
                places.append((holder, key))
                if isinstance(holder[key], dict | list):
                    waiting.append(holder[key])
        return self._random.choice(places) if places else (None, None)

    def _scratched(self, body: bytes) -> bytes:
        """Damage one byte of every twentieth."""
        if not body or self._random.random() > 0.05:
            return body
        at = self._random.randrange(len(body))
        return body[:at] + bytes([self._random.randrange(256)]) + body[at + 1 :]


_FORM = "application/x-www-form-urlencoded"


async def stored(team: Team) -> list[Any]:
    """Return the stored replies with words, as ts and thread."""
    return await team.rows("SELECT ts, thread_ts FROM replies WHERE text IS NOT NULL")


async def check(team: Team, fuzz: Fuzz) -> list[str]:
    """Return what is wrong after all was sent."""
    faults = fuzz.failed + fuzz.tracebacks.found
    nudges = {None} | {
        str(ts) for (ts,) in await team.rows("SELECT ts FROM postings WHERE kind = 'nudge' AND ts IS NOT NULL")
    }
    for ts, thread in await stored(team):
        if thread not in nudges and ts != fuzz.counted:
            faults.append(f"{ts} is stored under {thread}")
    return faults


async def _main(count: int, seed: int, folder: Path) -> list[str]:
    url = f"sqlite:///{folder / 'fuzz.db'}"
    migrate(make_url(url))
    async with a_team(url, http=True) as team:
        fuzz = Fuzz(team, seed)
        await fuzz.send(count)
        print(f"{count:,} payloads: {dict(fuzz.statuses)}")  # noqa: T201 - a command prints
        return await check(team, fuzz)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as where:
        wrong = asyncio.run(_main(given.count, given.seed, Path(where)))
    for fault in wrong:
        print(fault)  # noqa: T201 - as above
    sys.exit(1 if wrong else 0)
