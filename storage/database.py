"""Opens the database: connection settings, migrations, and the one transaction helper that every write goes through.

One process writes, the scheduler, through one connection: SQLite before 3.51.3 can corrupt a WAL when two
connections checkpoint at once, and Python 3.11 often carries an older one.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from storage.errors import MigrationError, StaleEpoch, StorageError
from storage.tables import scheduler_state

log = logging.getLogger("khelmerch.storage")

BUSY_TIMEOUT_MS = 5_000
"""How long SQLite waits for a lock: only a backup or a person with a shell ever holds one."""

PAGE_CACHE_KIB = 32_768
"""Page cache of the one writer; holds the hot parts of the segment table of a large document."""


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path}"


def open_engine(url: str) -> Engine:
    """-> an engine whose connections have the settings that the promises rest on (WAL, FULL, foreign keys)."""
    if not url.startswith("sqlite"):
        return create_engine(url, poolclass=NullPool)
    engine = create_engine(url, poolclass=NullPool, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: Any) -> None:
        # The driver would open transactions by itself, as DEFERRED ones: begin() below says IMMEDIATE instead.
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout = {BUSY_TIMEOUT_MS}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            f"cache_size = -{PAGE_CACHE_KIB}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


class Database:
    """The one writing connection. Not thread-safe: it belongs to the scheduler's event loop.

    `epoch` is None until `take_epoch`; from then on every transaction checks that no later scheduler has
    taken one, and raises StaleEpoch instead of writing.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = open_engine(url)
        self.epoch: int | None = None
        self._connection: Connection | None = None
        self._durable = True

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    def connect(self) -> Connection:
        """-> the open connection. Raises StorageError when the database cannot be reached."""
        if self._connection is None or self._connection.closed:
            try:
                self._connection = self.engine.connect()
            except DBAPIError as error:
                raise StorageError(f"The database {self.url} cannot be opened: {error.orig}") from error
            self._durable = True
        return self._connection

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[Connection]:
        """One atomic piece of work; a transaction that is already open is joined.

        durable: synced to disk before returning (accepted tasks, terminal states). Without it a power cut, not a
        crash, may undo the last of them; used for progress.

        Raises StaleEpoch, or StorageError when the disk is full, the file is gone or a lock is held too long.
        """
        connection = self.connect()
        if connection.in_transaction():
            yield connection
            return
        try:
            if self.is_sqlite and durable != self._durable:
                # A pragma is refused inside a transaction, and SQLAlchemy would open one: go to the driver.
                driver = connection.connection.dbapi_connection
                assert driver is not None
                driver.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
                self._durable = durable
            with connection.begin():
                if self.epoch is not None:
                    self._check_epoch(connection)
                yield connection
        except DBAPIError as error:
            if error.connection_invalidated or not self._still_there():
                self.close()
            raise StorageError(f"The database refused the change: {error.orig}. Nothing of it was stored.") from error

    def take_epoch(self) -> int:
        """Make this the one scheduler that may write; -> its epoch, larger than any before."""
        self.epoch = None
        with self.transaction() as connection:
            table = scheduler_state
            before = connection.execute(select(table.c.value).where(table.c.key == "epoch").with_for_update()).scalar()
            epoch = int(before or 0) + 1
            if before is None:
                connection.execute(table.insert().values(key="epoch", value=str(epoch)))
            else:
                connection.execute(table.update().where(table.c.key == "epoch").values(value=str(epoch)))
        self.epoch = epoch
        return epoch

    def _check_epoch(self, connection: Connection) -> None:
        table = scheduler_state
        current = connection.execute(
            select(table.c.value).where(table.c.key == "epoch").with_for_update(read=True)
        ).scalar()
        if current is None or int(current) != self.epoch:
            raise StaleEpoch(f"Epoch {self.epoch} is over; the database belongs to epoch {current}.", epoch=self.epoch)

    def _still_there(self) -> bool:
        return not self.is_sqlite or self.path is None or self.path.exists()

    @property
    def path(self) -> Path | None:
        """The database file; None for a server or an in-memory database."""
        name = self.engine.url.database
        return Path(name) if self.is_sqlite and name and name != ":memory:" else None

    def check(self) -> None:
        """Raises StorageError when the database does not answer, or its file was removed under us."""
        if not self._still_there():
            raise StorageError(f"The database file {self.path} is gone. Restore it from a backup and restart.")
        try:
            with self.connect().begin() as transaction:
                self.connect().execute(text("SELECT 1"))
                transaction.rollback()
        except DBAPIError as error:
            raise StorageError(f"The database does not answer: {error.orig}") from error

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _alembic_config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def head_revision() -> str:
    """-> the schema revision that this version of Khelmerch works with."""
    head = ScriptDirectory.from_config(_alembic_config(None)).get_current_head()
    assert head is not None
    return head


def migrate(database: Database) -> Path | None:
    """Bring the database to this version's schema; -> the copy made before, None when nothing had to be migrated.

    Raises MigrationError when the database is newer than this version, or a step fails (the copy is then whole).
    """
    connection = database.connect()
    with connection.begin() as transaction:
        before = MigrationContext.configure(connection).get_current_revision()
        transaction.rollback()
    head = head_revision()
    if before == head:
        return None
    known = {script.revision for script in ScriptDirectory.from_config(_alembic_config(None)).walk_revisions()}
    if before is not None and before not in known:
        raise MigrationError(
            f"The database has schema {before}, which this version does not know: it was written by a newer Khelmerch. "
            "Install that version again, or restore the copy made before its migration.",
            revision=before,
        )
    copy = None
    if before is not None and database.path is not None:
        copy = database.path.with_name(f"{database.path.name}.before-{head}-{int(time.time())}")
        copy_sqlite(database.path, copy)
        log.info("database copied to %s before migrating %s to %s", copy, before, head)
    try:
        with connection.begin():
            command.upgrade(_alembic_config(connection), "head")
    except DBAPIError as error:
        kept = f" The copy made before is {copy}." if copy else ""
        raise MigrationError(f"The database could not be migrated to {head}: {error.orig}.{kept}") from error
    return copy


def copy_sqlite(source: Path, target: Path) -> None:
    """A consistent copy through SQLite's backup API, checked. Raises StorageError when the copy is not whole."""
    with sqlite3.connect(source) as origin, sqlite3.connect(target) as copy:
        origin.backup(copy)
        verdict = copy.execute("PRAGMA integrity_check").fetchone()[0]
    origin.close()
    copy.close()
    if verdict != "ok":
        raise StorageError(f"The copy {target} is damaged: {verdict}")
