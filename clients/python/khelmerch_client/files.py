"""Files of this machine: what is sent, and results that appear whole or not at all, never over another file."""

from __future__ import annotations

import hashlib
import os
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from khelmerch_client.errors import DamagedDownload

_MAX_NUMBERED = 100_000
_SHA256 = re.compile(r'"([0-9a-f]{64})"')

OnSent = Callable[[int], None]
"""Gets the bytes of each block that was sent; what must be sent again is taken back with a negative number."""


@dataclass(frozen=True)
class Saved:
    """A result on this machine. name: of the file that it is the translation of; kind: translated, bilingual or review."""

    name: str
    kind: str
    path: Path


class Counted:
    """A file being sent, as httpx reads it (length by fileno, then read), that reports what was read."""

    def __init__(self, file: BinaryIO, on_sent: OnSent | None) -> None:
        self._file = file
        self._on_sent = on_sent
        self.count = 0

    def fileno(self) -> int:
        return self._file.fileno()

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def read(self, count: int = -1) -> bytes:
        block = self._file.read(count)
        self.count += len(block)
        if self._on_sent is not None and block:
            self._on_sent(len(block))
        return block

    def take_back(self) -> None:
        """It did not arrive."""
        if self._on_sent is not None and self.count:
            self._on_sent(-self.count)
        self.count = 0


class Arriving:
    """A download under way: a temporary file in the folder where the result will be. Close it in any case."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._path = folder / f".khelmerch-{uuid.uuid4().hex}.part"
        self._file = self._path.open("xb")
        self._digest = hashlib.sha256()
        self.size = 0
        self.tag: str | None = None
        """The ETag of what arrives."""

    def write(self, block: bytes) -> None:
        self._file.write(block)
        self._digest.update(block)
        self.size += len(block)

    def begin_again(self) -> None:
        self._file.seek(0)
        self._file.truncate()
        self._digest = hashlib.sha256()
        self.size = 0

    def check(self) -> None:
        """Raises DamagedDownload. The ETag of a single result is its SHA-256."""
        wanted = _SHA256.fullmatch(self.tag or "")
        if wanted is not None and wanted[1] != self._digest.hexdigest():
            raise DamagedDownload(
                "What arrived is not what the server has (its checksum is another); fetch it again.",
                code="checksum_mismatch",
            )

    def keep(self, name: str) -> Path:
        """-> where it lies: `name`, or name-1, name-2, … where that is taken. Raises OSError."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return self._path.replace(_reserve(self._folder, safe_name(name)))

    def close(self) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)


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
