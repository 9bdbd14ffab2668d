"""Tasks, files and sentences for tests of storage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from storage.database import Database
from storage.repository import Repository
from storage.segment_store import NewSegment, Translated
from storage.states import TaskMove
from storage.tables import segments, task_files, task_queue, tasks
from storage.task_store import NewTask
from storage.upload_store import StoredFile

NOW = 1_795_000_000.0
"""Some moment in November 2026, Unix seconds."""

HOUR = 3_600.0


def new_task(task_id: str = "t1", client: str = "anna", priority: int = 5) -> NewTask:
    return NewTask(task_id, client, "mon_Cyrl", "cmn_Hans", False, priority)


def stored(name: str = "тайлан.docx", blob: str | None = None, size: int = 1_000) -> StoredFile:
    return StoredFile(name, size, "00" * 32, blob or f"uploads/aa/{name}")


def accept(
    repository: Repository,
    task_id: str = "t1",
    *,
    client: str = "anna",
    files: Sequence[StoredFile] = (),
    at: float = NOW,
) -> None:
    repository.tasks.accept(new_task(task_id, client), files or [stored(blob=f"uploads/aa/{task_id}")], at)


def start(repository: Repository, task_id: str = "t1", *, at: float = NOW, **accepted: Any) -> int:
    """A task that is being processed; -> the id of its first file."""
    accept(repository, task_id, at=at, **accepted)
    repository.tasks.move(task_id, TaskMove.START, at)
    return int(repository.tasks.files(task_id)[0]["id"])


def prepare(repository: Repository, file_id: int, sentences: Sequence[str]) -> None:
    """Store sentences; one that came before refers to the first, as the preparing worker does it."""
    first: dict[str, int] = {}
    rows = []
    for position, source in enumerate(sentences):
        same_as = first.get(source)
        first.setdefault(source, position)
        rows.append(NewSegment(position, position, "", source, same_as=same_as))
    repository.segments.add(file_id, rows)
    repository.tasks.prepared(file_id, len(rows), 0, sum(map(len, sentences)))


def translated(file_id: int, position: int, target: str = "译文", *flags: str) -> Translated:
    return Translated(file_id, position, target, flags)


def finish(repository: Repository, task_id: str, move: TaskMove, at: float) -> None:
    repository.tasks.move(task_id, move, at)


def contents(database: Database) -> dict[str, list[Any]]:
    """-> every row of the tables that matter, to see that nothing changed."""
    with database.transaction(durable=False) as connection:
        return {
            table.name: connection.execute(select(table).order_by(*table.primary_key.columns)).all()
            for table in (tasks, task_queue, task_files, segments)
        }
