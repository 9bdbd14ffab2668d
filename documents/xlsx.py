"""Excel workbooks (.xlsx): cells, comments, headers and footers, text boxes, SmartArt, charts, table columns.

Untouched: formulas, numbers, names, lists of choices, names of sheets unless they are asked for, pivot tables, alternative
text, form controls, document properties. A cell whose whole text a formula, a filter, a list of choices or a pivot table
compares with keeps its language, or the workbook would compute something else. A part in which nothing changed is copied
byte for byte.
"""

from __future__ import annotations

import zipfile

from lxml import etree

from documents.drawing import part
from documents.model import Options
from documents.ooxml.office import Editor, Office, Task
from documents.ooxml.package import EXCEL, content_types
from documents.ooxml.texts import Texts
from documents.sheet import cells, others
from documents.sheet.layout import Layout, arrange
from documents.sheet.moving import calculation_chain
from documents.sheet.renaming import with_sheet_names
from documents.sheet.survey import SHEETS, STRINGS, STYLES, SURVEYED, TABLE, survey

_COMMENTS = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_THREADS = "application/vnd.ms-excel.threadedcomments+xml"
_CHAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"
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
        found, layout = survey(package, types, workbook), Layout()

        def arranged(root: etree._Element, name: str, texts: Texts) -> bool:
            if texts.is_bilingual and texts.has_changes:
                arrange(layout, package, types, root, found)
            return False

        def ask_strings(root: etree._Element, name: str, texts: Texts) -> bool:
            return cells.edit_strings(root, found, texts)

        def ask_inline(root: etree._Element, name: str, texts: Texts) -> bool:
            return cells.ask_inline(root, name, found, texts)

        editors: dict[str, Editor] = {
            **dict.fromkeys(
                sorted(SHEETS), lambda root, name, texts: cells.edit_sheet(root, name, found, texts, layout)
            ),
            _COMMENTS: others.edit_comments,
            _THREADS: others.edit_threads,
            _DRAWING: lambda root, name, texts: others.edit_shapes(root, name, texts, layout),
            part.DIAGRAM: part.edit,
            part.DIAGRAM_PICTURE: part.edit_again,
            part.CHART: lambda root, name, texts: others.edit_chart(root, name, texts, found, layout),
            part.NEW_CHART: lambda root, name, texts: others.edit_chart(root, name, texts, found, layout),
            part.CHART_SHAPES: part.edit,
            TABLE: lambda root, name, texts: others.edit_table(root, name, texts, found, layout),
            STYLES: lambda root, name, texts: cells.wrap_text_cells(root, layout),
            _CHAIN: lambda root, name, texts: bool(layout) and calculation_chain(root, layout),
            EXCEL.main: lambda root, name, texts: others.edit_workbook(root, texts, found, layout),
        }
        # What is asked for in the cells comes first; where columns go is known then, before any sheet is written.
        tasks = [Task(name, ask_strings) for name, content_type in types.items() if content_type == STRINGS]
        tasks += [Task(name, ask_inline) for name in types if name in found.with_inline]
        tasks.append(Task(workbook, arranged))
        tasks += [
            Task(name, edit)
            for wanted, edit in editors.items()
            for name, content_type in types.items()
            if content_type == wanted
        ]
        return with_sheet_names(tasks, types, workbook, found) if options.sheet_names else tasks
