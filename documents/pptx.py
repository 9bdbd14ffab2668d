"""PowerPoint presentations (.pptx): slides, tables, notes, comments, charts, SmartArt, text of layouts and masters.

Untouched: prompts of placeholders on layouts and masters, fields (slide number, date), formulas, pictures, alternative
text, names of sections, document properties, workbooks inside charts. A part in which nothing changed is copied byte
for byte.
"""

from __future__ import annotations

import zipfile

from lxml import etree

from documents import safe_xml
from documents.drawing import part, plain
from documents.drawing.names import below, child, local
from documents.model import Options
from documents.ooxml.office import Editor, Office, Task
from documents.ooxml.package import POWERPOINT, content_types, relationships
from documents.ooxml.texts import Texts

_POWERPOINT = "application/vnd.openxmlformats-officedocument.presentationml."
_SLIDE = f"{_POWERPOINT}slide+xml"


def _edit_layout(root: etree._Element, name: str, texts: Texts) -> bool:
    """Without the prompts of placeholders ("Click to edit"), which no slide shows."""
    return part.edit_paragraphs(root, name, texts, lambda paragraph: not _is_prompt(paragraph))


def _edit_comments(root: etree._Element, name: str, texts: Texts) -> bool:
    """Comments of PowerPoint before 2021: plain text."""
    changed = False
    for number, element in enumerate(below(root, "text"), start=1):
        changed = plain.edit(element, f"{part.name_of(name)}:{number}", texts, "\n") or changed
    return changed


def _is_prompt(paragraph: etree._Element) -> bool:
    shape = next((one for one in paragraph.iterancestors() if local(one) == "sp"), None)
    frame = child(shape, "nvSpPr") if shape is not None else None
    return frame is not None and next(below(frame, "ph"), None) is not None


# In the order in which the parts of one slide are read. The picture of a SmartArt follows what it shows.
_EDITORS: dict[str, Editor] = {
    _SLIDE: part.edit,
    part.DIAGRAM: part.edit,
    part.DIAGRAM_PICTURE: part.edit_again,
    part.CHART: part.edit_chart,
    part.NEW_CHART: part.edit_chart,
    part.CHART_SHAPES: part.edit,
    f"{_POWERPOINT}comments+xml": _edit_comments,
    "application/vnd.ms-powerpoint.comments+xml": part.edit,
    f"{_POWERPOINT}notesSlide+xml": part.edit,
    f"{_POWERPOINT}slideLayout+xml": _edit_layout,
    f"{_POWERPOINT}slideMaster+xml": _edit_layout,
    f"{_POWERPOINT}notesMaster+xml": _edit_layout,
    f"{_POWERPOINT}handoutMaster+xml": _edit_layout,
}
_ORDER = {content_type: number for number, content_type in enumerate(_EDITORS)}


class Pptx(Office):
    """The format `.pptx`."""

    kind = POWERPOINT
    map_types = frozenset({POWERPOINT.main})
    name = "pptx"
    suffixes = (".pptx",)
    media_type = "application/vnd.openxmlformats-officedocument.presentationml.presentation"

    def tasks(self, package: zipfile.ZipFile, options: Options) -> list[Task]:
        """Slide after slide with all that belongs to it, then layouts and masters."""
        types = content_types(package, self.kind)
        wanted = {name: content_type for name, content_type in types.items() if content_type in _EDITORS}
        main = next(name for name, content_type in types.items() if content_type == self.kind.main)
        listed = {one.identity: one.target for one in relationships(package, main) if one.kind == "slide"}
        order = _slide_ids(package, main)
        slides = [listed[one] for one in order if one in listed]
        # A slide that the presentation does not list is still in the file.
        slides += [name for name in wanted if types[name] == _SLIDE and name not in slides]
        names: dict[str, None] = {}
        for slide in slides:
            own = {slide: None}
            for one in relationships(package, slide):
                if wanted.get(one.target, _SLIDE) == _SLIDE or "Layout" in wanted[one.target]:
                    continue
                own[one.target] = None
                own |= {
                    inner.target: None
                    for inner in relationships(package, one.target)
                    if inner.kind == "chartUserShapes"
                }
            names |= dict.fromkeys(
                sorted((name for name in own if name in wanted), key=lambda name: _ORDER[wanted[name]])
            )
        names |= dict.fromkeys(sorted(wanted, key=lambda name: _ORDER[wanted[name]]))
        return [Task(name, _EDITORS[wanted[name]]) for name in names]


def _slide_ids(package: zipfile.ZipFile, main: str) -> list[str]:
    root = safe_xml.parse(package.read(main), main).getroot()
    found = (str(value) for one in below(root, "sldId") for name, value in one.attrib.items() if "}id" in str(name))
    return list(found)
