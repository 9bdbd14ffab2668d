"""Word documents (.docx): body, tables, headers, footers, notes, comments, text boxes, charts, SmartArt.

Translated: text, results of fields that quote text (hyperlinks, tables of contents, references), inserted text of
tracked changes, titles and labels of charts, text of SmartArt, watermarks, choices of lists, words around numbers.
Untouched: codes and results of computed fields (PAGE, DATE), deleted text, formulas, pictures, workbooks inside charts,
document properties. A part in which nothing changed is copied byte for byte.
"""

from __future__ import annotations

import zipfile

from documents.drawing import part as drawing
from documents.errors import UnsupportedType
from documents.model import Options
from documents.ooxml.office import Editor, Office, Task
from documents.ooxml.package import WORD, content_types, relationships
from documents.word import numbering, part
from documents.word.package import TEXT_PARTS

# In the order in which they are read; the picture of a SmartArt follows what it shows.
_OTHERS: dict[str, Editor] = {
    numbering.TYPE: numbering.edit,
    drawing.DIAGRAM: drawing.edit,
    drawing.DIAGRAM_PICTURE: drawing.edit_again,
    drawing.CHART: drawing.edit_chart,
    drawing.NEW_CHART: drawing.edit_chart,
    drawing.CHART_SHAPES: drawing.edit,
}


class Docx(Office):
    """The format `.docx`."""

    kind = WORD
    name = "docx"
    suffixes = (".docx",)
    media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

    def tasks(self, package: zipfile.ZipFile, options: Options) -> list[Task]:
        """Text parts in the order of the package, then the words of numbers, SmartArt and charts. Raises `UnsupportedType` also
        for a document that takes in other files, whose text would stay as it is."""
        types = content_types(package, self.kind)
        texts = [name for name, content_type in types.items() if content_type in TEXT_PARTS]
        if any(one.kind == "aFChunk" for name in texts for one in relationships(package, name)):
            raise UnsupportedType(
                "The document takes in another file (altChunk), which only Word unfolds, as some programs export web pages. "
                "Open it in Word, save it as .docx, and upload it again."
            )
        tasks = [Task(name, part.edit) for name in texts]
        for wanted, edit in _OTHERS.items():
            tasks += [Task(name, edit) for name, content_type in types.items() if content_type == wanted]
        return tasks
