"""Looking tasks and their files up; nothing here changes anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import and_, bindparam, or_, select

from storage import cursors
from storage.database import Database
from storage.errors import FileNotInTask, TaskNotFound
from storage.states import TERMINAL
from storage.tables import task_files, tasks

Row = dict[str, Any]

IN_AT_ONCE = 1_000
"""Values in one IN (...): databases limit a statement's parameters, SQLite to 32,766."""


_GET = select(tasks).where(tasks.c.task_id == bindparam("b_task"))
_GET_ALL = select(tasks).where(tasks.c.task_id.in_(bindparam("b_tasks", expanding=True)))
_FILES = select(task_files).where(task_files.c.task_id == bindparam("b_task")).order_by(task_files.c.n)


def _pieces(task_ids: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(task_ids), IN_AT_ONCE):
        yield list(task_ids[start : start + IN_AT_ONCE])


class TaskReading:
    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, task_id: str) -> Row:
        """Raises TaskNotFound."""
        if "\0" in task_id:  # PostgreSQL refuses it as a fault of ours
            raise TaskNotFound("There is no task with a NUL in its id.")
        with self._database.transaction(durable=False) as connection:
            row = connection.execute(_GET, {"b_task": task_id}).mappings().first()
        if row is None:
            raise TaskNotFound(f"There is no task {task_id}.", task_id=task_id)
        return dict(row)

    def files(self, task_id: str) -> list[Row]:
        with self._database.transaction(durable=False) as connection:
            return [dict(row) for row in connection.execute(_FILES, {"b_task": task_id}).mappings()]

    def files_of(self, task_ids: Sequence[str]) -> dict[str, list[Row]]:
        """-> the files of several tasks at once."""
        found: dict[str, list[Row]] = {task_id: [] for task_id in task_ids}
        with self._database.transaction(durable=False) as connection:
            for some in _pieces(task_ids):
                query = select(task_files).where(task_files.c.task_id.in_(some)).order_by(task_files.c.n)
                for row in connection.execute(query).mappings():
                    found[row["task_id"]].append(dict(row))
        return found

    def get_all(self, task_ids: Sequence[str]) -> dict[str, Row]:
        """-> those of the tasks that exist."""
        found: dict[str, Row] = {}
        with self._database.transaction(durable=False) as connection:
            for some in _pieces(task_ids):
                for row in connection.execute(_GET_ALL, {"b_tasks": some}).mappings():
                    found[row["task_id"]] = dict(row)
        return found

    def file(self, task_id: str, n: int) -> Row:
        """Raises FileNotInTask, TaskNotFound."""
        self.get(task_id)
        found = [row for row in self.files(task_id) if row["n"] == n]
        if not found:
            raise FileNotInTask(f"Task {task_id} has no file {n}.", task_id=task_id, n=n)
        return found[0]

    def page(
        self,
        *,
        limit: int,
        cursor: str | None = None,
        status: str | None = None,
        client_id: str | None = None,
        search: str | None = None,
    ) -> tuple[list[Row], str | None]:
        """-> (tasks, newest first; the cursor of the next page, None at the end). Raises BadCursor.

        search: a part of the task id, of the client or of a file's name, in capitals or not.
        """
        query = select(tasks).order_by(tasks.c.created_at.desc(), tasks.c.task_id.desc()).limit(limit + 1)
        if status is not None:
            query = query.where(tasks.c.status == status)
        if client_id is not None:
            query = query.where(tasks.c.client_ip == client_id)
        if search:
            named = select(task_files.c.task_id).where(task_files.c.name.icontains(search, autoescape=True))
            query = query.where(
                or_(
                    tasks.c.task_id.icontains(search, autoescape=True),
                    tasks.c.client_ip.icontains(search, autoescape=True),
                    tasks.c.task_id.in_(named),
                )
            )
        if cursor is not None:
            created, task_id = cursors.decode(cursor)
            query = query.where(
                or_(tasks.c.created_at < created, and_(tasks.c.created_at == created, tasks.c.task_id < task_id))
            )
        with self._database.transaction(durable=False) as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
        more = len(rows) > limit
        rows = rows[:limit]
        return rows, cursors.encode(rows[-1]["created_at"], rows[-1]["task_id"]) if more else None

    def unfinished(self) -> list[Row]:
        """-> every task that is not over, oldest first: what a starting scheduler takes up again."""
        query = select(tasks).where(tasks.c.status.not_in(sorted(TERMINAL))).order_by(tasks.c.created_at)
        with self._database.transaction(durable=False) as connection:
            return [dict(row) for row in connection.execute(query).mappings()]
