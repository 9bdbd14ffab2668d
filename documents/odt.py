"""OpenDocument texts (.odt, .ott): body, tables, headers, footers, notes, comments, text boxes, charts.

Untouched: fields, deleted text of tracked changes, numbers and formulas in tables, formulas, pictures, alternative text,
document properties, embedded files. A part in which nothing changed is copied byte for byte.
"""

from __future__ import annotations

import zipfile

from documents.model import Options
from documents.odf import part
from documents.odf.package import CONTENT, STYLES, TEXT, OpenDocument, chart_task, charts, styles_root
from documents.packaged import Task


class Odt(OpenDocument):
    """The format `.odt`, and `.ott` of templates."""

    kind = TEXT
    name = "odt"
    suffixes = (".odt", ".ott")
    media_type = "application/vnd.oasis.opendocument.text"

    def body(self, package: zipfile.ZipFile, options: Options) -> list[Task]:
        """See `OpenDocument.body`."""
        common = styles_root(package)
        return [
            Task(CONTENT, lambda root, name, texts: part.edit(root, name, texts, common)),
            *(chart_task(name) for name in charts(package)),
            Task(STYLES, part.edit),
        ]
