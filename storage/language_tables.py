"""The tables of what clients know of their languages: glossaries and the translation memory."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel


class Glossary(SQLModel, table=True):
    """A list of terms of one client, or of all ('' as client). It serves both directions of its pair. revision: of its
    entries, counts up."""

    __tablename__: ClassVar[Any] = "glossaries"
    __table_args__ = (UniqueConstraint("client_id", "name", name="glossaries_by_name"),)

    glossary_id: str = Field(primary_key=True)
    client_id: str
    name: str
    source_lang: str
    target_lang: str
    entries: int = 0
    revision: int = 1
    created_at: str
    updated_at: str


class GlossaryEntry(SQLModel, table=True):
    """One term; `n` counts from 1. target null: it is not translated."""

    __tablename__: ClassVar[Any] = "glossary_entries"
    __table_args__ = ({"sqlite_with_rowid": False},)

    glossary_id: str = Field(
        sa_column=Column(String, ForeignKey("glossaries.glossary_id", ondelete="CASCADE"), primary_key=True)
    )
    n: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    source: str = Field(sa_column=Column(Text, nullable=False))
    target: str | None = Field(default=None, sa_column=Column(Text))
    match_case: bool = False


def _probe(name: str) -> Index:
    given = text(f"{name} IS NOT NULL")
    return Index(f"memory_by_{name}", name, sqlite_where=given, postgresql_where=given)


class Memory(SQLModel, table=True):
    """One translation that is known to a client. digest: of the source (and what else tells it apart); variant: '' for what
    people wrote, else the model and settings that made it, for which alone it counts. origin: translation, correction or
    import. skeleton, head, tail: numbers by which similar sentences are found, of what people wrote only.
    """

    __tablename__: ClassVar[Any] = "memory"
    __table_args__ = (
        UniqueConstraint("client_id", "source_lang", "target_lang", "digest", "variant", name="memory_by_source"),
        Index("memory_by_age", "client_id", "updated_at"),
        Index(
            "memory_by_people",
            "client_id",
            "source_lang",
            "target_lang",
            sqlite_where=text("variant = ''"),
            postgresql_where=text("variant = ''"),
        ),
        _probe("skeleton"),
        _probe("head"),
        _probe("tail"),
    )

    id: int | None = Field(default=None, primary_key=True)
    client_id: str
    source_lang: str
    target_lang: str
    digest: str
    variant: str = ""
    source: str = Field(sa_column=Column(Text, nullable=False))
    target: str = Field(sa_column=Column(Text, nullable=False))
    context: str | None = Field(default=None, sa_column=Column(Text))
    origin: str
    alignment: str | None = Field(default=None, sa_column=Column(Text))
    updated_at: str
    skeleton: int | None = Field(default=None, sa_type=BigInteger)
    head: int | None = Field(default=None, sa_type=BigInteger)
    tail: int | None = Field(default=None, sa_type=BigInteger)


glossaries = SQLModel.metadata.tables["glossaries"]
glossary_entries = SQLModel.metadata.tables["glossary_entries"]
memory = SQLModel.metadata.tables["memory"]
