"""OpenDocument packages: what kind a file is, what protects it, and which parts hold text."""

from __future__ import annotations

import re
import zipfile
from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from lxml import etree

from documents import safe_xml
from documents.errors import FileDamaged, FileEncrypted, FileUnsafe, UnsupportedType
from documents.limits import Limits
from documents.model import Options
from documents.odf import part
from documents.odf.names import below, full, get
from documents.packaged import Packaged, Task, check_xml
from documents.sheet.literals import Kept
from documents.sniff import require_zip

CONTENT, STYLES, SETTINGS = "content.xml", "styles.xml", "settings.xml"
_MIMETYPE, _MANIFEST = "mimetype", "META-INF/manifest.xml"
_FAMILY = "application/vnd.oasis.opendocument."
_CHART = f"{_FAMILY}chart"
# OpenOffice before 2008 wrote one. The file that it names says what the prefix means, and is not looked for.
_DOCTYPE = re.compile(rb"<!DOCTYPE[^\[\]<>]*>")
_UNDECLARED = re.compile(rb"<manifest:manifest(?![^>]*xmlns:manifest)")
_DECLARED = b'<manifest:manifest xmlns:manifest="' + full("manifest:x")[1:-2].encode() + b'"'
# A manifest names each part in some 100 bytes.
_MOST_MANIFEST_BYTES = 4 << 20
_LONGEST_MIMETYPE = 100
# A library of macros that holds none is written by LibreOffice without being asked.
_MACROS = re.compile(r"(?:^|/)(?:Basic/[^/]+/(?!script-l[bc]\.xml$|dialog-l[bc]\.xml$)[^/]+|Scripts/.+[^/])$")


@dataclass(frozen=True)
class Kind:
    """A kind of OpenDocument: the last word of its media type, its suffix and how people call it."""

    word: str
    suffix: str
    title: str


TEXT = Kind("text", ".odt", "an OpenDocument text")
SHEETS = Kind("spreadsheet", ".ods", "an OpenDocument spreadsheet")
SLIDES = Kind("presentation", ".odp", "an OpenDocument presentation")
_KINDS = (TEXT, SHEETS, SLIDES)


class OpenDocument(Packaged):
    """A format that is an OpenDocument package. Parts are read in this order: the body, charts, styles.xml, which holds
    master pages, headers and footers."""

    kind: ClassVar[Kind]

    @abstractmethod
    def body(self, package: zipfile.ZipFile, options: Options) -> list[Task]:
        """What is to be done with content.xml, the charts and styles.xml."""

    def recognise(self, path: Path, suffix: str) -> None:
        """See `Format.recognise`."""
        require_zip(path, self.kind.title, suffix)

    def maps(self, package: zipfile.ZipFile, limits: Limits) -> set[str]:
        """The manifest, and the parts that are looked through before the work begins."""
        names = package.namelist()
        media_types = _manifest(package)
        self._require(_media_type(package, media_types))
        if any(_MACROS.search(name) for name in names):
            raise UnsupportedType(f"The file is a document with macros. Save it as {self.kind.suffix} without macros.")
        maps = {CONTENT, STYLES} & set(names)
        if not maps:  # a template may hold styles alone
            raise FileDamaged("The package holds no content.xml. Open the document and save it again.")
        for name in sorted(maps):
            check_xml(package, name, limits)
        return maps | ({_MANIFEST} & set(names))

    def tasks(self, package: zipfile.ZipFile, options: Options) -> list[Task]:
        """See `Packaged.tasks`."""
        names = set(package.namelist())
        return [task for task in self.body(package, options) if task.part in names]

    def _require(self, media_type: str) -> None:
        word = media_type.removeprefix(_FAMILY)
        if word in (self.kind.word, f"{self.kind.word}-template"):
            return
        for other in _KINDS:
            if word in (other.word, f"{other.word}-template"):
                raise UnsupportedType(f"The file is {other.title}. Give it its right name ({other.suffix}).")
        raise UnsupportedType(
            f"The file is not {self.kind.title}: it calls itself {media_type[:_LONGEST_MIMETYPE] or 'nothing'}. "
            "Give it its right name."
        )


def charts(package: zipfile.ZipFile) -> list[str]:
    """The contents of the charts in the package, in the order of their names."""
    media_types = _manifest(package)
    names = set(package.namelist())
    found = [f"{name.rstrip('/')}/{CONTENT}" for name, kind in media_types.items() if kind == _CHART]
    return sorted((name for name in found if name in names), key=lambda name: (len(name), name))


def styles_root(package: zipfile.ZipFile) -> etree._Element | None:
    """The root of styles.xml; None where there is none."""
    if STYLES not in package.namelist():
        return None
    return safe_xml.parse(package.read(STYLES), STYLES).getroot()


def chart_task(name: str, kept: Kept = part.NO_CELLS) -> Task:
    """A chart: its titles, and the names of series and categories in the table that it keeps."""
    return Task(name, lambda root, where, texts: part.edit(root, where, texts, kept=kept, is_chart=True))


def _media_type(package: zipfile.ZipFile, media_types: dict[str, str]) -> str:
    names = package.namelist()
    if _MIMETYPE not in names:
        return media_types.get("/", "")
    with package.open(_MIMETYPE) as stream:
        return stream.read(_LONGEST_MIMETYPE + 1).decode("ascii", "replace").strip()


def _manifest(package: zipfile.ZipFile) -> dict[str, str]:
    """Media types by the names of parts. Raises `FileEncrypted`, `FileDamaged`, `FileUnsafe`."""
    if _MANIFEST not in package.namelist():
        return {}
    if package.getinfo(_MANIFEST).file_size > _MOST_MANIFEST_BYTES:
        raise FileUnsafe(f"{_MANIFEST} is larger than any document needs.", part=_MANIFEST)
    data = _UNDECLARED.sub(_DECLARED, _DOCTYPE.sub(b"", package.read(_MANIFEST), count=1), count=1)
    root = safe_xml.parse(data, _MANIFEST).getroot()
    if next(below(root, "manifest:encryption-data"), None) is not None:
        raise FileEncrypted("The document is protected by a password. Save it without one and upload it again.")
    return {
        get(entry, "manifest:full-path"): get(entry, "manifest:media-type")
        for entry in below(root, "manifest:file-entry")
    }
