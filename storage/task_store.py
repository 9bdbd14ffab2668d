"""Tasks, their queue rows and their files: every change of state is a compare-and-set on (state, attempt)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, func, select

from storage import extra_results
from storage.database import Database
from storage.errors import IllegalTransition, NotTogether
from storage.event_store import EventStore
from storage.extra_results import ExtraResult
from storage.moves import EVENT_KINDS, Moving, after_move
from storage.prepared import Prepared, defaults
from storage.read_files import Read
from storage.states import TERMINAL, FileStatus, TaskMove, TaskStatus
from storage.tables import segments, task_files, task_queue, tasks
from storage.task_reading import TaskReading
from storage.task_statements import (
    ASSIGN,
    BEFORE,
    COMPLETED_FILE,
    FAILED_FILE,
    MOVE,
    MOVED,
    PREPARED_FILE,
    PREPARED_TASK,
    SET_PROGRESS,
    UNQUEUE,
)
from storage.times import to_iso
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
    output: str = "translated"
    review: bool = False
    options: str | None = None
    """JSON of `documents.model.Options`."""
    glossaries: str | None = None
    """JSON of the ids of those that apply (before it is accepted, of ids and names); null for the server's default."""
    memory: bool = True
    webhook_url: str | None = None
    """Where its end is told, beside the client's webhooks; signed with `webhook_secret`."""
    webhook_secret: str | None = None
    traceparent: str = ""
    """Of the trace that its request belongs to, with the request's id; both empty while nothing is traced."""
    request_id: str = ""


@dataclass(frozen=True)
class Completed:
    """A file whose document is written. extra: what was written beside it; flags: {flag: sentences with it}; terms: the
    glossary's, {"used", "missed"}."""

    file_id: int
    attempt: int
    result: StoredFile
    extra: tuple[ExtraResult, ...] = ()
    flags: Mapping[str, int] = field(default_factory=dict)
    terms: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """How far an attempt has come, per cent."""

    task_id: str
    attempt: int
    percent: float
    stage: str


_BLANK_TASK: Row = {**defaults(tasks), "status": TaskStatus.PENDING.value}
_BLANK_FILE: Row = {**defaults(task_files), "status": FileStatus.PENDING.value}
_INSERT_TASKS = Prepared.insert(tasks, list(_BLANK_TASK))
_INSERT_FILES = Prepared.insert(task_files, [name for name in _BLANK_FILE if name != "id"])
_INSERT_QUEUED = Prepared.insert(task_queue, ("task_id", "priority", "created_at"))


class TaskStore(TaskReading):
    def __init__(self, database: Database, events: EventStore) -> None:
        super().__init__(database)
        self._events = events

    # ---- accepting

    def accept(self, task: NewTask, files: Sequence[StoredFile], now: float) -> None:
        """Store a task with its files and its place in the queue. Durable when the transaction is over."""
        self.accept_all([(task, files)], now)

    def accept_all(self, accepted: Sequence[tuple[NewTask, Sequence[StoredFile]]], now: float) -> list[Row]:
        """As `accept`, for several: a statement a table, however many there are; -> their rows, as `get` gives them."""
        created_at = to_iso(now)
        new: list[Row] = []
        listed: list[Row] = []
        events: list[tuple[str, Row]] = []
        for task, files in accepted:
            # Not `asdict`, which copies deeply: ten times as slow.
            row = {**_BLANK_TASK, **vars(task), "created_at": created_at, "file_count": len(files)}
            del row["webhook_url"], row["webhook_secret"]  # stand in a table of their own, see WebhookStore
            del row["traceparent"], row["request_id"]  # stand in its first event
            row["total_file_size"] = size = sum([file.size for file in files])
            new.append(row)
            listed += [{**_BLANK_FILE, "task_id": task.task_id, "n": n, **vars(one)} for n, one in enumerate(files, 1)]
            traced = {"traceparent": task.traceparent, "request": task.request_id} if task.traceparent else {}
            events.append((task.task_id, {"files": len(files), "bytes": size, "priority": task.priority, **traced}))
        with self._database.transaction() as connection:
            _INSERT_TASKS(connection, new)
            _INSERT_QUEUED(connection, new)
            _INSERT_FILES(connection, listed)
            self._events.add_new(connection, created_at, "accepted", events)
            self._events.flush()
        return new

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
        return self.move_all([Moving(task_id, move, attempt, error_code, error_message)], now, **event)[0]

    def move_all(self, moving: Sequence[Moving], now: float, **event: Any) -> list[Row]:
        """Make one legal move of each of these tasks, all or none; -> their rows after it. Raises as `move` does."""
        # Lost in a power cut, START and REQUEUE are made again from what is left; the others were told to somebody.
        durable = any(one.move not in (TaskMove.START, TaskMove.REQUEUE) for one in moving)
        with self._database.transaction(durable=durable) as connection:
            before = self.get_all([one.task_id for one in moving])
            after = [after_move(one, before.get(one.task_id), now) for one in moving]
            values = [
                {f"b_{name}": row[name] for name in ("task_id", *MOVED)}
                | {"was_status": before[row["task_id"]]["status"], "was_attempt": before[row["task_id"]]["attempt"]}
                for row in after
            ]
            if MOVE(connection, values) != len(moving):
                raise IllegalTransition("A task was changed by somebody else in the same moment; look at it again.")
            over = [{"b_task": row["task_id"]} for row in after if row["status"] in TERMINAL]
            if over:
                UNQUEUE(connection, over)
            for one, row in zip(moving, after, strict=True):
                if one.move is TaskMove.RETRY:
                    entry = {"task_id": one.task_id, "priority": row["priority"], "created_at": to_iso(now)}
                    connection.execute(task_queue.insert(), entry)
                    self._reopen_files(one.task_id)
                kind = row["status"].value if row["status"] in TERMINAL else EVENT_KINDS[one.move]
                data = {**event, "code": one.error_code} if one.error_code else event
                if one.model:
                    data = {**data, "model": one.model}
                self._events.note(one.task_id, row["attempt"], kind, now, **data)
            self._events.flush()
        return after

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

    def set_progress(self, changed: Sequence[Progress]) -> None:
        """Never touches a task that is over, nor a later attempt of it."""
        values = [
            {"b_task": one.task_id, "b_attempt": one.attempt, "b_progress": one.percent, "b_stage": one.stage}
            for one in changed
        ]
        with self._database.transaction(durable=False) as connection:
            if values:
                SET_PROGRESS(connection, values)

    def assign(self, assigned: Mapping[str, str], now: float) -> None:
        """{task: the GPU that its latest chunk went to}."""
        values = [{"b_task": task_id, "b_gpu": gpu_id, "b_at": to_iso(now)} for task_id, gpu_id in assigned.items()]
        with self._database.transaction(durable=False) as connection:
            if values:
                ASSIGN(connection, values)

    # ---- files

    def segment_counts(self, file_id: int) -> tuple[int, int]:
        """-> (segments, those that are translated) of one file, counted."""
        query = select(func.count(), func.count(segments.c.target)).where(segments.c.file_id == file_id)
        with self._database.transaction(durable=False) as connection:
            total, done = connection.execute(query).one()
        return total, done

    def prepared(self, file_id: int, segments_total: int, segments_done: int, source_chars: int) -> None:
        """Its sentences are stored. Saying so again changes the figures of the file and the task by the difference only."""
        self.prepared_all([Read(file_id, segments_total, segments_done, source_chars)])

    def prepared_all(self, parsed: Sequence[Read]) -> None:
        """As `prepared`, of several files."""
        with self._database.transaction() as connection:
            found = connection.execute(BEFORE, {"b_files": [one.file_id for one in parsed]})
            before = {row.id: row for row in found}
            files, changed = [], []
            for one in parsed:
                was = before[one.file_id]
                files.append(one.values())
                changed.append(
                    {
                        "b_task": was.task_id,
                        "b_total": one.segments - was.segments_total,
                        "b_done": one.done - was.segments_done,
                        "b_flagged": one.flagged - was.segments_flagged,
                        "b_chars": one.chars if was.status == FileStatus.PENDING else 0,
                    }
                )
            PREPARED_FILE(connection, files)
            PREPARED_TASK(connection, changed)

    def complete_file(self, file_id: int, attempt: int, result: StoredFile) -> None:
        """Publish a result. Raises IllegalTransition when the task is not being processed in this attempt any more."""
        self.complete_files([Completed(file_id, attempt, result)])

    def complete_files(self, completed: Sequence[Completed]) -> None:
        """As `complete_file`, of several. Raises NotTogether when one of them may not be."""
        values = [
            {
                "b_file": one.file_id,
                "b_attempt": one.attempt,
                "b_name": one.result.name,
                "b_blob": one.result.blob,
                "b_size": one.result.size,
                "b_sha256": one.result.sha256,
                "b_extra": extra_results.to_json(one.extra),
                "b_flags": json.dumps(one.flags) if one.flags else None,
                "b_terms": json.dumps(one.terms) if one.terms else None,
            }
            for one in completed
        ]
        with self._database.transaction() as connection:
            if COMPLETED_FILE(connection, values) != len(values):
                if len(values) > 1:
                    raise NotTogether("One of these files belongs to an attempt that is over.")
                raise _over(completed[0].file_id, completed[0].attempt)

    def fail_file(self, file_id: int, attempt: int, code: str, message: str) -> None:
        """Give the file up. Raises IllegalTransition as `complete_file` does."""
        values = {"b_file": file_id, "b_attempt": attempt, "b_code": code, "b_message": message}
        with self._database.transaction() as connection:
            if FAILED_FILE(connection, [values]) != 1:
                raise _over(file_id, attempt)

    def set_crashes(self, file_id: int, crashes: int) -> None:
        with self._database.transaction() as connection:
            connection.execute(task_files.update().where(task_files.c.id == file_id).values(crashes=crashes))


def _over(file_id: int, attempt: int) -> IllegalTransition:
    return IllegalTransition(f"Attempt {attempt} of the task of file {file_id} is over.")
