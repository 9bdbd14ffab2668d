"""Excel workbooks (.xlsx): cells, comments, headers and footers, text boxes, SmartArt, charts, table columns.

Untouched: formulas, numbers, names, lists of choices, names of sheets unless they are asked for, pivot tables, alternative
text, form controls, document properties. A cell whose whole text a formula, a filter, a list of choices or a pivot table
compares with keeps its language, or the workbook would compute something else. A part in which nothing changed is copied
byte for byte.
"""

from __future__ import annotations

import zipfile

from documents.drawing import part
from documents.model import Options
from documents.ooxml.office import Office, Task
from documents.ooxml.package import EXCEL, content_types
from documents.sheet import cells, others
from documents.sheet.renaming import with_sheet_names
from documents.sheet.survey import SHEETS, STRINGS, STYLES, SURVEYED, TABLE, survey

_COMMENTS = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_THREADS = "application/vnd.ms-excel.threadedcomments+xml"
_DRAWING = "application/vnd.openxmlformats-officedocument.drawing+xml"


class Xlsx(Office):
    """The format `.xlsx`."""

    kind = EXCEL
    map_types = SURVEYED | {EXCEL.main}
    name = "xlsx"
    suffixes = (".xlsx",)
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def tasks(self, package: zipfile.ZipFile, options: Options) -> list[Task]:
        """Cells first: charts, tables and formulas quote them."""
        types = content_types(package, self.kind)
        workbook = next(name for name, content_type in types.items() if content_type == self.kind.main)
        found = survey(package, types, workbook)
        editors = {
            STRINGS: lambda root, name, texts: cells.edit_strings(root, found, texts),
            **dict.fromkeys(sorted(SHEETS), lambda root, name, texts: cells.edit_sheet(root, name, found, texts)),
            _COMMENTS: others.edit_comments,
            _THREADS: others.edit_threads,
            _DRAWING: others.edit_shapes,
            part.DIAGRAM: part.edit,
            part.DIAGRAM_PICTURE: part.edit_again,
            part.CHART: lambda root, name, texts: others.edit_chart(root, name, texts, found),
            part.NEW_CHART: lambda root, name, texts: others.edit_chart(root, name, texts, found),
            part.CHART_SHAPES: part.edit,
            TABLE: lambda root, name, texts: others.edit_table(root, texts, found),
            STYLES: lambda root, name, texts: cells.wrap_text_cells(root, found, texts),
            EXCEL.main: lambda root, name, texts: others.calculate_anew(root, texts, found),
        }
        tasks = [
            Task(name, edit)
            for wanted, edit in editors.items()
            for name, content_type in types.items()
            if content_type == wanted
        ]
        return with_sheet_names(tasks, types, workbook, found) if options.sheet_names else tasks
