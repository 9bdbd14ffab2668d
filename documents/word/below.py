"""Bilingual documents: a paragraph with the translation below the source."""

from __future__ import annotations

import copy
from collections.abc import Sequence

from lxml import etree

from documents.word.atoms import Atom, Computed, Mark, Strength, Text
from documents.word.names import attribute, child, hollow, local, named
from documents.word.rebuild import rebuild
from documents.word.runs import Language

# Breaks that belong to the layout of the source; the others (line breaks, tabs) cut the text.
_LAYOUT_BREAKS = frozenset({"page", "column"})
# Of the paragraph's mark: tracked changes belong to the source.
_TRACKED = frozenset({"ins", "del", "moveFrom", "moveTo", "rPrChange"})
# Schema order of w:pPr: these stand before w:numPr (ECMA-376 part 1, 17.3.1.26).
_BEFORE_NUMBERING = frozenset({"pStyle", "keepNext", "keepLines", "pageBreakBefore", "framePr", "widowControl"})


def put_below(paragraph: etree._Element, atoms: Sequence[Atom], language: Language | None) -> None:
    """A copy of `paragraph` with `atoms` follows it: the text and its links, without anything that has a number or an
    identity (notes, bookmarks, comments, pictures, counters, list numbers, tracked changes), for these stand above."""
    below = hollow(paragraph)
    for name in list(below.attrib):
        if etree.QName(name).localname in ("paraId", "textId"):
            del below.attrib[name]
    properties = child(paragraph, "pPr")
    if properties is not None:
        below.append(_properties(properties))
    rebuild(below, _text_only(atoms), language)
    _anchor(paragraph).addnext(below)


def _text_only(atoms: Sequence[Atom]) -> list[Atom]:
    kept: list[Atom] = []
    for atom in atoms:
        if isinstance(atom, Computed):
            kept += atom.again(())
        elif isinstance(atom, Text):
            atom.path = tuple(one for one in atom.path if one.element is not None and local(one.element) == "hyperlink")
            kept.append(atom)
        elif atom.strength is Strength.BOUNDARY:
            kept.append(Mark(copy.deepcopy(atom.element), (), atom.run, atom.strength))
    return _without_layout(kept)


def _without_layout(atoms: Sequence[Atom]) -> list[Atom]:
    """A page or column begins in the source only. Between two texts a line takes its place."""
    shown = [number for number, atom in enumerate(atoms) if isinstance(atom, Text) and atom.text.strip()]
    kept: list[Atom] = []
    for number, atom in enumerate(atoms):
        if isinstance(atom, Mark) and attribute(atom.element, "type") in _LAYOUT_BREAKS:
            if not shown or not shown[0] < number < shown[-1]:
                continue
            del atom.element.attrib[named(atom.element, "type")]
        kept.append(atom)
    return kept


def _properties(source: etree._Element) -> etree._Element:
    """The paragraph's properties for the translation. A section that ends here ends after the translation."""
    own = copy.deepcopy(source)
    own.tail = None
    for element in list(own):
        name = local(element)
        if name in ("numPr", "pageBreakBefore", "pPrChange"):
            own.remove(element)
        elif name == "rPr":
            for inner in list(element):
                if local(inner) in _TRACKED:
                    element.remove(inner)
    section = child(source, "sectPr")
    if section is not None:
        source.remove(section)
    # A style may number its paragraphs, or begin a page: the translation does neither.
    if child(source, "numPr") is not None or child(source, "pStyle") is not None:
        place = sum(local(one) in _BEFORE_NUMBERING for one in own)
        numbering = etree.Element(named(source, "numPr"))
        etree.SubElement(numbering, named(source, "numId")).set(named(source, "val"), "0")
        own.insert(place, numbering)
        no_page = etree.Element(named(source, "pageBreakBefore"))
        no_page.set(named(source, "val"), "0")
        own.insert(sum(local(one) in ("pStyle", "keepNext", "keepLines") for one in own), no_page)
    return own


def _anchor(paragraph: etree._Element) -> etree._Element:
    """What the translation follows: a content control for plain text takes one paragraph only."""
    anchor = paragraph
    for ancestor in paragraph.iterancestors():
        if local(ancestor) == "sdt":
            about = child(ancestor, "sdtPr")
            if about is not None and child(about, "text") is not None:
                anchor = ancestor
        elif local(ancestor) not in ("sdtContent", ""):
            break
    return anchor
