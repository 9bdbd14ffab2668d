"""Files of clients: uploads and results, under names of our own. A blob is complete or absent, never half.

Layout under the root: `staging/` (being written), `uploads/ab/<hex>`, `results/ab/<hex>`. Names never come from a client.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from storage.errors import StorageError

READ_BYTES = 1 << 20


@dataclass(frozen=True)
class Blob:
    """A stored file. key: path below the root; size: bytes."""

    key: str
    size: int
    sha256: str


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _refusal(error: OSError, root: Path) -> StorageError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageError(f"The disk that holds {root} is full. Free some space and send the file again.")
    return StorageError(f"A file could not be stored in {root}: {error.strerror}.")


class Staged:
    """A file being written; hashes as it goes. `commit` makes it a blob, `discard` leaves no trace."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.path = root / "staging" / secrets.token_hex(16)
        self.size = 0
        self._hash = hashlib.sha256()
        try:
            self._file: BinaryIO = self.path.open("xb")
        except OSError as error:
            raise _refusal(error, root) from error

    def write(self, data: bytes) -> None:
        """Raises StorageError when the disk is full."""
        try:
            self._file.write(data)
        except OSError as error:
            self.discard()
            raise _refusal(error, self._root) from error
        self._hash.update(data)
        self.size += len(data)

    def finish(self) -> None:
        """No more data: synced and closed, so that it can be looked at through `path`."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        except OSError as error:
            self.discard()
            raise _refusal(error, self._root) from error

    def commit(self, kind: str) -> Blob:
        """Rename into place; -> the blob. Call `finish` first. kind: 'uploads' or 'results'."""
        name = secrets.token_hex(16)
        key = f"{kind}/{name[:2]}/{name}"
        target = self._root / key
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            self.path.rename(target)
            _sync_folder(target.parent)
        except OSError as error:
            self.discard()
            raise _refusal(error, self._root) from error
        return Blob(key, self.size, self._hash.hexdigest())

    def discard(self) -> None:
        # Closing flushes what is buffered, which fails again on a full disk; the file goes away all the same.
        with contextlib.suppress(OSError):
            self._file.close()
        self.path.unlink(missing_ok=True)


class BlobStore:
    """The folder of blobs. Safe for several processes: every blob has a random name of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("staging", "uploads", "results"):
            (root / folder).mkdir(parents=True, exist_ok=True)

    def stage(self) -> Staged:
        return Staged(self.root)

    def path(self, key: str) -> Path:
        """-> where a blob lies. Raises StorageError for a key that leads out of the store."""
        path = (self.root / key).resolve()
        if not path.is_relative_to(self.root.resolve()):
            raise StorageError(f"{key!r} is no key of a blob.")
        return path

    def adopt(self, path: Path, kind: str) -> Blob:
        """Make a finished file (on the same disk) a blob: hash, sync, rename, sync the folder. Blocking: reads it once."""
        digest = hashlib.sha256()
        try:
            with path.open("rb") as file:
                while block := file.read(READ_BYTES):
                    digest.update(block)
                size = file.tell()
                os.fsync(file.fileno())
            name = secrets.token_hex(16)
            key = f"{kind}/{name[:2]}/{name}"
            target = self.root / key
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
            _sync_folder(target.parent)
        except OSError as error:
            raise _refusal(error, self.root) from error
        return Blob(key, size, digest.hexdigest())

    def remove(self, key: str) -> None:
        self.path(key).unlink(missing_ok=True)

    def scratch(self) -> Path:
        """-> a new path in `staging/` for a file that another process writes."""
        return self.root / "staging" / secrets.token_hex(16)

    def sweep_staging(self, older_than_seconds: float) -> int:
        """Remove what crashed processes left in `staging/`; -> how many files."""
        limit = time.time() - older_than_seconds
        removed = 0
        for path in (self.root / "staging").iterdir():
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < limit:
                    path.unlink()
                    removed += 1
        return removed

    def free_bytes(self) -> int:
        stats = os.statvfs(self.root)
        return stats.f_bavail * stats.f_frsize
