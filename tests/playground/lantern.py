"""A bot of the tests' own that asks, takes private answers and tells, to try the page with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Literal

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.seed import Place, beginning, latest_nudge, live_through, people_the_place, set_up
from bot.playground.standin import StandIn
from tests.slack import TestClock

Block = dict[str, Any]
DAYS = {"1": "Monday", "2": "Tuesday", "3": "Wednesday", "4": "Thursday", "5": "Friday"}


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def options(names: dict[str, str]) -> list[Block]:
    return [{"text": plain(label), "value": value} for value, label in names.items()]


CHOICES = options(DAYS)


def button(label: str, action: str, **fields: str) -> Block:
    return {"type": "button", "text": plain(label), "action_id": action, **fields}


def section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def small(text: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text}]}


def field(name: str, label: str, element: Block, **fields: Any) -> Block:
    named = {**element, "action_id": name}
    return {"type": "input", "block_id": name, "label": plain(label), "element": named, **fields}


def nudge(question: str) -> list[Block]:
    actions = [button("Answer privately", "answer", style="primary"), button("Not this week", "skip")]
    note = "Safety science · Answer in the thread, where all here can read it, or privately with the button."
    return [section(f"*{question}*"), small(note), {"type": "actions", "elements": actions}]


ANSWER: Block = {
    "type": "modal",
    "callback_id": "answer",
    "title": plain("Answer privately"),
    "submit": plain("Send"),
    "close": plain("Cancel"),
    "blocks": [
        section("*What do we all take for granted?*"),
        field("answer", "Your answer", {"type": "plain_text_input", "multiline": True, "max_length": 3000}),
        small("Your name is not stored. The words go for good when the week closes."),
    ],
}
SCHEDULE: Block = {
    "type": "modal",
    "callback_id": "schedule",
    "title": plain("Schedule"),
    "submit": plain("Save"),
    "blocks": [
        field("days", "Ask on", {"type": "checkboxes", "options": CHOICES, "initial_options": CHOICES[1:2]}),
        field("time", "At", {"type": "timepicker", "initial_time": "10:00"}),
        field(
            "zone",
            "Time zone",
            {"type": "plain_text_input", "initial_value": "UTC"},
            hint=plain("Such as UTC."),
        ),
        field(
            "digest_day",
            "Tell on",
            {"type": "static_select", "options": CHOICES, "initial_option": CHOICES[0]},
        ),
        field("digest_time", "At", {"type": "timepicker", "initial_time": "10:00"}),
        field("size", "People", {"type": "number_input", "is_decimal_allowed": False}, optional=True),
    ],
}
FORM: Block = {
    "type": "modal",
    "callback_id": "everything",
    "title": plain("Everything"),
    "submit": plain("Send"),
    "blocks": [
        field("text", "Text", {"type": "plain_text_input", "max_length": 20}),
        field("select", "Select", {"type": "static_select", "options": options(DAYS)}),
        field("several", "Several", {"type": "multi_static_select", "options": options(DAYS)}),
        field("boxes", "Boxes", {"type": "checkboxes", "options": options(DAYS)}, optional=True),
        field("radio", "Radio", {"type": "radio_buttons", "options": options(DAYS)}),
        field("clock", "Clock", {"type": "timepicker"}),
        field("date", "Date", {"type": "datepicker"}),
        field("number", "Number", {"type": "number_input", "is_decimal_allowed": True, "max_value": "10"}),
        field("user", "Somebody", {"type": "users_select"}),
        field("place", "Somewhere", {"type": "conversations_select"}),
    ],
}
MENU: Block = {
    "type": "overflow",
    "action_id": "more",
    "options": options({"why": "Why this?", "not": "Not one"}),
}
QUESTIONS = (
    "What do we all take for granted?",
    "Where did something go right this week, and what helped it?",
    "Which rule here would a newcomer find odd?",
    "What did we decide not to do?",
    "What would we try if it were easy to undo?",
)


class Lantern:
    """The bot: every Tuesday a question, every Monday what was heard, both at ten o'clock UTC."""

    def __init__(self, standin: StandIn, place: Place, clock: TestClock) -> None:
        workspace = place.workspace
        self.submitted: list[dict[str, Any]] = []
        self.private = 0
        self._place = place
        self._clock = clock
        self.client = AsyncWebClient(token=workspace.bot_token, base_url=standin.api_url)
        self.app = AsyncApp(client=self.client, signing_secret=workspace.signing_secret)
        self.app.command("/opshat")(self._command)
        self.app.action("answer")(self._answer)
        self.app.action("skip")(self._skip)
        self.app.action("more")(self._more)
        self.app.view("answer")(self._answered)
        self.app.view("schedule")(self._submitted)
        self.app.view("everything")(self._submitted)
        self.app.event("message")(self._nothing)
        self.app.event("member_joined_channel")(self._nothing)
        self.app.event("app_home_opened")(self._home)

    # The bot -----------------------------------------------------------------------------------------------

    async def _nothing(self) -> None:
        """Take the event."""

    async def _command(self, ack: Any, command: dict[str, Any], client: AsyncWebClient) -> None:
        views = {"schedule": SCHEDULE, "answer": ANSWER, "form": FORM}
        word = str(command.get("text"))
        if word in views:
            await client.views_open(trigger_id=command["trigger_id"], view=views[word])
            await ack()
        else:
            await ack(text=f"`/opshat {word}` is no command. Did you mean `/opshat answer`?")

    async def _answer(self, ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=ANSWER)
        await ack()

    async def _skip(self, ack: Any, respond: Any) -> None:
        await ack()
        await respond(text="No question here for the next seven days.", replace_original=False)

    async def _more(self, ack: Any, respond: Any, action: dict[str, Any]) -> None:
        await ack()
        await respond(text=f"chosen: {action['selected_option']['value']}", replace_original=False)

    async def _answered(self, ack: Any, view: dict[str, Any]) -> None:
        if view["state"]["values"]["answer"]["answer"]["value"] == "?":
            await ack(response_action="errors", errors={"answer": "Write a few words."})
            return
        self.private += 1
        done = {"type": "modal", "callback_id": "answer", "title": plain("Kept"), "close": plain("Done")}
        await ack(response_action="update", view={**done, "blocks": [section("Kept, privately.")]})

    async def _submitted(self, ack: Any, view: dict[str, Any]) -> None:
        self.submitted.append(view["state"]["values"])
        await ack()

    async def _home(self, event: dict[str, Any], client: AsyncWebClient) -> None:
        blocks = [
            {"type": "header", "text": plain("What is scheduled")},
            section("*#lantern-rounds*  The next question comes on Tuesday at 10:00."),
            {"type": "divider"},
            section("Nothing of yours is kept."),
        ]
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    # Time --------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        return self._clock()

    async def to_next(self, kind: Literal["nudge", "digest"]) -> str:
        weekday = 1 if kind == "nudge" else 0
        moment = self._clock().replace(hour=10, minute=0, second=0, microsecond=0)
        while moment <= self._clock() or moment.weekday() != weekday:
            moment += timedelta(days=1)
        await self._walk(moment)
        return "A question was asked." if kind == "nudge" else "The week was told."

    async def forward(self, hours: float) -> str:
        await self._walk(self._clock() + timedelta(hours=hours))
        return f"It is {self._clock():%A, %H:%M}."

    async def _walk(self, end: datetime) -> None:
        while (step := self._clock().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)) <= end:
            self._clock.moment = step
            if step.hour == 10 and step.weekday() == 1:
                question = QUESTIONS[step.isocalendar().week % len(QUESTIONS)]
                await self._post(question, nudge(question))
            elif step.hour == 10 and step.weekday() == 0:
                await self._tell()
        self._clock.moment = end

    async def _tell(self) -> None:
        since = self._clock() - timedelta(days=7)
        replies = [it for it in self._place.channel.messages.values() if it.is_reply]
        voices = {it.user for it in replies if float(it.ts) > since.timestamp()}
        private = f", {self.private} privately" if self.private >= 3 else ""
        self.private = 0
        words = f"{len(voices)} people answered in the thread{private}."
        heard = f"*Releases need a yes from a committee*  ▁▂▄\nHeard from two in the thread. {await self._link()}"
        blocks = [
            section(f"*What was heard here*\n{words}"),
            section(heard) | {"accessory": MENU},
            small("A voice is one person."),
        ]
        await self._post(words, blocks)

    async def _link(self) -> str:
        asked = latest_nudge(self._place)
        if asked is None:
            return ""
        link = await self.client.chat_getPermalink(channel=self._place.channel.id, message_ts=asked.ts)
        return f"<{link['permalink']}|The thread>"

    async def _post(self, text: str, blocks: list[Block]) -> None:
        await self.client.chat_postMessage(channel=self._place.channel.id, text=text, blocks=blocks)


@asynccontextmanager
async def lantern(standin: StandIn, clock: TestClock) -> AsyncIterator[tuple[Place, Lantern]]:
    """Give the seeded team after its three weeks, with the bot connected and time to be moved by it."""
    place, now = people_the_place(standin), clock.moment
    clock.moment = beginning(now)
    bot = Lantern(standin, place, clock)
    standin.time = bot
    token = place.workspace.app_token
    web = AsyncWebClient(token=token, base_url=standin.api_url)
    handler = AsyncSocketModeHandler(bot.app, token, web_client=web)
    await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt annotates it not
    try:
        await standin.connected(place.workspace.app)
        await set_up(place)
        await live_through(standin, place, bot, now)
        yield place, bot
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]  # as above
