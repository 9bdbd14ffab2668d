"""Figures of all tasks: how many, how fast, how long they wait."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from storage.database import Database
from storage.states import TaskStatus
from storage.tables import tasks
from storage.times import from_iso, to_iso


class FigureStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def counts(self) -> dict[str, int]:
        """-> {status: number of tasks}, every status present."""
        with self._database.transaction(durable=False) as connection:
            rows = connection.execute(select(tasks.c.status, func.count().label("number")).group_by(tasks.c.status))
            found: dict[str, int] = {row.status: row.number for row in rows}
        return {status.value: found.get(status.value, 0) for status in TaskStatus}

    def oldest_pending(self) -> float | None:
        """-> when the oldest waiting task was made, Unix seconds."""
        query = select(func.min(tasks.c.created_at)).where(tasks.c.status == TaskStatus.PENDING)
        with self._database.transaction(durable=False) as connection:
            oldest = connection.execute(query).scalar()
        return from_iso(oldest) if oldest else None

    def of_tasks(self, since: float) -> dict[str, Any]:
        """Of tasks that ended after `since`: how many, mean processing seconds, segments and characters translated."""
        # Only what is over has a time of its end: by the status as well, SQLite would choose the index of that instead.
        over = tasks.c.completed_at >= to_iso(since)
        done = tasks.c.status == TaskStatus.COMPLETED
        query = select(
            func.count(),
            func.count().filter(done),
            func.avg(tasks.c.processing_seconds).filter(done),
            func.sum(tasks.c.segments_total).filter(done),
            func.sum(tasks.c.source_chars).filter(done),
        ).where(over)
        with self._database.transaction(durable=False) as connection:
            row = connection.execute(query).one()
        return {
            "ended": row[0],
            "completed": row[1],
            "mean_processing_seconds": row[2],
            "segments": row[3] or 0,
            "chars": row[4] or 0,
        }
