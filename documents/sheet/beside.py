"""A sheet in two languages: translations in columns of their own beside their sources, or in a second line of the cell."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from documents.drawing.names import below, child, like
from documents.sheet import moving
from documents.sheet.cellwalk import SharedFormulas, cells_of, line_of, string_of
from documents.sheet.columns import Columns, area_of, letters_of
from documents.sheet.layout import Layout
from documents.sheet.survey import Survey
from documents.sheet.twins import Twin


def edit_cells(root: etree._Element, part: str, found: Survey, layout: Layout) -> bool:
    """Puts the translations into the sheet, and everything that moved in its place. Returns whether anything changed."""
    columns = layout.of_part(part)
    changed = _Rows(part, found, layout).edit(root)
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

    def __init__(self, part: str, found: Survey, layout: Layout) -> None:
        self._columns = layout.of_part(part)
        self._writes_out = bool(layout)
        self._merges = found.merges.get(part, set())
        self._shared = SharedFormulas()
        self._strings = found.twins
        self._inline: Iterator[Twin | None] = iter(found.inline.get(part, ()))

    def edit(self, root: etree._Element) -> bool:
        changed = False
        line = 0
        for row in below(root, "row"):
            line = line_of(row, line)
            changed = self._row(row, line) or changed
            if self._columns and "spans" in row.attrib:
                del row.attrib["spans"]
        return changed

    def _row(self, row: etree._Element, line: int) -> bool:
        changed = False
        for cell, number in list(cells_of(row)):
            formula = child(cell, "f")
            if self._writes_out and formula is not None and formula.get("t") == "shared":
                formula.text = self._shared.of(formula, number, line)
                for name in {"t", "si", "ref"} & set(formula.attrib):
                    del formula.attrib[name]
            twin = string_of(cell, self._strings, self._inline)
            if self._columns:
                cell.set("r", f"{letters_of(self._columns.moved(number))}{line}")
                changed = True
            if twin is None:
                continue
            changed = True
            if self._columns.is_doubled(number) and (number, line) not in self._merges:
                cell.addnext(_cell_with(cell, twin, f"{letters_of(self._columns.moved(number) + 1)}{line}"))
                continue
            for element in list(cell):
                cell.remove(element)
            cell.set("t", "inlineStr")
            cell.append(twin.both(like(cell, "is")))
            if "ht" in row.attrib and row.get("customHeight") not in ("1", "true"):
                del row.attrib["ht"]  # it grows with the second line
        return changed


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
