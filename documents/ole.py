"""Documents of Office 97-2003 from outside: what they are, whether a password protects them, whether they hold macros."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from documents.errors import FileDamaged, FileEncrypted, UnsupportedType

if TYPE_CHECKING:
    import olefile

# [MS-DOC] 2.5.2: the flags of the FIB, 10 bytes in; bit 8 is fEncrypted.
_WORD_FLAGS_AT, _WORD_ENCRYPTED = 10, 0x0100
# [MS-XLS] 2.4.117: the record FilePass, before the end (EOF) of the first substream.
_FILE_PASS, _END_OF_FILE = 0x002F, 0x000A
# [MS-PPT] 2.3.2: headerToken of the stream "Current User".
_TOKEN_AT, _TOKEN_ENCRYPTED = 12, 0xF3D1C4DF
# Far more records than stand before the end of the globals of any workbook.
_MOST_RECORDS = 100_000


@dataclass(frozen=True)
class Old:
    """A kind of old document: its suffix, how people call it, the streams that it is known by, its macros' storages."""

    suffix: str
    title: str
    streams: tuple[str, ...]
    macros: tuple[str, ...]


WORD = Old(".doc", "a Word document", ("WordDocument",), ("Macros/VBA",))
EXCEL = Old(".xls", "an Excel workbook", ("Workbook", "Book"), ("_VBA_PROJECT_CUR/VBA",))
POWERPOINT = Old(".ppt", "a PowerPoint presentation", ("PowerPoint Document",), ())
_KINDS = (WORD, EXCEL, POWERPOINT)


def require(path: Path, kind: Old, target: str) -> None:
    """Raises unless the OLE file at `path` is an open document of `kind` without macros: `UnsupportedType`,
    `FileEncrypted`, `FileDamaged`."""
    import olefile  # few documents are old, and every worker would load it

    try:
        with olefile.OleFileIO(str(path)) as file:
            found = next((one for one in _KINDS if any(file.exists(stream) for stream in one.streams)), None)
            if found is None:
                raise UnsupportedType(f"The file is not {kind.title} of Office 97-2003. Give it its right name.")
            if found is not kind:
                raise UnsupportedType(f"The file is {found.title}. Give it its right name ({found.suffix}).")
            if _is_encrypted(file, kind):
                raise FileEncrypted("The document is protected by a password. Save it without one and upload it again.")
            if any(file.exists(storage) for storage in kind.macros):
                raise UnsupportedType(f"The file is a document with macros. Save it as {target} without macros.")
    except (OSError, struct.error, IndexError, ValueError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk, not the document
        raise FileDamaged(f"The document is broken ({error}). Open and save it again.") from error


def _is_encrypted(file: olefile.OleFileIO, kind: Old) -> bool:
    name = next(stream for stream in kind.streams if file.exists(stream))
    if kind is POWERPOINT:
        if file.exists("EncryptedSummary"):
            return True
        name = "Current User"
        if not file.exists(name):
            return False
    with file.openstream(name) as stream:
        if kind is WORD:
            (flags,) = struct.unpack_from("<H", stream.read(_WORD_FLAGS_AT + 2), _WORD_FLAGS_AT)
            return bool(flags & _WORD_ENCRYPTED)
        if kind is POWERPOINT:
            (token,) = struct.unpack_from("<I", stream.read(_TOKEN_AT + 4), _TOKEN_AT)
            return bool(token == _TOKEN_ENCRYPTED)
        return _FILE_PASS in _records(stream)


def _records(stream: BinaryIO) -> Iterator[int]:
    """The types of the first substream's records."""
    for _ in range(_MOST_RECORDS):
        head = stream.read(4)
        if len(head) < 4:
            return
        kind, length = struct.unpack("<HH", head)
        if kind == _END_OF_FILE:
            return
        yield kind
        stream.seek(length, 1)
