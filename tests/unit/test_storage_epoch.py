"""One scheduler writes: whoever took the latest epoch. Over SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Barrier

import pytest
from storage_kit import NOW, contents, new_task, prepare, start, stored, translated

from storage.database import Database
from storage.errors import IllegalTransition, StaleEpoch, StorageError
from storage.repository import Repository
from storage.segment_store import NewSegment
from storage.states import TaskMove
from storage.task_store import Progress

WRITES: dict[str, Callable[[Repository, int], object]] = {
    "accept": lambda r, f: r.tasks.accept(new_task("t9"), [stored()], NOW),
    "move": lambda r, f: r.tasks.move("t1", TaskMove.COMPLETE, NOW),
    "set_progress": lambda r, f: r.tasks.set_progress([Progress("t1", 1, 99.0, "assembling")]),
    "assign": lambda r, f: r.tasks.assign({"t1": "g0"}, NOW),
    "prepared": lambda r, f: r.tasks.prepared(f, 9, 9, 9),
    "complete_file": lambda r, f: r.tasks.complete_file(f, 1, stored()),
    "fail_file": lambda r, f: r.tasks.fail_file(f, 1, "code", "message"),
    "set_crashes": lambda r, f: r.tasks.set_crashes(f, 2),
    "set_priority": lambda r, f: r.changes.set_priority("t1", 9, NOW),
    "begin_anew": lambda r, f: r.changes.begin_anew("t1"),
    "segments.clear": lambda r, f: r.segments.clear(f),
    "segments.add": lambda r, f: r.segments.add(f, [NewSegment(7, 7, "", "x")]),
    "segments.save": lambda r, f: r.segments.save("t1", 1, [translated(f, 0)]),
    "uploads.add": lambda r, f: r.uploads.add("anna", [stored()], NOW),
    "uploads.take": lambda r, f: r.uploads.take("anna"),
    "events.add": lambda r, f: r.events.add("t1", 1, "kind", NOW),
    "gpus.replace_node": lambda r, f: r.gpus.replace_node("n1", [], NOW),
    "gpus.set_current": lambda r, f: r.gpus.set_current({"g0": "t1"}),
    "gpus.remove_nodes_except": lambda r, f: r.gpus.remove_nodes_except([]),
    "expire_uploads": lambda r, f: r.retention.expire_uploads(NOW * 2),
    "expire_sources": lambda r, f: r.retention.expire_sources(NOW * 2),
    "expire_results": lambda r, f: r.retention.expire_results(NOW * 2),
    "expire_tasks": lambda r, f: r.retention.expire_tasks(NOW * 2, 9),
    "idempotency.add": lambda r, f: r.idempotency.add("anna", "key", "hash", "t1", NOW),
    "idempotency.prune": lambda r, f: r.idempotency.prune(NOW * 2),
    "usage.add": lambda r, f: r.usage.add("anna", 5, NOW),
    "usage.prune": lambda r, f: r.usage.prune(NOW * 2),
    "state.set_flag": lambda r, f: r.state.set_flag("paused", True),
    "check": lambda r, f: r.database.check(),
}


@pytest.fixture
def other(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


def test_epochs_grow_and_outlive_the_process(database_url: str) -> None:
    for expected in (1, 2, 3):
        opened = Database(database_url)
        assert opened.take_epoch() == expected
        opened.close()


@pytest.mark.parametrize("write", WRITES)
def test_an_old_scheduler_can_write_nothing(repository: Repository, other: Database, write: str) -> None:
    file_id = start(repository)
    prepare(repository, file_id, ["a"])
    other.take_epoch()
    before = contents(other)
    with pytest.raises(StaleEpoch):
        WRITES[write](repository, file_id)
    assert contents(other) == before


def test_the_new_scheduler_can_write_everything(repository: Repository, other: Database) -> None:
    file_id = start(repository)
    prepare(repository, file_id, ["a"])
    other.take_epoch()
    new = Repository(other)
    done = []
    for name, write in WRITES.items():
        try:
            write(new, file_id)
        except StaleEpoch:
            pytest.fail(f"{name} was refused")
        except StorageError:
            pass  # the task has moved on: a refusal of another kind
        done.append(name)
    assert done == list(WRITES)


def test_an_old_scheduler_stays_fenced_when_it_fails_to_take_a_new_epoch(
    database: Database, other: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.take_epoch()
    other.take_epoch()

    def refuse(_wanted: bool) -> None:
        raise StorageError("no")

    monkeypatch.setattr(database, "_sync_each_commit", refuse)
    with pytest.raises(StorageError):
        database.take_epoch()
    monkeypatch.undo()
    with pytest.raises(StaleEpoch):
        database.check()


def test_schedulers_that_start_at_once_get_epochs_of_their_own(database_url: str) -> None:
    everybody = Barrier(4)

    def begin(_number: int) -> int:
        mine = Database(database_url)
        everybody.wait()
        try:
            return mine.take_epoch()
        finally:
            mine.close()

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(begin, range(4))) == [1, 2, 3, 4]


def test_nobody_takes_over_between_the_check_and_the_commit(
    repository: Repository, other: Database, database_url: str
) -> None:
    """The one that takes over waits until what the old one has begun is committed."""
    start(repository)
    with ThreadPoolExecutor(1) as thread:
        with repository.database.transaction():
            later = thread.submit(other.take_epoch)
            repository.tasks.move("t1", TaskMove.COMPLETE, NOW)
            assert not wait([later], timeout=0.5).done
        assert later.result(timeout=10) == 2
    with pytest.raises(StaleEpoch):
        repository.tasks.get("t1")
    assert Repository(other).tasks.get("t1")["status"] == "completed"


def test_a_stale_piece_of_work_inside_a_joined_transaction_is_stale_too(
    repository: Repository, other: Database
) -> None:
    start(repository)
    other.take_epoch()
    with pytest.raises(StaleEpoch), repository.database.transaction():
        repository.tasks.move("t1", TaskMove.COMPLETE, NOW)


def test_of_two_writers_without_epochs_the_second_finds_the_task_changed(database: Database, other: Database) -> None:
    """Compare-and-set holds without the epoch too (tools that open the database beside each other)."""
    first, second = Repository(database), Repository(other)
    start(first)
    row = first.tasks.get("t1")
    second.tasks.move("t1", TaskMove.CANCEL, NOW)
    first.tasks.get = lambda _task_id: row  # type: ignore[method-assign]
    with pytest.raises(IllegalTransition):
        first.tasks.move("t1", TaskMove.COMPLETE, NOW)
    assert second.tasks.get("t1")["status"] == "cancelled"
