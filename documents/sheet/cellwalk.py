"""Going through the rows of a sheet: where each cell is, which string it shows, and what a shared formula says in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from documents.drawing.names import child
from documents.sheet import formulas
from documents.sheet.columns import place_of
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


def string_of(cell: etree._Element, shared: Mapping[int, Twin], inline: Iterator[Twin | None]) -> Twin | None:
    """The string that a cell shows, if it was translated. `inline`: those of the inline strings that are still to come."""
    kind = cell.get("t")
    if kind == "inlineStr" and child(cell, "is") is not None:
        return next(inline)
    value = child(cell, "v")
    if kind != "s" or value is None or not (value.text or "").strip().isdecimal():
        return None
    return shared.get(int(value.text or ""))


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
