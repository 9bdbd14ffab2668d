"""The tables. `tasks`, `task_queue` and `gpu_status` keep the column names that users' own queries know."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Text, false, text, true
from sqlmodel import Field, SQLModel


def _cascade(target: str, kind: Any = String) -> Any:
    return Column(kind, ForeignKey(target, ondelete="CASCADE"), nullable=False, index=True)


class Task(SQLModel, table=True):
    """One request to translate one or more files. Times are ISO 8601 UTC, sizes bytes, progress per cent.

    `wanted_model` is the one that the client named; `model` the one that this attempt is bound to since it started, or the
    two of a task that goes from one to the other ('a > b'). output: translated, bilingual or both; review: a table for
    proof-readers is wanted; options: JSON of `documents.model.Options`, null for the default. glossaries: JSON, their ids in
    the order in which they count; memory: the translation memory is used and fed.
    """

    __tablename__: ClassVar[Any] = "tasks"
    __table_args__ = (
        Index("tasks_by_status", "status", "created_at"),
        Index("tasks_by_client", "client_ip", "created_at"),
        Index("tasks_by_end", "completed_at"),
        Index("tasks_by_priority", "priority", "task_id"),
        Index("tasks_by_size", "total_file_size", "task_id"),
        Index("tasks_by_work", "processing_seconds", "task_id"),
        Index("tasks_by_status_and_priority", "status", "priority", "task_id"),
        Index("tasks_by_status_and_size", "status", "total_file_size", "task_id"),
        Index("tasks_by_status_and_work", "status", "processing_seconds", "task_id"),
    )

    task_id: str = Field(primary_key=True)
    status: str
    priority: int = 5
    created_at: str = Field(index=True)
    started_at: str | None = None
    completed_at: str | None = None
    progress: float = 0.0
    error_message: str | None = None
    client_ip: str
    source_lang: str
    target_lang: str
    via_eng: bool = False
    file_count: int
    total_file_size: int = Field(sa_type=BigInteger)
    error_code: str | None = None
    stage: str = "queued"
    attempt: int = 1
    segments_total: int = 0
    segments_done: int = 0
    segments_flagged: int = 0
    source_chars: int = 0
    not_before: str | None = None
    processing_seconds: float = 0.0
    wanted_model: str | None = None
    model: str | None = None
    output: str = Field(default="translated", sa_column_kwargs={"server_default": "translated"})
    review: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    options: str | None = None
    glossaries: str | None = None
    memory: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    idle_seconds: float = Field(default=0.0, sa_column_kwargs={"server_default": "0"})


class QueueEntry(SQLModel, table=True):
    """One row for each task that is not over; `assigned_gpu` is where its latest chunk went."""

    __tablename__: ClassVar[Any] = "task_queue"

    id: int | None = Field(default=None, primary_key=True)
    task_id: str = Field(
        sa_column=Column(String, ForeignKey("tasks.task_id", ondelete="CASCADE"), nullable=False, unique=True)
    )
    priority: int
    created_at: str
    assigned_gpu: str | None = None
    assigned_at: str | None = None


class GpuStatus(SQLModel, table=True):
    """The last sample of one GPU (or of a node's CPU). Memory in MiB, utilisation per cent, temperature in Celsius; null
    where the driver does not tell. throttling: words, '' for none; xid: the last one, 0 for none; others_memory: of
    processes that are not ours."""

    __tablename__: ClassVar[Any] = "gpu_status"

    gpu_id: str = Field(primary_key=True)
    device_name: str
    memory_total: int
    memory_used: int
    memory_free: int
    utilization: float | None = None
    temperature: float | None = None
    is_available: bool = True
    current_task_id: str | None = None
    node: str = ""
    reason: str | None = None
    power_watts: float | None = None
    updated_at: str = ""
    uuid: str | None = None
    power_limit_watts: float | None = None
    throttling: str | None = None
    ecc_errors: int | None = Field(default=None, sa_type=BigInteger)
    xid: int | None = None
    others_memory: int | None = None


class TaskFile(SQLModel, table=True):
    """One file of a task; `n` counts from 1 in the order of upload. Blob keys point into the blob store.

    extra_results: JSON of `storage.extra_results`, what was written beside the result; flag_counts: JSON, {flag: sentences}
    of a file that is done, null where there are none; note_counts: the same of `Segment.notes`, once it is read.
    source_lang: what was found out where the task says 'auto'. term_counts: JSON {"used", "missed"} of the glossary's terms;
    recalled: sentences for which the memory had something; corrections: those that came after the result was written.
    """

    __tablename__: ClassVar[Any] = "task_files"

    id: int | None = Field(default=None, primary_key=True)
    task_id: str = Field(sa_column=_cascade("tasks.task_id"))
    n: int
    name: str
    size: int = Field(sa_type=BigInteger)
    sha256: str
    blob: str
    status: str = "pending"
    result_name: str | None = None
    result_blob: str | None = None
    result_size: int | None = Field(default=None, sa_type=BigInteger)
    result_sha256: str | None = None
    segments_total: int = 0
    segments_done: int = 0
    segments_flagged: int = 0
    crashes: int = 0
    error_code: str | None = None
    error_message: str | None = None
    extra_results: str | None = None
    flag_counts: str | None = None
    source_lang: str | None = None
    note_counts: str | None = None
    term_counts: str | None = None
    recalled: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    corrections: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class Segment(SQLModel, table=True):
    """One sentence. `lead` is the white space before it; `unit` the paragraph, cell or line of the file that it is in.

    `same_as` is the position of the first equal sentence of the file: only that one is sent to a translator.
    `alignment` is JSON, pairs of (source character, target character), kept only where formatting must be put back.
    `language`: from which it is translated, null for that of the task. `flags` are doubts, `notes` what else is reported
    (`translation.sorting`); words with spaces between.
    `context` tells equal sentences apart (see `documents.model.Unit`); `terms` is JSON, the glossary's terms in it. `origin`:
    null for a model's translation, memory, adapted (from the memory, with other numbers) or correction; `suggestion`: JSON
    of a similar sentence of the memory.
    """

    __tablename__: ClassVar[Any] = "segments"
    __table_args__ = (
        Index(
            "segments_missing",
            "file_id",
            "position",
            sqlite_where=text("target IS NULL AND same_as IS NULL"),
            postgresql_where=text("target IS NULL AND same_as IS NULL"),
        ),
        Index(
            "segments_repeated",
            "file_id",
            "same_as",
            sqlite_where=text("same_as IS NOT NULL"),
            postgresql_where=text("same_as IS NOT NULL"),
        ),
        {"sqlite_with_rowid": False},
    )

    file_id: int = Field(sa_column=Column(Integer, ForeignKey("task_files.id", ondelete="CASCADE"), primary_key=True))
    position: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    unit: int
    lead: str = Field(sa_column=Column(Text, nullable=False))
    source: str = Field(sa_column=Column(Text, nullable=False))
    wants_alignment: bool = False
    same_as: int | None = None
    target: str | None = Field(default=None, sa_column=Column(Text))
    flags: str | None = None
    alignment: str | None = Field(default=None, sa_column=Column(Text))
    language: str | None = None
    notes: str | None = None
    context: str | None = Field(default=None, sa_column=Column(Text))
    terms: str | None = Field(default=None, sa_column=Column(Text))
    origin: str | None = None
    suggestion: str | None = Field(default=None, sa_column=Column(Text))


class Upload(SQLModel, table=True):
    """A file that a client uploaded and has not made a task of."""

    __tablename__: ClassVar[Any] = "uploads"

    id: int | None = Field(default=None, primary_key=True)
    client_id: str = Field(index=True)
    name: str
    size: int = Field(sa_type=BigInteger)
    sha256: str
    blob: str
    created_at: str


class TaskEventRow(SQLModel, table=True):
    """Append-only history of a task; `data` is JSON. An id never comes twice, so readers can go on after the last one seen."""

    __tablename__: ClassVar[Any] = "task_events"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int | None = Field(default=None, primary_key=True)
    task_id: str = Field(sa_column=_cascade("tasks.task_id"))
    at: str
    attempt: int
    kind: str
    data: str = "{}"


class SchedulerState(SQLModel, table=True):
    """Small facts that outlive a scheduler: its epoch, whether it is paused."""

    __tablename__: ClassVar[Any] = "scheduler_state"

    key: str = Field(primary_key=True)
    value: str


class IdempotencyKey(SQLModel, table=True):
    """What a client's `Idempotency-Key` stands for, for a day: the task that was made and a hash of what was asked."""

    __tablename__: ClassVar[Any] = "idempotency_keys"

    client_id: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    body_hash: str
    task_id: str = Field(sa_column=_cascade("tasks.task_id"))
    created_at: str = Field(index=True)


class ClientUsage(SQLModel, table=True):
    """Characters of a client's documents that were taken on in one UTC day ('2026-11-23')."""

    __tablename__: ClassVar[Any] = "client_usage"

    client_id: str = Field(primary_key=True)
    day: str = Field(primary_key=True)
    chars: int = Field(sa_type=BigInteger)


class ApiKeyRow(SQLModel, table=True):
    """A key to the API, without the key: `digest` is a keyed hash of it (`storage.api_keys`). A limit of 0 is that of the
    settings. `client_id` is whose tasks it opens; `last_used_at` is coarse."""

    __tablename__: ClassVar[Any] = "api_keys"

    id: str = Field(primary_key=True)
    name: str
    client_id: str
    role: str
    digest: str
    requests_per_minute: int = Field(sa_type=BigInteger)
    chars_per_day: int = Field(sa_type=BigInteger)
    max_pending: int = Field(sa_type=BigInteger)
    max_file_bytes: int = Field(sa_type=BigInteger)
    created_at: str
    expires_at: str | None = None
    revoked_at: str | None = None
    last_used_at: str | None = None


tasks = SQLModel.metadata.tables["tasks"]
task_queue = SQLModel.metadata.tables["task_queue"]
gpu_status = SQLModel.metadata.tables["gpu_status"]
task_files = SQLModel.metadata.tables["task_files"]
segments = SQLModel.metadata.tables["segments"]
uploads = SQLModel.metadata.tables["uploads"]
task_events = SQLModel.metadata.tables["task_events"]
scheduler_state = SQLModel.metadata.tables["scheduler_state"]
idempotency_keys = SQLModel.metadata.tables["idempotency_keys"]
client_usage = SQLModel.metadata.tables["client_usage"]
api_keys = SQLModel.metadata.tables["api_keys"]
