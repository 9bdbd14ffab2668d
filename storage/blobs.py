"""Files of clients: uploads and results, under names of our own. A blob is complete or absent, never half.

Layout under the root: `staging/` (being written), `uploads/ab/<hex>`, `results/ab/<hex>`. Names never come from a client.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import shutil
import socket
import time
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import psutil

from storage.errors import StorageError
from storage.sweeping import orphans

READ_BYTES = 1 << 20

KINDS = ("uploads", "results")

# Three names, none of which leads up. Told from the text: `Path.resolve` asks the disk for every part of it.
_KEY = re.compile(rf"(?:{'|'.join(KINDS)})/(?!\.\.?/)[^/\0]+/(?!\.\.?\Z)[^/\0]+")

SCRATCH = "scratch"
"""Folder below the root in which the processes that read documents keep what is temporary."""

WORK = "work-"
"""Names in `staging/` that only the scheduler gives: a new one knows that nobody needs them any more."""


@dataclass(frozen=True)
class Blob:
    """A stored file. key: path below the root; size: bytes."""

    key: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Written:
    """A file that another process wrote and synced. size: bytes."""

    path: Path
    size: int
    sha256: str


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _put_in_place(paths: Sequence[Path], root: Path, kind: str) -> list[str | OSError]:
    """Rename synced files to new keys and sync the folders that name them; -> the keys, or why a file has none.

    All of them go into one folder, which is synced once. Leaves nothing behind when it raises OSError.
    """
    begin = secrets.token_hex(1)
    folder = root / kind / begin
    new_folder = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    keys: list[str | OSError] = []
    for path in paths:
        name = begin + secrets.token_hex(15)
        try:
            path.rename(folder / name)
            keys.append(f"{kind}/{begin}/{name}")
        except OSError as error:
            keys.append(error)
    try:
        sync_folder(folder)
        if new_folder:
            # A power cut may lose a new folder whole as long as the folder above it is not synced.
            sync_folder(folder.parent)
    except OSError:
        for key in keys:
            if isinstance(key, str):
                (root / key).unlink(missing_ok=True)
        raise
    return keys


def refusal(error: OSError, root: Path) -> StorageError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageError(f"The disk that holds {root} is full. Free some space and send the file again.")
    return StorageError(f"A file could not be stored in {root}: {error.strerror}.")


def _here() -> str:
    """-> the begin of the names that processes of this machine give to what they write. By its name: numbers of processes are
    the same in every container."""
    return f"in-{hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]}-"


class Staged:
    """A file being written; hashes as it goes. `commit` makes it a blob, `discard` leaves no trace."""

    def __init__(self, root: Path, place: Callable[[Sequence[Path], str], list[str | StorageError]]) -> None:
        """place: `BlobStore.place` of the store that the file is for."""
        self._root = root
        self._place = place
        self.path = root / "staging" / f"{_here()}{os.getpid()}-{secrets.token_hex(16)}"
        self.size = 0
        self._hash = hashlib.sha256()
        try:
            self._file: BinaryIO = self.path.open("xb")
        except OSError as error:
            raise refusal(error, root) from error

    def write(self, data: bytes) -> None:
        """Raises StorageError when the disk is full."""
        try:
            self._file.write(data)
        except OSError as error:
            self.discard()
            raise refusal(error, self._root) from error
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
            raise refusal(error, self._root) from error

    def commit(self, kind: str) -> Blob:
        """Rename into place; -> the blob. Synced first if `finish` was not called. kind: 'uploads' or 'results'."""
        if not self._file.closed:
            self.finish()
        try:
            (key,) = self._place([self.path], kind)
            if isinstance(key, StorageError):
                raise key
        except StorageError:
            self.discard()
            raise
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
        self._resolved = root.resolve()
        try:
            for folder in ("staging", *KINDS):
                (root / folder).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise refusal(error, root) from error

    def stage(self) -> Staged:
        return Staged(self.root, self.place)

    def place(self, paths: Sequence[Path], kind: str) -> list[str | StorageError]:
        """Make synced files blobs; -> their keys, or why one has none. Raises StorageError, and leaves nothing behind then."""
        try:
            keys = _put_in_place(paths, self.root, kind)
        except OSError as error:
            raise refusal(error, self.root) from error
        return [refusal(key, self.root) if isinstance(key, OSError) else key for key in keys]

    def fetch(self, key: str) -> Path:
        """-> where a blob lies on this machine; whether it is there is for the caller to see. Blocking.

        Raises StorageError for what is no key, and when a shared store does not give it.
        """
        return self.path(key)

    def orphans(self, known: Set[str], before: float) -> list[str]:
        """-> keys of blobs that no row names; see `storage.sweeping`. Blocking."""
        return orphans(self.root, known, before)

    def path(self, key: str) -> Path:
        """-> where a blob lies. Raises StorageError for what is no key: '' (forgotten), or one that leads elsewhere."""
        if _KEY.fullmatch(key) is None:
            raise StorageError(f"{key!r} is no key of a blob.")
        return self._resolved / key

    def adopt(self, written: Sequence[Written], kind: str) -> list[Blob | StorageError]:
        """Make finished, synced files (on the same disk) blobs; -> for each its blob, or why it is none. Blocking.

        The folder is synced once for all of them. Raises StorageError, and none is a blob, when that fails.
        """
        keys = self.place([one.path for one in written], kind)
        return [
            key if isinstance(key, StorageError) else Blob(key, one.size, one.sha256)
            for key, one in zip(keys, written, strict=True)
        ]

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
        shutil.rmtree(self.root / SCRATCH, ignore_errors=True)
        left = list((self.root / "staging").glob(f"{WORK}*"))
        for path in left:
            # What cannot be removed now is swept with the rest of `staging/`, by its age.
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
        return len(left)

    def sweep_dead(self) -> int:
        """Remove what processes of this machine that are gone were writing; -> how many files. What has another's number now is
        left to `sweep_staging`."""
        removed = 0
        for path in (self.root / "staging").glob(f"{_here()}*"):
            process = path.name.removeprefix(_here()).partition("-")[0]
            if process.isdecimal() and not psutil.pid_exists(int(process)):
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)
                    removed += 1
        return removed

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
