"""A sheet in two languages: translations in columns of their own beside their sources, or in a second line of the cell."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from unicodedata import east_asian_width

from lxml import etree

from documents.drawing.names import below, child, like
from documents.sheet import moving
from documents.sheet.cellwalk import SharedFormulas, cells_of, line_of, put_string, string_of
from documents.sheet.columns import Columns, area_of, letters_of
from documents.sheet.layout import Layout
from documents.sheet.survey import Survey
from documents.sheet.twins import Twin, shown

# Excel's own, and the most that a row may have.
_USUAL_WIDTH, _USUAL_HEIGHT_PT, _HIGHEST_PT = 8.43, 15.0, 409.0


def edit_cells(root: etree._Element, part: str, found: Survey, layout: Layout) -> bool:
    """Puts the translations into the sheet, and everything that moved in its place. Returns whether anything changed."""
    columns = layout.of_part(part)
    changed = _Rows(root, part, found, layout).edit()
    if not layout:
        return changed
    added = list(_merges_of_translations(root, columns))
    if columns:
        moving.widths(root, columns)
        moving.view(root, columns)
    changed = moving.follow(root, found.sheet_of.get(part, part), layout) or changed
    merges = child(root, "mergeCells")
    if merges is not None and added:
        merges.extend(added)
        merges.set("count", str(len(merges)))
    return changed


class _Rows:
    """The rows of one sheet. Formulas are only written out here; `moving.follow` puts them right."""

    def __init__(self, root: etree._Element, part: str, found: Survey, layout: Layout) -> None:
        about = child(root, "sheetFormatPr")
        self._root = root
        self._height = _number(about.get("defaultRowHeight") if about is not None else None, _USUAL_HEIGHT_PT)
        self._widths = _Widths(root)
        self._columns = layout.of_part(part)
        self._writes_out = bool(layout)
        self._merges = found.merges.get(part, set())
        self._filled = found.filled.get(part, ())
        self._shared = SharedFormulas()
        self._strings = found.twins
        self._inline: Iterator[Twin | None] = iter(found.inline.get(part, ()))

    def edit(self) -> bool:
        changed = False
        line = 0
        for row in below(self._root, "row"):
            line = line_of(row, line)
            changed = self._row(row, line) or changed
            if self._columns and "spans" in row.attrib:
                del row.attrib["spans"]
        return changed

    def _row(self, row: etree._Element, line: int) -> bool:
        changed = False
        lines = 1
        for cell, number in list(cells_of(row)):
            formula = child(cell, "f")
            if self._writes_out and formula is not None and formula.get("t") == "shared":
                formula.text = self._shared.of(formula, number, line)
                for name in {"t", "si", "ref"} & set(formula.attrib):
                    del formula.attrib[name]
            twin = string_of(cell, (number, line), self._filled, self._strings, self._inline)
            if self._columns:
                cell.set("r", f"{letters_of(self._columns.moved(number))}{line}")
                changed = True
            if twin is None:
                continue
            changed = True
            if self._columns.is_doubled(number) and (number, line) not in self._merges:
                cell.addnext(_cell_with(cell, twin, f"{letters_of(self._columns.moved(number) + 1)}{line}"))
                continue
            both = twin.both(like(cell, "is"))
            put_string(cell, both)
            width = None if (number, line) in self._merges else self._widths.of(number)
            lines = max(lines, _lines(shown(both), width))
        if lines > 1 and row.get("customHeight") not in ("1", "true"):
            height = _number(row.get("ht"), self._height)
            row.set("ht", f"{min(lines * height, _HIGHEST_PT):g}")
        return changed


class _Widths:
    """How many characters go into a line of each column."""

    def __init__(self, root: etree._Element) -> None:
        about = child(root, "sheetFormatPr")
        self._usual = _number(about.get("defaultColWidth") if about is not None else None, _USUAL_WIDTH)
        self._own = [
            (int(one.get("min") or 1), int(one.get("max") or 1), _number(one.get("width"), self._usual))
            for one in below(root, "col")
        ]

    def of(self, number: int) -> float:
        return next((width for first, last, width in self._own if first <= number <= last), self._usual)


def _lines(text: str, width: float | None) -> int:
    """How many lines a text takes where so many characters go into one; a Han character takes the room of two."""
    cells = [sum(2 if east_asian_width(char) in "WF" else 1 for char in line) for line in text.split("\n")]
    return sum(1 if width is None else max(1, ceil(count / max(width, 1))) for count in cells)


def _number(value: str | None, otherwise: float) -> float:
    try:
        return float(value or otherwise)
    except ValueError:
        return otherwise


def _cell_with(cell: etree._Element, twin: Twin, place: str) -> etree._Element:
    """A cell at `place` that shows the translation and looks like `cell`."""
    new = etree.Element(cell.tag, r=place, t="inlineStr")
    if cell.get("s"):
        new.set("s", cell.get("s") or "")
    new.append(twin.translation(like(cell, "is")))
    return new


def _merges_of_translations(root: etree._Element, columns: Columns) -> Iterator[etree._Element]:
    """Cells that are merged downwards in a doubled column are so in its translation too, whose places these are."""
    for merge in below(root, "mergeCell"):
        area = area_of(merge.get("ref") or "")
        if area and area[0] == area[2] and columns.is_doubled(area[0]):
            letters = letters_of(columns.moved(area[0]) + 1)
            yield etree.Element(merge.tag, ref=f"{letters}{area[1]}:{letters}{area[3]}")
