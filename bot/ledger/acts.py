"""What can be done with constraints: every command, button and modal of the page, and those beside a digest."""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from bot.ledger import marks, page, trying, watching, words
from bot.ledger.visit import Visit
from bot.slack.beside import MARKS, OUTCOMES
from bot.slack.faces import Message, Modal
from bot.slack.knock import Knock, numbered

Handler = Callable[[Knock], Awaitable[Message | Modal | None]]


class Door(Protocol):
    """Lets a knock in: whoever `acts` has to be let act."""

    def __call__(self, knock: Knock, *, acts: bool = True) -> AbstractAsyncContextManager[Visit]:
        """Open a transaction at the channel that the knock means."""


@dataclass(frozen=True, slots=True)
class Acts:
    """The handlers; those that end in `here` answer in the modal where the button was.

    Attributes:
        door: lets a knock in.
        hear: what the detector hears in somebody's own words.

    """

    door: Door
    hear: Callable[[Iterable[str]], list[str]]

    async def page(self, knock: Knock) -> Modal:
        """`/opshat constraints`, and *All constraints*."""
        async with self.door(knock, acts=False) as visit:
            return await page.page(visit)

    async def open(self, knock: Knock) -> Modal:
        """*Open*, and *Mark it* beside a digest's line."""
        async with self.door(knock, acts=False) as visit:
            return await page.details(visit, numbered(knock.text))

    async def why(self, knock: Knock) -> Modal:
        """*Why this?*."""
        async with self.door(knock, acts=False) as visit:
            return await page.why(visit, numbered(knock.text))

    # Marks -----------------------------------------------------------------------------------------------

    def mark_as(self, as_what: str) -> Handler:
        """Return the handler of one mark's button."""

        async def mark(knock: Knock) -> Modal:
            async with self.door(knock) as visit:
                theme = await marks.mark(visit, numbered(knock.text), as_what)
                return await page.details(visit, theme, words.MARKED)

        return mark

    async def dismiss(self, knock: Knock) -> Message:
        """*Not a constraint*."""
        async with self.door(knock) as visit:
            return await marks.dismiss(visit, numbered(knock.text))

    async def dismiss_here(self, knock: Knock) -> Modal:
        """*Not a constraint*, in the modal."""
        return words.in_modal(await self.dismiss(knock), knock.memo)

    async def take_back(self, knock: Knock) -> Message | Modal:
        """*Take it back*."""
        async with self.door(knock) as visit:
            said = await marks.take_back(visit, numbered(knock.text))
        return words.in_modal(said, knock.memo) if knock.memo else said

    async def ask_same(self, knock: Knock) -> Modal:
        """*Same as...*."""
        async with self.door(knock) as visit:
            return await marks.ask_same(visit, numbered(knock.text))

    async def join(self, knock: Knock) -> Modal:
        """Join the two lines that were chosen."""
        async with self.door(knock) as visit:
            await marks.join(visit, numbered(knock.memo["theme"]), knock.fields)
            return words.in_modal(words.said(words.JOINED), visit.memo)

    # Watches and tries -----------------------------------------------------------------------------------

    async def watch(self, knock: Knock) -> Message | Modal:
        """*Watch* beside a digest's line."""
        async with self.door(knock) as visit:
            return await watching.watch_theme(visit, numbered(knock.text))

    async def watch_here(self, knock: Knock) -> Modal:
        """*Watch*, in the modal."""
        async with self.door(knock) as visit:
            said = await watching.watch_theme(visit, numbered(knock.text))
            return said if isinstance(said, Modal) else await page.details(visit, numbered(knock.text), said.text)

    async def watch_nudge(self, knock: Knock) -> Message | Modal:
        """*Watch* under a question."""
        async with self.door(knock) as visit:
            return await watching.watch_nudge(visit, knock.message_ts)

    async def let_go(self, knock: Knock) -> Modal:
        """*Let go*, on the page."""
        async with self.door(knock) as visit:
            await watching.let_go(visit, knock.text)
            return await page.page(visit, words.LET_GO_DONE)

    async def make_room(self, knock: Knock) -> Modal:
        """Let go of what was chosen, and do what there was no room for."""
        async with self.door(knock) as visit:
            await watching.let_go(visit, str(knock.fields[words.LET_GO]))
            kind, _, theme = str(knock.memo["then"]).partition(":")
            if kind == "try":
                return await trying.ask(visit, numbered(theme))
            said = await watching.do_after(visit, str(knock.memo["then"]))
            return said if isinstance(said, Modal) else words.in_modal(said, visit.memo)

    async def ask_to_try(self, knock: Knock) -> Modal:
        """*Try*."""
        async with self.door(knock) as visit:
            return await trying.ask(visit, numbered(knock.text))

    async def save_try(self, knock: Knock) -> Modal:
        """Keep a try."""
        async with self.door(knock) as visit:
            said = await trying.save(visit, numbered(knock.memo["theme"]), knock.fields)
            mirrored = self.hear(trying.written(knock.fields)) if visit.wears_hat else []
            return words.in_modal(words.said(said + words.mirror(mirrored)), visit.memo)

    async def look_back(self, knock: Knock) -> Message:
        """What came of a try, pressed in a digest."""
        async with self.door(knock) as visit:
            return await trying.look_back(visit, knock.text)

    async def look_back_here(self, knock: Knock) -> Modal:
        """What came of a try, pressed in the modal."""
        return words.in_modal(await self.look_back(knock), knock.memo)

    # Where they are ---------------------------------------------------------------------------------------

    def buttons(self) -> dict[str, Handler]:
        """Return who answers the buttons of the page."""
        return {
            words.PAGE: self.page,
            words.OPEN: self.open,
            words.WHY: self.why,
            words.SAME: self.ask_same,
            words.DISMISS: self.dismiss_here,
            words.TAKE_BACK: self.take_back,
            words.WATCH: self.watch_here,
            words.LET_GO: self.let_go,
            words.TRY: self.ask_to_try,
            **{f"{words.MARK} {mark}": self.mark_as(mark) for mark in MARKS},
            **{f"{words.LOOK} {outcome}": self.look_back_here for outcome in OUTCOMES},
        }

    def modals(self) -> dict[str, Handler]:
        """Return who answers the modals that are submitted."""
        return {words.SAME: self.join, words.LET_GO: self.make_room, words.TRY: self.save_try}
