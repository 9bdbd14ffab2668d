"""The append-only history of tasks."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, or_, select

from storage.database import Database
from storage.prepared import Prepared
from storage.tables import task_events, tasks
from storage.times import to_iso

Row = dict[str, Any]

_KNOWN = select(tasks.c.task_id).where(tasks.c.task_id.in_(bindparam("b_tasks", expanding=True)))
_encode = json.JSONEncoder(ensure_ascii=False).encode
_INSERT = Prepared.insert(task_events, ("task_id", "at", "attempt", "kind", "data"))


class EventStore:
    """`add` writes at once, in the open transaction if there is one. `note` remembers and lets the next write take it
    along, so that frequent small events cost no transaction of their own; a crash loses the last of those. Notes are kept
    until the transaction that took them along is committed; if nobody knows whether it was, they may be written twice."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: list[Row] = []
        self.on_write: Callable[[], None] = lambda: None
        """Called when events were written, before their transaction is committed."""

    def add(self, task_id: str, attempt: int, kind: str, now: float, **data: Any) -> None:
        """What it tells of is undone with the transaction, and so is the event."""
        with self._database.transaction(durable=False) as connection:
            self._write(connection, [*self._take_notes(), _row(task_id, to_iso(now), attempt, kind, data)])

    def add_new(self, connection: Connection, at: str, kind: str, tasks_data: Sequence[tuple[str, Row]]) -> None:
        """The first event of each of these tasks, (task id, data), which the open transaction has just made."""
        _INSERT(connection, [_row(task_id, at, 1, kind, data) for task_id, data in tasks_data])
        self.on_write()

    def note(self, task_id: str, attempt: int, kind: str, now: float, **data: Any) -> None:
        self._noted.append(_row(task_id, to_iso(now), attempt, kind, data))

    def flush(self) -> None:
        """Write what was noted, in order. As durable as the change that it tells of, whose transaction it joins."""
        if self._noted:
            with self._database.transaction(durable=False) as connection:
                self._write(connection, self._take_notes())

    def _take_notes(self) -> list[Row]:
        """Call it in a transaction: when that comes to nothing, the notes are there again."""
        noted, self._noted = self._noted, []

        def put_back() -> None:
            self._noted = noted + self._noted

        if noted:
            self._database.if_undone(put_back)
        return noted

    def _write(self, connection: Connection, rows: Sequence[Row]) -> None:
        # A task may have been pruned since; its note must not fail the change that takes the others along.
        ids = sorted({row["task_id"] for row in rows})
        known = set(connection.execute(_KNOWN, {"b_tasks": ids}).scalars())
        kept = [row for row in rows if row["task_id"] in known]
        if kept:
            _INSERT(connection, kept)
            self.on_write()

    @property
    def has_notes(self) -> bool:
        return bool(self._noted)

    def has_request(self, task_id: str, kind: str, request: str) -> bool:
        """Is there an event of this kind that came of the request with this id?"""
        query = select(task_events.c.data).where(task_events.c.task_id == task_id, task_events.c.kind == kind)
        with self._database.transaction(durable=False) as connection:
            return any(json.loads(data).get("request") == request for data in connection.execute(query).scalars())

    def of_request(self, kind: str, request: str, since: float) -> list[str]:
        """-> tasks that have an event of this kind that came of the request with this id, of those that are not over or
        ended `since` (Unix seconds)."""
        mine = tasks.join(task_events, task_events.c.task_id == tasks.c.task_id)
        query = (
            select(tasks.c.task_id)
            .distinct()
            .select_from(mine)
            .where(or_(tasks.c.completed_at.is_(None), tasks.c.completed_at >= to_iso(since)))
            .where(task_events.c.kind == kind, task_events.c.data.contains(json.dumps(request), autoescape=True))
            .order_by(tasks.c.task_id)
        )
        with self._database.transaction(durable=False) as connection:
            return list(connection.execute(query).scalars())

    def of_task(self, task_id: str, after: int = 0, limit: int = 1000) -> list[Row]:
        """-> events with an id larger than `after`, oldest first."""
        query = (
            select(task_events)
            .where(task_events.c.task_id == task_id, task_events.c.id > after)
            .order_by(task_events.c.id)
            .limit(limit)
        )
        with self._database.transaction(durable=False) as connection:
            return [{**row, "data": json.loads(row["data"])} for row in connection.execute(query).mappings()]

    def last_id(self) -> int:
        """-> the id of the latest event, 0 when there is none."""
        with self._database.transaction(durable=False) as connection:
            return connection.execute(select(func.max(task_events.c.id))).scalar() or 0

    def between(
        self, after: int, upto: int | None, limit: int, task_id: str | None = None, client_id: str | None = None
    ) -> list[Row]:
        """-> events of all tasks, of one or of a client's, with `client_id`, oldest first; ids: after < id <= upto."""
        joined = task_events.join(tasks, tasks.c.task_id == task_events.c.task_id)
        query = (
            select(task_events, tasks.c.client_ip.label("client_id"))
            .select_from(joined)
            .where(task_events.c.id > after)
            .order_by(task_events.c.id)
            .limit(limit)
        )
        if upto is not None:
            query = query.where(task_events.c.id <= upto)
        if task_id is not None:
            query = query.where(task_events.c.task_id == task_id)
        if client_id is not None:
            query = query.where(tasks.c.client_ip == client_id)
        with self._database.transaction(durable=False) as connection:
            return [{**row, "data": json.loads(row["data"])} for row in connection.execute(query).mappings()]


def _row(task_id: str, at: str, attempt: int, kind: str, data: Row) -> Row:
    return {"task_id": task_id, "at": at, "attempt": attempt, "kind": kind, "data": _encode(data)}
