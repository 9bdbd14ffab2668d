"""A first look through a workbook: what its formulas compare, which cell shows which string, its table columns."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field

from lxml import etree

from documents import safe_xml
from documents.drawing.names import below, child, local
from documents.ooxml.package import relationships
from documents.sheet.columns import Area, area_of
from documents.sheet.literals import Kept
from documents.sheet.twins import Twin

_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml."
SHEETS = frozenset({f"{_SPREADSHEET}{kind}+xml" for kind in ("worksheet", "chartsheet", "dialogsheet")})
STRINGS = f"{_SPREADSHEET}sharedStrings+xml"
TABLE = f"{_SPREADSHEET}table+xml"
PIVOT_CACHE = f"{_SPREADSHEET}pivotCacheDefinition+xml"
PIVOT_TABLE = f"{_SPREADSHEET}pivotTable+xml"
STYLES = f"{_SPREADSHEET}styles+xml"
# Read by `survey` before any part is edited.
SURVEYED = SHEETS | {TABLE, PIVOT_CACHE, PIVOT_TABLE}
_FORMULAS = frozenset(
    {"formula", "formula1", "formula2", "f", "definedName", "calculatedColumnFormula", "totalsRowFormula"}
)


@dataclass
class Survey:
    """What is known of a workbook before it is edited, and then of its texts. `cell_of`: the first cell that shows a string."""

    kept: Kept = field(default_factory=Kept)
    cell_of: dict[int, str] = field(default_factory=dict)
    sheet_of: dict[str, str] = field(default_factory=dict)
    headers: set[str] = field(default_factory=set)
    has_formulas: bool = False
    # Sheets with strings in their cells instead of the table of strings.
    with_inline: set[str] = field(default_factory=set)
    # The areas of several cells that one formula fills, by sheet.
    filled: dict[str, list[Area]] = field(default_factory=dict)
    # The first cells of merged areas of several columns, by sheet.
    merges: dict[str, set[tuple[int, int]]] = field(default_factory=dict)
    # What was translated: strings by their number, those in the cells of a sheet in their order.
    twins: dict[int, Twin] = field(default_factory=dict)
    inline: dict[str, list[Twin | None]] = field(default_factory=dict)


def survey(package: zipfile.ZipFile, types: dict[str, str], workbook: str) -> Survey:
    """Streams every sheet once. Raises `FileDamaged`, `FileUnsafe`."""
    found = Survey()
    root = safe_xml.parse(package.read(workbook), workbook).getroot()
    targets = {one.identity: one.target for one in relationships(package, workbook)}
    for sheet in below(root, "sheet"):
        identity = next((str(value) for name, value in sheet.attrib.items() if str(name).endswith("}id")), "")
        if identity in targets:
            found.sheet_of[targets[identity]] = sheet.get("name") or ""
    _formulas(root, found)
    has_pivots = False
    for name, content_type in types.items():
        if content_type in SHEETS:
            _sheet(package, name, found)
        elif content_type == TABLE:
            table = safe_xml.parse(package.read(name), name).getroot()
            _formulas(table, found)
            found.headers |= {column.get("name") or "" for column in below(table, "tableColumn")}
        elif content_type in (PIVOT_CACHE, PIVOT_TABLE):
            has_pivots = True
            _pivot(safe_xml.parse(package.read(name), name).getroot(), found)
    if has_pivots or found.kept.has_structured_references:
        # Something names the columns besides the table itself.
        for header in found.headers:
            found.kept.name(header)
        found.headers = set()
    return found


def _sheet(package: zipfile.ZipFile, name: str, found: Survey) -> None:
    title = found.sheet_of.get(name, name)
    with package.open(name) as stream:
        for element in safe_xml.stream(stream, name, ("row", *_OUTSIDE)):
            if local(element) == "mergeCell":
                area = area_of(element.get("ref") or "")
                if area and area[2] > area[0]:
                    found.merges.setdefault(name, set()).add(area[:2])
                continue
            if local(element) != "row":
                _formulas(element, found)
                continue
            for cell in element:
                _cell(cell, name, title, found)
            element.clear()
            while element.getprevious() is not None:
                parent = element.getparent()
                assert parent is not None
                del parent[0]


_OUTSIDE = ("mergeCell", "conditionalFormatting", "dataValidations", "autoFilter")


def _cell(cell: etree._Element, part: str, title: str, found: Survey) -> None:
    formula = child(cell, "f")
    kind = cell.get("t")
    if formula is not None:
        found.has_formulas = True
        if formula.text:
            found.kept.formula(formula.text)
        area = area_of(formula.get("ref") or "")
        if area and formula.get("t") in ("array", "dataTable") and area[:2] != area[2:]:
            found.filled.setdefault(part, []).append(area)
    elif kind in ("inlineStr", "str"):
        found.with_inline.add(part)
    value = child(cell, "v")
    if kind == "s" and value is not None and (value.text or "").strip().isdecimal():
        found.cell_of.setdefault(int(value.text or ""), f"{title}!{cell.get('r') or ''}")


def _formulas(root: etree._Element, found: Survey) -> None:
    for element in below(root, *_FORMULAS):
        if element.text:
            found.kept.formula(element.text)
    for element in below(root, "filter"):
        found.kept.name(element.get("val") or "")
    for element in below(root, "customFilter"):
        found.kept.text(element.get("val") or "")
    for element in below(root, "cfRule"):
        found.kept.part(element.get("text") or "")


def _pivot(root: etree._Element, found: Survey) -> None:
    """A pivot table finds its fields and items by their texts."""
    for element in below(root, "cacheField", "dataField", "pivotField"):
        found.kept.name(element.get("name") or "")
    for element in below(root, "s"):
        found.kept.name(element.get("v") or "")
