"""A folder of this process for files that are needed for a moment. What killed processes left is removed by the next one."""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO

_PREFIX = "khelmerch-documents-"
_LOCK = "in-use"


@contextmanager
def folder() -> Iterator[Path]:
    """A new folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(dir=own()) as path:
        yield Path(path)


def own() -> Path:
    """The folder of this process; it goes when the process ends."""
    if not _own(os.getpid()).is_dir():
        _own.cache_clear()  # somebody tidied up; what was in it is lost, but not what comes
    return _own(os.getpid())


# By process, so that the child of a fork has one of its own.
@cache
def _own(_process: int) -> Path:
    _sweep(Path(tempfile.gettempdir()))
    path = Path(tempfile.mkdtemp(prefix=_PREFIX))
    lock = _locked(path / _LOCK)
    assert lock is not None, "nobody else knows the folder"
    atexit.register(_remove, path, lock, os.getpid())
    return path


def _remove(path: Path, lock: IO[bytes], process: int) -> None:
    if process == os.getpid():
        shutil.rmtree(path, ignore_errors=True)
        lock.close()


def _sweep(temporary: Path) -> None:
    """A lock is held as long as its process lives, in whatever container that is."""
    for path in temporary.glob(f"{_PREFIX}*"):
        lock = _locked(path / _LOCK)
        if lock is not None:
            shutil.rmtree(path, ignore_errors=True)
            lock.close()


def _locked(path: Path) -> IO[bytes] | None:
    """None if another process has it, or the folder is another user's, or is gone."""
    try:
        file = path.open("ab")
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file
