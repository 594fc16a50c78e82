"""When Slack last told us of a message of our own: doctor sees by it whether its events arrive."""

import sqlalchemy as sa
from alembic import op

from bot.store.types import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("workspaces", schema=None) as batch_op:
        batch_op.add_column(sa.Column("heard_at", UtcDateTime(), nullable=True))
    op.execute("UPDATE workspaces SET heard_at = CURRENT_TIMESTAMP")  # what was posted before was not watched for


def downgrade() -> None:
    with op.batch_alter_table("workspaces", schema=None) as batch_op:
        batch_op.drop_column("heard_at")
