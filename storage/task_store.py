"""Tasks, their queue rows and their files: every change of state is a compare-and-set on (state, attempt)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, select

from storage.database import Database
from storage.errors import IllegalTransition
from storage.event_store import EventStore
from storage.states import TERMINAL, FileStatus, TaskMove, TaskStatus, decide
from storage.tables import segments, task_files, task_queue, tasks
from storage.task_reading import TaskReading
from storage.times import from_iso, to_iso
from storage.upload_store import StoredFile

Row = dict[str, Any]


@dataclass(frozen=True)
class NewTask:
    """What a client asks for. Languages are our own codes, already checked."""

    task_id: str
    client_ip: str
    source_lang: str
    target_lang: str
    via_eng: bool
    priority: int
    not_before: str | None = None
    """ISO 8601 UTC as storage writes it; the task is not started earlier."""
    wanted_model: str | None = None


_EVENT_KINDS = {TaskMove.START: "start", TaskMove.REQUEUE: "requeued", TaskMove.RETRY: "retried"}


class TaskStore(TaskReading):
    def __init__(self, database: Database, events: EventStore) -> None:
        super().__init__(database)
        self._events = events

    # ---- accepting

    def accept(self, task: NewTask, files: Sequence[StoredFile], now: float) -> None:
        """Store a task with its files and its place in the queue. Durable when the transaction is over."""
        self.accept_all([(task, files)], now)

    def accept_all(self, accepted: Sequence[tuple[NewTask, Sequence[StoredFile]]], now: float) -> None:
        """As `accept`, for several: a statement a table, however many there are."""
        created_at = to_iso(now)
        new, queued, listed = [], [], []
        for task, files in accepted:
            # Not `asdict`, which copies deeply: ten times as slow.
            size = sum(file.size for file in files)
            new.append(
                {
                    **vars(task),
                    "status": TaskStatus.PENDING,
                    "created_at": created_at,
                    "file_count": len(files),
                    "total_file_size": size,
                }
            )
            queued.append({"task_id": task.task_id, "priority": task.priority, "created_at": created_at})
            listed += [{"task_id": task.task_id, "n": n, **vars(file)} for n, file in enumerate(files, start=1)]
            self._events.note(task.task_id, 1, "accepted", now, files=len(files), bytes=size, priority=task.priority)
        with self._database.transaction() as connection:
            connection.execute(tasks.insert(), new)
            connection.execute(task_queue.insert(), queued)
            connection.execute(task_files.insert(), listed)
            self._events.flush()

    # ---- moving between states

    def move(
        self,
        task_id: str,
        move: TaskMove,
        now: float,
        *,
        attempt: int | None = None,
        error_code: str | None = None,
        error_message: str | None = None,
        **event: Any,
    ) -> Row:
        """Make one legal move; -> the row after it.

        Raises TaskNotFound, and IllegalTransition when the state has no such move or `attempt` is over.
        """
        # Lost in a power cut, START and REQUEUE are made again from what is left; the others were told to somebody.
        durable = move not in (TaskMove.START, TaskMove.REQUEUE)
        with self._database.transaction(durable=durable) as connection:
            row = self.get(task_id)
            if attempt is not None and row["attempt"] != attempt:
                raise IllegalTransition(f"Attempt {attempt} of task {task_id} is over.", task_status=row["status"])
            after = decide(row["status"], move)
            changes: Row = {"status": after, "error_code": error_code, "error_message": error_message}
            if move is TaskMove.START:
                changes |= {"started_at": row["started_at"] or to_iso(now), "stage": "preparing"}
            elif move is TaskMove.REQUEUE:
                changes |= {"stage": "queued"}
            elif move is TaskMove.RETRY:
                changes |= {"attempt": row["attempt"] + 1, "started_at": None, "completed_at": None, "stage": "queued"}
                changes["model"] = None
            if after in TERMINAL:
                # A clock that was set back must not take away what was spent before.
                spent = max(0.0, now - from_iso(row["started_at"])) if row["started_at"] else 0.0
                changes |= {
                    "completed_at": to_iso(now),
                    "stage": "done",
                    "processing_seconds": row["processing_seconds"] + spent,
                }
                if after is TaskStatus.COMPLETED:
                    changes["progress"] = 100.0
            same = and_(tasks.c.task_id == task_id, tasks.c.status == row["status"], tasks.c.attempt == row["attempt"])
            if connection.execute(tasks.update().where(same).values(**changes)).rowcount != 1:
                raise IllegalTransition(
                    f"Task {task_id} was changed by somebody else in the same moment; look at it again.",
                    task_status=row["status"],
                )
            if move is TaskMove.RETRY:
                entry = {"task_id": task_id, "priority": row["priority"], "created_at": to_iso(now)}
                connection.execute(task_queue.insert(), entry)
                self._reopen_files(task_id)
            elif after in TERMINAL:
                connection.execute(task_queue.delete().where(task_queue.c.task_id == task_id))
            kind = after.value if after in TERMINAL else _EVENT_KINDS[move]
            if error_code:
                event["code"] = error_code
            self._events.add(task_id, int(changes.get("attempt") or row["attempt"]), kind, now, **event)
        return {**row, **changes}

    def _reopen_files(self, task_id: str) -> None:
        """A new attempt keeps finished files and every segment that was translated; only what failed is open again."""
        failed = and_(task_files.c.task_id == task_id, task_files.c.status == FileStatus.FAILED)
        fresh = {"error_code": None, "error_message": None, "crashes": 0}
        with self._database.transaction() as connection:
            connection.execute(
                task_files.update()
                .where(failed, task_files.c.segments_total > 0)
                .values(status=FileStatus.PREPARED, **fresh)
            )
            connection.execute(task_files.update().where(failed).values(status=FileStatus.PENDING, **fresh))

    def bind(self, task_id: str, attempt: int, model: str) -> None:
        """This attempt is done by this model (or two, 'a > b') from now on."""
        current = and_(tasks.c.task_id == task_id, tasks.c.attempt == attempt)
        with self._database.transaction(durable=False) as connection:
            connection.execute(tasks.update().where(current).values(model=model))

    def set_progress(self, task_id: str, attempt: int, progress: float, stage: str) -> None:
        """Never touches a task that is over, nor a later attempt of it."""
        current = and_(tasks.c.task_id == task_id, tasks.c.attempt == attempt, tasks.c.status == TaskStatus.PROCESSING)
        with self._database.transaction(durable=False) as connection:
            connection.execute(tasks.update().where(current).values(progress=progress, stage=stage))

    def assign(self, task_id: str, gpu_id: str, now: float) -> None:
        with self._database.transaction(durable=False) as connection:
            connection.execute(
                task_queue.update()
                .where(task_queue.c.task_id == task_id)
                .values(assigned_gpu=gpu_id, assigned_at=to_iso(now))
            )

    # ---- files

    def segment_counts(self, file_id: int) -> tuple[int, int]:
        """-> (segments, those that are translated) of one file, counted."""
        query = select(func.count(), func.count(segments.c.target)).where(segments.c.file_id == file_id)
        with self._database.transaction(durable=False) as connection:
            total, done = connection.execute(query).one()
        return total, done

    def prepared(self, file_id: int, segments_total: int, segments_done: int, source_chars: int) -> None:
        """Its sentences are stored. Saying so again changes the figures of the file and the task by the difference only."""
        with self._database.transaction() as connection:
            before = connection.execute(
                select(
                    task_files.c.task_id,
                    task_files.c.status,
                    task_files.c.segments_total,
                    task_files.c.segments_done,
                ).where(task_files.c.id == file_id)
            ).one()
            connection.execute(
                task_files.update()
                .where(task_files.c.id == file_id)
                .values(status=FileStatus.PREPARED, segments_total=segments_total, segments_done=segments_done)
            )
            chars = source_chars if before.status == FileStatus.PENDING else 0
            connection.execute(
                tasks.update()
                .where(tasks.c.task_id == before.task_id)
                .values(
                    segments_total=tasks.c.segments_total + segments_total - before.segments_total,
                    segments_done=tasks.c.segments_done + segments_done - before.segments_done,
                    source_chars=tasks.c.source_chars + chars,
                )
            )

    def complete_file(self, file_id: int, result: StoredFile) -> None:
        self._update_file(
            file_id,
            status=FileStatus.COMPLETED,
            result_name=result.name,
            result_blob=result.blob,
            result_size=result.size,
            result_sha256=result.sha256,
            error_code=None,
            error_message=None,
        )

    def fail_file(self, file_id: int, code: str, message: str) -> None:
        self._update_file(file_id, status=FileStatus.FAILED, error_code=code, error_message=message)

    def set_crashes(self, file_id: int, crashes: int) -> None:
        self._update_file(file_id, crashes=crashes)

    def _update_file(self, file_id: int, **values: Any) -> None:
        with self._database.transaction() as connection:
            connection.execute(task_files.update().where(task_files.c.id == file_id).values(**values))
