"""A made-up export of 200,000 messages, read and counted: throughput and peak memory, folder and zip.

Run it by `python -m tests.bench.export_reader [messages]`. The reader is measured with an ear that hears
nothing, so that the numbers are its own, and again with the detector and the themes.
"""

import json
import random
import resource
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter

from bot.digests.ear import load_ear
from bot.digests.export import Export
from bot.digests.files import open_files
from bot.digests.unasked import Ear, Statement, overhear, scope_of

WEEK, FIRST, DAYS = "2026-W47", date(2026, 9, 28), 56
CHANNELS, PEOPLE = 25, 400
LIMITS = 0.06  # share of messages that state a limit
CHATTER = [
    "morning! <@U1> did you see <https://example.com/build/1|the build> &amp; the logs?",
    "looks good to me :+1:",
    "I've pushed a fix, the flaky test was waiting for a port that was never released",
    "anyone up for lunch?",
    "the parser can't handle tabs, but that's an easy change in the tokenizer I think",
    "I had a look at the dashboard and the numbers of last week seem fine, so I left it as it is",
]
STATED = [
    "we can't {do} the {thing} before {who} says yes",
    "{who} won't let us {do} the {thing}",
    "there's no {scarce} to {do} the {thing} this year",
    "everything about the {thing} has to go through {who}",
    "we have to {do} the {thing} again, we always have",
    "we're not mature enough to {do} our {thing}",
]
PARTS = {
    "do": [
        "release",
        "test",
        "migrate",
        "rewrite",
        "document",
        "change",
        "deploy",
        "measure",
        "buy",
        "retire",
    ],
    "thing": [
        *("database", "checkout", "mobile app", "invoice service", "wiki", "build", "network", "search page"),
        *(
            "training",
            "laptop pool",
            "staging cluster",
            "backup",
            "on-call rota",
            "price list",
            "data warehouse",
        ),
        *("login", "printer", "contract", "roadmap", "design system"),
    ],
    "who": [
        "legal",
        "the release board",
        "security",
        "finance",
        "the architects",
        "head office",
        "a customer",
    ],
    "scarce": ["time", "budget", "money", "capacity"],
}


class DeafEar:
    """Hears nothing."""

    def hear(self, _text: str) -> Sequence[Statement]:
        """Hear nothing."""
        return ()

    def gather(self, statements: Sequence[Statement]) -> Sequence[str]:
        """Gather nothing."""
        return ["" for _ in statements]

    def label(self, _members: Sequence[Statement]) -> str:
        """Name nothing."""
        return ""


def make(root: Path, messages: int) -> int:
    """Write an export; return its bytes."""
    lots = random.Random(7)  # noqa: S311 - chance, not secrecy
    people = [{"id": f"U{n}", "team_id": "T1", "name": f"person{n}"} for n in range(PEOPLE)]
    (root / "users.json").write_text(json.dumps(people))
    channels = [{"id": f"C{n}", "name": f"channel-{n}"} for n in range(CHANNELS)]
    (root / "channels.json").write_text(json.dumps(channels))
    size = 0
    for channel in channels:
        (root / channel["name"]).mkdir()
        for day in range(DAYS):
            on = FIRST + timedelta(days=day)
            entries = [entry(lots, on, place) for place in range(messages // CHANNELS // DAYS)]
            size += (root / channel["name"] / f"{on}.json").write_text(json.dumps(entries, indent=4))
    return size


def line(lots: random.Random) -> str:
    """Return what somebody says."""
    if lots.random() > LIMITS:
        return lots.choice(CHATTER)
    return lots.choice(STATED).format(**{part: lots.choice(said) for part, said in PARTS.items()})


def entry(lots: random.Random, on: date, place: int) -> dict[str, object]:
    """Return a message with what surrounds one in a real export."""
    seconds = int(datetime(on.year, on.month, on.day, 9, tzinfo=UTC).timestamp()) + place
    ts = f"{seconds}.{lots.randrange(10**6):06}"
    text, user = line(lots), f"U{lots.randrange(PEOPLE)}"
    words = {"type": "text", "text": text}
    return {
        "client_msg_id": f"{lots.getrandbits(128):032x}",
        "type": "message",
        "user": user,
        "text": text,
        "ts": ts,
        "team": "T1",
        "user_team": "T1",
        "source_team": "T1",
        "user_profile": {"avatar_hash": "g1", "real_name": "A Person", "name": user, "team": "T1"},
        "attachments": None,
        "blocks": [
            {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [words]}]},
        ],
    }


def measure(path: Path, ear: Ear, what: str) -> None:
    """Read all of it once and print what that took."""
    began = perf_counter()
    with open_files(path) as files:
        export = Export(files)
        told = overhear(export, scope_of(export.channels, WEEK, "UTC"), ear)
    took = perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rate = told.messages / took
    print(f"{what}: {told.messages:,} messages in {took:.1f} s, {rate:,.0f}/s, peak {peak:.0f} MB")  # noqa: T201 - a measurement prints


def main() -> None:
    """Make the export, and measure."""
    messages = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "export"
        root.mkdir()
        size = make(root, messages)
        packed = Path(folder) / "export.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(root.rglob("*")):
                archive.write(path, path.relative_to(root))
        print(f"{size / 2**20:.0f} MiB of JSON, {packed.stat().st_size / 2**20:.0f} MiB zipped")  # noqa: T201 - a measurement prints
        measure(root, DeafEar(), "folder, reader alone")
        measure(packed, DeafEar(), "zip, reader alone")
        measure(root, load_ear(), "folder, all of it")


if __name__ == "__main__":
    main()
