"""Every table. Uniqueness lives here: it alone decides that something happens once.

A Slack user id may stand in exactly these columns: `Workspace.installed_by`, `Channel.set_up_by`,
`Channel.changed_by`, `Channel.hat_user` and `ProfileLine.author`. Everybody else is a hash (`person`,
`week_person`); a test holds us to it.
"""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bot.store.types import UtcDateTime

ERASED = "99999999999.999999"
"""The version of an erased reply: later than any that Slack could send."""

TOMBSTONE_FOR = timedelta(hours=48)
"""How long an erased reply keeps its empty row, so that a late redelivery cannot bring it back."""

OWN_DELETION_FOR = timedelta(days=14)
"""The same, where somebody deleted what is kept of them: their messages still stand in Slack, in threads that are read
again after an outage and whose edits are followed, for as long as a nudge is open."""

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Table(DeclarativeBase):
    """The base of all tables; constraints have names, so that migrations can speak of them."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own way to say it
        datetime: UtcDateTime(),
        bytes: LargeBinary(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
    }


class Workspace(Table):
    """A Slack workspace where the bot is installed; `enterprise_id` is empty outside Enterprise Grid.

    `team_id` is empty for an organisation that installed the app as a whole. `token` is wrapped; it is empty
    where the operator set it, where the organisation's speaks, and once the app is uninstalled: then
    everything of the workspace goes at `forget_at`. At `dropped_at` its organisation took the app from it, and the
    organisation's token no longer speaks for it. At `heard_at` Slack last told us of a message of our own.
    `turns` says from when the next message may be posted: here, and in channels that had one just now.
    """

    __tablename__ = "workspaces"
    __table_args__ = (UniqueConstraint("enterprise_id", "team_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    enterprise_id: Mapped[str] = mapped_column(String(32), default="")
    team_id: Mapped[str] = mapped_column(String(32))
    bot_user_id: Mapped[str] = mapped_column(String(32))
    bot_id: Mapped[str] = mapped_column(String(32))
    url: Mapped[str] = mapped_column(default="")
    token: Mapped[bytes | None]
    scopes: Mapped[str] = mapped_column(default="")
    installed_by: Mapped[str | None] = mapped_column(String(32))
    installed_at: Mapped[datetime]
    forget_at: Mapped[datetime | None] = mapped_column(index=True)
    dropped_at: Mapped[datetime | None]
    heard_at: Mapped[datetime | None]
    turns: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    def grants(self, scope: str) -> bool:
        """Say whether our token may do what a scope stands for."""
        return scope in self.scopes.split(",")


class UsedState(Table):
    """The `state` of an install that was finished, by its hash, until it would have expired."""

    __tablename__ = "used_states"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    ends_at: Mapped[datetime]


class Channel(Table):
    """A channel that the bot was invited to, and its schedule; Slack can change `slack_id`, never `id`.

    `nudge_on` and `digest_on` are local due dates; `nudge_at` and `digest_at` the moments they fall on, empty
    while nothing is scheduled. `week_ends_at` is when the oldest open week is to be closed.
    """

    __tablename__ = "channels"
    __table_args__ = (
        UniqueConstraint("workspace_id", "slack_id"),
        Index("ix_channels_nudge_at", "nudge_at", postgresql_where=text("nudge_at IS NOT NULL")),
        Index("ix_channels_digest_at", "digest_at", postgresql_where=text("digest_at IS NOT NULL")),
        Index("ix_channels_week_ends_at", "week_ends_at", postgresql_where=text("week_ends_at IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    slack_id: Mapped[str] = mapped_column(String(32))
    key: Mapped[bytes]
    members: Mapped[int | None]
    zone: Mapped[str | None] = mapped_column(String(64))
    nudge_days: Mapped[str] = mapped_column(String(16), default="")
    nudge_time: Mapped[str] = mapped_column(String(5), default="")
    nudge_on: Mapped[date | None]
    nudge_at: Mapped[datetime | None]
    digest_day: Mapped[int | None]
    digest_time: Mapped[str] = mapped_column(String(5), default="")
    digest_on: Mapped[date | None]
    digest_at: Mapped[datetime | None]
    week_ends_at: Mapped[datetime | None]
    skip_until: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    pause_reason: Mapped[str] = mapped_column(String(64), default="")
    set_up_by: Mapped[str | None] = mapped_column(String(32))
    set_up_at: Mapped[datetime | None]
    changed_by: Mapped[str | None] = mapped_column(String(32))
    changed_at: Mapped[datetime | None]
    joined_at: Mapped[datetime]
    guests: Mapped[bool] = mapped_column(default=False, server_default=false())
    shared: Mapped[bool] = mapped_column(default=False, server_default=false())
    general: Mapped[bool] = mapped_column(default=False, server_default=false())
    country: Mapped[str] = mapped_column(String(8), default="", server_default="")
    packs: Mapped[str] = mapped_column(default="", server_default="")
    hat_user: Mapped[str | None] = mapped_column(String(32))
    hat_since: Mapped[datetime | None]
    hat_ops: Mapped[str] = mapped_column(String(16), default="", server_default="")
    hat_product: Mapped[str] = mapped_column(String(16), default="", server_default="")
    kept: Mapped[str] = mapped_column(String(8), default="", server_default="")
    asked_to_keep_at: Mapped[datetime | None]
    offered_less_at: Mapped[datetime | None]


class Week(Table):
    """A channel's week by its own clock; closing it freezes `content` and deletes `key` with all it hid."""

    __tablename__ = "weeks"
    __table_args__ = (UniqueConstraint("channel_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(8))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    key: Mapped[bytes | None]
    content: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    closed_at: Mapped[datetime | None]


class Posting(Table):
    """Something to say in a channel, written down before it is said.

    `due` names the moment that must not be served twice: the local due date, or a random id for what
    somebody asked for. `payload` is empty until its words are found, and erased in the transaction that
    records `ts`. `theme_id` is the constraint that a probe asks about.
    """

    __tablename__ = "postings"
    __table_args__ = (
        UniqueConstraint("channel_id", "kind", "due"),
        UniqueConstraint("channel_id", "ts"),
        Index("ix_postings_waiting", "send_at", postgresql_where=text("send_at IS NOT NULL")),
        Index(
            "ix_postings_planned",
            "due_at",
            sqlite_where=text("state = 'planned'"),
            postgresql_where=text("state = 'planned'"),
        ),
        Index("ix_postings_channel_id_due_at", "channel_id", "due_at"),
        Index("ix_postings_due_at", "due_at"),
        # Without these, deleting a theme or a posting would read the whole table that refers to it.
        Index("ix_postings_theme_id", "theme_id", postgresql_where=text("theme_id IS NOT NULL")),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    due: Mapped[str] = mapped_column(String(32))
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(64), default="")
    prompt_id: Mapped[str | None] = mapped_column(String(64))
    question: Mapped[str | None]
    week: Mapped[str | None] = mapped_column(String(8))
    payload: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    send_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    ts: Mapped[str | None] = mapped_column(String(20))
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("themes.id", ondelete="SET NULL"))


class Reply(Table):
    """A reply in the thread of a nudge, or a message that its author let count: then without `thread_ts`.

    One row for each message, whatever Slack sends and in what order.

    `version` is the message's own ts, or its last edit's; only a later one replaces. An erased reply keeps
    its row for 48 hours with nothing but channel and ts, so that a late redelivery cannot bring it back.
    """

    __tablename__ = "replies"
    __table_args__ = (
        UniqueConstraint("channel_id", "ts"),
        Index(
            "ix_replies_unread",
            "id",
            sqlite_where=text("read_with IS NULL AND text IS NOT NULL"),
            postgresql_where=text("read_with IS NULL AND text IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    ts: Mapped[str] = mapped_column(String(20))
    version: Mapped[str] = mapped_column(String(20))
    thread_ts: Mapped[str | None] = mapped_column(String(20))
    person: Mapped[str | None] = mapped_column(String(32))
    text: Mapped[str | None]
    known_member: Mapped[bool] = mapped_column(default=True, server_default=true())
    english: Mapped[bool] = mapped_column(default=True, server_default=true())
    read_with: Mapped[str | None] = mapped_column(String(32))
    erased_at: Mapped[datetime | None]


class PrivateAnswer(Table):
    """A private answer: a random id, its week and no time; gone when the week closes."""

    __tablename__ = "private_answers"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    week_id: Mapped[int] = mapped_column(ForeignKey("weeks.id", ondelete="CASCADE"), index=True)
    posting_id: Mapped[str | None] = mapped_column(ForeignKey("postings.id", ondelete="SET NULL"), index=True)
    week_person: Mapped[str] = mapped_column(String(32))
    text: Mapped[str]


class Theme(Table):
    """A particular constraint of one channel; `parts` are the structures of its first members.

    `same_as` is the theme that people joined it to; `hidden_in` the week in which two people said that it is
    no constraint.
    """

    __tablename__ = "themes"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    label: Mapped[str]
    parts: Mapped[list[Any]]
    since: Mapped[str] = mapped_column(String(8))
    same_as: Mapped[int | None] = mapped_column(ForeignKey("themes.id", ondelete="SET NULL"), index=True)
    hidden_in: Mapped[str | None] = mapped_column(String(8))


class Finding(Table):
    """Constraint language in a reply: `text[start:end]`, the rule that heard it, and why in one sentence.

    `against` marks a limit that was rejected, has gone or was doubted: evidence, never recurrence.
    """

    __tablename__ = "findings"

    id: Mapped[int] = mapped_column(primary_key=True)
    reply_id: Mapped[int] = mapped_column(ForeignKey("replies.id", ondelete="CASCADE"), index=True)
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("themes.id", ondelete="SET NULL"), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    start: Mapped[int]
    end: Mapped[int]
    rule: Mapped[str] = mapped_column(String(64))
    why: Mapped[str]
    against: Mapped[bool] = mapped_column(default=False, server_default=false())


class ThemeWeek(Table):
    """How many voices a theme had in a closed week; numbers only, so they outlive the words."""

    __tablename__ = "theme_weeks"
    __table_args__ = (UniqueConstraint("theme_id", "week"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    theme_id: Mapped[int] = mapped_column(ForeignKey("themes.id", ondelete="CASCADE"))
    week: Mapped[str] = mapped_column(String(8))
    thread_voices: Mapped[int]
    private_voices: Mapped[int]


class OptOut(Table):
    """Somebody of whom nothing is stored from now on."""

    __tablename__ = "opt_outs"

    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True)
    person: Mapped[str] = mapped_column(String(32), primary_key=True)


class ProfileLine(Table):
    """A claim about the channel's system: who wrote it and when; the latest of each `what` holds.

    `what` is "system", "serves", "goal" or "motion".
    """

    __tablename__ = "profile_lines"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), index=True)
    what: Mapped[str] = mapped_column(String(16))
    text: Mapped[str]
    author: Mapped[str] = mapped_column(String(32))
    written_at: Mapped[datetime]


class Mark(Table):
    """What one person holds a constraint to be: "real", "perceived", "unknown" or "keep"."""

    __tablename__ = "marks"

    theme_id: Mapped[int] = mapped_column(ForeignKey("themes.id", ondelete="CASCADE"), primary_key=True)
    person: Mapped[str] = mapped_column(String(32), primary_key=True)
    mark: Mapped[str] = mapped_column(String(16))


class Dismissal(Table):
    """One person's "not a constraint": hides the theme for them; two people's hide it for the channel."""

    __tablename__ = "dismissals"

    theme_id: Mapped[int] = mapped_column(ForeignKey("themes.id", ondelete="CASCADE"), primary_key=True)
    person: Mapped[str] = mapped_column(String(32), primary_key=True)
    week: Mapped[str] = mapped_column(String(8))


class Watch(Table):
    """Something that the bot observes for the channel: a constraint, or what a nudge asked about."""

    __tablename__ = "watches"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), index=True)
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("themes.id", ondelete="CASCADE"), index=True)
    posting_id: Mapped[str | None] = mapped_column(ForeignKey("postings.id", ondelete="SET NULL"), index=True)
    since: Mapped[str] = mapped_column(String(8))
    ended_at: Mapped[datetime | None]


class Watcher(Table):
    """Somebody who tapped *Watch*; later taps join the first."""

    __tablename__ = "watchers"

    watch_id: Mapped[int] = mapped_column(ForeignKey("watches.id", ondelete="CASCADE"), primary_key=True)
    person: Mapped[str] = mapped_column(String(32), primary_key=True)


class Try(Table):
    """A safe-to-fail experiment on a constraint; `outcome` is empty while it is open.

    Outcomes: "taught", "no difference", "stopped early", "let go".
    """

    __tablename__ = "tries"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"), index=True)
    theme_id: Mapped[int] = mapped_column(ForeignKey("themes.id", ondelete="CASCADE"), index=True)
    person: Mapped[str] = mapped_column(String(32))
    what: Mapped[str]
    feels: Mapped[str] = mapped_column(default="", server_default="")
    stops: Mapped[str] = mapped_column(default="", server_default="")
    look_on: Mapped[date]
    since: Mapped[str] = mapped_column(String(8))
    asked_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(16), default="", server_default="")
    ended_at: Mapped[datetime | None]
