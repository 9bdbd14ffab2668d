"""Glossaries and their entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, delete, or_, select

from storage.database import Database
from storage.errors import GlossaryExists, GlossaryNotFound
from storage.language_tables import glossaries, glossary_entries
from storage.prepared import Prepared
from storage.times import to_iso

Row = dict[str, Any]

SHARED = ""
"""The client of a glossary that is everybody's."""

_INSERT_ENTRIES = Prepared.insert(glossary_entries, ("glossary_id", "n", "source", "target", "match_case"))
_ENTRY = (glossary_entries.c.source, glossary_entries.c.target, glossary_entries.c.match_case)


@dataclass(frozen=True)
class GlossaryTerm:
    """target None: not to be translated."""

    source: str
    target: str | None
    match_case: bool = False


@dataclass(frozen=True)
class NewGlossary:
    """client_id '': everybody's."""

    glossary_id: str
    client_id: str
    name: str
    source_lang: str
    target_lang: str


class GlossaryStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, new: NewGlossary, entries: Sequence[GlossaryTerm], now: float, *, replace: bool = False) -> Row:
        """-> its row. The same id again changes nothing. Raises GlossaryExists when the client has another one of that name;
        with `replace` that one gets these entries and languages, and keeps its id."""
        with self._database.transaction() as connection:
            same = and_(glossaries.c.client_id == new.client_id, glossaries.c.name == new.name)
            there = connection.execute(select(glossaries).where(same)).mappings().first()
            if there is not None and there["glossary_id"] == new.glossary_id:
                return dict(there)
            if there is not None and not replace:
                raise GlossaryExists(
                    f"There is a glossary {new.name} already ({there['glossary_id']}). Choose another name, or replace it.",
                    glossary_id=there["glossary_id"],
                )
            stamp = to_iso(now)
            if there is None:
                row = {**vars(new), "entries": 0, "revision": 0, "created_at": stamp, "updated_at": stamp}
                connection.execute(glossaries.insert(), row)
            else:
                languages = {"source_lang": new.source_lang, "target_lang": new.target_lang}
                connection.execute(glossaries.update().where(same).values(languages))
            glossary_id = new.glossary_id if there is None else there["glossary_id"]
            self._write(glossary_id, entries, now)
            return self.get(glossary_id)

    def add_entries(self, glossary_id: str, entries: Sequence[GlossaryTerm], now: float) -> Row:
        """-> the row. An entry whose source is there takes the place of the old one. Raises GlossaryNotFound."""
        with self._database.transaction():
            self.get(glossary_id)
            merged = {one.source: one for one in self.entries(glossary_id)}
            merged.update((one.source, one) for one in entries)
            self._write(glossary_id, list(merged.values()), now)
            return self.get(glossary_id)

    def rename(self, glossary_id: str, name: str, now: float) -> Row:
        """-> the row. Raises GlossaryNotFound, GlossaryExists when another one of its client has the name."""
        with self._database.transaction() as connection:
            row = self.get(glossary_id)
            same = and_(glossaries.c.client_id == row["client_id"], glossaries.c.name == name)
            other = connection.execute(select(glossaries.c.glossary_id).where(same)).scalar()
            if other not in (None, glossary_id):
                raise GlossaryExists(
                    f"There is a glossary {name} already ({other}). Choose another name.", glossary_id=other
                )
            mine = glossaries.c.glossary_id == glossary_id
            connection.execute(glossaries.update().where(mine).values(name=name, updated_at=to_iso(now)))
            return self.get(glossary_id)

    def _write(self, glossary_id: str, entries: Sequence[GlossaryTerm], now: float) -> None:
        mine = glossaries.c.glossary_id == glossary_id
        rows = [
            {
                "glossary_id": glossary_id,
                "n": n,
                "source": one.source,
                "target": one.target,
                "match_case": one.match_case,
            }
            for n, one in enumerate(entries, 1)
        ]
        with self._database.transaction() as connection:
            connection.execute(delete(glossary_entries).where(glossary_entries.c.glossary_id == glossary_id))
            if rows:
                _INSERT_ENTRIES(connection, rows)
            changed = {"entries": len(rows), "revision": glossaries.c.revision + 1, "updated_at": to_iso(now)}
            connection.execute(glossaries.update().where(mine).values(changed))

    def get(self, glossary_id: str) -> Row:
        """Raises GlossaryNotFound."""
        with self._database.transaction(durable=False) as connection:
            query = select(glossaries).where(glossaries.c.glossary_id == glossary_id)
            row = connection.execute(query).mappings().first()
        if row is None:
            raise GlossaryNotFound(f"There is no glossary {glossary_id}.", glossary_id=glossary_id)
        return dict(row)

    def all(self, limit: int) -> list[Row]:
        """-> up to `limit` glossaries of all clients, the shared ones first, by name."""
        query = select(glossaries).order_by(glossaries.c.client_id, glossaries.c.name).limit(limit)
        with self._database.transaction(durable=False) as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def visible(self, client_id: str | None) -> list[Row]:
        """-> those of the client and the shared ones, by name; only the shared ones without a client."""
        query = select(glossaries).where(glossaries.c.client_id.in_([SHARED, client_id or SHARED]))
        with self._database.transaction(durable=False) as connection:
            return [dict(row) for row in connection.execute(query.order_by(glossaries.c.name)).mappings()]

    def find(self, client_id: str | None, given: str) -> Row:
        """-> the glossary of that id or name that the client may use, its own before a shared one. Raises GlossaryNotFound."""
        query = (
            select(glossaries)
            .where(glossaries.c.client_id.in_([SHARED, client_id or SHARED]))
            .where(or_(glossaries.c.glossary_id == given, glossaries.c.name == given))
            .order_by((glossaries.c.glossary_id == given).desc(), glossaries.c.client_id.desc())
        )
        with self._database.transaction(durable=False) as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            raise GlossaryNotFound(
                f"There is no glossary {given!r} that you may use; GET /glossaries lists them.", glossary_id=given
            )
        return dict(row)

    def entries(self, glossary_id: str) -> list[GlossaryTerm]:
        """-> all of them, in order."""
        query = select(*_ENTRY).where(glossary_entries.c.glossary_id == glossary_id).order_by(glossary_entries.c.n)
        with self._database.transaction(durable=False) as connection:
            return [GlossaryTerm(row.source, row.target, bool(row.match_case)) for row in connection.execute(query)]

    def revisions(self, glossary_ids: Sequence[str]) -> dict[str, Row]:
        """-> the rows of those that are there."""
        query = select(glossaries).where(glossaries.c.glossary_id.in_(list(glossary_ids)))
        with self._database.transaction(durable=False) as connection:
            return {row["glossary_id"]: dict(row) for row in connection.execute(query).mappings()}

    def remove(self, glossary_id: str) -> None:
        """Removing what is not there is no error: a client that heard no answer may ask again."""
        with self._database.transaction() as connection:
            # Entries go with the row (ON DELETE CASCADE).
            connection.execute(glossaries.delete().where(glossaries.c.glossary_id == glossary_id))
