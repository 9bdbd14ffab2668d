"""The words around automatic numbers of a Word document: `Зүйл %1.`, `Chapter %1`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from documents import numbers
from documents.characters import has_letter, without_unwritable
from documents.model import Unit
from documents.ooxml.texts import Texts, joined, says
from documents.word.names import attribute, child, local, named

TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.numbering+xml"
_CODE = re.compile(r"%([1-9])")
_CHINESE_NUMERALS = re.compile("chinese|ideograph|taiwanese|japanese")


def edit(root: etree._Element, part: str, texts: Texts) -> bool:
    """Translates the words. A bilingual document numbers its source paragraphs alone, in their language. Returns whether
    any changed."""
    changed = False
    for label in list(_labels(root)):

        def translate(text: str) -> str | None:
            unit = Unit(text.strip(), (), "numbering")
            pieces = texts.again(unit)
            if pieces is None or says(unit, pieces):
                return None
            return text.replace(unit.text, without_unwritable(joined(pieces)))

        new = numbers.translated(attribute(label, "val"), _CODE, translate)
        if new is not None and not texts.is_bilingual:
            label.set(named(label, "val"), new)
            _count_in_digits(label, texts.language)
            changed = True
    return changed


def _count_in_digits(label: etree._Element, language: str) -> None:
    """第一条 is no "Article 一" in another language."""
    level = label.getparent()
    numerals = child(level, "numFmt") if level is not None else None
    if numerals is not None and not language.startswith("cmn") and _CHINESE_NUMERALS.match(attribute(numerals, "val")):
        numerals.set(named(numerals, "val"), "decimal")


def _labels(root: etree._Element) -> Iterator[etree._Element]:
    """Labels with a number and words. The letter o, in a font of its own, is a bullet."""
    for level in root.iter():
        if local(level) == "lvl":
            label = child(level, "lvlText")
            text = "" if label is None else attribute(label, "val")
            if label is not None and _CODE.search(text) and has_letter(_CODE.sub("", text)):
                yield label
