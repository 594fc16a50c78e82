"""A local stand-in for Slack: Web API, Socket Mode, signed HTTP, and people. In memory, one loop."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from aiohttp import web

from bot.playground.changes import Changes
from bot.playground.delivery import Post
from bot.playground.events import Events
from bot.playground.journal import Journal
from bot.playground.methods.call import Parts
from bot.playground.methods.oauth import allow
from bot.playground.mischief import Mischief
from bot.playground.modals import Modals
from bot.playground.pace import Pace
from bot.playground.page_api import Page
from bot.playground.sockets import Sockets
from bot.playground.stage import Stage
from bot.playground.talk import Talk
from bot.playground.tickets import Tickets
from bot.playground.time_control import TimeControl
from bot.playground.web_api import WebApi
from bot.playground.workspace import Workspace
from bot.playground.world import SCOPES, App, Team, User, World

_LARGEST_BODY = 20 * 1024 * 1024


def _wall_clock() -> datetime:
    return datetime.now(UTC)


class StandIn:
    """A Slack of one's own.

    Args:
        now: the product's clock, aware UTC: it dates messages and events. Triggers, signatures, retries and
            sockets go by real time.
        seed: makes ids and chance repeatable.
        time: moves the clock for the page; it can be set later as well.

    Attributes:
        journal: what was accepted, sent, acknowledged and refused.
        mischief: the switches of a bad day.
        pace: Slack's rate limits, off at first.

    """

    def __init__(
        self,
        now: Callable[[], datetime] = _wall_clock,
        seed: int | None = None,
        time: TimeControl | None = None,
    ) -> None:
        self.time = time
        self.stopping = False
        self.world = World(now, seed)
        self.journal = Journal()
        self.changes = Changes()
        self.mischief = Mischief(self.world.ids.random)
        self.pace = Pace()
        self.workspaces: list[Workspace] = []
        self._sockets = Sockets(self.world.ids, self.mischief, self.changes.note)
        self._post = Post(self._sockets, self.journal, self.mischief)
        self._runner: web.AppRunner | None = None
        self._port = 0
        self._stage = self._set_stage()
        self.web = self._make_web()

    def _set_stage(self) -> Stage:
        events = Events(self.world, self._post.send_event)
        talk = Talk(self.world, events, self.changes.note)
        tickets = Tickets(self.world.ids)
        modals = Modals(self.world, talk, tickets)
        parts = Parts(self.world, talk, modals, tickets, self._sockets, lambda: self.url)
        return Stage(parts, self._post, events, self.changes, self.journal)

    def _make_web(self) -> web.Application:
        api = WebApi(self._stage.parts, self.journal, self.mischief, self.pace)
        app = web.Application(client_max_size=_LARGEST_BODY)
        app.router.add_route("*", "/api/{method}", api.serve)
        app.router.add_post("/upload/{team}/{file}", api.upload)
        app.router.add_post("/response/{key:.+}", api.respond)
        app.router.add_get("/link/", self._sockets.serve)
        app.router.add_get("/oauth/v2/authorize", self._authorize)
        Page(self).add_to(app.router)
        return app

    async def _authorize(self, request: web.Request) -> web.StreamResponse:
        return allow(self._stage.parts, request)

    # Life --------------------------------------------------------------------------------------------------

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> None:
        """Listen on a port; 0 takes a free one.

        Raises:
            OSError: the port is taken.

        """
        self._runner = web.AppRunner(self.web, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close every connection and stop delivering."""
        self.stopping = True
        self.changes.note()
        await self._sockets.close()
        await self._post.close()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def port(self) -> int:
        """Where the stand-in listens."""
        return self._port

    @property
    def url(self) -> str:
        """Where the stand-in listens, without a slash at the end."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_url(self) -> str:
        """The base of the Web API: what SLACK_API_URL is set to."""
        return f"{self.url}/api/"

    @property
    def tickets(self) -> Tickets:
        """The triggers and response_urls that are out."""
        return self._stage.parts.tickets

    # Set up ------------------------------------------------------------------------------------------------

    def add_app(self, name: str = "Ops Hat") -> App:
        """Register an app, to be installed in one or more workspaces."""
        ids = self.world.ids
        app = App(
            id=ids.new("A"),
            name=name,
            app_token=ids.token("xapp-1"),
            signing_secret=ids.secret(),
            client_id=f"{ids.short(12)}.{ids.short(12)}",
            client_secret=ids.secret(),
            verification_token=ids.short(24),
        )
        self.world.apps.append(app)
        return app

    def add_workspace(
        self,
        name: str = "Playground",
        *,
        scopes: Iterable[str] = SCOPES,
        app: App | None = None,
        enterprise_id: str | None = None,
    ) -> Workspace:
        """Add a workspace with an app installed: a new one, or one that is installed elsewhere too."""
        ids = self.world.ids
        app = app or self.add_app()
        team_id = ids.new("T")
        bot = User(ids.new("U"), app.name.lower().replace(" ", ""), team_id, is_bot=True)
        team = Team(team_id, name, app, bot, ids.new("B"), "", set(scopes), enterprise_id)
        team.users[bot.id] = bot
        self.world.enrol(team, ids.token("xoxb"))
        self.workspaces.append(Workspace(team, self._stage))
        return self.workspaces[-1]

    async def verify_url(self, app: App) -> bool:
        """Send an app's request URL the challenge that Slack sends; say whether it came back."""
        return await self._post.verify_url(app)

    # Wait --------------------------------------------------------------------------------------------------

    async def settle(self) -> None:
        """Wait until every event is acknowledged or given up."""
        await self._post.settle()

    async def until(self, holds: Callable[[], bool], seconds: float = 5.0) -> None:
        """Wait until something holds.

        Raises:
            TimeoutError: it did not come to hold in time.

        """
        await self.changes.until(holds, seconds)

    async def connected(self, app: App, seconds: float = 5.0) -> None:
        """Wait until an app has a WebSocket open.

        Raises:
            TimeoutError: none was opened.

        """
        await self.changes.until(lambda: self._sockets.count(app) > 0, seconds)

    # A bad day ---------------------------------------------------------------------------------------------

    def set_retries(self, *, scale: float, ack_seconds: float | None = None) -> None:
        """Scale the waits before retries, and set how long an acknowledgement may take (3 s by default)."""
        self._post.retry_scale = scale
        if ack_seconds is not None:
            self._post.ack_seconds = ack_seconds

    async def refresh_sockets(self, app: App | None = None, reason: str = "refresh_requested") -> None:
        """Ask Socket Mode clients to connect anew ("warning" announces it and leaves them be)."""
        await self._sockets.refresh(app, reason)
