"""Brings a database to this version's schema, with a copy kept of what was there before."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from storage.database import Database
from storage.engines import explain
from storage.errors import MigrationError, StorageError

log = logging.getLogger("khelmerch.storage")

MIGRATIONS = Path(__file__).parent / "migrations"

_POSTGRES_LOCK = 0x6B68656C
"""Number of the advisory lock under which one process at a time migrates: 'khel' in ASCII."""


def _alembic_config(connection: Connection | None, scripts: Path) -> Config:
    config = Config()
    # Alembic reads the value as a ConfigParser does, in which % begins a reference.
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def head_revision(scripts: Path = MIGRATIONS) -> str:
    """-> the schema revision that this version of Khelmerch works with."""
    head = ScriptDirectory.from_config(_alembic_config(None, scripts)).get_current_head()
    assert head is not None
    return head


def known_revisions(scripts: Path = MIGRATIONS) -> frozenset[str]:
    """-> every schema that this version can bring up to its own."""
    return frozenset(
        script.revision for script in ScriptDirectory.from_config(_alembic_config(None, scripts)).walk_revisions()
    )


def migrate(database: Database, scripts: Path = MIGRATIONS) -> Path | None:
    """Bring the database to this version's schema; -> the copy made before, None when nothing had to be migrated.

    All steps are one transaction. A server has no copy made: its own tools (pg_dump) are for that.
    Raises MigrationError when the database is newer than this version, or a step fails (nothing is changed then),
    StorageError when the database cannot be opened.
    """
    connection = database.connect()
    head = head_revision(scripts)
    copy: Path | None = None
    try:
        with _without_foreign_keys(connection), connection.begin():
            if not database.is_sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_POSTGRES_LOCK})")
            before = _revision(connection, scripts)
            if before == head:
                return None
            if before is not None and database.path is not None:
                # Made while the write lock is held: the copy is exactly what the migration began with.
                copy = database.path.with_name(f"{database.path.name}.before-{head}-{int(time.time())}")
                copy_sqlite(database.path, copy)
                log.info("database copied to %s before migrating %s to %s", copy, before, head)
            command.upgrade(_alembic_config(connection, scripts), "head")
            _check_references(connection)
    except (MigrationError, StorageError):
        database.close()
        raise
    except Exception as error:
        # Whatever a step may raise: the caller must know that the schema is not the one it works with.
        database.close()
        kept = f" The copy made before is {copy}." if copy else ""
        raise MigrationError(
            f"The database could not be migrated to {head}: {explain(error)}. Nothing was changed.{kept}"
        ) from error
    return copy


def _revision(connection: Connection, scripts: Path) -> str | None:
    """-> the schema that the database has now, None when it has none. Raises MigrationError for one we do not know."""
    found = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(_alembic_config(None, scripts)).walk_revisions()}
    if found is not None and found not in known:
        raise MigrationError(
            f"The database has schema {found}, which this version does not know: it was written by a newer Khelmerch. "
            "Install that version again, or restore the copy made before its migration.",
            revision=found,
        )
    return found


@contextmanager
def _without_foreign_keys(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by copying it and dropping the old one, and DROP TABLE would cascade to every child row."""
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name != "sqlite":
        yield
        return
    driver.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys = ON")


def _check_references(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise MigrationError(
            f"The migration would leave {len(broken)} rows of {broken[0][0]} without what they refer to."
        )


def copy_sqlite(source: Path, target: Path) -> None:
    """A consistent copy through SQLite's backup API, checked. Raises StorageError when the copy is not whole.

    `source` may be in use; it is only read. A target that could not be finished is removed.
    """
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as origin,
            closing(sqlite3.connect(target)) as copy,
        ):
            origin.backup(copy)
            verdict = copy.execute("PRAGMA integrity_check").fetchone()[0]
    except (sqlite3.Error, SQLAlchemyError) as error:
        target.unlink(missing_ok=True)
        raise StorageError(f"The database could not be copied to {target}: {explain(error)}.") from error
    if verdict != "ok":
        raise StorageError(f"The copy {target} is damaged: {verdict}. The database itself must be looked at.")
