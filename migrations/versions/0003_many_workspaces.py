"""Many workspaces: when an uninstalled one is forgotten, used install states, and indexes for deleting quickly."""

import sqlalchemy as sa
from alembic import op

from bot.store.types import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_INDEXES = (
    ("postings", "ix_postings_due_at", "due_at"),
    ("watches", "ix_watches_posting_id", "posting_id"),
    ("watches", "ix_watches_theme_id", "theme_id"),
    ("tries", "ix_tries_theme_id", "theme_id"),
    ("private_answers", "ix_private_answers_posting_id", "posting_id"),
)


def upgrade() -> None:
    op.create_table(
        "used_states",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_used_states")),
    )
    with op.batch_alter_table("workspaces", schema=None) as batch_op:
        batch_op.add_column(sa.Column("forget_at", UtcDateTime(), nullable=True))
        batch_op.create_index(batch_op.f("ix_workspaces_forget_at"), ["forget_at"], unique=False)
    for table, name, column in _INDEXES:
        op.create_index(name, table, [column])
    op.create_index("ix_postings_theme_id", "postings", ["theme_id"], postgresql_where=sa.text("theme_id IS NOT NULL"))


def downgrade() -> None:
    op.drop_index("ix_postings_theme_id", "postings")
    for table, name, _ in reversed(_INDEXES):
        op.drop_index(name, table)
    with op.batch_alter_table("workspaces", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_workspaces_forget_at"))
        batch_op.drop_column("forget_at")
    op.drop_table("used_states")
