"""The append-only history of tasks."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from storage.database import Database
from storage.tables import task_events
from storage.times import to_iso


class EventStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, task_id: str, attempt: int, kind: str, now: float, **data: Any) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                task_events.insert(),
                {
                    "task_id": task_id,
                    "at": to_iso(now),
                    "attempt": attempt,
                    "kind": kind,
                    "data": json.dumps(data, ensure_ascii=False),
                },
            )

    def of_task(self, task_id: str, after: int = 0, limit: int = 1000) -> list[dict[str, Any]]:
        """-> events with an id larger than `after`, oldest first."""
        query = (
            select(task_events)
            .where(task_events.c.task_id == task_id, task_events.c.id > after)
            .order_by(task_events.c.id)
            .limit(limit)
        )
        with self._database.transaction(durable=False) as connection:
            return [{**row, "data": json.loads(row["data"])} for row in connection.execute(query).mappings()]
