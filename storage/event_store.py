"""The append-only history of tasks."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import bindparam, select

from storage.database import Database
from storage.tables import task_events, tasks
from storage.times import to_iso

Row = dict[str, Any]

_KNOWN = select(tasks.c.task_id).where(tasks.c.task_id.in_(bindparam("b_tasks", expanding=True)))


class EventStore:
    """`add` writes at once, in the open transaction if there is one. `note` remembers and lets the next write take it
    along, so that frequent small events cost no transaction of their own; a crash loses the last of those."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: list[Row] = []

    def add(self, task_id: str, attempt: int, kind: str, now: float, **data: Any) -> None:
        self.note(task_id, attempt, kind, now, **data)
        self.flush()

    def note(self, task_id: str, attempt: int, kind: str, now: float, **data: Any) -> None:
        self._noted.append(
            {
                "task_id": task_id,
                "at": to_iso(now),
                "attempt": attempt,
                "kind": kind,
                "data": json.dumps(data, ensure_ascii=False),
            }
        )

    def flush(self) -> None:
        """Write what was noted, in order. As durable as the change that it tells of, whose transaction it joins."""
        noted, self._noted = self._noted, []
        if not noted:
            return
        with self._database.transaction(durable=False) as connection:
            # A task may have been pruned since; its note must not fail the change that takes the others along.
            ids = sorted({row["task_id"] for row in noted})
            known = set(connection.execute(_KNOWN, {"b_tasks": ids}).scalars())
            kept = [row for row in noted if row["task_id"] in known]
            if kept:
                connection.execute(task_events.insert(), kept)

    @property
    def has_notes(self) -> bool:
        return bool(self._noted)

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
