"""Which columns of a workbook in two languages are doubled: text on the left, its translation in a column of its own.

A column is doubled where at least half of its filled cells were translated and nothing in the workbook would change its meaning
with a column more: no range across it (`VLOOKUP`, the categories of a chart), no table around it, no formula that counts columns.
Elsewhere both languages stand in one cell.
"""

from __future__ import annotations

import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from documents import safe_xml
from documents.drawing import part as drawing
from documents.drawing.names import below, child, local
from documents.ooxml.package import relationships
from documents.sheet import formulas
from documents.sheet.cellwalk import FORMULAS, SharedFormulas, cells_of, line_of, string_of
from documents.sheet.columns import MOST_COLUMNS, Columns, area_of
from documents.sheet.survey import PIVOT_CACHE, PIVOT_TABLE, SHEETS, TABLE, Survey

# Parts that point to cells in ways that are not followed.
_OPAQUE = frozenset({
    PIVOT_CACHE, PIVOT_TABLE,
    "application/vnd.ms-excel.controlproperties+xml",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.revisionHeaders+xml",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.tableSingleCells+xml",
})  # fmt: skip
# What holds a sheet's columns where they are: comments are drawn at theirs, in VML; the others name cells as they like.
_HOLDING = (
    "legacyDrawing",
    "controls",
    "oleObjects",
    "customSheetViews",
    "scenarios",
    "cellWatches",
    "dataConsolidate",
)
_RULES = ("conditionalFormatting", "dataValidation")
# Names of Excel's own: what is printed, repeated or filtered may take in a column more.
EXCELS_OWN = frozenset({"_xlnm.Print_Area", "_xlnm.Print_Titles", "_xlnm._FilterDatabase"})


@dataclass
class _Column:
    """The cells of a column: how many were translated, which texts and styles those have, how many there are besides."""

    translated: int = 0
    others: int = 0
    texts: set[str] = field(default_factory=set)
    styles: set[int] = field(default_factory=set)


@dataclass
class Layout:
    """columns: of each sheet, by its name in small letters. parts: the sheet of a part that belongs to one (the sheet itself, its
    drawings and tables). numbers: the sheets by the number that the workbook gives them. in_two_lines: texts shown with their
    translation in one cell; their styles wrap. Empty until `arrange` fills it, and in a workbook in one language."""

    columns: dict[str, Columns] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    in_two_lines: set[str] = field(default_factory=set)
    wrapped_styles: set[int] = field(default_factory=set)

    def __bool__(self) -> bool:
        """Whether any column is doubled."""
        return any(self.columns.values())

    def of(self, sheet: str) -> Columns | None:
        """The columns of the sheet called so; None where it is not known."""
        return self.columns.get(sheet.casefold())

    def of_part(self, part: str) -> Columns:
        return self.of(self.parts.get(part, "")) or Columns()


def arrange(
    layout: Layout, package: zipfile.ZipFile, types: dict[str, str], workbook: etree._Element, found: Survey
) -> None:
    """Streams every sheet once. `found` has the translations of all strings."""
    layout.numbers = {sheet.get("sheetId") or "": sheet.get("name") or "" for sheet in below(workbook, "sheet")}
    sheets = {name: _Sheet(package, name, found) for name, content_type in types.items() if content_type in SHEETS}
    for name, sheet in sheets.items():
        layout.parts |= dict.fromkeys((name, *sheet.parts), sheet.title)
    blocked = _Blocked()
    for sheet in sheets.values():
        blocked.add(sheet.taken)
    blocked.everything = (
        any(content_type in _OPAQUE for content_type in types.values())
        or any(sheet.counts_columns for sheet in sheets.values())
        or not _names(workbook, blocked)
    )
    for name, content_type in types.items():
        if content_type in (drawing.CHART, drawing.NEW_CHART):
            for element in below(safe_xml.parse(package.read(name), name).getroot(), *FORMULAS):
                blocked.add(formulas.taken(element.text or "", ""))
        elif content_type == TABLE:
            area = area_of(safe_xml.parse(package.read(name), name).getroot().get("ref") or "")
            first, last = (area[0], area[2]) if area else (1, MOST_COLUMNS)
            # Its last column too is within a table that is followed by another column.
            blocked.add([formulas.Taken(layout.parts.get(name), first, last + 1, False)])
    for sheet in sheets.values():
        doubled = [] if blocked.everything or sheet.is_held else sheet.wanted(blocked)
        layout.columns[sheet.title.casefold()] = Columns(doubled)
        sheet.tell(doubled, layout)


class _Blocked:
    """Areas of several columns that formulas take in, by sheet; '' for those of all sheets."""

    def __init__(self) -> None:
        self.everything = False
        self._areas: defaultdict[str, set[tuple[int, int]]] = defaultdict(set)

    def add(self, taken: Iterator[formulas.Taken] | list[formulas.Taken]) -> None:
        for one in taken:
            if one.sheet is None:
                self._areas[""].add((1, MOST_COLUMNS))
            elif one.first < one.last:
                self._areas[one.sheet.casefold()].add((one.first, one.last))

    def holds(self, sheet: str, column: int) -> bool:
        """Whether a column more behind this one would come into an area."""
        areas = self._areas[""] | self._areas[sheet.casefold()]
        return any(first <= column < last for first, last in areas)


class _Sheet:
    """What a sheet holds, column by column."""

    def __init__(self, package: zipfile.ZipFile, name: str, found: Survey) -> None:
        self.title = found.sheet_of.get(name, name)
        self.parts = [one.target for one in relationships(package, name) if one.kind in ("drawing", "table")]
        self.is_held = False
        self.counts_columns = False
        self.taken: list[formulas.Taken] = []
        self._wide: set[str] = set()
        self._last = self._line = 0
        self._columns: defaultdict[int, _Column] = defaultdict(_Column)
        self._merged = _Column()
        self._found = found
        self._inline = iter(found.inline.get(name, ()))
        self._shared = SharedFormulas()
        self._merges = found.merges.get(name, set())
        self._filled = found.filled.get(name, ())
        with package.open(name) as stream:
            for element in safe_xml.stream(stream, name, ("row", "sparkline", *_RULES, *_HOLDING)):
                self._see(element)

    def wanted(self, blocked: _Blocked) -> list[int]:
        """The columns to be doubled."""
        doubled = [
            number
            for number, column in self._columns.items()
            if column.translated and column.translated >= column.others and not blocked.holds(self.title, number)
        ]
        return doubled if self._last + len(doubled) <= MOST_COLUMNS else []

    def tell(self, doubled: list[int], layout: Layout) -> None:
        """Puts into `layout` what is shown in two lines."""
        for number, column in (*self._columns.items(), (0, self._merged)):
            if number not in doubled:
                layout.in_two_lines |= column.texts
                layout.wrapped_styles |= column.styles

    def _see(self, element: etree._Element) -> None:
        name = local(element)
        if name == "row":
            self._row(element)
        elif name in _HOLDING:
            self.is_held = True
        elif name == "sparkline":
            for formula in below(element, "f"):
                self.taken += formulas.taken(formula.text or "", self.title)
        else:
            self._rule(element)

    def _row(self, row: etree._Element) -> None:
        line = self._line = line_of(row, self._line)
        for cell, number in cells_of(row):
            self._last = max(self._last, number)
            formula = child(cell, "f")
            if formula is not None:
                self._formula(formula, number, line)
            twin = string_of(cell, (number, line), self._filled, self._found.twins, self._inline)
            column = self._merged if (number, line) in self._merges else self._columns[number]
            if twin is not None:
                column.translated += 1
                column.texts.add(twin.text)
                style = cell.get("s") or "0"
                column.styles |= {int(style)} if style.isdecimal() else set()
            elif len(cell):
                column.others += 1
        row.clear()
        while row.getprevious() is not None:
            parent = row.getparent()
            assert parent is not None
            del parent[0]

    def _formula(self, formula: etree._Element, number: int, line: int) -> None:
        if formula.get("t") == "dataTable":
            self.is_held = True
        area = area_of(formula.get("ref") or "")
        if area and formula.get("t") == "array":
            self.taken.append(formulas.Taken(self.title, area[0], area[2], False))
        text = self._shared.of(formula, number, line)
        self.counts_columns = self.counts_columns or formulas.counts_columns(text)
        self.taken += formulas.taken(text, self.title)

    def _rule(self, rule: etree._Element) -> None:
        """A rule for several columns reads its formula anew in each, so all of them stay as far apart as they are."""
        areas = [rule.get("sqref") or "", *(one.text or "" for one in below(rule, "sqref"))]
        places = [area for one in areas for part in one.split() if (area := area_of(part))]
        if not places:
            return
        first, last = min(area[0] for area in places), max(area[2] for area in places)
        for element in below(rule, "f", "formula", "formula1", "formula2"):
            text = element.text or ""
            self.counts_columns = self.counts_columns or formulas.counts_columns(text)
            for one in formulas.taken(text, self.title):
                self.taken.append(one)
                if one.is_relative and last > first:
                    self.taken.append(formulas.Taken(self.title, first, last, True))
                    self.taken.append(formulas.Taken(one.sheet, one.first, one.last + last - first, True))


def _names(workbook: etree._Element, blocked: _Blocked) -> bool:
    """Whether the names of the workbook can be followed: one without a fixed column depends on who asks."""
    for element in below(workbook, "definedName"):
        if (element.get("name") or "") in EXCELS_OWN:
            continue
        text = element.text or ""
        taken = list(formulas.taken(text, ""))
        if formulas.counts_columns(text) or any(one.is_relative for one in taken):
            return False
        blocked.add(taken)
    return True
