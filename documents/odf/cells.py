"""Sheets: how cells are called, what formulas compare them with, and the results that quote them."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator

from lxml import etree

from documents import safe_xml
from documents.drawing import plain
from documents.odf import part
from documents.odf.atoms import plain_text
from documents.odf.names import below, full, get, name_of
from documents.ooxml.texts import Texts
from documents.sheet.literals import LITERAL, Kept

# Elements that compare cells with texts, and the attributes in which they do. Values are formulas or plain texts.
_COMPARING = {
    "table:content-validation": ("table:condition",),
    "table:named-expression": ("table:expression",),
    "style:map": ("style:condition",),
    "calcext:condition": ("calcext:value",),
}
_NAMING = {
    "table:filter-condition": "table:value",
    "table:filter-set-item": "table:value",
    "table:data-pilot-field": "table:source-field-name",
    "table:data-pilot-member": "table:name",
}
_OUTER = tuple(name.split(":")[1] for name in (*_COMPARING, *_NAMING))
# Conditions of conditional formats that look for a part of a text.
_SEARCHING = ("contains-text", "not-contains-text", "begins-with", "ends-with")


def survey(package: zipfile.ZipFile, parts: list[str]) -> Kept:
    """What the cells of these parts are compared with. Streams them once. Raises `FileDamaged`."""
    kept = Kept()
    for name in parts:
        with package.open(name) as stream:
            for element in safe_xml.stream(stream, name, ("table-row", *_OUTER)):
                if name_of(element) != "table:table-row":
                    _compared(element, kept)
                    continue
                for cell in below(element, *part.CELLS):
                    formula = get(cell, "table:formula")
                    if formula:
                        kept.formula(formula)
                element.clear()
                parent = element.getparent()
                while parent is not None and element.getprevious() is not None:
                    del parent[0]
    return kept


def _compared(element: etree._Element, kept: Kept) -> None:
    name = name_of(element)
    if name in _NAMING:
        keep = kept.text if name == "table:filter-condition" else kept.name
        keep(get(element, _NAMING[name]))
    for attribute in _COMPARING.get(name, ()):
        condition = get(element, attribute)
        if condition.startswith(_SEARCHING):
            for match in LITERAL.finditer(condition):
                kept.part(match.group(1).replace('""', '"'))
        else:
            kept.formula(condition)


def edit(root: etree._Element, name: str, texts: Texts, common: etree._Element | None, kept: Kept) -> bool:
    """The text of cells, shapes and comments; then results of formulas that quote a translated cell."""
    changed = part.edit(root, name, texts, common, kept, dict(_places(root)))
    for cell in below(root, *part.CELLS):
        if get(cell, "table:formula") and get(cell, "office:value-type") == "string":
            changed = _edit_result(cell, texts, kept) or changed
    return changed


def _edit_result(cell: etree._Element, texts: Texts, kept: Kept) -> bool:
    """The copy of a cell's text that a formula keeps: it says what the cell now says."""
    old = get(cell, "office:string-value") or plain_text(cell)
    paragraphs = [one for one in cell if name_of(one) == "text:p"]
    if not old or len(paragraphs) != 1 or kept.holds(old):
        return False
    new = plain.translated(old, "", texts.recall, "\n" if texts.is_bilingual else None)
    if new is None:
        return False
    cell.set(full("office:string-value"), new)
    first = paragraphs[0]
    for inner in list(first):
        first.remove(inner)
    lines = new.split("\n")
    first.text = lines[0]
    for line in reversed(lines[1:]):
        more = etree.Element(first.tag)
        more.text = line
        first.addnext(more)
    return True


def _places(root: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """Cells with their names, as spreadsheets write them: `Sheet!A1`."""
    for table in below(root, "table:table"):
        name = get(table, "table:name")
        row = 0
        for element in below(table, "table:table-row"):
            column = 0
            for cell in element:
                if name_of(cell) in part.CELLS:
                    if len(cell):
                        yield cell, f"{name}!{column_name(column)}{row + 1}"
                    column += _repeated(cell, "table:number-columns-repeated")
            row += _repeated(element, "table:number-rows-repeated")


def sheets(root: etree._Element) -> list[etree._Element]:
    """The sheets of the spreadsheet; tables inside cells and charts are none."""
    return [one for body in below(root, "office:spreadsheet") for one in body if name_of(one) == "table:table"]


def _repeated(element: etree._Element, name: str) -> int:
    value = get(element, name)
    return int(value) if value.isdecimal() and len(value) < 9 else 1


def column_name(number: int) -> str:
    """0 -> `A`, 26 -> `AA`."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
