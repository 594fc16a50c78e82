# ruff: noqa: S603, T201 - a script that prints, and starts what it measures
"""How long the playground takes until its page answers: two checkouts, one after the other, in pairs.

    git worktree add /tmp/before REVISION
    python tests/bench/bench_start.py /tmp/before . [--rounds 5]

Each start is a process of its own in an empty folder; who begins changes with every round. Medians of the ratios, by the
clock and by processor time, which holds on a busy machine too.
"""

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path


def start(checkout: Path) -> tuple[float, float]:
    """Return the seconds from the start of `opshat playground` to its page's first answer: by the clock, of processor."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    command = [sys.executable, "-m", "bot", "playground", "--port", str(port)]
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert process.stdout is not None
        while "http" not in (line := process.stdout.readline()):
            assert line, "it ended without naming its address"
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10).close()
        seconds = time.perf_counter() - began
        process.terminate()
        _, _, used = os.wait4(process.pid, 0)
    return seconds, used.ru_utime + used.ru_stime


def main() -> None:
    """Measure, and print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    both = given.before.resolve(), given.after.resolve()
    pairs = []
    for number in range(given.rounds):
        took = {place: start(place) for place in (both if number % 2 else both[::-1])}
        pairs.append((took[both[0]], took[both[1]]))
        print(
            "before {:.2f} s, {:.2f} s of processor; after {:.2f} s, {:.2f} s".format(*pairs[-1][0], *pairs[-1][1]),
            flush=True,
        )
    for at, what in enumerate(("by the clock", "by processor time")):
        ratios = [after[at] / before[at] for before, after in pairs]
        print(f"{what}: {statistics.median(ratios):.2f} times as long [{min(ratios):.2f}-{max(ratios):.2f}]")


if __name__ == "__main__":
    main()
