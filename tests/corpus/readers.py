"""What an independent program finds in a document: lxml, the standard library, polib, pdfminer."""

from __future__ import annotations

import email
import email.policy
import html
import json
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import polib
from lxml import etree
from pdfminer.high_level import extract_pages
from pdfminer.layout import LTTextContainer
from pdfminer.pdfdocument import PDFDocument, PDFNoOutlines
from pdfminer.pdfparser import PDFParser

# Text that no reader of the document sees: the workbook behind a chart (docs/formats/pptx.md), properties.
_UNSEEN = ("docProps/", "ppt/embeddings/")


def plain(path: Path) -> str:
    """A text file, with entities read."""
    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return html.unescape(data.decode("utf-16"))
    try:
        return html.unescape(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return html.unescape(data.decode("cp1251"))


def package(path: Path) -> str:
    """The text and attributes of every XML part of a zip."""
    found: list[str] = []
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            if name.endswith((".xml", ".xhtml", ".html", ".opf", ".ncx", ".rels", ".vml")) and not name.startswith(
                _UNSEEN
            ):
                tree = etree.fromstring(archive.read(name))
                for element in tree.iter("*"):
                    found += [element.text or "", element.tail or "", *map(str, element.attrib.values())]
    return "\n".join(found)


def mail(path: Path) -> str:
    """The subject and the texts of a message."""
    made = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert not made.defects
    texts = [str(made["Subject"])]
    for part in made.walk():
        assert not part.defects
        if part.get_content_maintype() == "text":
            texts.append(str(part.get_content()))
    return "\n".join(texts)


def values(path: Path) -> str:
    """The strings of a JSON file."""

    def strings(value: Any) -> list[str]:
        if isinstance(value, str):
            return [value]
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return [text for one in inner for text in strings(one)]

    return "\n".join(strings(json.loads(path.read_text("utf-8-sig"))))


def catalogue(path: Path) -> str:
    """The translations of a catalogue; a message without one stands for itself."""
    found: list[str] = []
    for entry in polib.pofile(str(path)):
        if not entry.obsolete:
            said = [entry.msgstr, *entry.msgstr_plural.values()]
            found += said if any(said) else [entry.msgid]
    return "\n".join(found)


def targets(path: Path) -> str:
    """The targets of an XLIFF file; a source without one stands for itself."""
    found: list[str] = []
    for source in etree.parse(path).iter("{*}source"):
        parent = source.getparent()
        assert parent is not None
        target = parent.find("{*}target")
        found.append("".join((source if target is None else target).itertext()))
    return "\n".join(found)


def pages(path: Path) -> str:
    """The text of each page without white space, which a PDF does not have, and the titles of the bookmarks."""
    found = [
        "".join("".join(item.get_text() for item in page if isinstance(item, LTTextContainer)).split())
        for page in extract_pages(path)
    ]
    with path.open("rb") as file:
        try:
            found += [title for _, title, *_ in PDFDocument(PDFParser(file)).get_outlines()]
        except PDFNoOutlines:
            found.append("")
    return "\n".join(found)


def archive(reader_of: Callable[[str], Callable[[Path], str] | None]) -> Callable[[Path], str]:
    """The reader of an archive. reader_of: of a file's name; None for a file that is not read."""

    def read(path: Path) -> str:
        found: list[str] = []
        with zipfile.ZipFile(path) as opened, tempfile.TemporaryDirectory() as folder:
            assert opened.testzip() is None
            for name in opened.namelist():
                reader = reader_of(name)
                if reader is not None:
                    file = Path(folder) / f"member{PurePosixPath(name).suffix}"
                    file.write_bytes(opened.read(name))
                    found.append(reader(file))
        return "\n".join(found)

    return read
