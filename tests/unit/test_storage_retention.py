"""Retention of many tasks: in steps, none of which is long, and none forgets what is not due."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select
from storage_kit import NOW, accept, finish, new_task, prepare, start, stored, translated

from storage import retention_store
from storage.database import Database
from storage.repository import Repository
from storage.retention_store import START, Mark
from storage.states import TaskMove
from storage.tables import segments, tasks
from storage.total_store import Totals
from storage.upgrade import migrate

MANY = 1_203
DAY = 86_400.0


@pytest.fixture
def many(repository: Repository) -> Iterator[list[str]]:
    """-> ids of tasks that ended at the same moment, and one that ended later."""
    ids = [f"t{number:04}" for number in range(MANY)]
    with repository.database.transaction():
        for task_id in [*ids, "late"]:
            accept(repository, task_id)
            end = NOW + (100 if task_id == "late" else 1)
            repository.tasks.move(task_id, TaskMove.CANCEL, end)
    yield ids


def test_the_uploads_of_many_tasks_are_forgotten_in_steps(repository: Repository, many: list[str]) -> None:
    found: list[list[str]] = []
    mark: Mark | None = START
    while mark is not None:
        blobs, mark = repository.retention.expire_sources(NOW + 50, mark, limit=500)
        found.append(blobs)
    assert [len(blobs) for blobs in found] == [500, 500, 203, 0]
    assert sorted(blob for blobs in found for blob in blobs) == [f"uploads/aa/{task_id}" for task_id in many]
    assert repository.tasks.file("late", 1)["blob"] == "uploads/aa/late"


def test_many_tasks_are_removed_in_steps(repository: Repository, many: list[str]) -> None:
    steps = [repository.retention.expire_tasks(NOW + 50, 500)[0] for _ in range(4)]
    assert steps == [500, 500, 203, 0]
    assert [row["task_id"] for row in repository.tasks.page(limit=10)[0]] == ["late"]


def test_many_uploads_without_a_task_are_forgotten_in_steps(repository: Repository) -> None:
    repository.uploads.add("anna", [stored(f"{number}") for number in range(MANY)], NOW)
    assert [len(repository.retention.expire_uploads(NOW + 1, 500)) for _ in range(4)] == [500, 500, 203, 0]


def test_a_step_ends_when_it_has_many_sentences(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention_store, "STEP_ROWS", 5)
    for number in range(4):
        file_id = start(repository, f"t{number}", at=NOW + number)
        prepare(repository, file_id, ["a", "b", "c"] if number else ["a"] * 20)
        finish(repository, f"t{number}", TaskMove.CANCEL, NOW + number)

    def left() -> int:
        with repository.database.transaction(durable=False) as connection:
            return connection.execute(select(func.count()).select_from(segments)).scalar_one()

    mark: Mark | None = START
    counts = [left()]
    while mark is not None:
        _blobs, mark = repository.retention.expire_sources(NOW + 50, mark)
        counts.append(left())
    assert counts == [29, 9, 6, 3, 0, 0], "each as much as fits, and at least one task"


def test_a_task_that_is_tried_again_between_two_steps_keeps_what_it_needs(repository: Repository) -> None:
    for task_id in ("t1", "t2"):
        accept(repository, task_id)
        repository.tasks.move(task_id, TaskMove.CANCEL, NOW)
    blobs, mark = repository.retention.expire_sources(NOW + 1, START, limit=1)
    assert (blobs, mark) == (["uploads/aa/t1"], Mark(repository.tasks.get("t1")["completed_at"], "t1"))
    repository.tasks.move("t2", TaskMove.RETRY, NOW + 1)
    assert repository.retention.expire_sources(NOW + 1, mark, limit=1) == ([], None)
    assert repository.tasks.file("t2", 1)["blob"] == "uploads/aa/t2"


def test_retention_and_recent_figures_look_tasks_up_by_the_time_of_their_end(tmp_path: Path) -> None:
    """In SQLite: PostgreSQL plans by the statistics of its tables, which are small here."""
    database = Database(f"sqlite:///{tmp_path}/khelmerch.db")
    migrate(database)
    repository = Repository(database)
    connection = database.connect()
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        asked.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    repository.retention.expire_sources(NOW, Mark("2026", "t1"))
    repository.figures.of_tasks(NOW)
    event.remove(connection, "before_cursor_execute", note)
    ends = [(text, values) for text, values in asked if tasks.c.completed_at.name in text and "SELECT" in text]
    assert len(ends) == 2
    for text, values in ends:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).fetchall()
        assert any("tasks_by_end" in row[3] for row in plan), (text, plan)
    connection.rollback()
    database.close()


def test_the_blobs_that_rows_name_are_read_in_steps(repository: Repository) -> None:
    repository.uploads.add("anna", [stored(f"{number}", blob=f"uploads/aa/{number}") for number in range(5)], NOW)
    steps = repository.uploads.known_blobs(limit=2)
    assert next(steps) == {"uploads/aa/0", "uploads/aa/1"}
    # Made a task while the rest is read: its file is known all the same.
    files = repository.uploads.take("anna")
    repository.tasks.accept(new_task("t1"), files, NOW)
    assert set().union(*steps) == {f"uploads/aa/{number}" for number in range(5)}


def test_old_keys_and_old_usage_go_in_steps_and_nothing_else(repository: Repository) -> None:
    accept(repository)
    for number in range(5):
        repository.idempotency.add("anna", f"k{number}", "hash", "t1", NOW)
        repository.usage.add(f"c{number}", 7, NOW)
    repository.idempotency.add("anna", "new", "hash", "t1", NOW + DAY)
    repository.usage.add("c0", 9, NOW + DAY)
    assert [repository.idempotency.prune(NOW + DAY, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert [repository.usage.prune(NOW + DAY, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert repository.idempotency.find("anna", "new", "hash") == "t1"
    assert repository.usage.of("c0", NOW + DAY) == 9


def test_totals_keep_what_removed_tasks_have_added(repository: Repository) -> None:
    for task_id in ("t1", "t2"):
        file_id = start(repository, task_id)
        prepare(repository, file_id, ["нэг", "хоёр"])
        repository.segments.save(task_id, 1, [translated(file_id, 0, "译文", "length")])
    finish(repository, "t1", TaskMove.COMPLETE, NOW + 1.5)
    finish(repository, "t2", TaskMove.FAIL, NOW + 1)
    before = repository.totals.now()
    assert before == Totals(segments=2, flagged=2, completed=1, chars=7, milliseconds=1_500)
    repository.retention.expire_tasks(NOW + 50, 1)
    repository.retention.expire_tasks(NOW + 50, 1)
    assert repository.totals.now() == before
