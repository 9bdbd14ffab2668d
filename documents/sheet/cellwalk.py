"""Going through the rows of a sheet: where each cell is, which string it shows, and what a shared formula says in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from lxml import etree

from documents.drawing.names import below, child, like
from documents.sheet import formulas
from documents.sheet.columns import Area, Place, place_of
from documents.sheet.twins import Twin

# Elements whose text is a formula, in sheets, charts, tables and the workbook.
FORMULAS = ("f", "formula", "formula1", "formula2", "definedName", "calculatedColumnFormula", "totalsRowFormula")


def line_of(row: etree._Element, before: int) -> int:
    """The number of a row; one that does not say it follows the row `before`."""
    told = row.get("r") or ""
    return int(told) if told.isdecimal() else before + 1


def cells_of(row: etree._Element) -> Iterator[tuple[etree._Element, int]]:
    """(cell, its column). A cell that does not say its place follows the last."""
    number = 0
    for cell in row.iterchildren("{*}c"):
        place = place_of(cell.get("r") or "")
        number = place[0] if place else number + 1
        yield cell, number


def placed_cells(root: etree._Element) -> Iterator[tuple[etree._Element, Place]]:
    """All cells of a sheet with their places."""
    line = 0
    for row in below(root, "row"):
        line = line_of(row, line)
        for cell, number in cells_of(row):
            yield cell, (number, line)


def has_own_string(cell: etree._Element, place: Place, filled: Sequence[Area]) -> bool:
    """Whether the text of a cell stands in the cell itself. SheetJS and others write it as the results of formulas are written,
    without a formula; so are the other cells of an area that one formula fills, `filled`, which are results indeed."""
    kind = cell.get("t")
    if kind not in ("inlineStr", "str") or child(cell, "f") is not None:
        return False
    if kind == "inlineStr":
        return child(cell, "is") is not None
    column, line = place
    is_result = any(left <= column <= right and top <= line <= bottom for left, top, right, bottom in filled)
    return not is_result and child(cell, "v") is not None


def own_string(cell: etree._Element) -> etree._Element:
    """The text of a cell that has its own, as an `is`."""
    inline = child(cell, "is")
    if inline is None:
        value = child(cell, "v")
        inline = etree.Element(like(cell, "is"), nsmap=cast("dict[str, str]", cell.nsmap))
        etree.SubElement(inline, like(cell, "t")).text = "" if value is None else value.text
    return inline


def put_string(cell: etree._Element, string: etree._Element) -> None:
    """`string`, an `is`, becomes what the cell holds."""
    for element in list(cell):
        cell.remove(element)
    cell.set("t", "inlineStr")
    cell.append(string)


def string_of(
    cell: etree._Element,
    place: Place,
    filled: Sequence[Area],
    shared: Mapping[int, Twin],
    inline: Iterator[Twin | None],
) -> Twin | None:
    """The string that a cell shows, if it was translated. `inline`: those of the cells with their own that are still to come."""
    if has_own_string(cell, place, filled):
        return next(inline)
    value = child(cell, "v")
    if cell.get("t") != "s" or child(cell, "f") is not None or value is None:
        return None
    return shared.get(int(value.text or "")) if (value.text or "").strip().isdecimal() else None


class SharedFormulas:
    """The formulas that several cells share: the first says it, the others say its number."""

    def __init__(self) -> None:
        self._first: dict[str, tuple[str, int, int]] = {}

    def of(self, formula: etree._Element, number: int, line: int) -> str:
        """What the formula of the cell in this column and row says."""
        text, shared = formula.text or "", formula.get("si")
        if formula.get("t") != "shared" or shared is None:
            return text
        if text:
            self._first[shared] = (text, number, line)
            return text
        first = self._first.get(shared)
        return formulas.copied(first[0], number - first[1], line - first[2]) if first else ""
