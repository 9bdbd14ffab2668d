"""The formats that are translated, and which of them a file is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from documents.ass import Ass
from documents.csv_file import Csv, Tsv
from documents.docx import Docx
from documents.eml import Eml
from documents.epub import Epub
from documents.errors import UnsupportedType
from documents.finding import find, suffix_of
from documents.html import Html
from documents.json_file import Json
from documents.markdown import Markdown
from documents.model import Format
from documents.odp import Odp
from documents.ods import Ods
from documents.odt import Odt
from documents.old_office import old_formats
from documents.pdf import Pdf
from documents.po import Po
from documents.pptx import Pptx
from documents.srt import Srt
from documents.txt import Txt
from documents.vtt import Vtt
from documents.xliff import Xliff
from documents.xlsx import Xlsx
from documents.zip_file import Zip

_DOCUMENTS: tuple[Format, ...] = (
    Ass(),
    Csv(),
    Docx(),
    Eml(),
    Epub(),
    Html(),
    Json(),
    Markdown(),
    Odp(),
    Ods(),
    Odt(),
    Po(),
    Pdf(),
    Pptx(),
    Srt(),
    Tsv(),
    Txt(),
    Vtt(),
    Xliff(),
    Xlsx(),
    *old_formats(),
)
_FORMATS: tuple[Format, ...] = (*_DOCUMENTS, Zip(_DOCUMENTS))

# Types that people try, and what to do instead.
_INSTEAD = {
    **dict.fromkeys((".docm", ".dotm"), "It is a document with macros. Save it as .docx without macros."),
    **dict.fromkeys((".xlsm", ".xltm"), "It is a workbook with macros. Save it as .xlsx without macros."),
    **dict.fromkeys((".pptm", ".potm", ".ppsm"), "It is a presentation with macros. Save it as .pptx without macros."),
    **dict.fromkeys((".dotx", ".dot"), "It is a template. Save it as a Word document (.docx)."),
    **dict.fromkeys((".xltx", ".xlt", ".xlsb"), "Save it as an Excel workbook (.xlsx)."),
    **dict.fromkeys((".potx", ".ppsx", ".pps"), "Save it as a PowerPoint presentation (.pptx)."),
    ".fodt": "It is a flat OpenDocument file. Save it as .odt.",
    ".fods": "It is a flat OpenDocument file. Save it as .ods.",
    ".fodp": "It is a flat OpenDocument file. Save it as .odp.",
    **dict.fromkeys(
        (".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz"), "Of archives only .zip is read. Pack it anew."
    ),
}


def formats() -> Sequence[Format]:
    """All formats, in the order in which they are shown to people."""
    return _FORMATS


def by_name(name: str) -> Format | None:
    """The format that a file's name promises; None when there is none."""
    return find(_FORMATS, name)


def format_for(name: str, path: Path) -> Format:
    """The format of the file at `path` that its owner calls `name`, by suffix and by content.

    Raises `UnsupportedType` (unknown suffix, or other content than the suffix says), `FileEmpty`, `FileEncrypted`,
    `FileDamaged`. What is inside is judged by `Format.check`.
    """
    suffix = suffix_of(name)
    found = by_name(name)
    if found is not None:
        found.recognise(path, suffix)
        return found
    if suffix in _INSTEAD:
        raise UnsupportedType(f"Files of the type {suffix} are not translated. {_INSTEAD[suffix]}", suffix=suffix)
    known = [known for candidate in _FORMATS for known in candidate.suffixes]
    what = f"Files of the type {suffix}" if suffix else "Files without a suffix"
    raise UnsupportedType(f"{what} are not translated. Supported: {', '.join(known)}.", supported=known)
