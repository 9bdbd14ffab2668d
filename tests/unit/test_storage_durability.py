"""What is synced to the disk before it is acknowledged, on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest
from storage_kit import NOW, accept, prepare, start, translated

from storage.database import Database
from storage.database_file import DatabaseFile
from storage.repository import Repository
from storage.states import TaskMove
from storage.task_store import Progress

OFF = {"1", "off"}
"""SQLite's NORMAL, PostgreSQL's synchronous_commit: a commit comes back before it is on the disk."""


def setting(database: Database) -> str:
    name = "PRAGMA synchronous" if database.is_sqlite else "SHOW synchronous_commit"
    return str(database.connect().exec_driver_sql(name).scalar_one())


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows with each time that the log is synced by us rather than by SQLite."""
    seen: list[str] = []
    real = DatabaseFile.sync
    monkeypatch.setattr(DatabaseFile, "sync", lambda file: (seen.append("synced"), real(file)))
    return seen


def test_a_durable_transaction_syncs_its_commit_and_another_does_not(database: Database) -> None:
    for durable in (True, False, False, True):
        with database.transaction(durable=durable):
            assert (setting(database) in OFF) != durable


def test_a_durable_change_inside_one_that_is_not_makes_the_whole_durable(database: Database, synced: list[str]) -> None:
    repository = Repository(database)
    with database.transaction(durable=False):
        accept(repository)
        if not database.is_sqlite:
            assert setting(database) == "on"
    assert synced == (["synced"] if database.is_sqlite else [])


def test_progress_and_checkpoints_cost_no_sync(database: Database, synced: list[str]) -> None:
    repository = Repository(database)
    file_id = start(repository)
    prepare(repository, file_id, ["a"])
    with database.transaction(durable=False):
        repository.tasks.set_progress([Progress("t1", 1, 1.0, "translating")])
        repository.segments.save("t1", 1, [translated(file_id, 0)])
        repository.tasks.move("t1", TaskMove.REQUEUE, NOW)
        repository.tasks.move("t1", TaskMove.START, NOW)
        assert setting(database) in OFF
    assert synced == []


@pytest.mark.parametrize("move", [TaskMove.COMPLETE, TaskMove.FAIL, TaskMove.CANCEL, TaskMove.EXPIRE])
def test_an_end_is_durable_even_where_the_caller_did_not_ask_for_it(
    database: Database, synced: list[str], move: TaskMove
) -> None:
    repository = Repository(database)
    start(repository)
    with database.transaction(durable=False):
        repository.tasks.move("t1", move, NOW)
        if not database.is_sqlite:
            assert setting(database) == "on"
    assert len(synced) == (1 if database.is_sqlite else 0)


def test_a_durable_transaction_is_not_synced_twice(database: Database, synced: list[str]) -> None:
    with database.transaction():
        accept(Repository(database))
    assert synced == []


def test_the_settings_that_the_promises_rest_on_are_set(database: Database) -> None:
    with database.transaction() as connection:
        assert database.in_transaction
        if database.is_sqlite:
            names = ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
            found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names]
            assert found == ["wal", 1, 5_000, 2]
    assert not database.in_transaction


def test_a_transaction_without_any_statement_is_nothing_wrong(database: Database) -> None:
    with database.transaction():
        pass
    with pytest.raises(KeyError), database.transaction():
        raise KeyError("the caller's own")
    assert not database.in_transaction
    with database.transaction():
        pass
