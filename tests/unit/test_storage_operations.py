"""Idempotency keys, usage, flags, changes of tasks, row retention: over both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import event
from storage_kit import HOUR, NOW, accept, finish, new_task, prepare, start, stored, translated

from storage.errors import IdempotencyKeyReused, IllegalTransition, SourceExpired, StorageError, TaskNotFound
from storage.repository import Repository
from storage.state_store import DRAINING, PAUSED
from storage.states import TaskMove
from storage.upload_store import StoredFile

DAY = 24 * HOUR


def test_a_key_leads_to_its_task_only_with_the_same_client_and_body(repository: Repository) -> None:
    accept(repository)
    repository.idempotency.add("anna", "k", "hash", "t1", NOW)
    assert repository.idempotency.find("anna", "k", "hash") == "t1"
    assert repository.idempotency.find("bob", "k", "hash") is None
    with pytest.raises(IdempotencyKeyReused) as refused:
        repository.idempotency.find("anna", "k", "other")
    assert (refused.value.code, refused.value.status) == ("idempotency_key_reused", 422)


def test_keys_are_forgotten_after_their_time(repository: Repository) -> None:
    accept(repository)
    repository.idempotency.add("anna", "old", "hash", "t1", NOW)
    repository.idempotency.add("anna", "new", "hash", "t1", NOW + HOUR)
    assert repository.idempotency.prune(NOW + HOUR) == 1
    assert repository.idempotency.find("anna", "old", "another body") is None
    assert repository.idempotency.find("anna", "new", "hash") == "t1"


def test_characters_are_counted_by_client_and_utc_day(repository: Repository) -> None:
    repository.usage.add("anna", 100, NOW)
    repository.usage.add("anna", 20, NOW)
    repository.usage.add("bob", 7, NOW)
    assert repository.usage.of("anna", NOW) == 120
    assert repository.usage.of("anna", NOW + DAY) == 0
    assert repository.usage.prune(NOW + DAY) == 2


def test_a_flag_is_read_by_the_next_scheduler(repository: Repository) -> None:
    assert not repository.state.flag(PAUSED)
    repository.state.set_flag(PAUSED, True)
    assert repository.state.flag(PAUSED)
    assert not repository.state.flag(DRAINING)
    repository.state.set_flag(PAUSED, False)
    assert not repository.state.flag(PAUSED)


def test_priority_changes_until_a_task_is_over(repository: Repository) -> None:
    accept(repository)
    repository.changes.set_priority("t1", 9, NOW)
    assert repository.tasks.get("t1")["priority"] == 9
    repository.tasks.move("t1", TaskMove.START, NOW)
    repository.changes.set_priority("t1", 8, NOW)
    assert repository.tasks.get("t1")["priority"] == 8
    repository.tasks.move("t1", TaskMove.CANCEL, NOW)
    with pytest.raises(IllegalTransition):
        repository.changes.set_priority("t1", 1, NOW)
    with pytest.raises(TaskNotFound):
        repository.changes.set_priority("t9", 1, NOW)
    assert repository.tasks.get("t1")["priority"] == 8


def test_beginning_anew_leaves_no_sentence_and_no_result(repository: Repository) -> None:
    file_id = start(repository)
    attempt = repository.tasks.get("t1")["attempt"]
    prepare(repository, file_id, ["нэг", "хоёр"])
    repository.segments.save("t1", attempt, [translated(file_id, 0)])
    repository.tasks.complete_file(file_id, attempt, StoredFile("r.docx", 5, "ab", "results/aa/r"))
    repository.tasks.move("t1", TaskMove.CANCEL, NOW)
    repository.tasks.move("t1", TaskMove.RETRY, NOW)
    assert repository.changes.begin_anew("t1") == ["results/aa/r"]
    row, file = repository.tasks.get("t1"), repository.tasks.files("t1")[0]
    assert (row["segments_done"], row["segments_total"], row["source_chars"], row["progress"]) == (0, 0, 0, 0.0)
    assert (file["status"], file["result_blob"], file["segments_total"]) == ("pending", None, 0)
    assert repository.tasks.segment_counts(file_id) == (0, 0)


def test_a_task_whose_uploads_are_gone_cannot_be_tried_again(repository: Repository) -> None:
    start(repository)
    finish(repository, "t1", TaskMove.CANCEL, NOW)
    repository.changes.require_sources("t1", all_files=True)
    repository.retention.expire_sources(NOW + HOUR)
    with pytest.raises(SourceExpired) as refused:
        repository.changes.require_sources("t1", all_files=False)
    assert (refused.value.code, refused.value.status) == ("source_expired", 409)


def test_tasks_are_found_by_all_that_is_given(repository: Repository) -> None:
    accept(repository, "t1", client="anna")
    accept(repository, "t2", client="bob", at=NOW + 1)
    start(repository, "t3", client="anna", at=NOW + 2)
    matching = repository.changes.matching
    assert matching(["pending"], None, None) == ["t1", "t2"]
    assert matching(["pending", "processing"], "anna", None) == ["t1", "t3"]
    assert matching(None, "anna", ["t3", "t2", "t9"]) == ["t3"]
    assert matching([], None, None) == []


def test_rows_go_with_their_history_and_only_when_they_are_old(repository: Repository) -> None:
    for number, task_id in enumerate(("t1", "t2", "t3")):
        file_id = start(repository, task_id, files=[stored(blob=f"uploads/aa/{task_id}")])
        prepare(repository, file_id, ["нэг"])
        finish(repository, task_id, TaskMove.CANCEL, NOW + number * HOUR)
    repository.idempotency.add("anna", "k", "hash", "t1", NOW)
    accept(repository, "t4")
    assert repository.retention.expire_tasks(NOW + 2 * HOUR, limit=1) == (1, ["uploads/aa/t1"])
    assert repository.retention.expire_tasks(NOW + 2 * HOUR, limit=10) == (1, ["uploads/aa/t2"])
    assert repository.retention.expire_tasks(NOW + 2 * HOUR, limit=10) == (0, [])
    assert repository.events.of_task("t1") == []
    assert repository.idempotency.find("anna", "k", "another body") is None
    assert [repository.tasks.get(task_id)["status"] for task_id in ("t3", "t4")] == ["cancelled", "pending"]
    with pytest.raises(TaskNotFound):
        repository.tasks.get("t1")


def test_noted_events_are_written_with_the_next_one_in_order(repository: Repository) -> None:
    accept(repository)
    repository.events.note("t1", 1, "leased", NOW, lease="1-1")
    assert repository.events.has_notes
    repository.events.add("t1", 1, "checkpointed", NOW + 1, lease="1-1")
    assert not repository.events.has_notes
    events = repository.events.of_task("t1")
    assert [one["kind"] for one in events] == ["accepted", "leased", "checkpointed"]
    assert repository.events.of_task("t1", after=events[1]["id"]) == events[2:]


def test_notes_outlive_a_transaction_that_is_undone_and_events_of_it_do_not(repository: Repository) -> None:
    accept(repository)
    repository.events.note("t1", 1, "leased", NOW)
    with pytest.raises(ValueError, match="undone"), repository.database.transaction():
        repository.events.add("t1", 1, "checkpointed", NOW)
        raise ValueError("undone")
    repository.events.note("t1", 1, "chunk_failed", NOW)
    with repository.database.transaction(), pytest.raises(ValueError, match="undone"), repository.database.savepoint():
        repository.events.flush()
        raise ValueError("undone")
    repository.events.flush()
    assert [one["kind"] for one in repository.events.of_task("t1")] == ["accepted", "leased", "chunk_failed"]
    assert not repository.events.has_notes


def test_notes_outlive_a_commit_that_fails(repository: Repository) -> None:
    def refuse(_connection: object) -> None:
        raise StorageError("The disk is full.")

    accept(repository)
    repository.events.note("t1", 1, "leased", NOW)
    event.listen(repository.database.engine, "commit", refuse)
    with pytest.raises(StorageError):
        repository.events.flush()
    event.remove(repository.database.engine, "commit", refuse)
    repository.events.flush()
    assert [one["kind"] for one in repository.events.of_task("t1")] == ["accepted", "leased"]


def test_an_accepted_row_is_the_row_that_storage_has(repository: Repository) -> None:
    (row,) = repository.tasks.accept_all([(new_task("t7"), [stored(), stored("b.txt", "b")])], NOW)
    assert row == repository.tasks.get("t7")
    assert list(row) == list(repository.tasks.get("t7"))
