"""A disk that is full, a file that is locked, gone or read-only: a clear error, and nothing acknowledged but not stored."""

from __future__ import annotations

import asyncio
import os
import pickle
import resource
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from child_process import in_child
from postgres_server import PostgresServer
from sqlalchemy import text
from storage_kit import accept, prepare, start, stored

from actors.group_commit import GroupCommit
from storage.database import Database
from storage.engines import _enter_wal
from storage.errors import StorageError, ValueRefused
from storage.repository import Repository
from storage.upgrade import migrate


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "khelmerch.db"
    first = Database(f"sqlite:///{found}")
    migrate(first)
    first.close()
    return found


@pytest.fixture
def open_repository(path: Path) -> Iterator[Repository]:
    database = Database(f"sqlite:///{path}", busy_timeout_ms=20)
    database.take_epoch()
    yield Repository(database)
    database.close()


def tasks_on_disk(path: Path) -> list[str]:
    """What somebody else finds in the file."""
    with closing(sqlite3.connect(path)) as other:
        return [row[0] for row in other.execute("SELECT task_id FROM tasks ORDER BY task_id")]


def fill(repository: Repository, task_id: str) -> None:
    """A task with a name so long that it does not fit."""
    accept(repository, task_id, files=[stored("x" * 200_000)])


def test_a_locked_database_is_a_clear_error_and_works_again_later(open_repository: Repository, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for _try in range(2):
            with pytest.raises(StorageError, match="another program holds a lock"):
                accept(open_repository)
        with pytest.raises(StorageError, match="another program holds a lock"):
            open_repository.database.check()
        other.execute("ROLLBACK")
    open_repository.database.check()
    accept(open_repository)
    assert tasks_on_disk(path) == ["t1"]


@pytest.mark.parametrize("how", ["deleted", "moved", "replaced", "log deleted"])
def test_a_database_that_is_taken_away_stops_all_work(open_repository: Repository, path: Path, how: str) -> None:
    accept(open_repository)
    if how == "replaced":
        shutil.copy(path, path.with_name("copy"))
        path.with_name("copy").replace(path)
    elif how == "moved":
        path.rename(path.with_name("elsewhere"))
    else:
        (path if how == "deleted" else path.with_name("khelmerch.db-wal")).unlink()
    with pytest.raises(StorageError, match=r"is gone|was replaced|was removed"):
        accept(open_repository, "t2")
    if how == "log deleted":
        return  # SQLite puts what it still has into the database when the connection is closed
    for _try in range(2):
        with pytest.raises(StorageError, match=r"is gone|was replaced"):
            open_repository.database.check()
        with pytest.raises(StorageError):
            open_repository.tasks.get("t1")
    assert path.exists() == (how == "replaced"), "an empty database in its place would hide that all is lost"


async def test_a_group_that_is_written_to_a_deleted_file_is_acknowledged_to_nobody(
    open_repository: Repository, path: Path
) -> None:
    commits = GroupCommit(open_repository.database)
    await commits.run(lambda: accept(open_repository, "t1"))
    path.unlink()
    with pytest.raises(StorageError, match="is gone"):
        await commits.run(lambda: accept(open_repository, "t2"))


def test_a_full_disk_stores_nothing_of_the_change_and_says_so(open_repository: Repository, path: Path) -> None:
    accept(open_repository, "t1")
    with open_repository.database.transaction() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StorageError, match="disk is full"):
        fill(open_repository, "t2")
    assert tasks_on_disk(path) == ["t1"]
    accept(open_repository, "t3")
    assert tasks_on_disk(path) == ["t1", "t3"]


async def test_of_a_group_on_a_full_disk_only_what_is_stored_is_acknowledged(
    open_repository: Repository, path: Path
) -> None:
    with open_repository.database.transaction() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
    commits = GroupCommit(open_repository.database)
    works = [
        lambda: accept(open_repository, "t1"),
        lambda: fill(open_repository, "t2"),
        lambda: accept(open_repository, "t3"),
    ]
    outcomes = await asyncio.gather(*map(commits.run, works), return_exceptions=True)
    acknowledged = [f"t{n}" for n, outcome in enumerate(outcomes, start=1) if outcome is None]
    assert tasks_on_disk(path) == acknowledged
    assert "t2" not in acknowledged
    assert all(isinstance(outcome, StorageError) for outcome in outcomes if outcome is not None)


def test_a_file_system_that_takes_no_more_bytes_acknowledges_nothing_that_is_lost(path: Path) -> None:
    def work() -> tuple[list[str], int]:
        repository = Repository(Database(f"sqlite:///{path}"))
        repository.database.take_epoch()
        acknowledged, refused = [], 0
        for number in range(60):
            try:
                accept(repository, f"t{number:03}", files=[stored("x" * 20_000)])
            except StorageError:
                refused += 1
            else:
                acknowledged.append(f"t{number:03}")
        return acknowledged, refused

    acknowledged, refused = in_child(work, file_bytes=path.stat().st_size + 300_000)
    assert len(acknowledged) > 3
    assert refused > 3
    assert tasks_on_disk(path) == acknowledged


def test_a_full_disk_does_not_pass_the_check_although_it_can_be_read(path: Path) -> None:
    def work() -> tuple[str, str]:
        repository = Repository(Database(f"sqlite:///{path}"))
        repository.database.take_epoch()
        accept(repository)
        repository.database.check()
        resource.setrlimit(resource.RLIMIT_FSIZE, (8_192, 8_192))
        status = repository.tasks.get("t1")["status"]
        try:
            repository.database.check()
        except StorageError as error:
            return status, str(error)
        return status, "passed"

    status, refusal = in_child(work)
    assert status == "pending"
    assert "The database refused the change" in refusal


def test_an_accepted_task_survives_a_process_that_is_killed(path: Path) -> None:
    alive = []  # otherwise Python would close the connection when `work` returns

    def work() -> str:
        alive.append(Repository(Database(f"sqlite:///{path}")))
        file_id = start(alive[0])
        prepare(alive[0], file_id, ["a"])
        return alive[0].tasks.get("t1")["status"]

    assert in_child(work) == "processing"
    assert path.with_name("khelmerch.db-wal").stat().st_size > 0, "nothing was closed in good order"
    assert tasks_on_disk(path) == ["t1"]


def test_a_folder_that_may_only_be_read_is_a_clear_error() -> None:
    folder = Path(tempfile.mkdtemp(prefix="khelmerch-readonly-"))
    try:
        url = f"sqlite:///{folder / 'k.db'}"
        first = Database(url)
        migrate(first)
        accept(Repository(first))
        first.close()
        (folder / "k.db").chmod(0o444)
        folder.chmod(0o555)
        for work in (lambda: Database(url).check(), lambda: Database(url).take_epoch(), lambda: migrate(Database(url))):
            refusal = in_child(work, drop_root=True)
            assert isinstance(refusal, StorageError)
            assert "may only be read" in str(refusal)
        missing = in_child(lambda: Database(f"sqlite:///{folder}/new.db").connect() and None, drop_root=True)
        assert isinstance(missing, StorageError)
        assert "look at the folder" in str(missing)
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_database_that_answers_to_reading_only_does_not_pass_the_check(open_repository: Repository) -> None:
    accept(open_repository)
    open_repository.database.check()
    open_repository.database.connect().connection.dbapi_connection.execute("PRAGMA query_only = ON")  # type: ignore[union-attr]
    assert open_repository.database.epoch == 1
    with pytest.raises(StorageError, match="may only be read"):
        open_repository.database.check()


def test_a_commit_that_fails_leaves_no_transaction_open(open_repository: Repository, path: Path) -> None:
    with pytest.raises(StorageError, match="FOREIGN KEY"), open_repository.database.transaction() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        stray = (
            "INSERT INTO task_events (task_id, at, attempt, kind, data) VALUES ('no such task', '', 1, 'kind', '{}')"
        )
        connection.exec_driver_sql(stray)
        accept(open_repository, "t1")
    accept(open_repository, "t2")
    assert tasks_on_disk(path) == ["t2"]


def test_a_change_that_the_database_undid_is_not_committed_when_the_error_was_caught(
    open_repository: Repository, path: Path
) -> None:
    with pytest.raises(StorageError, match="has undone"), open_repository.database.transaction() as connection:
        accept(open_repository)
        connection.connection.dbapi_connection.rollback()  # type: ignore[union-attr]
    assert tasks_on_disk(path) == []


@pytest.mark.parametrize("contents", [b"no database at all" * 500, b"SQLite format 3\0" + b"\xff" * 4_000])
def test_a_file_that_is_no_database_is_a_clear_error(tmp_path: Path, contents: bytes) -> None:
    (tmp_path / "k.db").write_bytes(contents)
    with pytest.raises(StorageError, match=r"no SQLite database|damaged"):
        migrate(Database(f"sqlite:///{tmp_path}/k.db"))
    assert (tmp_path / "k.db").read_bytes() == contents


@pytest.mark.parametrize("url", ["", "nonsense", "nosuch://host/name", "postgresql+nosuch://me:secret@host/name"])
def test_an_address_that_cannot_be_used_says_how_to_write_one(url: str) -> None:
    with pytest.raises(StorageError, match="postgresql") as refused:
        Database(url)
    assert "secret" not in str(refused.value)


def test_a_server_that_does_not_answer_is_an_error_without_the_password() -> None:
    database = Database("postgresql+psycopg://me:secret@127.0.0.1:1/khelmerch?connect_timeout=1")
    with pytest.raises(StorageError, match="cannot be opened") as refused:
        database.check()
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_error_survives_the_way_between_processes(open_repository: Repository) -> None:
    with pytest.raises(StorageError) as refused, open_repository.database.transaction() as connection:
        connection.execute(text("SELECT * FROM nothing"))
    again = pickle.loads(pickle.dumps(refused.value))
    assert (type(again), str(again)) == (StorageError, str(refused.value))


async def test_a_value_that_postgresql_does_not_take_is_the_askers_fault_and_harms_nobody_else(
    postgres: PostgresServer,
) -> None:
    database = Database(postgres.new_database())
    migrate(database)
    database.take_epoch()
    repository = Repository(database)
    commits = GroupCommit(database)
    bad, good = await asyncio.gather(
        commits.run(lambda: accept(repository, "bad", files=[stored("a\0b.txt")])),
        commits.run(lambda: accept(repository, "good")),
        return_exceptions=True,
    )
    assert isinstance(bad, ValueRefused) and (bad.status, bad.code) == (422, "invalid_request")
    assert not isinstance(good, BaseException)
    assert [row["task_id"] for row in repository.tasks.unfinished()] == ["good"]
    database.close()


def test_a_postgresql_that_was_restarted_is_used_again_after_one_error(postgres: PostgresServer) -> None:
    database = Database(postgres.new_database())
    migrate(database)
    database.take_epoch()
    repository = Repository(database)
    accept(repository)
    postgres.restart()
    with pytest.raises(StorageError):
        accept(repository, "t2")
    accept(repository, "t3")
    assert [row["task_id"] for row in repository.tasks.unfinished()] == ["t1", "t3"]
    with pytest.raises(StorageError, match="may not have been stored"), database.transaction():
        accept(repository, "t4")
        postgres.restart()
        accept(repository, "t5")
    assert [row["task_id"] for row in repository.tasks.unfinished()] == ["t1", "t3"]
    database.close()


def test_the_child_of_these_tests_is_really_limited(tmp_path: Path) -> None:
    refusal = in_child(lambda: (tmp_path / "x").write_bytes(b"x" * 5_000), file_bytes=1_000)
    assert isinstance(refusal, OSError)
    assert in_child(os.getuid, drop_root=True) != 0


class Contended:
    """A connection whose change of journal is refused a few times, as when two processes make a database at once: SQLite
    does not wait then, since each would wait for the other."""

    def __init__(self, refusals: int, code: int = sqlite3.SQLITE_BUSY) -> None:
        self.refusals = refusals
        self.code = code

    def execute(self, _statement: str) -> None:
        if self.refusals:
            self.refusals -= 1
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = self.code
            raise error


def test_a_new_database_that_another_process_is_making_is_waited_for() -> None:
    contended: Any = Contended(refusals=3)
    _enter_wal(contended, patience_seconds=30.0)
    assert contended.refusals == 0
    with pytest.raises(sqlite3.OperationalError):
        _enter_wal(Contended(refusals=1), patience_seconds=-1.0)  # type: ignore[arg-type]
    broken: Any = Contended(refusals=2, code=sqlite3.SQLITE_IOERR)
    with pytest.raises(sqlite3.OperationalError):
        _enter_wal(broken, patience_seconds=30.0)
    assert broken.refusals == 1, "waiting mends a lock, not a broken disk"
