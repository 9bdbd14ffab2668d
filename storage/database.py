"""The one writing connection, and the one transaction helper that every write goes through.

One process writes, the scheduler, through one connection: SQLite before 3.51.3 can corrupt a WAL when two
connections checkpoint at once, and Python 3.11 often carries an older one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Integer, String, case, cast, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError, SQLAlchemyError

from storage.database_file import DatabaseFile
from storage.engines import explain, open_engine
from storage.errors import StaleEpoch, StorageError, ValueRefused
from storage.tables import scheduler_state

BUSY_TIMEOUT_MS = 5_000
"""How long SQLite waits for a lock: only a backup or a person with a shell ever holds one."""

_EPOCH = select(scheduler_state.c.value).where(scheduler_state.c.key == "epoch").with_for_update(read=True)


class Database:
    """The one writing connection. Not thread-safe: it belongs to the scheduler's event loop.

    `epoch` is None until `take_epoch`; from then on every transaction checks that no later scheduler has
    taken one, and raises StaleEpoch instead of writing.
    """

    def __init__(self, url: str, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> None:
        """Opens nothing yet. Raises StorageError when the address cannot be used."""
        self.engine = open_engine(url, busy_timeout_ms)
        self.epoch: int | None = None
        self._file = DatabaseFile(self.path) if self.path is not None else None
        self._connection: Connection | None = None
        self._logged = False  # SQLite keeps a write-ahead log (not in memory, nor on every network disk)
        self._synced = True  # SQLite syncs each commit by itself
        self._wants_sync = False  # somebody in the open transaction asked for durability
        self._suspect = False  # the connection had an error: it is not used again
        self._undo: list[Callable[[], None]] = []  # of what the open transaction took out of memory

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @property
    def path(self) -> Path | None:
        """The database file; None for a server or an in-memory database."""
        name = self.engine.url.database
        return Path(name) if self.is_sqlite and name and name != ":memory:" else None

    @property
    def address(self) -> str:
        """Where the database is, without a password: for messages."""
        return self.engine.url.render_as_string(hide_password=True)

    @property
    def in_transaction(self) -> bool:
        return self._connection is not None and self._connection.in_transaction()

    @property
    def is_whole(self) -> bool:
        """Would a commit keep what was done? A full disk makes SQLite undo everything by itself."""
        return self._connection is not None and not self._connection.closed and _can_commit(self._connection)

    def connect(self) -> Connection:
        """-> the open connection. Raises StorageError when the database cannot be reached.

        A database that was open once is never made anew: an empty one in its place would hide that all is lost.
        """
        if self._connection is None or self._connection.closed:
            if self._file is not None:
                self._file.check()
            try:
                connection = self.engine.connect()
                self._logged = self._file is not None and self._pragma(connection, "journal_mode") == "wal"
            except (SQLAlchemyError, sqlite3.Error) as error:
                raise StorageError(f"The database {self.address} cannot be opened: {explain(error)}.") from error
            self._connection = connection
            self._synced = True
            self._suspect = False
            if self._file is not None:
                self._file.opened()
        return self._connection

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[Connection]:
        """One atomic piece of work; a transaction that is already open is joined.

        durable: synced to disk before the outermost transaction returns (accepted tasks, terminal states); one that
        joins with durable=True makes the whole durable. Without it a power cut, not a crash, may undo the last of
        them; used for progress.

        Raises StaleEpoch, ValueRefused, or StorageError when the disk is full, the file is gone or a lock is held too long.
        """
        if self.in_transaction:
            connection = self.connect()
            with self._errors_explained():
                if durable and not self._wants_sync:
                    self._want_sync(connection)
                yield connection
        else:
            with self._outermost(durable=durable, fenced=self.epoch is not None) as connection:
                yield connection

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part of the open transaction that is undone alone when it raises."""
        mark = len(self._undo)
        savepoint = self.connect().begin_nested()
        try:
            yield
        except BaseException:
            savepoint.rollback()
            self._undone(mark)
            raise
        savepoint.commit()

    def if_undone(self, restore: Callable[[], None]) -> None:
        """Call `restore` if the open transaction, or the savepoint that is open in it now, comes to nothing.

        It is called as well when it is unknown whether the commit was done.
        """
        self._undo.append(restore)

    def _undone(self, mark: int) -> None:
        while len(self._undo) > mark:
            self._undo.pop()()

    @contextmanager
    def _outermost(self, *, durable: bool, fenced: bool) -> Iterator[Connection]:
        connection = self.connect()
        self._wants_sync, self._suspect = durable, False
        try:
            with self._errors_explained():
                self._sync_each_commit(durable)
                with connection.begin():
                    if not durable and not self.is_sqlite:
                        connection.execute(text("SET LOCAL synchronous_commit TO off"))
                    if fenced:
                        self._check_epoch(connection)
                    yield connection
                    self._must_be_whole(connection)
            self._committed()
        except BaseException:
            # A commit that fails can leave the driver's transaction open, in which nothing could be begun any more.
            if self._suspect or _is_left_open(connection):
                self.close()
            self._undone(0)
            raise
        self._undo.clear()

    def _committed(self) -> None:
        """Raises StorageError when what was committed is not on the disk, or not in the file that people see."""
        if self._file is None:
            return
        try:
            if self._logged and self._wants_sync and not self._synced:
                self._file.sync()
            self._file.check()
        except StorageError:
            self._suspect = True
            raise

    @contextmanager
    def _errors_explained(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error) as error:
            self._suspect = True
            # A server that went away in the middle of a commit may have done it or not.
            unknown = isinstance(error, DBAPIError) and error.connection_invalidated
            stored = "It may not have been stored" if unknown else "Nothing of it was stored"
            if isinstance(error, DataError):
                raise ValueRefused(f"A value cannot be stored: {explain(error)}. {stored}.") from error
            raise StorageError(f"The database refused the change: {explain(error)}. {stored}.") from error

    def _sync_each_commit(self, durable: bool) -> None:
        """SQLite syncs or not by a pragma, which it refuses inside a transaction, so that it is set before."""
        if not self._logged or durable == self._synced:
            return
        assert self._connection is not None
        _driver(self._connection).execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        self._synced = durable

    def _want_sync(self, connection: Connection) -> None:
        if not self.is_sqlite:
            connection.execute(text("SET LOCAL synchronous_commit TO DEFAULT"))
        self._wants_sync = True

    def _must_be_whole(self, connection: Connection) -> None:
        """Raises StorageError when the database has undone the transaction by itself, as SQLite does on a full disk.

        Both drivers then commit nothing, without a word. This matters when somebody inside caught the first error.
        """
        if not _can_commit(connection):
            self._suspect = True
            raise StorageError("The database has undone the change because a part of it failed. Nothing was stored.")

    def take_epoch(self) -> int:
        """Make this the one scheduler that may write; -> its epoch, larger than any before."""
        insert = sqlite.insert if self.is_sqlite else postgresql.insert
        value = scheduler_state.c.value
        claim = insert(scheduler_state).values(key="epoch", value="1")
        claim = claim.on_conflict_do_update(
            index_elements=["key"], set_={"value": cast(cast(value, Integer) + 1, String)}
        )
        with self._outermost(durable=True, fenced=False) as connection:
            epoch = int(connection.execute(claim.returning(value)).scalar_one())
        self.epoch = epoch
        return epoch

    def _check_epoch(self, connection: Connection) -> None:
        # Locked for others until the commit (SQLite holds the whole file): nobody takes over between check and write.
        current = connection.execute(_EPOCH).scalar()
        if current is None or int(current) != self.epoch:
            raise StaleEpoch(f"Epoch {self.epoch} is over; the database belongs to epoch {current}.", epoch=self.epoch)

    def check(self) -> None:
        """Raises StorageError when the database cannot be written, or its file was removed under us.

        It writes one small row: a full disk and a read-only folder still answer to reading.
        """
        with self.transaction(durable=False) as connection:
            # Another value each time: SQLite writes nothing when a row stays as it is.
            other = case((scheduler_state.c.value == "tick", "tock"), else_="tick")
            mark = scheduler_state.update().where(scheduler_state.c.key == "checked").values(value=other)
            if not connection.execute(mark).rowcount:
                connection.execute(scheduler_state.insert(), {"key": "checked", "value": "tick"})

    @staticmethod
    def _pragma(connection: Connection, name: str) -> str:
        return str(_driver(connection).execute(f"PRAGMA {name}").fetchone()[0])

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
            if self._file is not None:
                self._file.closed()


def _driver(connection: Connection) -> Any:
    driver = connection.connection.dbapi_connection
    assert driver is not None
    return driver


def _can_commit(connection: Connection) -> bool:
    """-> would a commit keep what was done? (psycopg opens nothing before the first statement: IDLE is well.)"""
    driver = _driver(connection)
    if connection.dialect.name == "sqlite":
        return bool(driver.in_transaction)
    return driver.info.transaction_status.name in ("INTRANS", "IDLE")


def _is_left_open(connection: Connection) -> bool:
    """-> is the driver in a transaction, although SQLAlchemy thinks that it is over?"""
    driver = _driver(connection)
    if connection.dialect.name == "sqlite":
        return bool(driver.in_transaction)
    return bool(driver.info.transaction_status.name != "IDLE")
