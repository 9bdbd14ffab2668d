"""OpenDocument spreadsheets (.ods, .ots): cells, comments, text boxes, headers and footers, charts.

Untouched: formulas, numbers, dates, names of sheets unless they are asked for, named ranges, validations, pivot tables,
fields, document properties. A cell whose whole text a formula, a filter, a list of choices or a pivot table compares with
keeps its language, or the workbook would compute something else. A part in which nothing changed is copied byte for byte.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence

from lxml import etree

from documents.model import Options
from documents.odf import cells, part, references
from documents.odf.names import get
from documents.odf.package import CONTENT, SETTINGS, SHEETS, STYLES, OpenDocument, chart_task, charts, styles_root
from documents.ooxml.texts import Texts
from documents.packaged import Task
from documents.sheet.literals import Kept
from documents.sheet.naming import SheetNames


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
        tasks = [
            Task(CONTENT, lambda root, name, texts: cells.edit(root, name, texts, common, kept)),
            *(chart_task(name, kept) for name in charts(package)),
            Task(STYLES, part.edit),
        ]
        return _with_sheet_names(tasks, kept) if options.sheet_names else tasks


def _with_sheet_names(tasks: Sequence[Task], kept: Kept) -> list[Task]:
    """`tasks` with those that rename sheets."""
    names = SheetNames()

    def ask(root: etree._Element, _: str, texts: Texts) -> bool:
        names.ask([get(table, "table:name") for table in cells.sheets(root)], kept, texts)
        return False

    def following(task: Task) -> Task:
        def edit(root: etree._Element, name: str, texts: Texts) -> bool:
            changed = task.edit(root, name, texts)
            return (bool(names) and references.follow(root, names)) or changed

        return Task(task.part, edit)

    view = Task(SETTINGS, lambda root, _, __: bool(names) and references.follow_view(root, names))
    return [Task(CONTENT, ask), *map(following, tasks), view]
