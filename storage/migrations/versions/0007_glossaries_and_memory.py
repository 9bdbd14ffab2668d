"""Glossaries, the translation memory, and what of both a task, its files and its sentences know."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_PROBES = ("skeleton", "head", "tail")


def upgrade() -> None:
    op.create_table(
        "glossaries",
        sa.Column("glossary_id", sa.String(), primary_key=True),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("source_lang", sa.String(), nullable=False),
        sa.Column("target_lang", sa.String(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("updated_at", sa.String(), nullable=False),
        sa.UniqueConstraint("client_id", "name", name="glossaries_by_name"),
    )
    op.create_table(
        "glossary_entries",
        sa.Column(
            "glossary_id",
            sa.String(),
            sa.ForeignKey("glossaries.glossary_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("n", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column("match_case", sa.Boolean(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "memory",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("source_lang", sa.String(), nullable=False),
        sa.Column("target_lang", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("variant", sa.String(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("context", sa.Text(), nullable=True),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("alignment", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.String(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in _PROBES),
        sa.UniqueConstraint("client_id", "source_lang", "target_lang", "digest", "variant", name="memory_by_source"),
    )
    op.create_index("memory_by_age", "memory", ["client_id", "updated_at"])
    people = sa.text("variant = ''")
    op.create_index(
        "memory_by_people",
        "memory",
        ["client_id", "source_lang", "target_lang"],
        sqlite_where=people,
        postgresql_where=people,
    )
    for name in _PROBES:
        given = sa.text(f"{name} IS NOT NULL")
        op.create_index(f"memory_by_{name}", "memory", [name], sqlite_where=given, postgresql_where=given)
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.add_column(sa.Column("glossaries", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("memory", sa.Boolean(), nullable=False, server_default=sa.true()))
    with op.batch_alter_table("task_files", schema=None) as batch_op:
        batch_op.add_column(sa.Column("term_counts", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("recalled", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("corrections", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("segments", sa.Column("context", sa.Text(), nullable=True))
    op.add_column("segments", sa.Column("terms", sa.Text(), nullable=True))
    op.add_column("segments", sa.Column("origin", sa.String(), nullable=True))
    op.add_column("segments", sa.Column("suggestion", sa.Text(), nullable=True))
