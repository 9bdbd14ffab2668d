"""Bringing a database to this version's schema."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlmodel import SQLModel
from storage_kit import NOW, accept, contents, prepare, start, translated

from storage import upgrade
from storage.database import Database
from storage.errors import MigrationError, StorageError
from storage.repository import Repository
from storage.upgrade import copy_sqlite, head_revision, migrate

LATER = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    {steps}
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres").new_database())
    return f"sqlite:///{tmp_path}/100% new folder.db"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database of this version with two tasks in it."""
    found = tmp_path / "khelmerch.db"
    database = Database(f"sqlite:///{found}")
    migrate(database)
    repository = Repository(database)
    file_id = start(repository, "t1")
    prepare(repository, file_id, ["Сайн уу?", "b"])
    repository.segments.save("t1", 1, [translated(file_id, 0, "你好")])
    accept(repository, "t2")
    database.close()
    return found


@pytest.fixture
def later_version(tmp_path: Path) -> Callable[..., Path]:
    """-> the migrations of a version that has these steps more."""

    def make(*steps: str) -> Path:
        folder = tmp_path / "100% migrations"
        shutil.copytree(upgrade.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
        text = LATER.format(head=head_revision(), steps="\n    ".join(steps))
        (folder / "versions" / "9999_later.py").write_text(text, encoding="utf-8")
        return folder

    return make


def revision(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def indexes(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}


def rows(path: Path) -> Any:
    database = Database(f"sqlite:///{path}")
    try:
        return contents(database)
    finally:
        database.close()


def test_a_fresh_database_gets_exactly_the_tables_that_the_code_works_with(empty_url: str) -> None:
    database = Database(empty_url)
    assert migrate(database) is None
    with database.transaction() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    assert migrate(database) is None
    database.close()


def test_a_fresh_database_can_be_worked_with_at_once(empty_url: str) -> None:
    database = Database(empty_url)
    migrate(database)
    database.take_epoch()
    accept(Repository(database))
    database.close()


def test_processes_that_start_at_once_migrate_once(empty_url: str) -> None:
    everybody = Barrier(3)

    def begin(_number: int) -> int:
        mine = Database(empty_url, busy_timeout_ms=20_000)
        everybody.wait()
        try:
            migrate(mine)
            return mine.take_epoch()
        finally:
            mine.close()

    with ThreadPoolExecutor(3) as threads:
        assert sorted(threads.map(begin, range(3))) == [1, 2, 3]


def as_written(path: Path) -> list[list[Any]]:
    """-> what the first version knew of a task, its files and its sentences."""
    with closing(sqlite3.connect(path)) as connection:
        queries = (
            "SELECT task_id, status, client_ip FROM tasks",
            "SELECT id, task_id, n, name, size, sha256, blob, status, segments_total, segments_done, crashes FROM task_files",
            "SELECT file_id, position, unit, lead, source, wants_alignment, same_as, target, flags, alignment FROM segments",
        )
        return [connection.execute(query).fetchall() for query in queries]


def old_database(path: Path, version: str) -> Database:
    """-> a database of an early version with a task in it."""
    database = Database(f"sqlite:///{path}")
    connection = database.connect()
    with connection.begin():
        command.upgrade(upgrade._alembic_config(connection, upgrade.MIGRATIONS), version)
    database.close()
    # As the first version wrote it: this version's code knows columns that are not there.
    with closing(sqlite3.connect(path)) as old, old:
        old.execute(
            "INSERT INTO tasks (task_id, status, priority, created_at, progress, client_ip, source_lang, target_lang, via_eng, "
            "file_count, total_file_size, stage, attempt, segments_total, segments_done, segments_flagged, source_chars, "
            "processing_seconds) VALUES ('t1', 'processing', 5, ?, 0, 'anna', 'mon_Cyrl', 'cmn_Hans', 0, 1, 10, 'translating', "
            "1, 2, 1, 0, 2, 0)",
            ("2026-11-23T00:00:00Z",),
        )
        old.execute(
            "INSERT INTO task_files (id, task_id, n, name, size, sha256, blob, status, segments_total, segments_done, "
            "segments_flagged, crashes) VALUES (1, 't1', 1, 'a.txt', 10, 'ab', 'uploads/aa/t1', 'prepared', 2, 1, 0, 0)"
        )
        old.executemany(
            "INSERT INTO segments (file_id, position, unit, lead, source, wants_alignment, target) VALUES (1, ?, 0, '', ?, 0, ?)",
            [(0, "a", "译"), (1, "b", None)],
        )
    return Database(f"sqlite:///{path}")


def test_a_database_of_the_first_version_keeps_its_data_and_a_copy_of_it(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    database = old_database(path, "0001")
    before = as_written(path)
    copy = migrate(database)
    task = Repository(database).tasks.get("t1")
    assert (task["status"], task["source_lang"], task["model"], task["wanted_model"]) == (
        "processing",
        "mon_Cyrl",
        None,
        None,
    )
    assert [row.position for row in Repository(database).segments.missing(1, -1, 10)] == [1]
    database.close()
    assert copy is not None
    assert copy.parent == tmp_path
    assert (revision(path), revision(copy)) == (head_revision(), "0001")
    assert as_written(path) == as_written(copy) == before
    assert "idempotency_keys" in tables(path) - tables(copy)


def test_the_index_by_the_time_of_the_end_comes_with_its_migration(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    database = old_database(path, "0002")
    before = as_written(path)
    copy = migrate(database)
    assert as_written(path) == before
    database.close()
    assert copy is not None
    assert (revision(path), revision(copy)) == (head_revision(), "0002")
    assert "tasks_by_end" in indexes(path) - indexes(copy)


def test_a_newer_database_is_refused_and_left_as_it_is(path: Path, later_version: Callable[..., Path]) -> None:
    newer = Database(f"sqlite:///{path}")
    copy = migrate(newer, later_version("op.create_table('news', sa.Column('id', sa.Integer()))"))
    newer.close()
    assert copy is not None
    before = rows(path)
    database = Database(f"sqlite:///{path}")
    with pytest.raises(MigrationError, match="newer Khelmerch") as refused:
        migrate(database)
    assert refused.value.data["revision"] == "9999"
    assert revision(path) == "9999"
    assert rows(path) == before
    assert [found for found in path.parent.glob("*.before-*") if found != copy] == []


@pytest.mark.parametrize("fault", ["raise ValueError('a fault in a step')", "op.execute('SELECT nonsense')"])
def test_a_step_that_fails_changes_nothing_and_the_copy_is_whole(
    path: Path, later_version: Callable[..., Path], fault: str
) -> None:
    before = rows(path)
    scripts = later_version(
        "op.create_table('news', sa.Column('id', sa.Integer()))",
        "op.execute('DELETE FROM segments')",
        "op.execute('DELETE FROM task_queue')",
        fault,
    )
    database = Database(f"sqlite:///{path}")
    with pytest.raises(MigrationError, match=r"Nothing was changed\. The copy made before is"):
        migrate(database, scripts)
    assert revision(path) == head_revision()
    assert "news" not in tables(path)
    assert rows(path) == before
    (copy,) = path.parent.glob("*.before-9999-*")
    assert rows(copy) == before
    assert migrate(database) is None, "the version before can go on with it"
    accept(Repository(database), "t3")
    database.close()


def test_changing_a_table_in_place_takes_no_row_of_another_table_along(
    path: Path, later_version: Callable[..., Path]
) -> None:
    """SQLite copies the table and drops the old one, which would delete all files and sentences of its tasks."""
    before = rows(path)
    database = Database(f"sqlite:///{path}")
    migrate(
        database,
        later_version(
            "with op.batch_alter_table('tasks', recreate='always') as batch:",
            "    batch.alter_column('client_ip', existing_type=sa.String(), nullable=True)",
        ),
    )
    assert contents(database) == before
    assert database.connect().exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
    database.close()


def test_a_migration_that_leaves_rows_without_their_task_is_undone(
    path: Path, later_version: Callable[..., Path]
) -> None:
    before = rows(path)
    database = Database(f"sqlite:///{path}")
    with pytest.raises(MigrationError, match="without what they refer to"):
        migrate(database, later_version("op.execute(\"DELETE FROM tasks WHERE task_id = 't1'\")"))
    database.close()
    assert rows(path) == before
    assert revision(path) == head_revision()


def test_no_copy_means_no_migration(
    path: Path, later_version: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_source: Path, _target: Path) -> None:
        raise StorageError("The disk is full.")

    monkeypatch.setattr(upgrade, "copy_sqlite", refuse)
    with pytest.raises(StorageError, match="disk is full"):
        migrate(Database(f"sqlite:///{path}"), later_version("op.execute('DELETE FROM segments')"))
    assert revision(path) == head_revision()


def test_a_copy_of_a_database_in_use_holds_what_was_committed(path: Path, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{path}")
    repository = Repository(database)
    accept(repository, "t3", at=NOW)
    with database.transaction():
        accept(repository, "t4")
        copy_sqlite(path, tmp_path / "copy.db")
    database.close()
    assert [row[0] for row in rows(tmp_path / "copy.db")["tasks"]] == ["t1", "t2", "t3"]


def test_a_copy_that_cannot_be_made_is_an_error_and_leaves_no_half(path: Path, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="could not be copied"):
        copy_sqlite(path, tmp_path / "no folder" / "copy.db")
    with pytest.raises(StorageError, match="could not be copied"):
        copy_sqlite(tmp_path / "no database", tmp_path / "copy.db")
    (tmp_path / "garbage").write_bytes(b"no database" * 900)
    with pytest.raises(StorageError, match="could not be copied"):
        copy_sqlite(tmp_path / "garbage", tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()
    assert not (tmp_path / "no database").exists()
