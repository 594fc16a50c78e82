"""*Watch*: one tap, and the bot observes; at most three watches and tries are open in a channel."""

from sqlalchemy import delete, select, update

from bot import postings
from bot.constraints.standing import MOST_OPEN
from bot.errors import Problem
from bot.ledger import words
from bot.ledger.visit import Visit
from bot.slack.beside import Watched, observed, weeks
from bot.slack.faces import Message, Modal
from bot.slack.knock import numbered
from bot.store.beside import heard_since, name_of, open_tries, open_watches
from bot.store.engine import insert
from bot.store.tables import Posting, Try, Watch, Watcher


async def watch_theme(visit: Visit, theme: int) -> Message | Modal:
    """Watch a constraint, or join those who do; where three are open, ask which to let go.

    Raises:
        Problem: it left the page.

    """
    root = visit.shown(theme).theme
    return await _watch(visit, Watch(channel_id=visit.channel.id, theme_id=root, since=visit.week), f"theme:{root}")


async def watch_nudge(visit: Visit, message_ts: str) -> Message | Modal:
    """Watch what a question asked about.

    Raises:
        Problem: the message is no question of this channel.

    """
    here = Posting.channel_id == visit.channel.id, Posting.kind.in_(postings.ASKING)
    nudge = await visit.session.scalar(select(Posting.id).where(*here, Posting.ts == message_ts))
    if nudge is None:
        raise Problem(words.GONE)
    return await _watch_posting(visit, nudge)


async def _watch_posting(visit: Visit, nudge: str) -> Message | Modal:
    watch = Watch(channel_id=visit.channel.id, posting_id=nudge, since=visit.week)
    return await _watch(visit, watch, f"nudge:{nudge}")


async def _watch(visit: Visit, watch: Watch, then: str) -> Message | Modal:
    standing = next((one for one in await _open(visit) if _same(one, watch)), None)
    if standing is None and (which := await ask_to_let_go(visit, then)):
        return which
    if standing is None:
        visit.session.add(watch)
        await visit.session.flush()
    tapped = insert(visit.session, Watcher).values(watch_id=(standing or watch).id, person=visit.person)
    first = await visit.session.execute(tapped.on_conflict_do_nothing().returning(Watcher.person))
    if standing is None:
        return words.said(words.WATCHING)
    return words.said(words.JOINED_WATCH if first.scalar_one_or_none() else words.WATCHED_BY_YOU)


def _same(one: Watch, other: Watch) -> bool:
    return (one.theme_id, one.posting_id) == (other.theme_id, other.posting_id)


async def _open(visit: Visit) -> list[Watch]:
    return await open_watches(visit.session, visit.channel.id, visit.week)


async def ask_to_let_go(visit: Visit, then: str) -> Modal | None:
    """Return the question which watch or try may go, or None while there is room for one more.

    `then` says what was asked for, to be done after: "theme:ID", "nudge:ID" or "try:ID".
    """
    going = {
        f"watch:{watch.id}": f"Watch: {await name_of(visit.session, visit.known, watch, visit.channel.zone)}"
        for watch in await _open(visit)
    }
    going |= {f"try:{one.id}": f"Try: {one.what}" for one in await open_tries(visit.session, visit.channel.id)}
    return words.full(going, {**visit.memo, "then": then}) if len(going) >= MOST_OPEN else None


async def let_go(visit: Visit, which: str) -> None:
    """End a watch ("watch:ID") or a try ("try:ID"); what has ended already stays as it is."""
    kind, _, number = which.partition(":")
    if kind == "try":
        going = Try.id == numbered(number), Try.channel_id == visit.channel.id, Try.outcome == ""
        await visit.session.execute(update(Try).where(*going).values(outcome="let go", ended_at=visit.now))
    else:
        watched = Watch.id == numbered(number), Watch.channel_id == visit.channel.id, Watch.ended_at.is_(None)
        await visit.session.execute(update(Watch).where(*watched).values(ended_at=visit.now))


async def join_watches(visit: Visit, newer: int, root: int) -> None:
    """Make the open watches of two joined lines one; who watched either watches it."""
    of_both = [one for one in await _open(visit) if one.theme_id in {newer, root}]
    await visit.session.execute(update(Watch).where(Watch.theme_id == newer).values(theme_id=root))
    for one in of_both[1:]:
        there = select(Watcher.person).where(Watcher.watch_id == of_both[0].id)
        await visit.session.execute(delete(Watcher).where(Watcher.watch_id == one.id, Watcher.person.in_(there)))
        await visit.session.execute(update(Watcher).where(Watcher.watch_id == one.id).values(watch_id=of_both[0].id))
        await visit.session.delete(one)


async def seen_of(visit: Visit, watch: Watch) -> str:
    """Say what a watch saw in closed weeks."""
    thread, private = await heard_since(visit.session, visit.known, watch)
    name = "" if watch.theme_id else f" {await name_of(visit.session, visit.known, watch, visit.channel.zone)}"
    if not thread:
        return f"Watching{name} since this week."
    return f"Watching{name} for {weeks(len(thread))}: {observed(Watched(name, thread, private))}."


async def do_after(visit: Visit, then: str) -> Message | Modal:
    """Watch what was asked for before something had to be let go; `then` is as `ask_to_let_go` takes it."""
    kind, _, name = then.partition(":")
    return await (watch_theme(visit, numbered(name)) if kind == "theme" else _watch_posting(visit, name))
