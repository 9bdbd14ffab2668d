"""The formats that are translated, and which of them a file is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from documents.docx import Docx
from documents.errors import UnsupportedType
from documents.model import Format
from documents.sniff import require_text, require_zip
from documents.txt import Txt

_TXT = Txt()
_DOCX = Docx()
_FORMATS: tuple[Format, ...] = (_DOCX, _TXT)
# Formats that are text inside; the others are zips.
_TEXTUAL = frozenset({_TXT.name})


def formats() -> Sequence[Format]:
    """All formats, in the order in which they are shown to people."""
    return _FORMATS


def format_for(name: str, path: Path) -> Format:
    """The format of the file at `path` that its owner calls `name`, by suffix and by content.

    Raises `UnsupportedType` (unknown suffix, or other content than the suffix says), `FileEmpty`, `FileEncrypted`,
    `FileDamaged`. What is inside is judged by `Format.check`.
    """
    suffix = PurePosixPath(name.replace("\\", "/")).suffix.lower()
    for candidate in _FORMATS:
        if suffix in candidate.suffixes:
            if candidate.name in _TEXTUAL:
                require_text(path, suffix)
            else:
                require_zip(path, f"a {candidate.name} document", suffix)
            return candidate
    known = [known for candidate in _FORMATS for known in candidate.suffixes]
    what = f"Files of the type {suffix}" if suffix else "Files without a suffix"
    raise UnsupportedType(f"{what} are not translated. Supported: {', '.join(known)}.", supported=known)
