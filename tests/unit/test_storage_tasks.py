"""Tasks and their files, over SQLite and PostgreSQL."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from storage_kit import NOW, accept, new_task, prepare, start, stored, translated

from storage.database import Database
from storage.errors import FileNotInTask, IllegalTransition, StorageError, TaskNotFound
from storage.moves import Moving
from storage.repository import Repository
from storage.states import TERMINAL, TaskMove
from storage.tables import task_queue
from storage.task_store import Progress
from storage.times import from_iso


def queue(repository: Repository) -> list[str]:
    with repository.database.transaction(durable=False) as connection:
        return list(connection.execute(select(task_queue.c.task_id).order_by(task_queue.c.id)).scalars())


def test_an_accepted_task_has_its_files_its_place_and_its_history(repository: Repository) -> None:
    repository.tasks.accept(new_task(priority=7), [stored("а.docx", size=3), stored("б.txt", size=4)], NOW)
    task = repository.tasks.get("t1")
    assert (task["status"], task["priority"], task["file_count"], task["total_file_size"]) == ("pending", 7, 2, 7)
    assert (task["attempt"], task["stage"], task["progress"], task["via_eng"]) == (1, "queued", 0.0, False)
    assert from_iso(task["created_at"]) == NOW
    assert [(file["n"], file["name"]) for file in repository.tasks.files("t1")] == [(1, "а.docx"), (2, "б.txt")]
    assert queue(repository) == ["t1"]
    assert [event["kind"] for event in repository.events.of_task("t1")] == ["accepted"]


def test_the_same_task_id_twice_stores_nothing_of_the_second(repository: Repository) -> None:
    accept(repository)
    with pytest.raises(StorageError):
        repository.tasks.accept(new_task(client="ben"), [stored("other.txt")], NOW)
    assert [file["name"] for file in repository.tasks.files("t1")] == ["тайлан.docx"]
    assert repository.tasks.get("t1")["client_ip"] == "anna"


def test_what_does_not_exist_is_said_to_be_missing(repository: Repository) -> None:
    accept(repository)
    for missing in ("t2", "", "t\0"):
        with pytest.raises(TaskNotFound):
            repository.tasks.get(missing)
    with pytest.raises(TaskNotFound):
        repository.tasks.file("t2", 1)
    with pytest.raises(FileNotInTask):
        repository.tasks.file("t1", 2)


def test_a_task_is_started_and_completed(repository: Repository) -> None:
    accept(repository)
    started = repository.tasks.move("t1", TaskMove.START, NOW + 1)
    assert (started["status"], started["stage"]) == ("processing", "preparing")
    repository.tasks.move("t1", TaskMove.COMPLETE, NOW + 11, attempt=1)
    task = repository.tasks.get("t1")
    assert (task["status"], task["stage"], task["progress"]) == ("completed", "done", 100.0)
    assert task["processing_seconds"] == pytest.approx(10)
    assert from_iso(task["completed_at"]) == NOW + 11
    assert queue(repository) == []
    assert repository.tasks.unfinished() == []


def test_a_move_returns_the_row_as_it_is_stored(repository: Repository) -> None:
    accept(repository)
    for move in (TaskMove.START, TaskMove.REQUEUE, TaskMove.START, TaskMove.FAIL, TaskMove.RETRY, TaskMove.CANCEL):
        assert repository.tasks.move("t1", move, NOW) == repository.tasks.get("t1")


def test_a_clock_that_was_set_back_takes_away_no_time_that_was_spent(repository: Repository) -> None:
    start(repository)
    assert repository.tasks.move("t1", TaskMove.FAIL, NOW - 500)["processing_seconds"] == 0.0


def test_a_dead_attempt_cannot_complete_the_task(repository: Repository) -> None:
    start(repository)
    repository.tasks.move("t1", TaskMove.CANCEL, NOW)
    repository.tasks.move("t1", TaskMove.RETRY, NOW)
    repository.tasks.move("t1", TaskMove.START, NOW)
    with pytest.raises(IllegalTransition, match="Attempt 1"):
        repository.tasks.move("t1", TaskMove.COMPLETE, NOW, attempt=1)
    assert repository.tasks.get("t1")["status"] == "processing"


def test_a_move_decided_on_a_row_that_has_changed_since_does_nothing(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compare-and-set: what was read is not trusted when writing."""
    start(repository)
    before = repository.tasks.get("t1")
    repository.tasks.move("t1", TaskMove.CANCEL, NOW)
    repository.tasks.move("t1", TaskMove.RETRY, NOW)
    monkeypatch.setattr(repository.tasks, "get_all", lambda _task_ids: {"t1": before})
    with pytest.raises(IllegalTransition, match="same moment"):
        repository.tasks.move("t1", TaskMove.COMPLETE, NOW)
    monkeypatch.undo()
    task = repository.tasks.get("t1")
    assert (task["status"], task["attempt"], task["completed_at"]) == ("pending", 2, None)
    assert queue(repository) == ["t1"]
    assert [event["kind"] for event in repository.events.of_task("t1")][-1] == "retried"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.sampled_from(sorted(TaskMove)), max_size=8))
def test_a_stored_terminal_state_never_changes_except_through_a_retry(
    repository: Repository, moves: list[TaskMove]
) -> None:
    task_id = f"t{len(repository.tasks.page(limit=1_000)[0])}"
    accept(repository, task_id)
    for number, move in enumerate(moves):
        before = repository.tasks.get(task_id)
        try:
            repository.tasks.move(task_id, move, NOW + number)
        except IllegalTransition:
            assert repository.tasks.get(task_id) == before
        else:
            assert before["status"] not in TERMINAL or move is TaskMove.RETRY
        after = repository.tasks.get(task_id)
        assert (task_id in queue(repository)) == (after["status"] not in TERMINAL)
        assert after["attempt"] == before["attempt"] + (1 if move is TaskMove.RETRY and after != before else 0)


def test_a_retry_opens_failed_files_only_and_keeps_what_is_translated(repository: Repository) -> None:
    names = [stored("done.txt"), stored("bad.txt"), stored("unread.txt")]
    start(repository, files=names)
    done, bad, unread = (file["id"] for file in repository.tasks.files("t1"))
    prepare(repository, bad, ["a", "b"])
    repository.segments.save("t1", 1, [translated(bad, 0)])
    repository.tasks.complete_file(done, 1, stored("done.cmn_Hans.txt", "results/aa/1"))
    repository.tasks.fail_file(bad, 1, "worker_failed", "It crashed.")
    repository.tasks.set_crashes(bad, 3)
    repository.tasks.fail_file(unread, 1, "file_damaged", "It is damaged.")
    repository.tasks.move("t1", TaskMove.FAIL, NOW, error_code="files_failed", error_message="2 of 3 files failed.")
    repository.tasks.move("t1", TaskMove.RETRY, NOW + 1)
    files = repository.tasks.files("t1")
    assert [file["status"] for file in files] == ["completed", "prepared", "pending"]
    assert [(file["error_code"], file["error_message"], file["crashes"]) for file in files] == [(None, None, 0)] * 3
    assert files[0]["result_blob"] == "results/aa/1"
    assert [missing.position for missing in repository.segments.missing(bad, -1, 10)] == [1]
    task = repository.tasks.get("t1")
    assert (task["attempt"], task["error_code"], task["started_at"], task["completed_at"]) == (2, None, None, None)


def test_a_dead_attempt_publishes_no_result_and_fails_no_file(repository: Repository) -> None:
    file_id = start(repository)
    result = stored("done.txt", "results/aa/1")
    repository.tasks.move("t1", TaskMove.CANCEL, NOW)
    before = repository.tasks.files("t1")

    def refused(attempt: int) -> None:
        with pytest.raises(IllegalTransition):
            repository.tasks.complete_file(file_id, attempt, result)
        with pytest.raises(IllegalTransition):
            repository.tasks.fail_file(file_id, attempt, "code", "It is too late.")
        assert repository.tasks.files("t1") == before

    refused(1)
    repository.tasks.move("t1", TaskMove.RETRY, NOW)
    refused(1)
    refused(2)  # it waits: nobody works on it
    repository.tasks.move("t1", TaskMove.START, NOW)
    refused(1)
    repository.tasks.complete_file(file_id, 2, result)
    assert repository.tasks.file("t1", 1)["result_blob"] == "results/aa/1"


def test_saying_twice_that_a_file_is_prepared_counts_it_once(repository: Repository) -> None:
    file_id = start(repository)
    prepare(repository, file_id, ["aa", "b"])
    repository.tasks.prepared(file_id, 2, 0, 3)
    task = repository.tasks.get("t1")
    assert (task["segments_total"], task["segments_done"], task["source_chars"]) == (2, 0, 3)


def test_progress_is_written_to_the_running_attempt_only(repository: Repository) -> None:
    start(repository)
    repository.tasks.set_progress([Progress("t1", 1, 40.0, "translating")])
    repository.tasks.set_progress([Progress("t1", 2, 90.0, "assembling")])
    assert (repository.tasks.get("t1")["progress"], repository.tasks.get("t1")["stage"]) == (40.0, "translating")
    repository.tasks.move("t1", TaskMove.CANCEL, NOW)
    repository.tasks.set_progress([Progress("t1", 1, 99.0, "assembling")])
    assert (repository.tasks.get("t1")["progress"], repository.tasks.get("t1")["stage"]) == (40.0, "done")


def test_an_assignment_is_noted_on_the_queue_row(repository: Repository) -> None:
    start(repository)
    repository.tasks.assign({"t1": "node-1:0"}, NOW)
    with repository.database.transaction(durable=False) as connection:
        assert connection.execute(select(task_queue.c.assigned_gpu)).scalar_one() == "node-1:0"


def test_unfinished_tasks_come_oldest_first(repository: Repository) -> None:
    accept(repository, "late", at=NOW + 5)
    start(repository, "early", at=NOW + 1)
    start(repository, "over", at=NOW)
    repository.tasks.move("over", TaskMove.COMPLETE, NOW)
    assert [row["task_id"] for row in repository.tasks.unfinished()] == ["early", "late"]


def test_files_of_several_tasks_are_read_at_once(repository: Repository) -> None:
    accept(repository, "t1", files=[stored("a"), stored("b")])
    accept(repository, "t2")
    found = repository.tasks.files_of(["t1", "t2", "none"])
    assert {task_id: len(files) for task_id, files in found.items()} == {"t1": 2, "t2": 1, "none": 0}


def test_times_keep_their_order_as_text(database: Database) -> None:
    repository = Repository(database)
    moments = [0.0, 9.999999, 10.0, NOW, NOW + 0.000001, NOW + 1]
    for number, moment in enumerate(moments):
        accept(repository, f"t{number}", at=moment)
    assert [row["task_id"] for row in repository.tasks.unfinished()] == [f"t{n}" for n in range(len(moments))]


def test_several_tasks_move_together_or_not_at_all(repository: Repository) -> None:
    for task_id in ("t1", "t2", "t3"):
        accept(repository, task_id)
    rows = repository.tasks.move_all([Moving(one, TaskMove.START) for one in ("t2", "t1")], NOW + 1)
    assert [(row["task_id"], row["status"]) for row in rows] == [("t2", "processing"), ("t1", "processing")]
    assert rows == [repository.tasks.get("t2"), repository.tasks.get("t1")]
    with pytest.raises(IllegalTransition, match="cannot complete"):
        repository.tasks.move_all([Moving(one, TaskMove.COMPLETE) for one in ("t1", "t3")], NOW + 2)
    assert repository.tasks.get("t1") == rows[1]
    with pytest.raises(IllegalTransition, match="Attempt 2"):
        repository.tasks.move_all([Moving("t1", TaskMove.COMPLETE, 1), Moving("t2", TaskMove.COMPLETE, 2)], NOW + 2)
    repository.tasks.move_all([Moving(one, TaskMove.COMPLETE, 1) for one in ("t1", "t2")], NOW + 3)
    assert [repository.tasks.get(one)["status"] for one in ("t1", "t2", "t3")] == ["completed", "completed", "pending"]
    assert [event["kind"] for event in repository.events.of_task("t2")] == ["accepted", "start", "completed"]
