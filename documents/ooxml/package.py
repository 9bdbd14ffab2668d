"""Parts of an Office Open XML package: what each is (content types), and which belong together (relationships)."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from documents import safe_xml
from documents.errors import FileDamaged, UnsupportedType

CONTENT_TYPES = "[Content_Types].xml"
_NAMESPACE = "{http://schemas.openxmlformats.org/package/2006/content-types}"


@dataclass(frozen=True)
class Kind:
    """A kind of Office file: the content type of its main part and how people call it."""

    main: str
    suffix: str
    title: str  # "Word document"
    family: str  # what the content types of the kind have in common


_MARK = "application/vnd.openxmlformats-officedocument."
WORD = Kind(f"{_MARK}wordprocessingml.document.main+xml", ".docx", "a Word document", "wordprocessingml")
EXCEL = Kind(f"{_MARK}spreadsheetml.sheet.main+xml", ".xlsx", "an Excel workbook", "spreadsheetml")
POWERPOINT = Kind(
    f"{_MARK}presentationml.presentation.main+xml", ".pptx", "a PowerPoint presentation", "presentationml"
)
_KINDS = (WORD, EXCEL, POWERPOINT)


@dataclass(frozen=True)
class Relationship:
    """From a part to another one of the package. `kind` is the last word of the relationship's type ("slide")."""

    identity: str
    kind: str
    target: str


def content_types(package: zipfile.ZipFile, kind: Kind) -> dict[str, str]:
    """The content type of every part, in the order of the package; '' for a part without one.

    Raises `UnsupportedType` when the package is no plain file of `kind`, `FileDamaged` when its main part is missing.
    """
    names = package.namelist()
    if CONTENT_TYPES not in names:
        raise UnsupportedType(
            f"The name ends in {kind.suffix}, but the content is a zip archive. Give it its right name."
        )
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
    _require(set(overrides.values()) | set(type_of.values()), type_of, kind)
    return type_of


def is_links(name: str) -> bool:
    """Whether a part tells what others lead to. What macOS adds to a zip has such names too, and is no XML."""
    return name.lower().endswith(".rels") and not name.startswith("__MACOSX/")


def relationships_part(part: str) -> str:
    """The name of the part that holds the relationships of `part`."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def relationships(package: zipfile.ZipFile, part: str) -> list[Relationship]:
    """The relationships of `part` to parts that are there, in their order. Links to the outside are left out."""
    names = {name.lower(): name for name in package.namelist()}
    where = names.get(relationships_part(part).lower())
    if where is None:
        return []
    found = []
    for element in safe_xml.parse(package.read(where), where).getroot():
        if element.get("TargetMode") == "External" or not isinstance(element.tag, str):
            continue
        target = unquote(element.get("Target") or "")
        path = posixpath.normpath(posixpath.join("/", posixpath.dirname(part), target)).lstrip("/")
        name = names.get(path.lower())
        if name is not None:
            kind = (element.get("Type") or "").rsplit("/", 1)[-1]
            found.append(Relationship(element.get("Id") or "", kind, name))
    return found


def _require(types: set[str], type_of: Mapping[str, str], kind: Kind) -> None:
    # A document may embed a workbook as a package of its own, which is another content type (without "main").
    mains = [content_type for content_type in types if "main+xml" in content_type]
    if any("macroEnabled" in one for one in mains) or any(name.lower().endswith("vbaproject.bin") for name in type_of):
        raise UnsupportedType(f"The file is a document with macros. Save it as {kind.suffix} without macros.")
    if any(f"{kind.family}.template" in one for one in mains):
        raise UnsupportedType(f"The file is a template. Save it as {kind.title} ({kind.suffix}).")
    for other in _KINDS:
        if other is not kind and any(other.family in one for one in mains):
            raise UnsupportedType(f"The file is {other.title}. Give it its right name ({other.suffix}).")
    if kind.main not in types:
        raise UnsupportedType(f"The file is not {kind.title}. Give it its right name.")
    if kind.main not in type_of.values():
        raise FileDamaged("The package lists a main part that is not in it. Open and save it again.")
