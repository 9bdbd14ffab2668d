"""What is forgotten when its time is over: uploads, sentences, results, and at last the task's row with its history.

Everything in steps, each a short transaction of its own: whoever waits for the database meanwhile waits for one step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_, select

from storage.database import Database
from storage.extra_results import blobs_of
from storage.tables import segments, task_files, tasks, uploads
from storage.times import to_iso
from storage.total_store import TotalStore

STEP_ROWS = 20_000
"""Sentences that one step deletes, some 100 ms of work; a single task with more goes in one piece."""

STEP_TASKS = 500


@dataclass(frozen=True)
class Mark:
    """The last task that a step looked at; the next step goes on after it."""

    completed_at: str = ""
    task_id: str = ""


START = Mark()


class RetentionStore:
    """`blobs` in an answer are to be removed once the step is committed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._totals = TotalStore(database)

    def expire_uploads(self, before: float, limit: int = STEP_TASKS) -> list[str]:
        """Forget up to `limit` uploads that no task was made of; -> their blobs, none when that is done."""
        with self._database.transaction() as connection:
            old = select(uploads.c.id, uploads.c.blob).where(uploads.c.created_at < to_iso(before)).limit(limit)
            rows = connection.execute(old).all()
            connection.execute(uploads.delete().where(uploads.c.id.in_([row.id for row in rows])))
        return [row.blob for row in rows]

    def expire_sources(
        self, before: float, after: Mark = START, limit: int = STEP_TASKS
    ) -> tuple[list[str], Mark | None]:
        """Forget the uploads (and sentences) of the next tasks that ended before; -> (blobs, where to go on, None at the
        end)."""
        with self._database.transaction() as connection:
            doomed, mark = self._ended(before, after, limit)
            mine = and_(task_files.c.task_id.in_(doomed), task_files.c.blob != "")
            rows = connection.execute(select(task_files.c.id, task_files.c.blob).where(mine)).all()
            ids = [row.id for row in rows]
            connection.execute(segments.delete().where(segments.c.file_id.in_(ids)))
            connection.execute(task_files.update().where(task_files.c.id.in_(ids)).values(blob=""))
        return [row.blob for row in rows], mark

    def expire_results(
        self, before: float, after: Mark = START, limit: int = STEP_TASKS
    ) -> tuple[list[str], Mark | None]:
        """Forget the results of the next tasks that ended before; -> as `expire_sources`."""
        with self._database.transaction() as connection:
            doomed, mark = self._ended(before, after, limit)
            mine = and_(task_files.c.task_id.in_(doomed), task_files.c.result_blob.is_not(None))
            rows = connection.execute(select(task_files.c.result_blob, task_files.c.extra_results).where(mine)).all()
            connection.execute(task_files.update().where(mine).values(result_blob=None, extra_results=None))
        return [blob for result, extra in rows for blob in (result, *blobs_of(extra))], mark

    def expire_tasks(self, before: float, limit: int = STEP_TASKS) -> tuple[int, list[str]]:
        """Forget up to `limit` tasks that ended before, with all that belongs to them; -> (how many, blobs)."""
        with self._database.transaction() as connection:
            doomed, _mark = self._ended(before, START, limit)
            mine = task_files.c.task_id.in_(doomed)
            wanted = (task_files.c.blob, task_files.c.result_blob, task_files.c.extra_results)
            rows = connection.execute(select(*wanted).where(mine)).all()
            if doomed:
                self._totals.keep(tasks.c.task_id.in_(doomed))
            # Files, sentences, events and idempotency keys go with the row (ON DELETE CASCADE).
            connection.execute(tasks.delete().where(tasks.c.task_id.in_(doomed)))
        return len(doomed), [
            blob for source, result, extra in rows for blob in (source, result, *blobs_of(extra)) if blob
        ]

    def _ended(self, before: float, after: Mark, limit: int) -> tuple[Sequence[str], Mark | None]:
        """-> (up to `limit` tasks that ended before, those after `after`, the oldest first; the last of them)."""
        # Only what is over has a time of its end. The first two terms are what the index is for.
        query = (
            select(tasks.c.task_id, tasks.c.completed_at, tasks.c.segments_total)
            .where(tasks.c.completed_at >= after.completed_at, tasks.c.completed_at < to_iso(before))
            .where(or_(tasks.c.completed_at > after.completed_at, tasks.c.task_id > after.task_id))
            .order_by(tasks.c.completed_at, tasks.c.task_id)
            .limit(limit)
        )
        with self._database.transaction(durable=False) as connection:
            rows = connection.execute(query).all()
        taken, sentences = 0, 0
        for row in rows:
            sentences += row.segments_total
            if taken and sentences > STEP_ROWS:
                break
            taken += 1
        rows = rows[:taken]
        return [row.task_id for row in rows], Mark(rows[-1].completed_at, rows[-1].task_id) if rows else None
