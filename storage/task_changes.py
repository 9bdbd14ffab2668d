"""Changes of a task that are no moves between states: another priority, a beginning from the start; and finding tasks to
change in bulk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from storage import extra_results
from storage.database import Database
from storage.errors import IllegalTransition, SourceExpired, TaskNotFound
from storage.event_store import EventStore
from storage.states import TERMINAL, FileStatus
from storage.tables import segments, task_files, task_queue, tasks
from storage.total_store import TotalStore

Row = dict[str, Any]


class TaskChanges:
    def __init__(self, database: Database, events: EventStore) -> None:
        self._database = database
        self._events = events
        self._totals = TotalStore(database)

    def set_priority(self, task_id: str, priority: int, now: float) -> None:
        """Raises TaskNotFound, and IllegalTransition when the task is over."""
        with self._database.transaction() as connection:
            row = connection.execute(
                select(tasks.c.status, tasks.c.attempt, tasks.c.priority).where(tasks.c.task_id == task_id)
            ).first()
            if row is None:
                raise TaskNotFound(f"There is no task {task_id}.", task_id=task_id)
            if row.status in TERMINAL:
                raise IllegalTransition(
                    f"The task is already {row.status}; its priority means nothing any more.", task_status=row.status
                )
            connection.execute(tasks.update().where(tasks.c.task_id == task_id).values(priority=priority))
            connection.execute(task_queue.update().where(task_queue.c.task_id == task_id).values(priority=priority))
            self._events.add(task_id, row.attempt, "priority_changed", now, priority=priority, was=row.priority)

    def require_sources(self, task_id: str, *, all_files: bool) -> None:
        """Raises SourceExpired when an upload that a new attempt needs is gone. all_files: finished ones are needed too."""
        needed = [task_files.c.task_id == task_id, task_files.c.blob == ""]
        if not all_files:
            needed.append(task_files.c.status != FileStatus.COMPLETED)
        with self._database.transaction(durable=False) as connection:
            names = list(connection.execute(select(task_files.c.name).where(*needed)).scalars())
        if names:
            raise SourceExpired(
                f"{', '.join(names[:3])} was removed after its retention time (UPLOAD_RETENTION), so the task cannot be "
                "tried again. Upload the files anew.",
                task_id=task_id,
            )

    def begin_anew(self, task_id: str) -> list[str]:
        """Throw away the task's sentences and results; -> blobs to remove once this is committed.

        Call it in the transaction of the retry: the task must not be running.
        """
        mine = task_files.c.task_id == task_id
        fresh = {"segments_total": 0, "segments_done": 0, "segments_flagged": 0}
        with self._database.transaction() as connection:
            rows = connection.execute(
                select(task_files.c.id, task_files.c.result_blob, task_files.c.extra_results).where(mine)
            ).all()
            self._totals.keep(tasks.c.task_id == task_id)
            for row in rows:
                connection.execute(segments.delete().where(segments.c.file_id == row.id))
            connection.execute(
                task_files.update()
                .where(mine)
                .values(
                    status=FileStatus.PENDING,
                    result_name=None,
                    result_blob=None,
                    result_size=None,
                    result_sha256=None,
                    extra_results=None,
                    flag_counts=None,
                    source_lang=None,
                    note_counts=None,
                    term_counts=None,
                    recalled=0,
                    corrections=0,
                    crashes=0,
                    error_code=None,
                    error_message=None,
                    **fresh,
                )
            )
            connection.execute(
                tasks.update().where(tasks.c.task_id == task_id).values(progress=0.0, source_chars=0, **fresh)
            )
        return [blob for row in rows for blob in (row.result_blob, *extra_results.blobs_of(row.extra_results)) if blob]

    def forget(self, task_id: str) -> list[str]:
        """Remove a task that is over with all that belongs to it, but for the totals; -> blobs to remove once this is
        committed. Raises TaskNotFound, and IllegalTransition when it is not over."""
        mine = task_files.c.task_id == task_id
        wanted = (task_files.c.blob, task_files.c.result_blob, task_files.c.extra_results)
        with self._database.transaction() as connection:
            status = connection.execute(select(tasks.c.status).where(tasks.c.task_id == task_id)).scalar()
            if status is None:
                raise TaskNotFound(f"There is no task {task_id}.", task_id=task_id)
            if status not in TERMINAL:
                raise IllegalTransition(f"The task is {status}. Cancel it first.", task_status=status)
            rows = connection.execute(select(*wanted).where(mine)).all()
            self._totals.keep(tasks.c.task_id == task_id)
            # Files, sentences, events and idempotency keys go with the row (ON DELETE CASCADE).
            connection.execute(tasks.delete().where(tasks.c.task_id == task_id))
        found = [blob for source, result, more in rows for blob in (source, result, *extra_results.blobs_of(more))]
        return [blob for blob in found if blob]

    def matching(
        self, statuses: Sequence[str] | None, client_id: str | None, task_ids: Sequence[str] | None
    ) -> list[str]:
        """-> the tasks that fit all that is given, oldest first; ids that do not exist are left out."""
        query = select(tasks.c.task_id).order_by(tasks.c.created_at, tasks.c.task_id)
        if statuses is not None:
            query = query.where(tasks.c.status.in_(list(statuses)))
        if client_id is not None:
            query = query.where(tasks.c.client_ip == client_id)
        if task_ids is not None:
            query = query.where(tasks.c.task_id.in_(list(task_ids)))
        with self._database.transaction(durable=False) as connection:
            return list(connection.execute(query).scalars())
