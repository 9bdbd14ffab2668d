"""Parts that hold DrawingML text: slides, notes, charts, SmartArt, shapes."""

from __future__ import annotations

import copy
import posixpath
from collections.abc import Callable

from lxml import etree

from documents.drawing import plain, rich
from documents.drawing.names import FALLBACK, below, local, paragraphs
from documents.ooxml.texts import Texts
from documents.word.runs import word_language

# Content types of parts with DrawingML text that any Office document may hold.
CHART = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
CHART_SHAPES = "application/vnd.openxmlformats-officedocument.drawingml.chartshapes+xml"
NEW_CHART = "application/vnd.ms-office.chartex+xml"
DIAGRAM = "application/vnd.openxmlformats-officedocument.drawingml.diagramData+xml"
DIAGRAM_PICTURE = "application/vnd.ms-office.drawingml.diagramDrawing+xml"

# What a chart keeps of the cells that it shows, in both kinds of chart.
_CACHES = frozenset({"strCache", "strLit", "multiLvlStrCache", "lvl", "txData", "tx", "dlblRangeCache"})


def name_of(part: str) -> str:
    """`ppt/slides/slide1.xml` -> `slide1`, as places are called."""
    return posixpath.splitext(posixpath.basename(part))[0]


def edit(root: etree._Element, part: str, texts: Texts) -> bool:
    """Translates all DrawingML text of the part."""
    return edit_paragraphs(root, part, texts, lambda _: True)


def edit_again(root: etree._Element, part: str, texts: Texts) -> bool:
    """The same for a part that shows what another part says (the picture of a SmartArt)."""
    return edit_paragraphs(root, part, texts, lambda _: True, is_copy=True)


def edit_chart(root: etree._Element, part: str, texts: Texts) -> bool:
    """A chart: its titles, labels and text boxes, and the cached names of series and categories.

    The workbook inside is not opened: what the document shows is the cache.
    """
    changed = edit_paragraphs(root, part, texts, lambda _: True, is_copy=True)
    for number, element in enumerate(caches(root), start=1):
        changed = plain.edit(element, f"{name_of(part)}:cache {number}", texts, plain.BESIDE) or changed
    return changed


def caches(root: etree._Element) -> list[etree._Element]:
    """The elements of a chart that hold cached text: not numbers, not their formats, not formulas."""
    found = []
    for element in below(root, "v", "pt"):
        if local(element) == "pt" and len(element):
            continue  # holds a `v`
        around = [local(one) for one in element.iterancestors()][:3]
        is_number = any(name in ("numCache", "numLit", "numDim") for name in around)
        if not is_number and any(name in _CACHES for name in around):
            found.append(element)
    return found


def edit_paragraphs(
    root: etree._Element,
    part: str,
    texts: Texts,
    wanted: Callable[[etree._Element], bool],
    is_copy: bool = False,
) -> bool:
    """Translates the paragraphs that are `wanted`; bilingual: a paragraph with the translation follows each."""
    name = name_of(part)
    language = word_language(texts.language)
    tag = language.tag if language is not None else None
    changed = False
    # A list, because paragraphs are added while this goes on.
    for number, paragraph in enumerate(list(paragraphs(root)), start=1):
        if not wanted(paragraph):
            continue
        repeats = is_copy or any(one.tag == FALLBACK for one in paragraph.iterancestors())
        asking = texts.again if repeats else texts.ask
        found = rich.stretches_of(paragraph, f"{name}:{number}")
        pieces = rich.pieces_of(found, asking)
        if pieces is None:
            continue
        changed = True
        target = paragraph
        if texts.is_bilingual:
            target = copy.deepcopy(paragraph)
            target.tail = None
            paragraph.addnext(target)
            found = rich.stretches_of(target, f"{name}:{number}")
        rich.rebuild(target, rich.translated(found, pieces), tag)
    return changed
