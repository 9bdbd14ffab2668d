"""Files that several processes make at once: locks, hashes, folders that are whole or absent."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from translation.errors import ModelUnusable

_BLOCK_BYTES = 1 << 20


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds an exclusive lock on `path` (made if need be). The kernel lets go of it if the process dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def published(final: Path) -> Iterator[Path]:
    """A temporary folder beside `final` that becomes `final` when the block ends without an error."""
    final.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{final.name}.", dir=final.parent))
    try:
        yield work
        work.chmod(0o755)
        for path in (*(p for p in work.rglob("*") if p.is_file()), *(p for p in work.rglob("*") if p.is_dir()), work):
            sync(path)
        work.rename(final)
        sync(final.parent)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def sync(path: Path) -> None:
    """fsync of a file or a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def digest(path: Path, cache_dir: Path) -> str:
    """SHA-256 of a file. Remembered by size and modification time: NLLB-3.3B is 17 GB, and starts should be quick."""
    path = path.resolve()
    stat = path.stat()
    stamp = [str(path), stat.st_size, stat.st_mtime_ns]
    note = cache_dir / "digests" / f"{hashlib.sha256(str(path).encode()).hexdigest()[:32]}.json"
    if note.is_file():
        known = read_json(note)
        if known.get("stamp") == stamp:
            return str(known["sha256"])
    sha = hashlib.sha256()
    with path.open("rb") as handle:
        while block := handle.read(_BLOCK_BYTES):
            sha.update(block)
    note.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=note.parent, delete=False, encoding="utf-8") as out:
        json.dump({"stamp": stamp, "sha256": sha.hexdigest()}, out)
        # The lines must be on disk before the name: half a note would stop the next start.
        out.flush()
        os.fsync(out.fileno())
    Path(out.name).replace(note)
    return sha.hexdigest()


def read_json(path: Path) -> Any:
    """The contents of a JSON file. Raises ModelUnusable when it is not one."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelUnusable(f"{path} cannot be read as JSON ({error}). Fetch the model again.") from error
