"""The parts of a Word package that hold text, by their content types."""

from __future__ import annotations

import posixpath
import zipfile

from documents import safe_xml
from documents.errors import FileDamaged, UnsupportedType

CONTENT_TYPES = "[Content_Types].xml"
_NAMESPACE = "{http://schemas.openxmlformats.org/package/2006/content-types}"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml."
_MAIN = f"{_WORD}document.main+xml"
_TEXT_PARTS = frozenset(
    {_MAIN, *(f"{_WORD}{kind}+xml" for kind in ("header", "footer", "footnotes", "endnotes", "comments"))}
)
_OTHERS = (
    ("macroEnabled", "a document with macros. Save it as .docx without macros"),
    ("wordprocessingml.template", "a Word template. Save it as a document (.docx)"),
    ("spreadsheetml", "an Excel workbook. Give it its right name (.xlsx)"),
    ("presentationml", "a PowerPoint presentation. Give it its right name (.pptx)"),
)


def text_parts(package: zipfile.ZipFile) -> list[str]:
    """Names of the text parts in the order of the package.

    Raises `UnsupportedType` when the package is no plain Word document, `FileDamaged` when a part is missing.
    """
    names = package.namelist()
    if CONTENT_TYPES not in names:
        raise UnsupportedType("The name ends in .docx, but the content is a zip archive. Give it its right name.")
    defaults: dict[str, str] = {}
    overrides: dict[str, str] = {}
    for element in safe_xml.parse(package.read(CONTENT_TYPES), CONTENT_TYPES).getroot():
        content_type = element.get("ContentType") or ""
        if element.tag == f"{_NAMESPACE}Default":
            defaults[(element.get("Extension") or "").lower()] = content_type
        elif element.tag == f"{_NAMESPACE}Override":
            overrides[(element.get("PartName") or "").lstrip("/").lower()] = content_type
    # Part names are compared without regard to case (ECMA-376 part 2, 9.1.1).
    type_of = {
        name: overrides.get(name.lower()) or defaults.get(posixpath.splitext(name)[1].lstrip(".").lower(), "")
        for name in names
    }
    _require_document(set(overrides.values()) | set(type_of.values()), type_of)
    return [name for name in names if type_of[name] in _TEXT_PARTS]


def _require_document(types: set[str], type_of: dict[str, str]) -> None:
    for mark, what in _OTHERS:
        # A document may embed a workbook as a package of its own, which is another content type (without "main").
        if any(mark in content_type and "main+xml" in content_type for content_type in types):
            raise UnsupportedType(f"The file is {what}.")
    if any(name.lower().endswith("vbaproject.bin") for name in type_of):
        raise UnsupportedType("The file is a document with macros. Save it as .docx without macros.")
    if _MAIN not in types:
        raise UnsupportedType("The file is not a Word document. Give it its right name.")
    if _MAIN not in type_of.values():
        raise FileDamaged("The package lists a main document that is not in it. Open and save it again.")
