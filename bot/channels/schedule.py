"""`/opshat schedule`: a modal with what holds now, and what happens when it is saved; `pause` and `resume`."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot import cadence, postings, weeks
from bot.channels import profile, words
from bot.channels.announce import announce
from bot.channels.replan import replan
from bot.errors import FieldProblem, Problem
from bot.keys import KeyRing
from bot.slack.client import Busy, Refused, Slack, Unclear
from bot.slack.faces import Message, Modal
from bot.slack.knock import numbered
from bot.store.tables import Channel

_NUDGE_TIME, _NUDGE_DAY, _DIGEST_TIME, _DIGEST_DAY = "10:00", "2", "10:00", "1"
KEEP, LESS, FEWER, STOP = "keep", "less", "fewer", "stop"
"""What was chosen of the bot (`Channel.kept`); FEWER is *Less* where one question a week is left."""

SHARED = "shared"
"""Why a channel stopped that became shared with another organisation: set-up asks whether it may go on."""
LOOK = "look"
"""Why a channel still stands whose reason to stop has gone: `cures` has yet to ask what kind of channel it is now."""
OUT_OF_REACH = frozenset({"not_in_channel", "channel_not_found", "is_archived"})
"""Slack's words for why nothing can be posted in a channel that somebody can mend by an invitation, or in Slack."""
_MOST_MEMBERS = 100_000
ASKS_FOR_SECONDS = 1.0
"""How long Slack may take to answer before we go on without: a modal has to open within three seconds."""

SAVES_WITHIN = 1.8
"""The same where a modal is saved: nothing starts without an answer, and nothing else has to be asked."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Facts:
    """What Slack says of a channel; `members` counts people besides the bot, None where we may not ask.

    `late`: it said nothing in time, so that nothing is known of a channel of which we may ask. `amiss` is its word
    for why it tells nothing, or why nothing can be posted there.
    """

    members: int | None = None
    general: bool = False
    shared: bool = False
    late: bool = False
    amiss: str = ""

    def note(self, channel: Channel) -> None:
        """Let a channel be known as Slack tells of it, where it does: who may set it up depends on that."""
        if self.members is not None:
            channel.members, channel.general = self.members, self.general
            # Who chose that the bot works there chose it for those it was shared with: others are asked about anew.
            channel.shared = channel.shared and self.shared

    def check(self) -> None:
        """Return where Slack answered, or may not be asked.

        Raises:
            Problem: it is late.

        """
        if self.late:
            raise Problem(words.SLACK_IS_LATE)


async def facts_of(slack: Slack, channel: Channel, within: float = ASKS_FOR_SECONDS) -> Facts:
    """Ask Slack about a channel, for some seconds; without `channels:read` nothing is known of it."""
    try:
        async with asyncio.timeout(within):
            answer = await slack.call(
                channel.workspace_id, "conversations.info", channel=channel.slack_id, include_num_members=True
            )
    except (Refused, Busy, Unclear, TimeoutError) as reason:
        log.info("no facts of the channel", reason=str(reason))
        return Facts(amiss=reason.reason) if isinstance(reason, Refused) else Facts(late=True)
    told = answer["channel"]
    members = told.get("num_members")
    return Facts(
        members=int(members) - 1 if members is not None else None,
        general=bool(told.get("is_general")),
        shared=bool(told.get("is_ext_shared") or told.get("is_pending_ext_shared")),
        amiss="is_archived" if told.get("is_archived") else "" if told.get("is_member") else "not_in_channel",
    )


def zone_or_utc(name: str) -> str:
    """Return a zone as the tz database spells it, or UTC for what it does not know."""
    try:
        return cadence.check_zone(name)
    except Problem:
        return "UTC"


def modal(channel: Channel, zone: str, facts: Facts, packs: Sequence[str], *, guests_told: bool = True) -> Modal:
    """Return the set-up modal, filled in with what holds now or with what most start with.

    `packs` names the packs that there are; where there is one, nothing is to be chosen. `guests_told`: whether
    Slack tells us who is a guest.
    """
    now = {
        "days": channel.nudge_days or _NUDGE_DAY,
        "time": channel.nudge_time or _NUDGE_TIME,
        "zone": channel.zone or zone,
        "digest_day": str(channel.digest_day or _DIGEST_DAY),
        "digest_time": channel.digest_time or _DIGEST_TIME,
        "size": "told" if facts.members is not None else str(channel.members or ""),
        "shared": "yes" if is_shared(channel, facts) else "",
        "country": _country_written(channel.country),
        "packs": channel.packs or ",".join(packs),
        "all_packs": ",".join(packs),
        "guests": ("yes" if channel.guests else "") if guests_told else "untold",
        "goal": "" if channel.set_up_at else "asked",
    }
    return words.schedule({"channel": str(channel.id), "seen": _seen(channel)}, now)


def _country_written(code: str) -> str:
    """Return a country as somebody could have typed it."""
    return code if "-" in code or not code else cadence.country_name(code)


def _seen(channel: Channel) -> str:
    """Say which settings a modal shows: those of this moment."""
    return channel.changed_at.isoformat() if channel.changed_at else ""


@dataclass(frozen=True, slots=True)
class Change:
    """A submitted schedule: who sent it (a Slack id), its fields, what Slack says of the channel, and when.

    `seen` says which settings its modal had shown.
    """

    user: str
    fields: Mapping[str, Any]
    facts: Facts
    at: datetime
    seen: str = ""


async def save(session: AsyncSession, keys: KeyRing, channel: Channel, change: Change) -> Modal:
    """Keep a schedule, plan its next moments, and announce it in the channel.

    Raises:
        FieldProblem: a field is wrong, and says which; or somebody else changed the settings meanwhile.

    """
    if change.seen != _seen(channel) and channel.changed_by != change.user:
        raise FieldProblem("days", words.CHANGED_MEANWHILE.format(now=words.schedule_of(channel)))
    _keep_fields(channel, change)
    goal = _goal(session, channel, change)
    channel.changed_by, channel.changed_at = change.user, change.at
    if channel.set_up_at is None:
        channel.set_up_by, channel.set_up_at = change.user, change.at
    await _set_week_end(session, keys, channel, change.at)
    _take_as_keep(channel)
    if channel.pause_reason in (SHARED, LOOK):
        await start(session, channel, change.facts, change.at)
    elif channel.paused_at is None:
        await replan(session, channel, change.at)
    line = words.changed(change.user, channel) + (f" {words.AND_THE_GOAL}" if goal else "")
    await announce(session, channel, "schedule", line, change.at)
    return words.saved(next_words(channel))


def _goal(session: AsyncSession, channel: Channel, change: Change) -> bool:
    """Keep the goal that set-up asks for, where somebody wrote one; later it is the profile's affair."""
    goal = str(change.fields.get("goal") or "").strip()
    if channel.set_up_at is None and goal:
        profile.write(session, channel, "goal", goal, change.user, change.at)
        return True
    return False


def _keep_fields(channel: Channel, change: Change) -> None:
    fields = change.fields
    days = sorted(str(numbered(day)) for day in fields["days"] or [])
    if not days:
        raise FieldProblem("days", words.NO_DAY)
    if len(days) > words.MOST_DAYS:
        raise FieldProblem("days", words.TOO_MANY_DAYS)
    for field in ("time", "digest_time"):
        if not fields[field]:
            raise FieldProblem(field, words.NO_TIME)
    zone = FieldProblem.within("zone", cadence.check_zone, fields["zone"] or "")
    country = FieldProblem.within("country", cadence.check_country, fields.get("country") or "")
    members = change.facts.members if change.facts.members is not None else _size(fields.get("size"))
    shared = is_shared(channel, change.facts)
    if shared and not fields.get("shared"):
        raise FieldProblem("shared", words.NOT_SHARED_YET)
    channel.nudge_days, channel.nudge_time = ",".join(days), fields["time"]
    channel.digest_day, channel.digest_time = numbered(fields["digest_day"]), fields["digest_time"]
    channel.zone, channel.members = zone, members
    channel.country = country if "country" in fields else channel.country
    channel.packs = ",".join(fields.get("packs") or ())
    channel.guests = bool(fields["guests"]) if "guests" in fields else channel.guests
    channel.shared = shared


def _size(entered: str | None) -> int | None:
    if not entered:
        return None
    if not entered.isdecimal() or not 0 < int(entered) < _MOST_MEMBERS:
        raise FieldProblem("size", "Write the number of people in digits, or leave it empty.")
    return int(entered)


async def _set_week_end(session: AsyncSession, keys: KeyRing, channel: Channel, now: datetime) -> None:
    """Let the open week end by the channel's present zone; a closed one stays as it is."""
    week = await weeks.week_at(session, keys, channel, now)
    week.ends_at = max(cadence.week_named(week.name, channel.zone or "UTC").ends_at, week.starts_at)
    if channel.week_ends_at is None or channel.week_ends_at > week.ends_at or week.starts_at < channel.week_ends_at:
        channel.week_ends_at = week.ends_at


def next_words(channel: Channel) -> str:
    """Say when the next question and digest come, by the channel's clock."""
    if channel.zone is None or channel.digest_at is None:
        return words.NOT_SET_UP if channel.zone is None else words.paused(channel.pause_reason)
    digest = cadence.in_words(channel.digest_at, channel.zone)
    nudge_at = postings.next_asked(channel)
    if nudge_at is None:
        return words.NEXT_DIGEST_ONLY.format(digest=digest)
    planned = words.NEXT.format(nudge=cadence.in_words(nudge_at, channel.zone), digest=digest)
    if not channel.country:
        return planned
    return f"{planned} {words.NO_HOLIDAYS.format(country=cadence.country_name(channel.country))}"


async def pause(session: AsyncSession, channel: Channel, now: datetime, by: str) -> Message:
    """Stop asking and telling until somebody resumes; the channel is told who (a Slack id) stopped it.

    Raises:
        Problem: nothing is set up, or it is paused already.

    """
    if channel.zone is None:
        raise Problem(words.NOT_SET_UP)
    check_operator(channel)
    if channel.paused_at is not None and not channel.pause_reason:
        raise Problem(words.PAUSED_ALREADY)
    planned = (channel.nudge_at, channel.digest_at)
    in_reach = channel.pause_reason not in OUT_OF_REACH
    await postings.pause(session, channel.id, now, "")
    told = in_reach and await announce(session, channel, "pause", words.PAUSED_BY.format(user=by), now, planned)
    return Message(words.PAUSED_NOW if told else words.PAUSED)


async def resume(session: AsyncSession, channel: Channel, facts: Facts, now: datetime, by: str) -> Message:
    """Start again where somebody (a Slack id) asks for it; the channel is told who.

    Raises:
        Problem: nothing is set up, it is running, or nobody has chosen that the bot works in the shared channel.

    """
    if channel.zone is None:
        raise Problem(words.NOT_SET_UP)
    if channel.paused_at is None:
        raise Problem(words.RUNNING_ALREADY.format(next=next_words(channel)))
    check_operator(channel)
    if facts.amiss in OUT_OF_REACH:
        # Their own pause ends with this: once the channel is in reach, it goes on.
        if not channel.pause_reason:
            channel.pause_reason = facts.amiss
            # In place of the line that told of the pause: it may still wait when the channel is in reach again.
            await announce(session, channel, "pause", words.RESUMED_BY.format(user=by), now)
        return Message(words.paused(facts.amiss))
    if not channel.kept:
        _take_as_keep(channel)
    await start(session, channel, facts, now)
    await announce(session, channel, "pause", words.RESUMED_BY.format(user=by), now)
    return Message(words.RESUMED.format(next=next_words(channel)))


# Starting again ------------------------------------------------------------------------------------------


async def start(session: AsyncSession, channel: Channel, facts: Facts, now: datetime) -> None:
    """Ask and tell again from now on: questions that fell due meanwhile are not made up for, a digest is.

    All that starts again starts here: with what Slack says of the channel now, which may be another than stopped.

    Raises:
        Problem: it is shared with another organisation, and nobody has chosen that the bot works there; or Slack
            does not say in time whether it is.

    """
    facts.check()
    if needs_a_choice(channel, facts):
        raise Problem(words.SHARED_MEANWHILE)
    _go_on_as_chosen(channel, now)
    channel.paused_at, channel.pause_reason = None, ""
    facts.note(channel)
    await postings.go_on(session, channel.id)
    await replan(session, channel, now)
    if channel.kept == LESS:
        channel.nudge_on = channel.nudge_at = None


def _go_on_as_chosen(channel: Channel, now: datetime) -> None:
    """Let a stop change nothing of what was chosen; only a choice to stop ends with it."""
    if channel.kept == STOP:
        channel.kept = KEEP
    if not channel.kept and channel.asked_to_keep_at and channel.paused_at:
        # While it stood still nobody was silent: the answer has as much time as before.
        channel.asked_to_keep_at += now - channel.paused_at


def needs_a_choice(channel: Channel, facts: Facts) -> bool:
    """Say whether nothing may start in a channel before somebody has chosen that (product.md, "Privacy")."""
    return is_shared(channel, facts) and not channel.shared


def is_shared(channel: Channel, facts: Facts) -> bool:
    """Say whether another organisation is in a channel; where Slack does not tell, as it was when it last did."""
    untold = facts.members is None
    return facts.shared or (untold and (channel.shared or channel.pause_reason == SHARED))


def look_first(channel: Channel) -> None:
    """Let a channel go on whose reason to stop has gone: as soon as Slack has said what kind of channel it is now."""
    if channel.zone is None:
        channel.paused_at, channel.pause_reason = None, ""  # set-up will ask
    else:
        channel.pause_reason = LOOK


def _take_as_keep(channel: Channel) -> None:
    """Take it as *Keep*, where the bot has asked whether to stay, that somebody resumes it or saves a schedule."""
    if channel.kept or channel.asked_to_keep_at:
        channel.kept = KEEP


def check_operator(channel: Channel) -> None:
    """Return where the operator has not paused the channel.

    Raises:
        Problem: `opshat pause --all` holds, and only `opshat resume --all` ends it.

    """
    if channel.pause_reason.startswith(postings.OPERATOR):
        raise Problem(words.PAUSED_EVERYWHERE)
