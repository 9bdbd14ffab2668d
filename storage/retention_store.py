"""What is forgotten when its time is over: uploads, sentences, results, and at last the task's row with its history."""

from __future__ import annotations

from sqlalchemy import Select, and_, select

from storage.database import Database
from storage.states import TERMINAL
from storage.tables import segments, task_files, tasks, uploads
from storage.times import to_iso


class RetentionStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def expire_uploads(self, before: float) -> list[str]:
        """Forget uploads that no task was made of; -> their blobs, to be removed once this is committed."""
        with self._database.transaction() as connection:
            old = uploads.c.created_at < to_iso(before)
            blobs = list(connection.execute(select(uploads.c.blob).where(old)).scalars())
            connection.execute(uploads.delete().where(old))
        return blobs

    def expire_sources(self, before: float) -> list[str]:
        """Forget the uploads (and sentences) of tasks that ended before; -> blobs to remove once this is committed."""
        with self._database.transaction() as connection:
            old = _ended(before)
            mine = and_(task_files.c.task_id.in_(old), task_files.c.blob != "")
            blobs = list(connection.execute(select(task_files.c.blob).where(mine)).scalars())
            # By subquery: the ids of many files would be more parameters than SQLite takes.
            connection.execute(segments.delete().where(segments.c.file_id.in_(select(task_files.c.id).where(mine))))
            connection.execute(task_files.update().where(mine).values(blob=""))
        return blobs

    def expire_results(self, before: float) -> list[str]:
        """Forget the results of tasks that ended before; -> blobs to remove once this is committed."""
        with self._database.transaction() as connection:
            old = _ended(before)
            mine = and_(task_files.c.task_id.in_(old), task_files.c.result_blob.is_not(None))
            blobs = list(connection.execute(select(task_files.c.result_blob).where(mine)).scalars())
            connection.execute(task_files.update().where(mine).values(result_blob=None))
        return blobs

    def expire_tasks(self, before: float, limit: int) -> tuple[int, list[str]]:
        """Forget up to `limit` tasks that ended before, with all that belongs to them.

        -> (how many, blobs to remove once this is committed).
        """
        with self._database.transaction() as connection:
            doomed = list(connection.execute(_ended(before).order_by(tasks.c.completed_at).limit(limit)).scalars())
            if not doomed:
                return 0, []
            mine = task_files.c.task_id.in_(doomed)
            rows = connection.execute(select(task_files.c.blob, task_files.c.result_blob).where(mine)).all()
            # Files, sentences, events and idempotency keys go with the row (ON DELETE CASCADE).
            connection.execute(tasks.delete().where(tasks.c.task_id.in_(doomed)))
        return len(doomed), [blob for row in rows for blob in row if blob]


def _ended(before: float) -> Select[tuple[str]]:
    over = tasks.c.status.in_(sorted(TERMINAL))
    return select(tasks.c.task_id).where(over, tasks.c.completed_at < to_iso(before))
