"""Uploads that come in several requests: what has arrived is on the disk, and how much of it is known, whatever dies.

Layout under the blob store's root: `partial/<id>.part` holds the bytes, `partial/<id>.json` the facts. The recorded offset is
never more than what is synced; what lies beyond it in the file is cut off before the next byte is written.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from storage.blobs import READ_BYTES, Blob, BlobStore, Written, refusal, sync_folder
from storage.errors import StorageError, UploadNotFound
from storage.upload_store import StoredFile

_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Partial:
    """length, offset: bytes. changed: Unix seconds. stored: the blob that was made of it; done: its client can use it."""

    id: str
    client_id: str
    name: str
    length: int
    offset: int
    changed: float
    stored: StoredFile | None = None
    done: bool = False

    @property
    def complete(self) -> bool:
        return self.offset == self.length


class Appending:
    """An upload that grows. Blocking; every method raises StorageError when the disk is full."""

    def __init__(self, uploads: PartialUploads, partial: Partial) -> None:
        self._uploads = uploads
        self.partial = partial
        self.offset = partial.offset
        """Of what was written, synced or not."""
        try:
            self._file: BinaryIO = uploads.data(partial.id).open("r+b")
            self._file.truncate(partial.offset)
            self._file.seek(partial.offset)
        except OSError as error:
            raise refusal(error, uploads.root) from error

    def write(self, data: bytes) -> None:
        try:
            self._file.write(data)
        except OSError as error:
            raise refusal(error, self._uploads.root) from error
        self.offset += len(data)

    @property
    def unrecorded(self) -> int:
        return self.offset - self.partial.offset

    def record(self) -> None:
        """What was written is on the disk, and counts from now on."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise refusal(error, self._uploads.root) from error
        self.partial = self._uploads.save(replace(self.partial, offset=self.offset, changed=time.time()))

    def close(self) -> None:
        """Without recording."""
        # Closing flushes what is buffered, which fails again on a full disk; it did not count anyway.
        with contextlib.suppress(OSError):
            self._file.close()


class Whole:
    """A complete upload, as a file that is ready to become a blob."""

    def __init__(self, uploads: PartialUploads, partial: Partial, blobs: BlobStore) -> None:
        self._uploads = uploads
        self._partial = partial
        self._blobs = blobs
        self.path = uploads.data(partial.id)
        self.size = partial.length

    def commit(self, kind: str) -> Blob:
        """Blocking: reads the file once, for its hash."""
        digest = hashlib.sha256()
        try:
            with self.path.open("rb") as file:
                while block := file.read(READ_BYTES):
                    digest.update(block)
        except OSError as error:
            raise refusal(error, self._uploads.root) from error
        (blob,) = self._blobs.adopt([Written(self.path, self.size, digest.hexdigest())], kind)
        if isinstance(blob, StorageError):
            raise blob
        return blob

    def discard(self) -> None:
        """Nothing: a refused upload is removed by whoever refuses it, and one that failed for want of a disk stays."""


class PartialUploads:
    """keep_seconds: how long an upload is kept after its last byte."""

    def __init__(self, root: Path, keep_seconds: float) -> None:
        """Raises StorageError when the folder cannot be made."""
        self.root = root / "partial"
        self.keep_seconds = keep_seconds
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise refusal(error, root) from error

    def data(self, upload_id: str) -> Path:
        return self.root / f"{upload_id}.part"

    def create(self, client_id: str, name: str, length: int) -> Partial:
        """Blocking."""
        partial = Partial(secrets.token_hex(16), client_id, name, length, 0, time.time())
        try:
            self.data(partial.id).touch(exist_ok=False)
            self.save(partial)
            sync_folder(self.root)
        except OSError as error:
            raise refusal(error, self.root) from error
        return partial

    def get(self, upload_id: str) -> Partial:
        """Raises UploadNotFound, also for one whose time is over. Blocking."""
        missing = UploadNotFound(
            "There is no such upload; it may have been removed, or its time is over. Begin it anew.",
            upload_id=upload_id,
        )
        if not _ID.fullmatch(upload_id):
            raise missing
        try:
            facts: dict[str, Any] = json.loads(self._facts(upload_id).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise missing from None
        stored = facts.pop("stored")
        partial = Partial(**facts, stored=StoredFile(**stored) if stored else None)
        lost = partial.stored is None and not self.data(upload_id).exists()
        if lost or time.time() > partial.changed + self.keep_seconds:
            raise missing
        return partial

    def save(self, partial: Partial) -> Partial:
        """Whole or not at all. Blocking."""
        facts = self._facts(partial.id)
        scratch = facts.with_suffix(f".{secrets.token_hex(4)}.new")
        try:
            with scratch.open("w", encoding="utf-8") as file:
                json.dump(asdict(partial), file, ensure_ascii=False)
                file.flush()
                os.fsync(file.fileno())
            scratch.rename(facts)
        except OSError as error:
            raise refusal(error, self.root) from error
        return partial

    def _facts(self, upload_id: str) -> Path:
        return self.root / f"{upload_id}.json"

    def remove(self, upload_id: str) -> None:
        """One that is not there is no error. Blocking."""
        try:
            self._facts(upload_id).unlink(missing_ok=True)
            self.data(upload_id).unlink(missing_ok=True)
        except OSError as error:
            raise refusal(error, self.root) from error

    def sweep(self) -> int:
        """Remove what nobody has added to for `keep_seconds`; -> how many files. Blocking."""
        limit = time.time() - self.keep_seconds
        removed = 0
        for path in self.root.iterdir():
            # It may be removed in the same moment.
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < limit:
                    path.unlink()
                    removed += 1
        return removed


DAY_SECONDS = 86_400.0


def keep_seconds(upload_retention_seconds: float) -> float:
    """-> how long unfinished uploads are kept: a day, or as long as finished ones where that is shorter (0: for ever)."""
    return min(DAY_SECONDS, upload_retention_seconds or DAY_SECONDS)
