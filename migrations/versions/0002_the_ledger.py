"""What people do with what was heard: profile, hat, marks, watches, tries."""

import sqlalchemy as sa
from alembic import op

from bot.store.types import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "profile_lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("author", sa.String(length=32), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_profile_lines_channel_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile_lines")),
    )
    with op.batch_alter_table("profile_lines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_profile_lines_channel_id"), ["channel_id"], unique=False)

    op.create_table(
        "dismissals",
        sa.Column("theme_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(["theme_id"], ["themes.id"], name=op.f("fk_dismissals_theme_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("theme_id", "person", name=op.f("pk_dismissals")),
    )
    op.create_table(
        "marks",
        sa.Column("theme_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("mark", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["theme_id"], ["themes.id"], name=op.f("fk_marks_theme_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("theme_id", "person", name=op.f("pk_marks")),
    )
    op.create_table(
        "tries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.Integer(), nullable=False),
        sa.Column("theme_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("feels", sa.String(), server_default="", nullable=False),
        sa.Column("stops", sa.String(), server_default="", nullable=False),
        sa.Column("look_on", sa.Date(), nullable=False),
        sa.Column("since", sa.String(length=8), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=16), server_default="", nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name=op.f("fk_tries_channel_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["theme_id"], ["themes.id"], name=op.f("fk_tries_theme_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tries")),
    )
    with op.batch_alter_table("tries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tries_channel_id"), ["channel_id"], unique=False)

    op.create_table(
        "watches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.Integer(), nullable=False),
        sa.Column("theme_id", sa.Integer(), nullable=True),
        sa.Column("posting_id", sa.String(length=32), nullable=True),
        sa.Column("since", sa.String(length=8), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_watches_channel_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["posting_id"], ["postings.id"], name=op.f("fk_watches_posting_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["theme_id"], ["themes.id"], name=op.f("fk_watches_theme_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watches")),
    )
    with op.batch_alter_table("watches", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_watches_channel_id"), ["channel_id"], unique=False)

    op.create_table(
        "watchers",
        sa.Column("watch_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["watch_id"], ["watches.id"], name=op.f("fk_watchers_watch_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("watch_id", "person", name=op.f("pk_watchers")),
    )
    with op.batch_alter_table("channels", schema=None) as batch_op:
        batch_op.add_column(sa.Column("guests", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("shared", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("general", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("country", sa.String(length=8), server_default="", nullable=False))
        batch_op.add_column(sa.Column("packs", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("hat_user", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("hat_since", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("hat_ops", sa.String(length=16), server_default="", nullable=False))
        batch_op.add_column(sa.Column("hat_product", sa.String(length=16), server_default="", nullable=False))
        batch_op.add_column(sa.Column("kept", sa.String(length=8), server_default="", nullable=False))
        batch_op.add_column(sa.Column("asked_to_keep_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("offered_less_at", UtcDateTime(), nullable=True))

    with op.batch_alter_table("postings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("theme_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_postings_theme_id"), "themes", ["theme_id"], ["id"], ondelete="SET NULL"
        )

    with op.batch_alter_table("themes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("same_as", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("hidden_in", sa.String(length=8), nullable=True))
        batch_op.create_index(batch_op.f("ix_themes_same_as"), ["same_as"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_themes_same_as"), "themes", ["same_as"], ["id"], ondelete="SET NULL")


def downgrade() -> None:
    with op.batch_alter_table("themes", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_themes_same_as"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_themes_same_as"))
        batch_op.drop_column("hidden_in")
        batch_op.drop_column("same_as")

    with op.batch_alter_table("postings", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_postings_theme_id"), type_="foreignkey")
        batch_op.drop_column("theme_id")

    with op.batch_alter_table("channels", schema=None) as batch_op:
        batch_op.drop_column("offered_less_at")
        batch_op.drop_column("asked_to_keep_at")
        batch_op.drop_column("kept")
        batch_op.drop_column("hat_product")
        batch_op.drop_column("hat_ops")
        batch_op.drop_column("hat_since")
        batch_op.drop_column("hat_user")
        batch_op.drop_column("packs")
        batch_op.drop_column("country")
        batch_op.drop_column("general")
        batch_op.drop_column("shared")
        batch_op.drop_column("guests")

    op.drop_table("watchers")
    with op.batch_alter_table("watches", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_watches_channel_id"))

    op.drop_table("watches")
    with op.batch_alter_table("tries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tries_channel_id"))

    op.drop_table("tries")
    op.drop_table("marks")
    op.drop_table("dismissals")
    with op.batch_alter_table("profile_lines", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_profile_lines_channel_id"))

    op.drop_table("profile_lines")
