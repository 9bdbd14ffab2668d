"""Everything that points to cells, once columns have been put between: formulas, areas, anchors of pictures."""

from __future__ import annotations

import copy

from lxml import etree

from documents.drawing.names import below, child, local
from documents.sheet import formulas
from documents.sheet.cellwalk import FORMULAS
from documents.sheet.columns import MOST_COLUMNS, Columns, area_of
from documents.sheet.layout import EXCELS_OWN, Layout

# Attributes that hold areas of the sheet itself.
_AREAS = {
    "autoFilter": ("ref",), "conditionalFormatting": ("sqref",), "dataValidation": ("sqref",), "dimension": ("ref",),
    "f": ("ref",), "hyperlink": ("ref",), "ignoredError": ("sqref",), "mergeCell": ("ref",), "pane": ("topLeftCell",),
    "protectedRange": ("sqref",), "selection": ("activeCell", "sqref"), "sheetView": ("topLeftCell",),
    "sortCondition": ("ref",), "sortState": ("ref",), "table": ("ref",),
}  # fmt: skip
# Attributes that hold a reference as formulas do.
_REFERENCES = {"hyperlink": "location", "sp": "textlink"}


def follow(root: etree._Element, sheet: str, layout: Layout) -> bool:
    """References in any part, of which `sheet` is the sheet that it belongs to ('' for none). -> whether anything changed."""
    columns = layout.of(sheet) or Columns()
    changed = False
    for element in root.iter():
        name = local(element)
        if name == "autoFilter" and columns:
            _filters(element, columns)
        for attribute in _AREAS.get(name, ()) if columns else ():
            changed = _set(element, attribute, _areas(name, element.get(attribute) or "", columns)) or changed
        reference = _REFERENCES.get(name)
        if reference and element.get(reference):
            new = formulas.moved(element.get(reference) or "", sheet, layout.of)
            changed = _set(element, reference, new) or changed
        if element.text and (name in FORMULAS or name == "sqref"):
            new = _text(element, name, sheet, layout)
            changed, element.text = changed or new != element.text, new
    return changed


def _areas(name: str, areas: str, columns: Columns) -> str:
    """A filter, a heading over several columns, and all that is used take in the translation of their last column."""
    area = area_of(areas)
    is_wide = area is not None and area[0] < area[2]
    return columns.areas(areas, name in ("autoFilter", "dimension") or (name == "mergeCell" and is_wide))


def _text(element: etree._Element, name: str, sheet: str, layout: Layout) -> str:
    text = element.text or ""
    if name == "sqref":
        return (layout.of(sheet) or Columns()).areas(text)
    return formulas.moved(text, sheet, layout.of, through=(element.get("name") or "") in EXCELS_OWN)


def anchors(root: etree._Element, columns: Columns) -> bool:
    """Pictures and charts stay where they are among the cells; their columns count from 0."""
    changed = False
    for element in below(root, "col"):
        if (element.text or "").strip().isdecimal():
            new = str(columns.moved(int(element.text or "") + 1) - 1)
            changed, element.text = changed or new != element.text, new
    return changed


def calculation_chain(root: etree._Element, layout: Layout) -> bool:
    """The order of calculation. A cell that does not say the number of its sheet is on that of the last."""
    sheet = ""
    changed = False
    for cell in below(root, "c"):
        sheet = layout.numbers.get(cell.get("i") or "", "") if cell.get("i") else sheet
        columns = layout.of(sheet)
        if columns:
            changed = _set(cell, "r", columns.cell(cell.get("r") or "")) or changed
    return changed


def widths(root: etree._Element, columns: Columns) -> None:
    """A doubled column and its translation are as wide as it was."""
    listed = child(root, "cols")
    for column in list(listed) if listed is not None else ():
        first, last = int(column.get("min") or 1), int(column.get("max") or 1)
        pieces: list[tuple[int, int]] = []
        for number in [one for one in columns.doubled if first <= one <= last]:
            pieces += [(columns.moved(first), columns.moved(number)), (columns.moved(number) + 1,) * 2]
            first = number + 1
        if first <= last:
            pieces.append((columns.moved(first), min(columns.moved(last), MOST_COLUMNS)))
        for begin, end in pieces:
            new = copy.deepcopy(column)
            new.set("min", str(begin))
            new.set("max", str(end))
            column.addprevious(new)
        column.getparent().remove(column)  # type: ignore[union-attr]  # it is a child of `cols`


def view(root: etree._Element, columns: Columns) -> None:
    """Frozen columns and breaks of pages stand behind the translation of what they stood behind."""
    for pane in below(root, "pane"):
        if (pane.get("state") or "").startswith("frozen") and (pane.get("xSplit") or "").isdecimal():
            pane.set("xSplit", str(_behind(int(pane.get("xSplit") or 0), columns)))
    for breaks in below(root, "colBreaks"):
        for one in below(breaks, "brk"):
            if (one.get("id") or "").isdecimal():
                one.set("id", str(_behind(int(one.get("id") or 0), columns)))


def _behind(count: int, columns: Columns) -> int:
    """So many first columns with the translations among and behind them."""
    return columns.moved(count) + columns.is_doubled(count) if count else 0


def _filters(element: etree._Element, columns: Columns) -> None:
    """The columns of a filter count from its first."""
    area = area_of(element.get("ref") or "")
    for column in below(element, "filterColumn"):
        number = column.get("colId") or ""
        if area and number.isdecimal():
            column.set("colId", str(columns.moved(area[0] + int(number)) - columns.moved(area[0])))


def _set(element: etree._Element, attribute: str, value: str) -> bool:
    if not value or element.get(attribute) == value:
        return False
    element.set(attribute, value)
    return True
