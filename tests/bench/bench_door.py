# ruff: noqa: ANN001, ANN202, T201, S311, S603, FBT001 - a script whose servers import what they measure
"""How fast the door answers: ours beside a bare ASGI app, a do-nothing Bolt app, and Bolt with one insert a reply.

    python tests/bench/bench_door.py --seconds 4 --rounds 5 [--postgres]

Every server is one process of its own on loopback, asked one at a time; `wrk` sends signed events of 1.1 KB from 32
connections. Only ratios from the same round mean anything. On a busy machine those of processor time say more than those
of rates, but both suffer: caches are cold, and a starved server commits replies one by one (the load is printed). Stored
rows are counted, and every server must answer 401 to a bad signature.
"""

import argparse
import asyncio
import hashlib
import hmac
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

ROOT = Path(__file__).parents[2]
SIGNING, SECRET = "s" * 32, "a secret of the bench that is long enough"
TEAM, CHANNEL, BOT, BOT_ID = "T0BENCH", "C0BENCH", "U0BOT", "B0BOT"
BODIES = 80_000

# What is sent ---------------------------------------------------------------------------------------------------

_SPEECH = "The harbour board signs on Thursdays, and the pilots read it on Fridays before the tide turns. "


def event(fields: dict[str, object]) -> bytes:
    """An event's body, filled up to 1.1 KB the way Slack does: what was said comes again in blocks."""
    said: dict[str, object] = {"type": "text", "text": ""}
    blocks = [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [said]}]}]
    body = {
        "token": "x" * 24,
        "team_id": TEAM,
        "api_app_id": "A0BENCH",
        "event": {"type": "message", "channel": CHANNEL, "user": "U0ADA", "team": TEAM, **fields, "blocks": blocks},
        "type": "event_callback",
        "event_id": "Ev" + os.urandom(6).hex(),
        "event_time": int(time.time()),
        "authorizations": [{"enterprise_id": None, "team_id": TEAM, "user_id": BOT, "is_bot": True}],
    }
    said["text"] = (_SPEECH * 12)[: max(0, 1100 - len(orjson.dumps(body)))]
    return orjson.dumps(body)


def bodies(mix: str, nudge_ts: str) -> list[bytes]:
    """Bodies of one mix: "chatter", "irrelevant" (70/20/10) or "replies" (10 % replies, the rest irrelevant)."""
    chance = random.Random(4)
    now = time.time()
    made = []
    for number in range(BODIES):
        ts = f"{now - 3600 + number / 1000:.6f}"
        kind = chance.random()
        if mix == "replies" and number % 10 == 0:
            made.append(event({"ts": ts, "thread_ts": nudge_ts, "parent_user_id": BOT, "text": "We can't do that."}))
        elif mix == "chatter" or kind < 0.7:
            made.append(event({"ts": ts, "text": "good morning"}))
        elif kind < 0.9:
            thread = f"{now - 7200 + number % 50:.6f}"
            made.append(event({"ts": ts, "thread_ts": thread, "parent_user_id": "U0BEN", "text": "me too"}))
        else:
            message = {"type": "message", "user": "U0ADA", "ts": ts, "text": "good morning!"}
            message["edited"] = {"user": "U0ADA", "ts": f"{now:.6f}"}
            made.append(event({"subtype": "message_changed", "ts": ts, "message": message, "hidden": True}))
    return made


def sign(body: bytes) -> tuple[str, str]:
    stamp = str(int(time.time()))
    digest = hmac.new(SIGNING.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return stamp, f"v0={digest}"


LUA = """
local n, at = {n}, 0
local requests = {{}}
init = function()
  for line in io.lines("{path}") do
    local stamp, signature, body = line:match("^(%S+) (%S+) (.*)$")
    requests[#requests + 1] = wrk.format("POST", "/slack/events", {{["Content-Type"]="application/json",
      ["Host"]="127.0.0.1", ["X-Slack-Request-Timestamp"]=stamp, ["X-Slack-Signature"]=signature}}, body)
  end
end
request = function() at = at + 1; return requests[(at - 1) % n + 1] end
done = function(summary, latency, _)
  io.write(string.format("RESULT %d %d %.3f %.3f\\n", summary.requests, summary.errors.status,
    latency:percentile(99) / 1000, summary.duration / 1e6))
end
"""


def load(port: int, mix: list[bytes], seconds: int, folder: Path) -> tuple[float, float, int, int]:
    """Return requests a second, p99 in ms, requests, and answers that were no 200."""
    path, script = folder / "requests", folder / "wrk.lua"
    path.write_bytes(b"\n".join(b" ".join([*(part.encode() for part in sign(body)), body]) for body in mix))
    script.write_text(LUA.format(n=len(mix), path=path))
    pinned = ["taskset", "-c", "1"] if shutil.which("taskset") else []
    told = subprocess.run(
        [*pinned, "wrk", "-t1", "-c32", f"-d{seconds}s", "-s", str(script), f"http://127.0.0.1:{port}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = re.search(r"RESULT (\d+) (\d+) ([\d.]+) ([\d.]+)", told)
    assert found, told
    requests, errors, p99, took = int(found[1]), int(found[2]), float(found[3]), float(found[4])
    return requests / took, p99, requests, errors


def bad_signature_is_refused(port: int) -> bool:
    headers = {"X-Slack-Request-Timestamp": str(int(time.time())), "X-Slack-Signature": "v0=" + "0" * 64}
    headers["Content-Type"] = "application/json"
    asked = urllib.request.Request(f"http://127.0.0.1:{port}/slack/events", b"{}", headers)
    try:
        urllib.request.urlopen(asked, timeout=5)  # noqa: S310 - as above
    except urllib.error.HTTPError as error:
        return error.code == 401
    return False


# Who is asked: each function runs in a process of its own -----------------------------------------------------------


def bare(_: str) -> object:
    from bot.door.http import _answer, _read
    from bot.door.signature import is_fresh

    async def app(scope, receive, send):
        headers = dict(scope["headers"])
        body = await _read(receive)
        stamp, signature = headers.get(b"x-slack-request-timestamp", b""), headers.get(b"x-slack-signature", b"")
        good = is_fresh(stamp, time.time()) and body is not None and hmac.compare_digest(own(stamp, body), signature)
        await _answer(send, 200 if good else 401)

    def own(stamp, body):
        signed = hmac.new(SIGNING.encode(), b"v0:" + stamp + b":" + body, hashlib.sha256)
        return f"v0={signed.hexdigest()}".encode()

    return app


def _bolt():
    from slack_bolt.async_app import AsyncApp
    from slack_bolt.authorization import AuthorizeResult

    async def authorize(enterprise_id, team_id):
        return AuthorizeResult(
            enterprise_id=enterprise_id, team_id=team_id, bot_token="xoxb-1", bot_id=BOT_ID, bot_user_id=BOT
        )

    return AsyncApp(signing_secret=SIGNING, authorize=authorize, process_before_response=True)


def bolt(_: str) -> object:
    from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler

    app = _bolt()

    @app.event("message")
    async def nothing(event) -> None:  # noqa: ARG001 - it does nothing
        return

    return AsyncSlackRequestHandler(app)


def bolt_insert(database: str) -> object:
    from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler

    from bot.settings import Settings
    from bot.store.engine import Database, insert
    from bot.store.tables import Reply

    app, db = _bolt(), Database(Settings.load(database_url=database).database)

    @app.event("message")
    async def store(event) -> None:
        if event.get("thread_ts") and event.get("parent_user_id") == BOT:
            row = {"channel_id": 1, "ts": event["ts"], "version": event["ts"], "thread_ts": event["thread_ts"]}
            async with db.write() as session:
                added = insert(session, Reply).values(**row, person="p", text=event["text"])
                await session.execute(added.on_conflict_do_nothing())

    return AsyncSlackRequestHandler(app)


def ours(database: str) -> object:
    from bot.app import build
    from bot.settings import Settings

    settings = Settings.load(
        slack_client_id="1.2",
        slack_client_secret="c",
        slack_signing_secret=SIGNING,
        slack_app_token=None,
        slack_bot_token=None,
        slack_api_url="http://127.0.0.1:9/api/",
        database_url=database,
        opshat_secret=SECRET,
    )
    return build(settings).asgi


SERVERS = {"bare": bare, "bolt": bolt, "bolt_insert": bolt_insert, "ours": ours}


def serve(name: str, database: str, port: int) -> None:
    import uvicorn

    from bot.door.http import SERVER

    # All four are served as `opshat web` is: by uvloop and httptools.
    uvicorn.run(SERVERS[name](database), host="127.0.0.1", port=port, log_level="critical", loop="uvloop", **SERVER)


@contextmanager
def running(name: str, database: str) -> Iterator[tuple[int, int]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    pinned = ["taskset", "-c", "0"] if shutil.which("taskset") else []
    command = [*pinned, sys.executable, __file__, "--serve", name, "--database", database, "--port", str(port)]
    path = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": os.pathsep.join(path)})
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(20)


# The database ---------------------------------------------------------------------------------------------------


async def prepare(database: str, nudge_ts: str) -> None:
    """A workspace, a channel that lets guests in (so that nobody is asked of Slack), and an open nudge."""
    from bot import weeks
    from bot.keys import KeyRing
    from bot.settings import Settings
    from bot.store.engine import Database
    from bot.store.tables import Channel, Posting, Workspace

    now, keys = datetime.now(UTC), KeyRing(SECRET)
    db = Database(Settings.load(database_url=database).database)
    async with db.write() as session:
        session.add(Workspace(id=1, team_id=TEAM, bot_user_id=BOT, bot_id=BOT_ID, installed_at=now))
        await session.flush()
        key = keys.new_key(weeks.about_channel(1))
        session.add(Channel(id=1, workspace_id=1, slack_id=CHANNEL, key=key, joined_at=now, guests=True))
        await session.flush()
        due = now - timedelta(hours=2)
        session.add(
            Posting(id="0" * 32, channel_id=1, kind="nudge", due="2026-01-01", due_at=due, state="posted", ts=nudge_ts)
        )
    await db.close()


async def rows(database: str, *, clear: bool = False) -> int:
    from sqlalchemy import text

    from bot.settings import Settings
    from bot.store.engine import Database

    db = Database(Settings.load(database_url=database).database)
    async with db.write() as session:
        count = await session.scalar(text("SELECT count(*) FROM replies"))
        if clear:
            await session.execute(text("DELETE FROM replies"))
    await db.close()
    return int(count or 0)


@contextmanager
def databases(postgres: bool) -> Iterator[dict[str, str]]:
    from bot.settings import Settings
    from bot.store.migrate import migrate

    with tempfile.TemporaryDirectory(prefix="opshat-bench-") as folder:
        urls = {"sqlite": f"sqlite:///{folder}/bench.db"}
        with ExitStack() as stack:
            if postgres:
                from tests import postgres as server

                urls["postgres"] = stack.enter_context(server.running(durable=True)).url()
            for url in urls.values():
                migrate(Settings.load(database_url=url).database)
            yield urls


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--serve")
    parser.add_argument("--database", default="")
    parser.add_argument("--port", type=int, default=0)
    asked = parser.parse_args()
    if asked.serve:
        serve(asked.serve, asked.database, asked.port)
        return
    measure(asked.seconds, asked.rounds, postgres=asked.postgres)


def measure(seconds: int, rounds: int, *, postgres: bool) -> None:
    nudge_ts = f"{time.time() - 7200:.6f}"
    mixes = {mix: bodies(mix, nudge_ts) for mix in ("chatter", "irrelevant", "replies")}
    cases = [(name, "sqlite", mix) for mix in ("chatter", "irrelevant") for name in ("bare", "bolt", "ours")]
    for kind in ("sqlite", "postgres") if postgres else ("sqlite",):
        cases += [("ours", kind, "replies"), ("bolt_insert", kind, "replies")]
    taken: dict[tuple[str, str, str], list[tuple[float, float, float]]] = {case: [] for case in cases}
    with databases(postgres) as urls, tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        for url in urls.values():
            asyncio.run(prepare(url, nudge_ts))
        # All run all the time: one that nobody asks anything costs nothing, and starting takes longer than measuring.
        asked = {(name, kind): stack.enter_context(running(name, urls[kind])) for name, kind, _ in cases}
        for (name, _), (port, _) in asked.items():
            assert bad_signature_is_refused(port), f"{name} takes a bad signature"
            load(port, mixes["irrelevant"][:400], 1, Path(folder))
        for number in range(rounds):
            for case in random.Random(number).sample(cases, len(cases)):
                name, kind, mix = case
                taken[case].append(one(case, urls[kind], asked[name, kind], mixes[mix], seconds, Path(folder)))
        for port, _ in asked.values():
            assert bad_signature_is_refused(port)
    report(taken)
    print("load of the machine over 1, 5 and 15 minutes: {:.1f}, {:.1f}, {:.1f}".format(*os.getloadavg()))


def one(
    case: tuple[str, str, str], url: str, asked: tuple[int, int], sent: list[bytes], seconds: int, folder: Path
) -> tuple[float, float, float]:
    name, kind, mix = case
    port, pid = asked
    asyncio.run(rows(url, clear=True))
    before = processor_time(pid)
    rate, p99, requests, errors = load(port, sent, seconds, folder)
    each = (processor_time(pid) - before) / requests * 1e6
    stored = asyncio.run(rows(url))
    expected = min(BODIES, requests) // 10 if mix == "replies" else 0
    print(
        f"{name:12} {kind:8} {mix:10} {rate:8.0f}/s {each:6.1f} us each, p99 {p99:8.1f} ms  stored {stored:5} errors {errors}",
        flush=True,
    )
    assert errors == 0 or name != "ours", f"{errors} answers were no 200"
    assert stored >= expected - 32, f"{stored} rows of {expected}"
    return rate, p99, each


def processor_time(pid: int) -> float:
    """Seconds that a process has spent on the processor, its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def report(taken: dict[tuple[str, str, str], list[tuple[float, float, float]]]) -> None:
    def ratio(one: tuple[str, str, str], other: tuple[str, str, str]) -> str:
        pairs = list(zip(taken[one], taken[other], strict=True))
        rates, costs = [a[0] / b[0] for a, b in pairs], [b[2] / a[2] for a, b in pairs]
        return " by ".join(
            f"{what} {statistics.median(each):.2f} [{min(each):.2f}-{max(each):.2f}]"
            for what, each in (("rate", rates), ("processor time", costs))
        )

    for mix in ("chatter", "irrelevant"):
        print(f"{mix}: x bare {ratio(('ours', 'sqlite', mix), ('bare', 'sqlite', mix))}")
        print(f"{mix}: x bolt {ratio(('ours', 'sqlite', mix), ('bolt', 'sqlite', mix))}")
    for kind in ("sqlite", "postgres"):
        case = ("ours", kind, "replies")
        if case in taken:
            print(f"replies on {kind}: x bare {ratio(case, ('bare', 'sqlite', 'irrelevant'))}")
            print(f"replies on {kind}: x bolt+insert {ratio(case, ('bolt_insert', kind, 'replies'))}")
            for name in ("ours", "bolt_insert"):
                p99 = statistics.median(p99 for _, p99, _ in taken[name, kind, "replies"])
                print(f"replies on {kind}: p99 of {name} {p99:.1f} ms")


if __name__ == "__main__":
    main()
