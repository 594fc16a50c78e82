"""The one place where the parts meet: settings in, a running bot out."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Literal

import structlog
from sqlalchemy import func, select
from starlette.applications import Starlette
from starlette.routing import Route

from bot import postings, readings, weeks
from bot.channels.cures import Cures, go_on, token_works
from bot.channels.find import Rights
from bot.channels.sizes import refresh_sizes
from bot.channels.zones import follow_the_rules
from bot.clock import Ticker
from bot.constraints.own import OwnLanguage
from bot.desk.table import Desk
from bot.digests.chart import add_chart
from bot.digests.close import Language, close_due_weeks
from bot.digests.tell import write_due_digests
from bot.door.events import Events
from bot.door.gaps import Gaps, Rate
from bot.door.health import Acks, Health, Line
from bot.door.http import Asgi, HttpDoor
from bot.door.members import Members
from bot.door.people import People
from bot.door.socket import Patience, SocketDoor
from bot.door.taker import Taker
from bot.door.vetting import Vetting
from bot.errors import Problem
from bot.installs.bolt import make_bolt
from bot.installs.leave import FORGET_REVOKED_AFTER, forget_one
from bot.installs.oauth import Client, Installer
from bot.installs.pages import Pages
from bot.installs.scopes import all_scopes
from bot.installs.single import install_from_token
from bot.installs.tenants import Tenants
from bot.keys import KeyRing
from bot.nudges.asking import choose_questions
from bot.nudges.due import BATCH as NUDGES
from bot.nudges.due import write_due_nudges
from bot.postings.claims import Claim, Waits
from bot.postings.postman import Postman
from bot.postings.settling import Settled
from bot.privacy.retention import forget_old_replies
from bot.prompts import OWN_PACKS
from bot.prompts.shelf import PackShelf
from bot.settings import Settings
from bot.slack.client import Refused, Slack
from bot.slack.pace import Pace
from bot.store.engine import Database
from bot.store.migrate import check_migrated
from bot.store.tables import Channel, Posting

log = structlog.get_logger()


EVERY_HOUR = timedelta(hours=1)
STALLED = 600.0
"""Seconds after which a tick that has not ended is taken to hang: a Monday's closings may take minutes."""
STOPS_WITHIN = 12.0
"""Seconds for what was claimed; with five for the last answers (`bot/cli/run.py`) well within a host's 25."""


class Clock:
    """The product's clock: wall time plus an offset that only the playground moves."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    def __call__(self) -> datetime:
        """Return the present moment, aware UTC."""
        return datetime.now(UTC) + self.offset

    def move_to(self, moment: datetime) -> None:
        """Make it this moment, at least; the clock never goes back."""
        self.offset = max(self.offset, moment - datetime.now(UTC))


class Bot:
    """A bot of one process: `start` opens its doors, `stop` closes them.

    Args:
        settings: complete for what is started.
        now: the clock that rules due moments, weeks and retention.
        pace: how much of the waits between messages to keep: 1 in life, 0 where nobody is hurt by haste.
        patience: how long the socket may be silent.

    """

    def __init__(
        self, settings: Settings, now: Callable[[], datetime], pace: float = 1.0, patience: Patience | None = None
    ) -> None:
        assert settings.opshat_secret  # noqa: S101 - `Settings.for_slack` has seen to it
        self._settings = settings
        self._patience = patience
        self.now = now
        self.db = Database(settings.database)
        self.keys = KeyRing(settings.opshat_secret.get_secret_value())
        waits = Waits(settings.opshat_lease_seconds)
        posts = settings.opshat_posts_per_minute / pace if pace else 0
        self.tenants = Tenants(self.db, self.keys, now, timedelta(hours=settings.opshat_forget_after))
        self.slack = Slack(settings.slack_api_url, self.tenants, Pace(pace, posts), waits.call)
        self.shelf = PackShelf([OWN_PACKS, *settings.opshat_prompts])
        self.language = _language(settings.opshat_language)
        choose = partial(choose_questions, self.shelf.packs)
        self.postman = Postman(self.db, self.slack, now, waits, choose=choose, said=self._said, found=self._found)
        self._members = Members(self.slack)
        vetting = Vetting(self.db, self.keys, self._members)
        self._cures = Cures(self.db, self.slack, FORGET_REVOKED_AFTER)
        self.ticker = self._ticker(vetting)
        # A ticker of its own: a Monday's digests may take many minutes, and weeks close meanwhile.
        self.carrier = Ticker([self._deliver], now, settings.opshat_tick_seconds)
        # Another: Slack may take its time over each of hundreds of channels that stopped.
        self.mender = Ticker([self._cures.look], now, settings.opshat_tick_seconds)
        self._hourly_next = now()
        self._zones_after: int | None = 0
        self._read_again_after: int | None = 0
        self._socket: SocketDoor | None = None
        self._acks = Acks()
        signing = settings.slack_signing_secret
        self._bolt = make_bolt(
            self.tenants,
            settings.slack_api_url,
            signing.get_secret_value() if signing else None,
            verifies=signing is not None and not settings.socket_mode,
        )
        taker = Taker(self.db, self.keys, vetting, now)
        rate = Rate.of(internal=settings.opshat_internal_app)
        self.gaps = Gaps(self.db, self.slack, taker, now, rate)
        self.healer = Ticker([self.gaps.heal], now, min(rate.seconds, settings.opshat_tick_seconds))
        self.events = Events(
            self.db,
            self.keys,
            self.gaps,
            self.postman,
            self.shelf.packs,
            self.slack,
            tenants=self.tenants,
            wake=self.ticker.wake,
        )
        self.routes = self._desk().routes()
        People(self._bolt, self.slack, self._workspace_id, self.routes, self.ticker.wake)
        self._health = Health(self.db, now, lambda: [*self._own_numbers()], self._amiss)
        self.health_pages: Asgi = Starlette(routes=self._health.routes())
        self.asgi = self._make_asgi()

    def _ticker(self, vetting: Vetting) -> Ticker:
        steps = [
            vetting.vet,
            self._follow_zones,
            self._read,
            self._measure,
            self._close_weeks,
            self._nudge,
            self._tell,
            self._release,
            self._carry,
            self._forget_left,
            self._hourly,
            self._look_again,
        ]
        return Ticker(steps, self.now, self._settings.opshat_tick_seconds)

    def _desk(self) -> Desk:
        return Desk(
            self.db,
            self.keys,
            self.slack,
            self.shelf.packs,
            self.now,
            rights=Rights(self._settings.opshat_admins, self._settings.opshat_channels),
            members=self._members,
            detector=self.language.detector,
            retention_days=self._settings.opshat_retention_days,
        )

    # Life ------------------------------------------------------------------------------------------------

    async def start(self, *, doors: bool = True, ticks: bool = True) -> None:
        """Check the database and Slack's answer to our token, then open the doors and start ticking.

        Raises:
            Problem: the database is not migrated or of another secret, or Slack refuses a token.

        """
        check_migrated(self._settings.database)
        async with self.db.read() as session:
            await weeks.check_secret(session, self.keys)
        self.shelf.packs()  # what is broken in a pack is said now, not when a nudge is due
        token = self._settings.slack_bot_token
        if token is not None:
            await self._install(token.get_secret_value())
        await self.gaps.note_all()
        if doors and self._settings.slack_app_token is not None:
            await self._open_socket(self._settings.slack_app_token.get_secret_value())
        if ticks:
            self.carrier.start()
            self.mender.start()
            self.ticker.start()
        if doors or ticks:
            self.healer.start()

    async def _install(self, token: str) -> None:
        workspace, scopes = await install_from_token(self.db, self.slack, token, self.now())
        self.tenants.set_own(workspace, token)
        await token_works(self.db, workspace, scopes)

    async def _open_socket(self, app_token: str) -> None:
        try:
            # The SDK would try a bad token for ever; this asks once and says what is wrong.
            await self.slack.call_with(app_token, "apps.connections.open")
        except Refused as refusal:
            raise Problem(
                f"SLACK_APP_TOKEN was refused by Slack ({refusal.reason}): "
                "copy an app-level token with connections:write."
            ) from None
        self._socket = SocketDoor(app_token, self.events, self._bolt, self.gaps.away, self._acks, self._patience)
        await self._socket.connect()

    async def failed(self) -> None:
        """Return never, unless something is wrong that only a new start can mend.

        Raises:
            Problem: Slack's socket stays silent.

        """
        if self._socket is None:
            await asyncio.Event().wait()
            return
        try:
            await asyncio.shield(self._socket.dead)
        except ConnectionError as error:
            raise Problem(f"{error}: check the network; whatever supervises the bot starts it again.") from None

    async def stop(self, within: float = STOPS_WITHIN) -> None:
        """Close the doors, tick no more, and let go of Slack and the database.

        What was claimed is finished, or after `within` seconds left to whoever takes it over.
        """
        self.postman.stop()
        self.gaps.stop()
        tickers = self.ticker, self.carrier, self.healer, self.mender
        await asyncio.gather(*(ticker.stop(within) for ticker in tickers))
        if self._socket is not None:
            await self._socket.close()
        await self.gaps.taker.new.drain()
        await self.slack.close()
        await self.db.close()

    # Time ------------------------------------------------------------------------------------------------

    async def tick(self) -> None:
        """Do all that is due by now, and say all that waits."""
        await self.ticker.tick()

    async def next_moment(self, kind: Literal["nudge", "digest", "any"] = "any") -> datetime | None:
        """Return the next planned moment of all channels: of nudges, of digests, or whatever comes first."""
        columns = {
            "nudge": (Channel.nudge_at,),
            "digest": (Channel.digest_at,),
            "any": (Channel.nudge_at, Channel.digest_at, Channel.week_ends_at),
        }[kind]
        async with self.db.read() as session:
            moments = [await session.scalar(select(func.min(column))) for column in columns]
            if kind == "any":
                planned = select(func.min(Posting.due_at)).where(Posting.state == "planned")
                moments.append(await session.scalar(planned))
        return min((moment for moment in moments if moment), default=None)

    async def _follow_zones(self, now: datetime) -> None:
        if self._zones_after is not None:
            self._zones_after = await follow_the_rules(self.db, self._zones_after, now)

    async def _read(self, _: datetime) -> None:
        while self._read_again_after is not None:  # once for a process, after its start: not what a start waits for
            after = self._read_again_after
            self._read_again_after = await readings.read_open_weeks_again(self.db, self.language.detector, after)
        while await readings.read_replies(self.db, self.language.detector):
            pass

    async def _measure(self, now: datetime) -> None:
        await refresh_sizes(self.db, self.slack, self._members.may_answer, now)

    async def _close_weeks(self, now: datetime) -> None:
        await close_due_weeks(self.db, self.keys, self.language, now)

    async def _nudge(self, now: datetime) -> None:
        while await write_due_nudges(self.db, self.shelf.packs, now) == NUDGES:
            self.carrier.wake()  # the first are said while the last are still being written down

    async def _tell(self, now: datetime) -> None:
        await write_due_digests(self.db, self.shelf.packs(), now, self.carrier.wake)

    async def _release(self, now: datetime) -> None:
        await postings.release(self.db, now)

    async def _carry(self, _: datetime) -> None:
        await self.carrier.soon()

    async def _deliver(self, _: datetime) -> None:
        await self.postman.deliver()

    async def _forget_left(self, now: datetime) -> None:
        while await forget_one(self.db, now):  # at every tick: what was promised is kept to the minute
            self.tenants.changed()

    async def _hourly(self, now: datetime) -> None:
        if now < self._hourly_next:
            return
        keep = timedelta(days=self._settings.opshat_retention_days)
        while await forget_old_replies(self.db, keep, now):
            pass
        await self.db.forget_the_log()
        await self.gaps.note_unvetted()
        self._hourly_next = now + EVERY_HOUR

    async def _look_again(self, _: datetime) -> None:
        await self.mender.soon()

    async def _said(self, claim: Claim, ts: str) -> None:
        """Add what belongs to a posting that was just said: a digest's chart, where files may be written."""
        if claim.posting.kind == postings.DIGEST and claim.workspace.grants("files:write"):
            await add_chart(self.db, self.slack, claim, ts)

    async def _found(self, settled: Settled) -> None:
        """Read the thread of a nudge again that nobody knew for a while: Slack may have given up on its replies."""
        if settled.kind in postings.ASKING:
            await self.gaps.note(settled.id)

    # Slack -----------------------------------------------------------------------------------------------

    async def _workspace_id(self, enterprise: str, team: str) -> int:
        found = await self.tenants.find(enterprise, team)
        if found is None:
            raise Problem("The bot is not installed in this workspace.")
        return found.id

    def _make_asgi(self) -> Asgi:
        behind = Starlette(routes=[*self._health.routes(), *self._install_pages()])
        secret = self._settings.slack_signing_secret
        if secret is None:
            return behind
        return HttpDoor(secret.get_secret_value(), self.events, self._bolt, behind, self._acks)

    def _own_numbers(self) -> Iterator[Line]:
        """Tell the numbers of this process."""
        yield from self._acks.lines()
        for what in ("new", "edit", "deletion"):
            yield "opshat_replies_total", {"what": what}, self.events.taken[what]
        yield "opshat_replies_waiting", {}, self.gaps.taker.new.waiting
        if self.ticker.runs:
            yield "opshat_tick_age_seconds", {}, self.ticker.age()
        if self._socket is not None:
            yield "opshat_socket_silent_seconds", {}, self._socket.age()

    def _amiss(self) -> dict[str, str]:
        """Tell what keeps this process from its job, the database aside."""
        amiss = {}
        if self.ticker.runs and self.ticker.age() > STALLED:
            amiss["ticks"] = f"none has ended for {self.ticker.age():.0f} seconds"
        if self._socket is not None and self._socket.is_silent():
            amiss["socket"] = f"Slack has said nothing for {self._socket.age():.0f} seconds"
        return amiss

    def _install_pages(self) -> list[Route]:
        client_id, secret = self._settings.slack_client_id, self._settings.slack_client_secret
        if client_id is None or secret is None:
            return []
        client = Client(client_id, secret.get_secret_value(), all_scopes())
        installer = Installer(self.db, self.keys, self.slack, client, go_on, self.now)
        return Pages(installer, self.tenants.forgets_after, self.tenants.changed).routes()


@cache
def _language(own: Path | None) -> Language:
    """Return what reads and groups constraint language; its files are read once in a process."""
    ours = OwnLanguage.read(own)
    return Language(ours.detector(), ours.themes())


def build(
    settings: Settings,
    now: Callable[[], datetime] | None = None,
    pace: float = 1.0,
    patience: Patience | None = None,
) -> Bot:
    """Put a bot together; nothing is opened before `start`."""
    return Bot(settings, now or Clock(), pace, patience)
