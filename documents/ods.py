"""OpenDocument spreadsheets (.ods, .ots): cells, comments, text boxes, headers and footers, charts.

Untouched: formulas, numbers, dates, named ranges, validations, pivot tables, fields, document properties. A cell whose
whole text a formula, a filter, a list of choices or a pivot table compares with keeps its language, or the workbook would
compute something else. A part in which nothing changed is copied byte for byte.
"""

from __future__ import annotations

import zipfile

from documents.model import Options
from documents.odf import cells, part
from documents.odf.package import CONTENT, SHEETS, STYLES, OpenDocument, chart_task, charts, styles_root
from documents.packaged import Task


class Ods(OpenDocument):
    """The format `.ods`, and `.ots` of templates."""

    kind = SHEETS
    name = "ods"
    suffixes = (".ods", ".ots")
    media_type = "application/vnd.oasis.opendocument.spreadsheet"

    def body(self, package: zipfile.ZipFile, options: Options) -> list[Task]:
        """Cells first: charts quote them."""
        common = styles_root(package)
        names = package.namelist()
        kept = cells.survey(package, [name for name in (CONTENT, STYLES) if name in names])
        return [
            Task(CONTENT, lambda root, name, texts: cells.edit(root, name, texts, common, kept)),
            *(chart_task(name, kept) for name in charts(package)),
            Task(STYLES, part.edit),
        ]
