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

KINDS = ("uploads", "results")

WORK = "work-"
"""Names in `staging/` that only the scheduler gives: a new one knows that nobody needs them any more."""


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


def _put_in_place(path: Path, root: Path, kind: str) -> str:
    """Rename a synced file to a new key and sync the folders that name it; -> the key. Leaves nothing behind on OSError."""
    name = secrets.token_hex(16)
    key = f"{kind}/{name[:2]}/{name}"
    target = root / key
    new_folder = not target.parent.exists()
    target.parent.mkdir(parents=True, exist_ok=True)
    path.rename(target)
    try:
        _sync_folder(target.parent)
        if new_folder:
            # A power cut may lose a new folder whole as long as the folder above it is not synced.
            _sync_folder(target.parent.parent)
    except OSError:
        target.unlink(missing_ok=True)
        raise
    return key


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
        """Rename into place; -> the blob. Synced first if `finish` was not called. kind: 'uploads' or 'results'."""
        if not self._file.closed:
            self.finish()
        try:
            key = _put_in_place(self.path, self._root, kind)
        except OSError as error:
            self.discard()
            raise _refusal(error, self._root) from error
        return Blob(key, self.size, self._hash.hexdigest())

    def discard(self) -> None:
        # Closing flushes what is buffered, which fails again on a full disk; the file goes away all the same.
        with contextlib.suppress(OSError):
            self._file.close()
        # What cannot be removed now is swept later; the error that led here is the one to hear about.
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)


class BlobStore:
    """The folder of blobs. Safe for several processes: every blob has a random name of its own."""

    def __init__(self, root: Path) -> None:
        """Raises StorageError when the folders cannot be made."""
        self.root = root
        try:
            for folder in ("staging", *KINDS):
                (root / folder).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _refusal(error, root) from error

    def stage(self) -> Staged:
        return Staged(self.root)

    def path(self, key: str) -> Path:
        """-> where a blob lies. Raises StorageError for what is no key: '' (forgotten), or one that leads elsewhere."""
        path = (self.root / key).resolve()
        if path.parent.parent not in [(self.root / kind).resolve() for kind in KINDS]:
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
            key = _put_in_place(path, self.root, kind)
        except OSError as error:
            raise _refusal(error, self.root) from error
        return Blob(key, size, digest.hexdigest())

    def remove(self, key: str) -> None:
        """A blob that is not there is no error. Raises StorageError when it cannot be removed."""
        try:
            self.path(key).unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"The file {key} could not be removed from {self.root}: {error.strerror}.") from error

    def scratch(self, prefix: str = "") -> Path:
        """-> a new path in `staging/` for a file that another process writes. prefix: WORK for the scheduler's own."""
        return self.root / "staging" / (prefix + secrets.token_hex(16))

    def sweep_work(self) -> int:
        """Remove the files that an earlier scheduler was working with, whatever their age; -> how many."""
        left = list((self.root / "staging").glob(f"{WORK}*"))
        for path in left:
            # What cannot be removed now is swept with the rest of `staging/`, by its age.
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
        return len(left)

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
