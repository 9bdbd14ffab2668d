"""What the API answers, as the command line reads it."""

from __future__ import annotations

from typing import Any, TypedDict


class TaskFile(TypedDict):
    """One file of a task; `n` is its place in download paths."""

    n: int
    name: str
    size: int
    status: str
    result_name: str | None
    result_size: int | None
    segments_total: int | None
    segments_done: int | None
    error_message: str | None
    download: str | None
    results: list[dict[str, Any]]


class Task(TypedDict, total=False):
    """A task as the server tells it. Times are ISO 8601 UTC, progress is 0-100, eta_seconds may be null."""

    task_id: str
    status: str
    stage: str
    priority: int
    created_at: str
    started_at: str | None
    completed_at: str | None
    progress: float
    error_message: str | None
    error_code: str | None
    client_ip: str
    source_lang: str
    target_lang: str
    via_eng: bool
    file_count: int
    total_file_size: int
    segments_total: int
    segments_done: int
    segments_flagged: int
    queue_position: int | None
    eta_seconds: float | None
    attempt: int
    terms: dict[str, int]
    files: list[TaskFile]


class TaskPage(TypedDict):
    """Some tasks, newest first, and the cursor of the next page."""

    tasks: list[Task]
    next_cursor: str | None
