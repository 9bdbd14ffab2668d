"""From database rows to what the dispatcher knows of a task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actors.job import FileFacts, TaskFacts
from storage.repository import Repository
from storage.states import FileStatus
from storage.times import from_iso


def task_facts(row: dict[str, Any], repository: Repository) -> TaskFacts:
    """Reads the task's files; those that are parsed also tell how much of them is not translated yet."""
    return all_facts([row], repository)[0]


def all_facts(rows: Sequence[dict[str, Any]], repository: Repository) -> list[TaskFacts]:
    """As `task_facts`, of several tasks."""
    with repository.database.transaction(durable=False):
        files = repository.tasks.files_of([row["task_id"] for row in rows])
        return [_facts(row, tuple(file_facts(file, repository) for file in files[row["task_id"]])) for row in rows]


def waiting_facts(row: dict[str, Any]) -> TaskFacts:
    """Of a task that waits for a place, without another look at storage: all that counts of its files is their size.

    It is read anew, with `task_facts`, when it starts. Ten thousand of these must cost a starting scheduler little.
    """
    return _facts(row, (FileFacts(0, row["total_file_size"], FileStatus.PENDING),))


def _facts(row: dict[str, Any], files: tuple[FileFacts, ...]) -> TaskFacts:
    return TaskFacts(
        task_id=row["task_id"],
        client=row["client_ip"],
        priority=row["priority"],
        created_at=from_iso(row["created_at"]),
        attempt=row["attempt"],
        pair=(row["source_lang"], row["target_lang"], bool(row["via_eng"])),
        files=files,
        started_at=from_iso(row["started_at"]) if row["started_at"] else None,
        idle_seconds=row["idle_seconds"],
        not_before=from_iso(row["not_before"]) if row["not_before"] else None,
        model=row.get("model") or "",
    )


def file_facts(file: dict[str, Any], repository: Repository) -> FileFacts:
    missing, chars = (0, 0)
    if file["status"] == FileStatus.PREPARED:
        missing, chars = repository.segments.missing_counts(file["id"])
    return FileFacts(file["id"], file["size"], file["status"], missing, chars, file["crashes"])
