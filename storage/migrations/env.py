"""Alembic's entry: runs the revisions on the connection that `storage.upgrade.migrate` hands over."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

import storage.tables
import storage.webhook_tables  # noqa: F401  both register the tables that autogenerate compares with

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,  # SQLite cannot alter a column in place
)
context.run_migrations()
