"""What is forgotten when its time is over: uploads, sentences and results. The task's row and figures stay."""

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
            rows = connection.execute(select(task_files.c.id, task_files.c.blob).where(mine)).all()
            if rows:
                ids = [row.id for row in rows]
                connection.execute(segments.delete().where(segments.c.file_id.in_(ids)))
                connection.execute(task_files.update().where(task_files.c.id.in_(ids)).values(blob=""))
        return [row.blob for row in rows]

    def expire_results(self, before: float) -> list[str]:
        """Forget the results of tasks that ended before; -> blobs to remove once this is committed."""
        with self._database.transaction() as connection:
            old = _ended(before)
            mine = and_(task_files.c.task_id.in_(old), task_files.c.result_blob.is_not(None))
            blobs = list(connection.execute(select(task_files.c.result_blob).where(mine)).scalars())
            connection.execute(task_files.update().where(mine).values(result_blob=None))
        return blobs


def _ended(before: float) -> Select[tuple[str]]:
    over = tasks.c.status.in_(sorted(TERMINAL))
    return select(tasks.c.task_id).where(over, tasks.c.completed_at < to_iso(before))
