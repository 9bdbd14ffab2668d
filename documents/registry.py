"""The formats that are translated, and which of them a file is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from documents.ass import Ass
from documents.csv_file import Csv, Tsv
from documents.docx import Docx
from documents.epub import Epub
from documents.errors import UnsupportedType
from documents.html import Html
from documents.json_file import Json
from documents.markdown import Markdown
from documents.model import Format
from documents.pdf import Pdf
from documents.pptx import Pptx
from documents.srt import Srt
from documents.txt import Txt
from documents.vtt import Vtt
from documents.xlsx import Xlsx

_FORMATS: tuple[Format, ...] = (
    Ass(),
    Csv(),
    Docx(),
    Epub(),
    Html(),
    Json(),
    Markdown(),
    Pdf(),
    Pptx(),
    Srt(),
    Tsv(),
    Txt(),
    Vtt(),
    Xlsx(),
)


def formats() -> Sequence[Format]:
    """All formats, in the order in which they are shown to people."""
    return _FORMATS


def by_name(name: str) -> Format | None:
    """The format that a file's name promises; None when there is none."""
    suffix = _suffix(name)
    return next((candidate for candidate in _FORMATS if suffix in candidate.suffixes), None)


def _suffix(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).suffix.lower()


def format_for(name: str, path: Path) -> Format:
    """The format of the file at `path` that its owner calls `name`, by suffix and by content.

    Raises `UnsupportedType` (unknown suffix, or other content than the suffix says), `FileEmpty`, `FileEncrypted`,
    `FileDamaged`. What is inside is judged by `Format.check`.
    """
    suffix = _suffix(name)
    found = by_name(name)
    if found is not None:
        found.recognise(path, suffix)
        return found
    known = [known for candidate in _FORMATS for known in candidate.suffixes]
    what = f"Files of the type {suffix}" if suffix else "Files without a suffix"
    raise UnsupportedType(f"{what} are not translated. Supported: {', '.join(known)}.", supported=known)
