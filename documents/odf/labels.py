"""Text of OpenDocument that stands in attributes: words around automatic numbers, choices of lists, titles of messages."""

from __future__ import annotations

import re

from lxml import etree

from documents import numbers
from documents.characters import has_han, has_letter, without_unwritable
from documents.drawing import plain
from documents.model import Unit
from documents.odf.names import below, full, get
from documents.ooxml.texts import Texts, joined, says

_LEVELS = ("text:list-level-style-number", "text:outline-level-style")
_FORMAT, _PREFIX, _SUFFIX = "loext:num-list-format", "style:num-prefix", "style:num-suffix"
_CODE = re.compile(r"%([1-9])%")
_MESSAGES = ("table:help-message", "table:error-message")


def edit(root: etree._Element, place: str, texts: Texts) -> bool:
    """Translates them; what says what a paragraph says as it was translated there. In a bilingual document numbers and
    choices keep the source, which their paragraphs and controls show. Returns whether any changed."""
    changed = False
    for level in below(root, *_LEVELS):
        changed = _edit_number(level, f"{place}:numbering", texts) or changed
    for choice in below(root, "loext:list-item"):
        changed = _edit(choice, "loext:display-text", f"{place}:label", texts, is_doubled=False) or changed
    for message in below(root, *_MESSAGES):
        changed = _edit(message, "table:title", f"{place}:title", texts, is_doubled=True) or changed
    return changed


def _edit(element: etree._Element, attribute: str, place: str, texts: Texts, *, is_doubled: bool) -> bool:
    between = plain.BESIDE if texts.is_bilingual else None
    new = plain.translated(get(element, attribute), place, texts.again, between)
    if new is None or (texts.is_bilingual and not is_doubled):
        return False
    element.set(full(attribute), new)
    return True


def _edit_number(level: etree._Element, place: str, texts: Texts) -> bool:
    """LibreOffice reads the whole format from one attribute where there is one, other programs from what stands before and
    after the number."""
    number = get(level, "text:level")
    told = get(level, _FORMAT)
    template = told or f"{get(level, _PREFIX)}%{number}%{get(level, _SUFFIX)}"
    if not has_letter(template) or not _CODE.search(template):
        return False

    def translate(text: str) -> str | None:
        unit = Unit(text.strip(), (), place)
        pieces = texts.again(unit)
        return (
            None
            if pieces is None or says(unit, pieces)
            else text.replace(unit.text, without_unwritable(joined(pieces)))
        )

    new = numbers.translated(template, _CODE, translate)
    if new is None or texts.is_bilingual:
        return False
    if told:
        level.set(full(_FORMAT), new)
    codes = list(_CODE.finditer(new))
    level.set(full(_PREFIX), new[: codes[0].start()])
    level.set(full(_SUFFIX), new[codes[-1].end() :])
    if has_han(get(level, "style:num-format")) and not texts.language.startswith("cmn"):
        level.set(full("style:num-format"), "1")  # 第一条 is no "Article 一" in another language
    return True
