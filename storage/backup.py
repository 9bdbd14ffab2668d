"""A backup: the database through SQLite's backup API, the blobs that it names, and a manifest with their checksums, in
one tar. It can be made while a server runs."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sqlite3
import tarfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from storage.errors import BackupError, StorageError
from storage.times import to_iso
from storage.upgrade import copy_sqlite

FORMAT = 1
MANIFEST, DATABASE, BLOBS = "manifest.json", "khelmerch.db", "blobs/"
_BLOCK_BYTES = 1 << 20
_HEADER_BYTES = 2_048
"""What tar adds to a small file at most."""

_NAMED_BLOBS = """
SELECT blob, sha256 FROM uploads
UNION SELECT blob, sha256 FROM task_files WHERE blob <> ''
UNION SELECT result_blob, result_sha256 FROM task_files WHERE result_blob IS NOT NULL
UNION SELECT json_extract(extra.value, '$.blob'), json_extract(extra.value, '$.sha256')
    FROM task_files, json_each(task_files.extra_results) AS extra
"""


@dataclass(frozen=True)
class Entry:
    """A file of the backup. size: bytes."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """missing, damaged: blobs that the database names but that were not there, or had another checksum than noted."""

    created_at: str
    version: str
    schema: str
    entries: tuple[Entry, ...]
    missing: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        return sum(entry.size for entry in self.entries)

    def to_json(self) -> bytes:
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1).encode()

    @classmethod
    def of_json(cls, text: bytes) -> Manifest:
        """Raises BackupError when it is not one of ours."""
        try:
            found = json.loads(text)
            if found.pop("format") != FORMAT:
                raise BackupError("The backup was made by a newer Khelmerch; restore it with that version.")
            entries = tuple(Entry(**entry) for entry in found.pop("entries"))
            found["missing"], found["damaged"] = tuple(found["missing"]), tuple(found["damaged"])
            return cls(entries=entries, **found)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BackupError("The backup's manifest cannot be read; the file is damaged or is no backup.") from error


class _Hashing:
    """A file that is read once, by tar, and hashed on the way."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.sha256()

    def read(self, count: int = -1) -> bytes:
        block = self._file.read(count)
        self._hash.update(block)
        return block

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


def backup(
    database: Path, blobs: Path, target: Path, version: str, on_progress: Callable[[int, int], None] | None = None
) -> Manifest:
    """Write `target`, which appears whole or not at all; -> what is in it. `on_progress`(bytes done, bytes in all).

    Raises BackupError (the database is not there or damaged, target exists, disk full).
    """
    if not database.exists():
        raise BackupError(f"There is no database {database}; nothing to back up. Is DATA_DIR right?")
    if target.exists():
        raise BackupError(f"{target} exists already; name another file, or remove it.")
    copy, part = target.with_name(f"{target.name}.db-part"), target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        require_space(target.parent, 2 * database.stat().st_size)
        copy_sqlite(database, copy)
        named, schema = _contents(copy)
        sizes = {key: (blobs / key).stat().st_size for key in named if (blobs / key).exists()}
        total = copy.stat().st_size + sum(sizes.values())
        require_space(target.parent, total + _HEADER_BYTES * (len(sizes) + 2))
        manifest = _write(part, copy, blobs, named, (version, schema), total, on_progress)
        part.rename(target)
        _sync(target.parent)
        return manifest
    except OSError as error:
        raise BackupError(f"The backup {target} could not be written: {error.strerror}.") from error
    except StorageError as error:
        raise BackupError(error.detail, **error.data) from error
    finally:
        copy.unlink(missing_ok=True)
        part.unlink(missing_ok=True)


def _contents(copy: Path) -> tuple[dict[str, str], str]:
    """-> ({blob key: its checksum}, schema) of a copied database."""
    try:
        with closing(sqlite3.connect(copy)) as connection:
            schema = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
            named = dict(connection.execute(_NAMED_BLOBS).fetchall())
            # A single file, without a log beside it: it is moved about as one.
            connection.execute("PRAGMA journal_mode = DELETE")
    except (sqlite3.Error, TypeError) as error:
        raise BackupError(f"The database is not one of Khelmerch: {error}.") from error
    return named, str(schema)


def _write(
    part: Path,
    copy: Path,
    blobs: Path,
    named: dict[str, str],
    made_by: tuple[str, str],
    total: int,
    on_progress: Callable[[int, int], None] | None,
) -> Manifest:
    version, schema = made_by
    entries: list[Entry] = []
    missing: list[str] = []
    damaged: list[str] = []
    done = 0
    # It holds every client's documents: for its owner only, from the first byte on.
    part.touch(mode=0o600, exist_ok=False)
    with part.open("r+b") as file, tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, path in [(DATABASE, copy), *((BLOBS + key, blobs / key) for key in sorted(named))]:
            try:
                source = path.open("rb")
            except FileNotFoundError:
                missing.append(name.removeprefix(BLOBS))  # a running server may remove what is too old meanwhile
                continue
            with source:
                entry = _add(archive, name, source)
            entries.append(entry)
            if name != DATABASE and entry.sha256 != named[name.removeprefix(BLOBS)]:
                damaged.append(name.removeprefix(BLOBS))
            done += entry.size
            if on_progress is not None:
                on_progress(done, total)
        manifest = Manifest(to_iso(time.time()), version, schema, tuple(entries), tuple(missing), tuple(damaged))
        text = manifest.to_json()
        _add(archive, MANIFEST, io.BytesIO(text), len(text))
        archive.close()
        file.flush()
        os.fsync(file.fileno())
    return manifest


def _add(archive: tarfile.TarFile, name: str, source: BinaryIO, size: int | None = None) -> Entry:
    info = tarfile.TarInfo(name)
    info.size = os.fstat(source.fileno()).st_size if size is None else size
    info.mtime, info.mode = time.time(), 0o600
    hashing = _Hashing(source)
    archive.addfile(info, hashing)
    return Entry(name, info.size, hashing.sha256)


def require_space(folder: Path, wanted: int) -> None:
    stats = os.statvfs(folder)
    free = stats.f_bavail * stats.f_frsize
    if free < wanted:
        raise BackupError(
            f"{wanted // 2**20 + 1} MB are needed in {folder} and {free // 2**20} MB are free; free some space or name "
            "another disk."
        )


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
