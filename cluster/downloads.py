"""Writing a result from the network: whole or not at all, never over another file, never outside the folder."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

_MAX_NUMBERED = 100_000


def save(folder: Path, name: str, blocks: Iterable[bytes]) -> Path:
    """Write blocks as `name`, or as name-1, name-2, … where that is taken; the path it got. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".khelmerch-{uuid.uuid4().hex}.part"
    try:
        with temporary.open("xb") as out:
            for block in blocks:
                out.write(block)
            out.flush()
            os.fsync(out.fileno())
        return temporary.replace(_reserve(folder, safe_name(name)))
    finally:
        temporary.unlink(missing_ok=True)


def safe_name(name: str) -> str:
    """The last part of a file name given by a server: it must not lead out of the folder it is written into."""
    last = PurePosixPath(name.replace("\\", "/")).name.replace("\0", "")
    return last if last not in {"", ".", ".."} else "result"


def _reserve(folder: Path, name: str) -> Path:
    """Take a free name in the folder by creating it, so that two runs at once never get the same."""
    stem, suffix = Path(name).stem, Path(name).suffix
    for number in range(_MAX_NUMBERED):
        path = folder / (f"{stem}-{number}{suffix}" if number else name)
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            continue
        return path
    raise FileExistsError(f"{folder / name} and {_MAX_NUMBERED} numbered names beside it are taken; clear the folder")
