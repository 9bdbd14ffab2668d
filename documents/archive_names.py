"""What the files in a zip are called: names are UTF-8 where the zip says so, and else in what their machine used."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Sequence

from documents.errors import FileUnsafe
from documents.scripts import score_chinese, score_cyrillic, score_latin

_UTF8_FLAG = 0x800
# What the zip library takes every other name for.
_TAKEN_FOR = "cp437"
# Chinese and Russian Windows, which Mongolian users have too; in the order of preference when two read equally well.
_CANDIDATES: tuple[tuple[str, Callable[[str], float]], ...] = (
    ("gb18030", score_chinese),
    ("cp866", score_cyrillic),
    ("cp1251", score_cyrillic),
    (_TAKEN_FOR, score_latin),
)
# Windows opens a device where a file is called so, with any suffix.
_DEVICE = re.compile(r"(?i)(con|prn|aux|nul|clock\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\..*)?")
_LINK, _KIND_OF_FILE = 0o120000, 0o170000


def names_of(package: zipfile.ZipFile) -> list[str]:
    """The names of the entries, in their order. One encoding is found for all that do not tell theirs."""
    entries = package.infolist()
    unknown = [_bytes(entry) for entry in entries if not _is_told(entry)]
    codec = _codec(unknown) if unknown else ""
    names = [
        entry.orig_filename if _is_told(entry) else _bytes(entry).decode(codec, errors="replace") for entry in entries
    ]
    # Compress-Archive of Windows PowerShell 5 parts folders so.
    return [name.replace("\\", "/") for name in names]


def check_files(package: zipfile.ZipFile, names: Sequence[str]) -> None:
    """Raises `FileUnsafe` for links, and for names that mean something else on another machine."""
    for entry, name in zip(package.infolist(), names, strict=True):
        if (entry.external_attr >> 16) & _KIND_OF_FILE == _LINK:
            raise FileUnsafe(f"{name!r} is a link to another file. Put the file itself into the archive.")
        for part in name.rstrip("/").split("/"):
            if _DEVICE.fullmatch(part):
                raise FileUnsafe(f"{name!r} is the name of a device on Windows. Give the file another name.")
            if not part or part.rstrip(". ") == "" or not part.isprintable() or ":" in part:
                raise FileUnsafe(f"{name!r} is no name that every system takes. Give the file another name.")


def _is_told(entry: zipfile.ZipInfo) -> bool:
    return bool(entry.flag_bits & _UTF8_FLAG) or entry.orig_filename.isascii()


def _bytes(entry: zipfile.ZipInfo) -> bytes:
    return entry.orig_filename.encode(_TAKEN_FOR)


def _codec(names: Sequence[bytes]) -> str:
    together = b"\n".join(names)
    try:
        together.decode()
    except UnicodeDecodeError:
        scored = [
            (score(together.decode(codec, errors="replace")), -number, codec)
            for number, (codec, score) in enumerate(_CANDIDATES)
        ]
        return max(scored)[2]
    return "utf-8"
