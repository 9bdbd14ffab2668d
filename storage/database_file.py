"""Is the database that we write to still the one that lies in the folder? SQLite itself does not look.

On Linux an open file that was deleted can be written for ever; what is committed to it is gone with the process.
"""

from __future__ import annotations

import os
from pathlib import Path

from storage.errors import StorageError

Identity = tuple[int, int]
"""Device and inode."""


def _identity(path: Path) -> Identity | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageError(f"The database file {path} cannot be looked at: {error.strerror}.") from error
    return found.st_dev, found.st_ino


class DatabaseFile:
    """The file of a SQLite database and its write-ahead log, as they were when they were first seen."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._log_path = path.with_name(path.name + "-wal")
        self._database: Identity | None = None
        self._log: Identity | None = None

    def opened(self) -> None:
        """A connection was opened: from now on it must stay this file."""
        self._database = self._database or _identity(self.path)

    def closed(self) -> None:
        """The connection was closed, with which SQLite puts the log's contents into the database and removes it."""
        self._log = None

    def check(self) -> None:
        """Raises StorageError when the file or its log was removed or replaced. Before the first `opened` all is well."""
        if self._database is None:
            return
        found = _identity(self.path)
        if found != self._database:
            what = "is gone" if found is None else "was replaced by another one"
            raise StorageError(
                f"The database file {self.path} {what} while the server runs. Restore it from a backup and restart."
            )
        log = _identity(self._log_path)
        if self._log is not None and log != self._log:
            raise StorageError(
                f"{self._log_path}, which holds the latest changes, was removed while the server runs. "
                "Restore the database from a backup and restart."
            )
        self._log = log

    def sync(self) -> None:
        """Bring what is committed to the disk: what synchronous=FULL does at the end of a transaction, done after it.

        Only the log is opened: closing any other handle on the database file itself would drop SQLite's locks on it.
        """
        try:
            handle = os.open(self._log_path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise StorageError(f"{self._log_path} could not be synced to the disk: {error.strerror}.") from error
