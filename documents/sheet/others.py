"""Comments, tables, shapes and charts of a workbook, and the order to calculate it anew."""

from __future__ import annotations

from lxml import etree

from documents.drawing import part, plain, rich
from documents.drawing.names import below, child, like, local
from documents.ooxml.texts import Texts
from documents.sheet.cells import edit_cached
from documents.sheet.layout import Layout
from documents.sheet.moving import anchors, follow
from documents.sheet.survey import Survey

# Of the children of a workbook these stand before calcPr (ECMA-376 part 1, 18.2.27).
_BEFORE_CALCULATION = frozenset({
    "fileVersion", "fileSharing", "workbookPr", "AlternateContent", "revisionPtr", "absPath", "workbookProtection",
    "bookViews", "sheets", "functionGroups", "externalReferences", "definedNames",
})  # fmt: skip


# What a chart says of cells.
_COPIES = frozenset({"strRef", "multiLvlStrRef", "strDim", "txData", "datalabelsRange"})


def edit_comments(root: etree._Element, name: str, texts: Texts) -> bool:
    """Notes: the comments of Excel before 2019."""
    changed = False
    for comment in below(root, "comment"):
        text = child(comment, "text")
        if text is None:
            continue
        stretches = rich.stretches_of(text, f"{part.name_of(name)}:{comment.get('ref') or ''}")
        pieces = rich.pieces_of(stretches, texts.again)
        if pieces is None:
            continue
        atoms = rich.translated(stretches, pieces)
        if texts.is_bilingual:
            atoms = rich.with_source(stretches, atoms, "\n")
        rich.rebuild(text, atoms, None)
        changed = True
    return changed


def edit_threads(root: etree._Element, name: str, texts: Texts) -> bool:
    """Threaded comments. One that mentions a person counts letters to the mention, so it stays as it is."""
    changed = False
    for comment in below(root, "threadedComment"):
        text = child(comment, "text")
        if text is not None and child(comment, "mentions") is None:
            place = f"{part.name_of(name)}:{comment.get('ref') or ''}"
            changed = plain.edit(text, place, texts, "\n") or changed
    return changed


def edit_shapes(root: etree._Element, name: str, texts: Texts, layout: Layout) -> bool:
    """Text boxes, but not those that show a cell: Excel fills them."""
    changed = part.edit_paragraphs(root, name, texts, lambda paragraph: not _shows_cell(paragraph))
    if layout:
        changed = anchors(root, layout.of_part(name)) or changed
        changed = follow(root, "", layout) or changed
    return changed


def edit_chart(root: etree._Element, name: str, texts: Texts, found: Survey, layout: Layout) -> bool:
    """Titles and labels; the copies of cells that the chart keeps say what the cells say."""
    changed = part.edit_paragraphs(root, name, texts, lambda _: True)
    for number, element in enumerate(part.caches(root), start=1):
        is_copy = any(local(one) in _COPIES for one in element.iterancestors())
        if is_copy:
            changed = edit_cached(element, found, texts, layout) or changed
        else:
            changed = plain.edit(element, f"{part.name_of(name)}:cache {number}", texts, plain.BESIDE) or changed
    return (bool(layout) and follow(root, "", layout)) or changed


def edit_table(root: etree._Element, name: str, texts: Texts, found: Survey, layout: Layout) -> bool:
    """The names of columns and the label of the total say what their cells say."""
    changed = False
    between = plain.BESIDE if texts.is_bilingual else None
    for column in below(root, "tableColumn"):
        for attribute in ("name", "totalsRowLabel"):
            old = column.get(attribute) or ""
            if not old or found.kept.holds(old) or (attribute == "name" and old not in found.headers):
                continue
            new = plain.translated(
                old, "", texts.recall, between if attribute == "name" else ("\n" if texts.is_bilingual else None)
            )
            if new is not None:
                column.set(attribute, new)
                changed = True
    return (bool(layout) and follow(root, layout.parts.get(name, ""), layout)) or changed


def edit_workbook(root: etree._Element, texts: Texts, found: Survey, layout: Layout) -> bool:
    """Excel computes all formulas when it opens the file: their kept results may quote cells that have changed."""
    moved = bool(layout) and follow(root, "", layout)
    if not found.has_formulas or not texts.has_changes:
        return moved
    calculation = child(root, "calcPr")
    if calculation is None:
        calculation = etree.Element(like(root, "calcPr"))
        root.insert(sum(local(one) in _BEFORE_CALCULATION or not local(one) for one in root), calculation)
    calculation.set("fullCalcOnLoad", "1")
    return True


def _shows_cell(paragraph: etree._Element) -> bool:
    return any(one.get("textlink") for one in paragraph.iterancestors())
