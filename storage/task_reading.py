"""Looking tasks and their files up; nothing here changes anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, or_, select, tuple_

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


@dataclass(frozen=True)
class Narrow:
    """Which tasks a list shows beside what everybody asks for, and in which order (a name of `cursors.ORDERS`). since,
    before: of their creation, ISO 8601 as storage writes it."""

    source_lang: str | None = None
    target_lang: str | None = None
    since: str | None = None
    before: str | None = None
    order: str = cursors.NEWEST.name


ALL = Narrow()


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
        narrow: Narrow = ALL,
    ) -> tuple[list[Row], str | None]:
        """-> (tasks, newest first where `narrow` says nothing else; the cursor of the next page, None at the end). Raises
        BadCursor.

        search: a part of the task id, of the client or of a file's name, in capitals or not.
        """
        order = cursors.ORDERS[narrow.order]
        query = _narrowed(select(tasks), narrow).limit(limit + 1)
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
            place = tuple_(tasks.c[order.column], tasks.c.task_id)
            last = tuple_(*cursors.decode(cursor, order))
            query = query.where(place < last if order.descending else place > last)
        with self._database.transaction(durable=False) as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
        more = len(rows) > limit
        rows = rows[:limit]
        return rows, cursors.encode(rows[-1][order.column], rows[-1]["task_id"], order) if more else None

    def unfinished(self) -> list[Row]:
        """-> every task that is not over, oldest first: what a starting scheduler takes up again."""
        query = select(tasks).where(tasks.c.status.not_in(sorted(TERMINAL))).order_by(tasks.c.created_at)
        with self._database.transaction(durable=False) as connection:
            return [dict(row) for row in connection.execute(query).mappings()]


def _narrowed(query: Select[Any], narrow: Narrow) -> Select[Any]:
    """In its order, with its conditions."""
    order = cursors.ORDERS[narrow.order]
    for column in (tasks.c[order.column], tasks.c.task_id):
        query = query.order_by(column.desc() if order.descending else column)
    if narrow.source_lang is not None:
        query = query.where(tasks.c.source_lang == narrow.source_lang)
    if narrow.target_lang is not None:
        query = query.where(tasks.c.target_lang == narrow.target_lang)
    if narrow.since is not None:
        query = query.where(tasks.c.created_at >= narrow.since)
    if narrow.before is not None:
        query = query.where(tasks.c.created_at < narrow.before)
    return query
