"""Pages of tasks: cursors, filters, search; over SQLite and PostgreSQL."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from fresh_database import database_at
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event
from storage_kit import NOW, accept, start, stored

from storage import cursors
from storage.errors import BadCursor
from storage.repository import Repository
from storage.task_reading import Narrow
from storage.times import to_iso


def pages(repository: Repository, limit: int, **filters: Any) -> list[list[str]]:
    found, cursor = [], None
    while True:
        rows, cursor = repository.tasks.page(limit=limit, cursor=cursor, **filters)
        found.append([row["task_id"] for row in rows])
        if cursor is None:
            return found


def test_pages_are_newest_first_and_lose_nothing_between_tasks_of_the_same_moment(repository: Repository) -> None:
    for number in range(6):
        accept(repository, f"t{number}", at=NOW + number // 4)
    assert pages(repository, 2) == [["t5", "t4"], ["t3", "t2"], ["t1", "t0"]]
    assert pages(repository, 4) == [["t5", "t4", "t3", "t2"], ["t1", "t0"]]
    assert pages(repository, 10) == [["t5", "t4", "t3", "t2", "t1", "t0"]]


def test_a_task_that_comes_in_between_two_pages_shifts_nothing(repository: Repository) -> None:
    for number in range(4):
        accept(repository, f"t{number}", at=NOW + number)
    rows, cursor = repository.tasks.page(limit=2)
    accept(repository, "new", at=NOW + 99)
    rest, _end = repository.tasks.page(limit=2, cursor=cursor)
    assert [row["task_id"] for row in rows + rest] == ["t3", "t2", "t1", "t0"]


def test_pages_can_be_narrowed_to_a_state_and_a_client(repository: Repository) -> None:
    accept(repository, "t1", client="anna")
    start(repository, "t2", client="anna")
    start(repository, "t3", client="ben")
    assert pages(repository, 1, status="processing") == [["t3"], ["t2"]]
    assert pages(repository, 5, client_id="anna") == [["t2", "t1"]]
    assert pages(repository, 5, status="processing", client_id="ben") == [["t3"]]
    assert pages(repository, 5, client_id="nobody") == [[]]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("task-1", ["task-1"]),
        ("ANNA", ["task-2", "task-1"]),
        ("тайлан", ["task-1"]),
        ("ТАЙЛ", ["task-1"]),
        ("报告", ["task-2"]),
        ("100%", ["task-2"]),
        ("0%_", []),
        ("_", ["task-1"]),
        ("'; DROP TABLE tasks; --", []),
    ],
)
def test_search_finds_a_part_of_an_id_a_client_or_a_file_name(
    repository: Repository, search: str, found: list[str]
) -> None:
    accept(repository, "task-1", client="Anna", files=[stored("Тайлан_2026.docx"), stored("x")])
    accept(repository, "task-2", client="anna-b", files=[stored("报告 100%.docx")], at=NOW + 1)
    assert pages(repository, 5, search=search) == [found]


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "none of ours", "ÿ", "=" * 7]
    + [
        base64.urlsafe_b64encode(text.encode()).decode()
        for text in ("", "t1", "yesterday t1", "a b c", "2026-11-23T00:00:00Z t\0", "\0 t1")
    ],
)
def test_a_cursor_that_is_none_of_ours_is_refused(repository: Repository, cursor: str) -> None:
    accept(repository)
    with pytest.raises(BadCursor) as refused:
        repository.tasks.page(limit=1, cursor=cursor)
    assert refused.value.status == 422


@given(st.floats(0, 4e9), st.uuids())
def test_a_cursor_comes_back_as_it_was(moment: float, task_id: Any) -> None:
    assert cursors.decode(cursors.encode(to_iso(moment), str(task_id))) == (to_iso(moment), str(task_id))


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("newest", ["t3", "t2", "t1", "t0"]),
        ("oldest", ["t0", "t1", "t2", "t3"]),
        ("priority", ["t2", "t3", "t1", "t0"]),
        ("largest", ["t1", "t3", "t2", "t0"]),
    ],
)
def test_tasks_are_listed_in_the_order_that_is_asked_for_page_by_page(
    repository: Repository, order: str, found: list[str]
) -> None:
    for number in range(4):
        accept(repository, f"t{number}", files=[stored(size=9_000 if number == 1 else 7)], at=NOW + number)
    repository.changes.set_priority("t2", 9, NOW)
    for limit in (1, 3, 9):
        listed = pages(repository, limit, narrow=Narrow(order=order))
        assert [task_id for page in listed for task_id in page] == found
    _rows, cursor = repository.tasks.page(limit=1, narrow=Narrow(order=order))
    with pytest.raises(BadCursor):
        repository.tasks.page(limit=1, cursor=cursor, narrow=Narrow(order="longest"))


def test_pages_can_be_narrowed_to_languages_and_a_time(repository: Repository) -> None:
    for number in range(4):
        accept(repository, f"t{number}", at=NOW + number)
    shown = Narrow(since=to_iso(NOW + 1), before=to_iso(NOW + 3), order="oldest")
    assert pages(repository, 9, narrow=shown) == [["t1", "t2"]]
    assert pages(repository, 9, narrow=Narrow("mon_Cyrl", "cmn_Hans")) == [["t3", "t2", "t1", "t0"]]
    assert (
        pages(repository, 9, narrow=Narrow("cmn_Hans")) == pages(repository, 9, narrow=Narrow(None, "mon_Cyrl")) == [[]]
    )


@given(st.sampled_from(list(cursors.ORDERS)), st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=9))
def test_a_cursor_of_any_order_comes_back_as_it_was_or_is_refused(order: str, value: Any) -> None:
    by = cursors.ORDERS[order]
    try:
        found, task_id = cursors.decode(cursors.encode(value, "t1", by), by)
    except BadCursor:
        return
    assert (task_id, type(found)) == ("t1", type(by.read(str(value))))


@given(st.text(max_size=40))
def test_no_text_at_all_makes_a_cursor_fail_in_another_way(text: str) -> None:
    try:
        cursors.decode(text)
    except BadCursor:
        pass


@pytest.mark.parametrize("order", ["priority", "largest", "longest"])
@pytest.mark.parametrize("status", [None, "completed"])
def test_no_page_of_a_sorted_list_is_sorted_anew(tmp_path: Path, order: str, status: str | None) -> None:
    database = database_at(tmp_path / "khelmerch.db")
    asked: list[tuple[str, Any]] = []
    event.listen(database.engine, "before_cursor_execute", lambda _c, _k, text, given, *_: asked.append((text, given)))
    repository = Repository(database)
    repository.tasks.page(limit=2, status=status, narrow=Narrow(order=order))
    (query, values) = next(one for one in asked if "FROM tasks" in one[0])
    with database.transaction(durable=False) as connection:
        plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values).all())
    database.close()
    assert "USING INDEX tasks_by_" in plan and "TEMP B-TREE" not in plan, plan
