"""Opens engines with the settings that the promises rest on, and says in people's words why a database refuses."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from storage.errors import StorageError

WAL_RETRY_SECONDS = 0.01

PAGE_CACHE_KIB = 32_768
"""Page cache of the one writer; holds the hot parts of the segment table of a large document."""

_SQLITE_REASONS = {
    "SQLITE_BUSY": "another program holds a lock on it; close that program",
    "SQLITE_LOCKED": "another program holds a lock on it; close that program",
    "SQLITE_FULL": "the disk is full; free some space",
    "SQLITE_READONLY": "it may only be read; make the file and its folder writable for this user",
    "SQLITE_CANTOPEN": "the file cannot be opened; look at the folder and its permissions",
    "SQLITE_IOERR": "the disk answers with errors; look at it and at the system log",
    "SQLITE_CORRUPT": "the file is damaged; restore it from a backup",
    "SQLITE_NOTADB": "the file is no SQLite database; restore it from a backup",
}
"""By the name of SQLite's primary result code: what is wrong, and what to do."""


def open_engine(url: str, busy_timeout_ms: int) -> Engine:
    """-> an engine whose connections have the settings that the promises rest on (WAL, FULL, foreign keys).

    Raises StorageError when the address cannot be used, or the driver for it is not installed.
    """
    try:
        if not url.startswith("sqlite"):
            return create_engine(url, poolclass=NullPool)
        engine = create_engine(url, poolclass=NullPool, connect_args={"check_same_thread": False})
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        # The address is left out of the message: it may hold a password.
        raise StorageError(
            "[STORAGE] DATABASE_URL cannot be used: write sqlite:///path or postgresql+psycopg://user:password@host/name "
            f"(the second needs the extra `postgres`). {_first_line(error)}"
        ) from error

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: Any) -> None:
        # The driver would open transactions by itself, as DEFERRED ones: begin() below says IMMEDIATE instead.
        connection.isolation_level = None
        # SQLite's own lower() knows A-Z only; names of files are Mongolian.
        connection.create_function("lower", 1, _lower, deterministic=True)
        connection.execute(f"PRAGMA busy_timeout = {busy_timeout_ms}")
        _enter_wal(connection, busy_timeout_ms / 1000)
        for pragma in (
            "synchronous = FULL",
            "foreign_keys = ON",
            f"cache_size = -{PAGE_CACHE_KIB}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _enter_wal(connection: sqlite3.Connection, patience_seconds: float) -> None:
    """SQLite does not wait for a lock when the journal changes, whatever the busy timeout says: two processes that make
    a new database at the same moment would refuse each other. Raises sqlite3.OperationalError when time is up."""
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            busy = (error.sqlite_errorcode or 0) & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > deadline:
                raise
            time.sleep(WAL_RETRY_SECONDS)


def explain(error: Exception) -> str:
    """-> why the database refused, and what to do about it: one clause without a full stop."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    name = getattr(cause, "sqlite_errorname", None) or ""
    primary = "_".join(name.split("_")[:2])
    return _SQLITE_REASONS.get(primary, _first_line(cause))


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value
