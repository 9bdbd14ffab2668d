"""The table for proof-readers: each sentence with its place, its translation and what is doubtful about it, as .xlsx."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import xlsxwriter  # type: ignore[import-untyped]

from documents.model import ReviewRow

MAX_CELL_CHARS = 32_767
"""Excel's limit."""

MAX_ROWS = 1_048_576
_HEADER = ("No.", "Place", "Source", "Translation", "Flags", "Notes", "Terms", "Memory")
_WIDTHS = (8, 18, 60, 60, 24, 18, 30, 40)


def write_review(out: Path, rows: Iterable[ReviewRow]) -> None:
    """Writes the table to `out`, a row at a time; a document with more sentences than a sheet has rows gets several sheets.

    Text is text: nothing is read as a formula, a number or a link.
    """
    settings = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(out), settings) as book:
        head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E8EEF4"})
        plain = book.add_format({"text_wrap": True, "valign": "top"})
        doubtful = book.add_format({"text_wrap": True, "valign": "top", "bg_color": "#FFF2CC"})
        sheet = None
        line = MAX_ROWS
        for row in rows:
            if line == MAX_ROWS:
                sheet = _sheet(book, head)
                line = 1
            assert sheet is not None
            style = doubtful if row.flags else plain
            sheet.write_number(line, 0, row.number, style)
            flags, notes = " ".join(row.flags), " ".join(row.notes)
            cells = (row.place, row.source, row.target, flags, notes, row.terms, row.memory)
            for column, text in enumerate(cells, 1):
                sheet.write_string(line, column, text[:MAX_CELL_CHARS], style)
            line += 1
        if sheet is None:
            _sheet(book, head)


def _sheet(book: xlsxwriter.Workbook, head: object) -> xlsxwriter.worksheet.Worksheet:
    sheet = book.add_worksheet()
    for column, (name, width) in enumerate(zip(_HEADER, _WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, name, head)
    sheet.freeze_panes(1, 0)
    return sheet
