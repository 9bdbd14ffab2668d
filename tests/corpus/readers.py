"""What an independent program finds in a document: lxml, the standard library, polib."""

from __future__ import annotations

import email
import email.policy
import html
import json
import zipfile
from pathlib import Path
from typing import Any

import polib
from lxml import etree

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
