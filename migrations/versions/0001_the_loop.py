"""The loop: workspaces, channels, weeks, postings, replies, answers, themes and findings."""

import sqlalchemy as sa
from alembic import op

from bot.store.types import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "workspaces",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enterprise_id", sa.String(length=32), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("bot_user_id", sa.String(length=32), nullable=False),
        sa.Column("bot_id", sa.String(length=32), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column("installed_by", sa.String(length=32), nullable=True),
        sa.Column("installed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspaces")),
        sa.UniqueConstraint("enterprise_id", "team_id", name=op.f("uq_workspaces_enterprise_id_team_id")),
    )
    op.create_table(
        "channels",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("slack_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=True),
        sa.Column("zone", sa.String(length=64), nullable=True),
        sa.Column("nudge_days", sa.String(length=16), nullable=False),
        sa.Column("nudge_time", sa.String(length=5), nullable=False),
        sa.Column("nudge_on", sa.Date(), nullable=True),
        sa.Column("nudge_at", UtcDateTime(), nullable=True),
        sa.Column("digest_day", sa.Integer(), nullable=True),
        sa.Column("digest_time", sa.String(length=5), nullable=False),
        sa.Column("digest_on", sa.Date(), nullable=True),
        sa.Column("digest_at", UtcDateTime(), nullable=True),
        sa.Column("week_ends_at", UtcDateTime(), nullable=True),
        sa.Column("skip_until", UtcDateTime(), nullable=True),
        sa.Column("paused_at", UtcDateTime(), nullable=True),
        sa.Column("pause_reason", sa.String(length=64), nullable=False),
        sa.Column("set_up_by", sa.String(length=32), nullable=True),
        sa.Column("set_up_at", UtcDateTime(), nullable=True),
        sa.Column("changed_by", sa.String(length=32), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=True),
        sa.Column("joined_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_channels_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channels")),
        sa.UniqueConstraint("workspace_id", "slack_id", name=op.f("uq_channels_workspace_id_slack_id")),
    )
    with op.batch_alter_table("channels", schema=None) as batch_op:
        batch_op.create_index(
            "ix_channels_digest_at", ["digest_at"], unique=False, postgresql_where=sa.text("digest_at IS NOT NULL")
        )
        batch_op.create_index(
            "ix_channels_nudge_at", ["nudge_at"], unique=False, postgresql_where=sa.text("nudge_at IS NOT NULL")
        )
        batch_op.create_index(
            "ix_channels_week_ends_at",
            ["week_ends_at"],
            unique=False,
            postgresql_where=sa.text("week_ends_at IS NOT NULL"),
        )

    op.create_table(
        "opt_outs",
        sa.Column("channel_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_opt_outs_channel_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("channel_id", "person", name=op.f("pk_opt_outs")),
    )
    op.create_table(
        "postings",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("channel_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("due", sa.String(length=32), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("prompt_id", sa.String(length=64), nullable=True),
        sa.Column("question", sa.String(), nullable=True),
        sa.Column("week", sa.String(length=8), nullable=True),
        sa.Column("payload", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("send_at", UtcDateTime(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("ts", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_postings_channel_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postings")),
        sa.UniqueConstraint("channel_id", "kind", "due", name=op.f("uq_postings_channel_id_kind_due")),
        sa.UniqueConstraint("channel_id", "ts", name=op.f("uq_postings_channel_id_ts")),
    )
    with op.batch_alter_table("postings", schema=None) as batch_op:
        batch_op.create_index("ix_postings_channel_id_due_at", ["channel_id", "due_at"], unique=False)
        batch_op.create_index(
            "ix_postings_planned",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'planned'"),
            postgresql_where=sa.text("state = 'planned'"),
        )
        batch_op.create_index(
            "ix_postings_waiting", ["send_at"], unique=False, postgresql_where=sa.text("send_at IS NOT NULL")
        )

    op.create_table(
        "replies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.Integer(), nullable=False),
        sa.Column("ts", sa.String(length=20), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("thread_ts", sa.String(length=20), nullable=True),
        sa.Column("person", sa.String(length=32), nullable=True),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("known_member", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("english", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("read_with", sa.String(length=32), nullable=True),
        sa.Column("erased_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_replies_channel_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replies")),
        sa.UniqueConstraint("channel_id", "ts", name=op.f("uq_replies_channel_id_ts")),
    )
    with op.batch_alter_table("replies", schema=None) as batch_op:
        batch_op.create_index(
            "ix_replies_unread",
            ["id"],
            unique=False,
            sqlite_where=sa.text("read_with IS NULL AND text IS NOT NULL"),
            postgresql_where=sa.text("read_with IS NULL AND text IS NOT NULL"),
        )

    op.create_table(
        "themes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("since", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_themes_channel_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_themes")),
    )
    with op.batch_alter_table("themes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_themes_channel_id"), ["channel_id"], unique=False)

    op.create_table(
        "weeks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=8), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=True),
        sa.Column("content", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_weeks_channel_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_weeks")),
        sa.UniqueConstraint("channel_id", "name", name=op.f("uq_weeks_channel_id_name")),
    )
    op.create_table(
        "findings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reply_id", sa.Integer(), nullable=False),
        sa.Column("theme_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=64), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("against", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["reply_id"], ["replies.id"], name=op.f("fk_findings_reply_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["theme_id"], ["themes.id"], name=op.f("fk_findings_theme_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
    )
    with op.batch_alter_table("findings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_findings_reply_id"), ["reply_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_findings_theme_id"), ["theme_id"], unique=False)

    op.create_table(
        "private_answers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("week_id", sa.Integer(), nullable=False),
        sa.Column("posting_id", sa.String(length=32), nullable=True),
        sa.Column("week_person", sa.String(length=32), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["posting_id"], ["postings.id"], name=op.f("fk_private_answers_posting_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["week_id"], ["weeks.id"], name=op.f("fk_private_answers_week_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_private_answers")),
    )
    with op.batch_alter_table("private_answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_private_answers_week_id"), ["week_id"], unique=False)

    op.create_table(
        "theme_weeks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("theme_id", sa.Integer(), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("thread_voices", sa.Integer(), nullable=False),
        sa.Column("private_voices", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["theme_id"], ["themes.id"], name=op.f("fk_theme_weeks_theme_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme_weeks")),
        sa.UniqueConstraint("theme_id", "week", name=op.f("uq_theme_weeks_theme_id_week")),
    )


def downgrade() -> None:
    op.drop_table("theme_weeks")
    with op.batch_alter_table("private_answers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_private_answers_week_id"))

    op.drop_table("private_answers")
    with op.batch_alter_table("findings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_findings_theme_id"))
        batch_op.drop_index(batch_op.f("ix_findings_reply_id"))

    op.drop_table("findings")
    op.drop_table("weeks")
    with op.batch_alter_table("themes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_themes_channel_id"))

    op.drop_table("themes")
    with op.batch_alter_table("replies", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_replies_unread",
            sqlite_where=sa.text("read_with IS NULL AND text IS NOT NULL"),
            postgresql_where=sa.text("read_with IS NULL AND text IS NOT NULL"),
        )

    op.drop_table("replies")
    with op.batch_alter_table("postings", schema=None) as batch_op:
        batch_op.drop_index("ix_postings_waiting", postgresql_where=sa.text("send_at IS NOT NULL"))
        batch_op.drop_index(
            "ix_postings_planned",
            sqlite_where=sa.text("state = 'planned'"),
            postgresql_where=sa.text("state = 'planned'"),
        )
        batch_op.drop_index("ix_postings_channel_id_due_at")

    op.drop_table("postings")
    op.drop_table("opt_outs")
    with op.batch_alter_table("channels", schema=None) as batch_op:
        batch_op.drop_index("ix_channels_week_ends_at", postgresql_where=sa.text("week_ends_at IS NOT NULL"))
        batch_op.drop_index("ix_channels_nudge_at", postgresql_where=sa.text("nudge_at IS NOT NULL"))
        batch_op.drop_index("ix_channels_digest_at", postgresql_where=sa.text("digest_at IS NOT NULL"))

    op.drop_table("channels")
    op.drop_table("workspaces")
