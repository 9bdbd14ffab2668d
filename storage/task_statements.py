"""The statements by which tasks and their files are changed. Built once: making one costs more than running it."""

from __future__ import annotations

from sqlalchemy import Integer, and_, bindparam, select

from storage.prepared import Prepared
from storage.states import FileStatus, TaskStatus
from storage.tables import task_files, task_queue, tasks

MOVED = (
    "status",
    "attempt",
    "stage",
    "progress",
    "started_at",
    "completed_at",
    "processing_seconds",
    "idle_seconds",
    "error_code",
    "error_message",
    "model",
)
MOVE = Prepared(
    tasks.update()
    .where(tasks.c.task_id == bindparam("b_task_id"))
    .where(tasks.c.status == bindparam("was_status"), tasks.c.attempt == bindparam("was_attempt"))
    .values({name: bindparam(f"b_{name}") for name in MOVED})
)
UNQUEUE = Prepared(task_queue.delete().where(task_queue.c.task_id == bindparam("b_task")))
BEFORE = select(
    task_files.c.id,
    task_files.c.task_id,
    task_files.c.status,
    task_files.c.segments_total,
    task_files.c.segments_done,
    task_files.c.segments_flagged,
).where(task_files.c.id.in_(bindparam("b_files", expanding=True)))
PREPARED_FILE = Prepared(
    task_files.update()
    .where(task_files.c.id == bindparam("b_file"))
    .values(
        status=FileStatus.PREPARED,
        segments_total=bindparam("b_total", type_=Integer),
        segments_done=bindparam("b_done", type_=Integer),
        segments_flagged=bindparam("b_flagged", type_=Integer),
        source_lang=bindparam("b_language"),
        note_counts=bindparam("b_notes"),
        recalled=bindparam("b_recalled", type_=Integer),
    )
)
PREPARED_TASK = Prepared(
    tasks.update()
    .where(tasks.c.task_id == bindparam("b_task"))
    .values(
        segments_total=tasks.c.segments_total + bindparam("b_total", type_=Integer),
        segments_done=tasks.c.segments_done + bindparam("b_done", type_=Integer),
        segments_flagged=tasks.c.segments_flagged + bindparam("b_flagged", type_=Integer),
        source_chars=tasks.c.source_chars + bindparam("b_chars", type_=Integer),
    )
)
# A result or failure of an attempt that is over changes nothing.
_FILE_NOW = and_(
    task_files.c.id == bindparam("b_file"),
    select(tasks.c.task_id)
    .where(tasks.c.task_id == task_files.c.task_id, tasks.c.attempt == bindparam("b_attempt"))
    .where(tasks.c.status == TaskStatus.PROCESSING)
    .exists(),
)
COMPLETED_FILE = Prepared(
    task_files.update()
    .where(_FILE_NOW)
    .values(
        status=FileStatus.COMPLETED,
        result_name=bindparam("b_name"),
        result_blob=bindparam("b_blob"),
        result_size=bindparam("b_size"),
        result_sha256=bindparam("b_sha256"),
        extra_results=bindparam("b_extra"),
        flag_counts=bindparam("b_flags"),
        term_counts=bindparam("b_terms"),
        error_code=None,
        error_message=None,
    )
)
FAILED_FILE = Prepared(
    task_files.update()
    .where(_FILE_NOW)
    .values(status=FileStatus.FAILED, error_code=bindparam("b_code"), error_message=bindparam("b_message"))
)
SET_PROGRESS = Prepared(
    tasks.update()
    .where(tasks.c.task_id == bindparam("b_task"), tasks.c.attempt == bindparam("b_attempt"))
    .where(tasks.c.status == TaskStatus.PROCESSING)
    .values(progress=bindparam("b_progress"), stage=bindparam("b_stage"))
)
ASSIGN = Prepared(
    task_queue.update()
    .where(task_queue.c.task_id == bindparam("b_task"))
    .values(assigned_gpu=bindparam("b_gpu"), assigned_at=bindparam("b_at"))
)
