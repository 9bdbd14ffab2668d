"""The translation memory: what was translated before, for each client apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select, text, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from storage.database import Database
from storage.language_tables import memory
from storage.times import to_iso

TRANSLATION, CORRECTION, IMPORT = "translation", "correction", "import"
"""Where an entry comes from: a model, a person who corrected a task, a TMX file."""

BY_PEOPLE = ""
"""The variant of corrections and imports: they count for every model."""

ANY_MODEL = "*"
"""The variant of what some model said elsewhere, and a client imported: it counts where nothing better is known."""

STEP_ROWS = 2_000
"""Rows that one step of `prune`, `shrink` and `clear` deletes, some 20 ms of work."""

PROBES = ("skeleton", "head", "tail")


class Scope(NamedTuple):
    """Nobody sees beyond it."""

    client_id: str
    source_lang: str
    target_lang: str


@dataclass(frozen=True)
class MemoryEntry:
    """See `storage.language_tables.Memory`."""

    digest: str
    variant: str
    source: str
    target: str
    origin: str
    context: str | None = None
    alignment: str | None = None
    skeleton: int | None = None
    head: int | None = None
    tail: int | None = None


_COLUMNS = tuple(MemoryEntry.__dataclass_fields__)
_KEY = ("client_id", "source_lang", "target_lang", "digest", "variant")
_ENTRY = tuple(memory.c[name] for name in _COLUMNS)
_SCOPED = (
    memory.c.client_id == bindparam("b_client"),
    memory.c.source_lang == bindparam("b_source"),
    memory.c.target_lang == bindparam("b_target"),
)
_FIND = select(*_ENTRY).where(*_SCOPED, memory.c.digest.in_(bindparam("b_digests", expanding=True)))
# As many as one long document asks for; the newest are the likeliest.
_MOST_SIMILAR = 4_000
_SIMILAR = {
    name: select(*_ENTRY)
    .where(*_SCOPED, memory.c[name].is_not(None), memory.c[name].in_(bindparam("b_probes", expanding=True)))
    .order_by(memory.c.id.desc())
    .limit(_MOST_SIMILAR)
    for name in PROBES
}
# The words of the index: a parameter in their place would keep the databases from seeing that it fits.
_BY_PEOPLE = select(memory.c.id).where(*_SCOPED, text("variant = ''")).limit(1)


def _putting(insert: Any) -> Any:
    put = insert(memory)
    new = put.excluded
    kept = {name: new[name] for name in (*_COLUMNS, "updated_at") if name not in _KEY}
    # An import does not undo what somebody corrected here.
    wins = or_(memory.c.origin != CORRECTION, new.origin == CORRECTION)
    return put.on_conflict_do_update(index_elements=list(_KEY), set_=kept, where=wins)


_PUT_SQLITE, _PUT_POSTGRESQL = _putting(sqlite.insert), _putting(postgresql.insert)


def _params(scope: Scope) -> dict[str, Any]:
    return {"b_client": scope.client_id, "b_source": scope.source_lang, "b_target": scope.target_lang}


class MemoryStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, scope: Scope, digests: Sequence[str]) -> dict[str, list[MemoryEntry]]:
        """-> what is known under each of these digests, of every variant."""
        found: dict[str, list[MemoryEntry]] = {}
        with self._database.transaction(durable=False) as connection:
            for row in connection.execute(_FIND, {**_params(scope), "b_digests": list(digests)}):
                found.setdefault(row.digest, []).append(MemoryEntry(*row))
        return found

    def has_people(self, scope: Scope) -> bool:
        """Is there anything that people wrote, among which similar sentences could be found?"""
        with self._database.transaction(durable=False) as connection:
            return connection.execute(_BY_PEOPLE, _params(scope)).first() is not None

    def similar(self, scope: Scope, probe: str, values: Sequence[int]) -> list[MemoryEntry]:
        """-> what people wrote whose `probe` (one of PROBES) is among `values`."""
        with self._database.transaction(durable=False) as connection:
            rows = connection.execute(_SIMILAR[probe], {**_params(scope), "b_probes": list(values)})
            return [MemoryEntry(*row) for row in rows]

    def put(self, scope: Scope, entries: Sequence[MemoryEntry], now: float) -> None:
        """What is there under the same key gives way, but for a correction to anything else."""
        stamp = to_iso(now)
        unique = {(one.digest, one.variant): one for one in entries}
        rows = [{**vars(one), **scope._asdict(), "updated_at": stamp} for one in unique.values()]
        if rows:
            with self._database.transaction(durable=False) as connection:
                connection.execute(_PUT_SQLITE if self._database.is_sqlite else _PUT_POSTGRESQL, rows)

    def counts(self, client_id: str) -> list[dict[str, Any]]:
        """-> {"source_lang", "target_lang", "origin", "entries"} of each pair and origin."""
        by = (memory.c.source_lang, memory.c.target_lang, memory.c.origin)
        query = select(*by, func.count().label("entries")).where(memory.c.client_id == client_id)
        with self._database.transaction(durable=False) as connection:
            return [dict(row) for row in connection.execute(query.group_by(*by).order_by(*by)).mappings()]

    def page(self, scope: Scope, after: tuple[str, str], limit: int) -> list[tuple[str, MemoryEntry]]:
        """-> (when, entry) by (digest, variant), those after `after` (two empty texts: from the start): the order of the index,
        any other one would be made anew for every page."""
        query = select(memory.c.updated_at, *_ENTRY).where(
            memory.c.client_id == scope.client_id,
            memory.c.source_lang == scope.source_lang,
            memory.c.target_lang == scope.target_lang,
            tuple_(memory.c.digest, memory.c.variant) > tuple_(*after),
        )
        with self._database.transaction(durable=False) as connection:
            rows = connection.execute(query.order_by(memory.c.digest, memory.c.variant).limit(limit)).all()
        return [(row[0], MemoryEntry(*row[1:])) for row in rows]

    def clear(self, client_id: str, pair: tuple[str, str] | None, origin: str | None, limit: int = STEP_ROWS) -> int:
        """Forget up to `limit` entries of the client (of this pair and origin only); -> how many, none when that is done."""
        wanted = [memory.c.client_id == client_id]
        if pair is not None:
            wanted += [memory.c.source_lang == pair[0], memory.c.target_lang == pair[1]]
        if origin is not None:
            wanted.append(memory.c.origin == origin)
        return self._delete(and_(*wanted), limit)

    def clients(self) -> Iterator[str]:
        """-> every client that has entries, one seek in the index each."""
        last = ""
        query = select(func.min(memory.c.client_id)).where(memory.c.client_id > bindparam("b_last"))
        while True:
            with self._database.transaction(durable=False) as connection:
                found = connection.execute(query, {"b_last": last}).scalar()
            if found is None:
                return
            last = found
            yield last

    def prune(self, client_id: str, before: float, limit: int = STEP_ROWS) -> int:
        """Forget up to `limit` translations of models that are older; -> how many."""
        mine = and_(memory.c.client_id == client_id, memory.c.origin == TRANSLATION)
        return self._delete(and_(mine, memory.c.updated_at < to_iso(before)), limit)

    def shrink(self, client_id: str, most: int, limit: int = STEP_ROWS) -> int:
        """Forget up to `limit` of the oldest translations of models when the client has more than `most` entries."""
        with self._database.transaction(durable=False) as connection:
            count = connection.execute(select(func.count()).where(memory.c.client_id == client_id)).scalar_one()
        if count <= most:
            return 0
        return self._delete(
            and_(memory.c.client_id == client_id, memory.c.origin == TRANSLATION), min(limit, count - most)
        )

    def _delete(self, wanted: ColumnElement[bool], limit: int) -> int:
        oldest = select(memory.c.id).where(wanted).order_by(memory.c.updated_at, memory.c.id).limit(limit)
        with self._database.transaction(durable=False) as connection:
            return connection.execute(memory.delete().where(memory.c.id.in_(oldest))).rowcount
