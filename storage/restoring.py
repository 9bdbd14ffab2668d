"""Puts a backup back: read and checked completely before anything of the old is moved, and the old is kept aside."""

from __future__ import annotations

import hashlib
import re
import shutil
import sqlite3
import tarfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from storage.backup import BLOBS, DATABASE, MANIFEST, Manifest, require_space
from storage.errors import BackupError
from storage.upgrade import known_revisions

_BLOB_NAME = re.compile(r"blobs/(uploads|results)/[0-9a-f]{2}/[0-9a-f]{32}")
_BLOCK_BYTES = 1 << 20
MAX_MANIFEST_BYTES = 1 << 30


@dataclass(frozen=True)
class Restored:
    """kept: folder with what was there before, None when there was nothing."""

    manifest: Manifest
    kept: Path | None


def restore(file: Path, database: Path, blobs: Path) -> Restored:
    """Put `file` in the place of the database and the blobs. No server may run on them: see `require_unused`.

    Raises BackupError, with nothing changed, when the backup is not whole or was made by a newer version.
    """
    scratch = database.parent / f"restore-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}.part"
    try:
        scratch.mkdir(parents=True)
        require_space(scratch, file.stat().st_size)
        manifest = _unpack(file, scratch)
        _check_database(scratch / DATABASE, manifest)
        return Restored(manifest, _exchange(scratch, database, blobs))
    except tarfile.TarError as error:
        raise BackupError(f"{file} is damaged or is no backup: {error}.") from error
    except OSError as error:
        raise BackupError(f"{error.filename or file}: {error.strerror}. Nothing was restored.") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def require_unused(database: Path) -> None:
    """Raises BackupError when another process has the database open."""
    if not database.exists():
        return
    try:
        with closing(sqlite3.connect(database, timeout=0.5, isolation_level=None)) as connection:
            # In WAL mode the exclusive lock is refused as long as anybody else is connected.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            return  # damaged or unreadable: that may be why somebody restores
        raise BackupError(
            f"Another process has {database} open. Stop the server with `khelmerch down` first."
        ) from error
    except sqlite3.DatabaseError:
        return  # no database at all


def _unpack(file: Path, scratch: Path) -> Manifest:
    """Names are checked one by one: a tar may hold links and paths that lead elsewhere."""
    sums: dict[str, tuple[int, str]] = {}
    manifest: Manifest | None = None
    with tarfile.open(file, mode="r:") as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isreg() else None
            if content is None or not (member.name in (DATABASE, MANIFEST) or _BLOB_NAME.fullmatch(member.name)):
                raise BackupError(f"{file} holds {member.name!r}, which no backup does; it is not used.")
            if member.name == MANIFEST:
                manifest = Manifest.of_json(content.read(MAX_MANIFEST_BYTES))
                continue
            target = scratch / member.name
            target.parent.mkdir(parents=True, exist_ok=True)
            digest, size = hashlib.sha256(), 0
            with target.open("xb") as out:
                while block := content.read(_BLOCK_BYTES):
                    digest.update(block)
                    size += len(block)
                    out.write(block)
            sums[member.name] = (size, digest.hexdigest())
    if manifest is None:
        raise BackupError(f"{file} ends before its manifest: it was cut off, or is no backup.")
    for entry in manifest.entries:
        if sums.pop(entry.name, None) != (entry.size, entry.sha256):
            raise BackupError(f"{entry.name} in {file} is missing or does not match its checksum; the file is damaged.")
    if sums:
        raise BackupError(f"{file} holds files that its manifest does not name; it is not used.")
    return manifest


def _check_database(copy: Path, manifest: Manifest) -> None:
    if not copy.exists():
        raise BackupError("The backup holds no database.")
    if manifest.schema not in known_revisions():
        raise BackupError(
            f"The backup has schema {manifest.schema}, which this version does not know: it was made by Khelmerch "
            f"{manifest.version}. Restore it with that version."
        )
    try:
        with closing(sqlite3.connect(copy)) as connection:
            verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        verdict = str(error)
    if verdict != "ok":
        raise BackupError(f"The database in the backup is damaged: {verdict}.")


def _exchange(scratch: Path, database: Path, blobs: Path) -> Path | None:
    """Move the old aside and the new in; when that fails half way, all is put back. -> where the old lies."""
    kept = database.parent / scratch.name.replace("restore-", "before-restore-").removesuffix(".part")
    log, shared = (database.with_name(database.name + suffix) for suffix in ("-wal", "-shm"))
    old = [path for path in (database, log, shared, blobs) if path.exists()]
    moves = [(path, kept / path.name) for path in old]
    (scratch / BLOBS).mkdir(exist_ok=True)
    moves += [(scratch / DATABASE, database), (scratch / BLOBS, blobs)]
    if old:
        kept.mkdir()
    done: list[tuple[Path, Path]] = []
    try:
        for source, target in moves:
            source.rename(target)
            done.append((source, target))
    except OSError:
        for source, target in reversed(done):
            target.rename(source)
        raise
    return kept if old else None
