"""Figures of all tasks: how many, how fast, how long they wait."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, func, select

from storage.database import Database
from storage.states import TERMINAL, TaskStatus
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
        over = and_(tasks.c.status.in_(sorted(TERMINAL)), tasks.c.completed_at >= to_iso(since))
        done = and_(over, tasks.c.status == TaskStatus.COMPLETED)
        with self._database.transaction(durable=False) as connection:
            ended = connection.execute(select(func.count()).where(over)).scalar_one()
            row = connection.execute(
                select(
                    func.count(),
                    func.avg(tasks.c.processing_seconds),
                    func.sum(tasks.c.segments_total),
                    func.sum(tasks.c.source_chars),
                ).where(done)
            ).one()
        return {
            "ended": ended,
            "completed": row[0],
            "mean_processing_seconds": row[1],
            "segments": row[2] or 0,
            "chars": row[3] or 0,
        }
