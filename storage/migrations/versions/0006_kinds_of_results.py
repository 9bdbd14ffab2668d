"""What a task wants written beside the translated document, and what was written."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.add_column(sa.Column("output", sa.String(), nullable=False, server_default="translated"))
        batch_op.add_column(sa.Column("review", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("options", sa.String(), nullable=True))
    with op.batch_alter_table("task_files", schema=None) as batch_op:
        batch_op.add_column(sa.Column("extra_results", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("flag_counts", sa.String(), nullable=True))
