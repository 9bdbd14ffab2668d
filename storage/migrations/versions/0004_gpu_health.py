"""More of what NVML tells of a GPU: its UUID, power limit, throttling, errors, and the memory of others' processes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("gpu_status", schema=None) as batch_op:
        batch_op.add_column(sa.Column("uuid", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("power_limit_watts", sa.Float(), nullable=True))
        batch_op.add_column(sa.Column("throttling", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("ecc_errors", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("xid", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("others_memory", sa.Integer(), nullable=True))
