"""Seconds in which a task was in work and the server down or paused: its timeout does not count them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tasks", sa.Column("idle_seconds", sa.Float(), server_default="0", nullable=False))
