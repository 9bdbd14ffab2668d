"""Text in cells: shared and inline strings, cached texts of formulas; and headers and footers of printed sheets."""

from __future__ import annotations

import re

from lxml import etree

from documents.drawing import plain, rich
from documents.drawing.names import below, child, like, local
from documents.ooxml.texts import Texts, joined
from documents.sheet.survey import Survey

# What a header says besides text: fonts, sizes, colours, fields; `&&` is a letter (ECMA-376 part 1, 18.3.1.39).
_CODE = re.compile('(&"[^"]*"|&K[0-9A-Fa-f]{6}|&K\\d\\d[+-]\\d{3}|&\\d+|&[^&])')
_HEADERS = ("oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter")


def edit_strings(root: etree._Element, found: Survey, texts: Texts) -> bool:
    """The shared strings."""
    changed = False
    names = {header.casefold() for header in found.headers}
    for number, string in enumerate(below(root, "si")):
        place = found.cell_of.get(number, f"text {number + 1}")
        changed = _edit_string(string, place, found, texts, names) or changed
    return changed


def edit_sheet(root: etree._Element, part: str, found: Survey, texts: Texts) -> bool:
    """Inline strings, cached results of formulas that quote a translated cell, names of links, headers and footers."""
    title = found.sheet_of.get(part, part)
    names = {header.casefold() for header in found.headers}
    changed = False
    for inline in below(root, "is"):
        cell = inline.getparent()
        place = f"{title}!{cell.get('r') or ''}" if cell is not None else title
        changed = _edit_string(inline, place, found, texts, names) or changed
    for element in below(root, *_HEADERS):
        changed = _edit_header(element, f"{title}:{local(element)}", texts) or changed
    if found.has_formulas:
        for cell in below(root, "c"):
            value = child(cell, "v") if cell.get("t") == "str" else None
            if value is not None:
                changed = edit_cached(value, found, texts) or changed
    links = child(root, "hyperlinks")
    if links is not None:
        for link in below(links, "hyperlink"):
            changed = _edit_link(link, texts) or changed
    if texts.is_bilingual and texts.has_changes:
        # A row grows with its second line unless its owner chose its height.
        for row in below(root, "row"):
            if "ht" in row.attrib and row.get("customHeight") not in ("1", "true"):
                del row.attrib["ht"]
                changed = True
    return changed


def edit_cached(element: etree._Element, found: Survey, texts: Texts) -> bool:
    """The copy of a cell's text that a formula or a chart keeps: it says what the cell now says."""
    if not element.text or found.kept.holds(element.text):
        return False
    new = plain.translated(element.text, "", texts.recall, "\n" if texts.is_bilingual else None)
    if new is None:
        return False
    element.text = new
    return True


def _edit_link(link: etree._Element, texts: Texts) -> bool:
    """The copy of its cell's text that a link keeps (LibreOffice and old Excel write it)."""
    new = plain.translated(link.get("display") or "", "", texts.recall, plain.BESIDE if texts.is_bilingual else None)
    if new is None:
        return False
    link.set("display", new)
    return True


def wrap_text_cells(root: etree._Element, found: Survey, texts: Texts) -> bool:
    """Two languages in a cell stand in two lines, which Excel shows only where text is wrapped."""
    formats = child(root, "cellXfs")
    if formats is None or not texts.is_bilingual or not texts.has_changes:
        return False
    for number, one in enumerate(formats):
        if number not in found.text_styles:
            continue
        alignment = child(one, "alignment")
        if alignment is None:
            alignment = etree.Element(like(one, "alignment"))
            one.insert(0, alignment)
        alignment.set("wrapText", "1")
        one.set("applyAlignment", "1")
    return True


def _edit_string(string: etree._Element, place: str, found: Survey, texts: Texts, names: set[str]) -> bool:
    stretches = rich.stretches_of(string, place)
    if all(stretch.unit is None for stretch in stretches):
        return False
    whole = "".join(one.text or "" for one in below(string, "t") if _is_shown(one))
    if found.kept.holds(whole):
        return False
    is_header = whole in found.headers
    if is_header and len(stretches) > 1:
        return False  # a column's name writes line ends in another way
    pieces = rich.pieces_of(stretches, texts.ask)
    if pieces is None:
        return False
    if is_header:
        target = joined(pieces[0] or ()).casefold()
        if target in names:
            texts.forget(whole.strip())  # two columns of a table cannot have one name
            return False
        names.add(target)
    atoms = rich.translated(stretches, pieces)
    if texts.is_bilingual:
        atoms = rich.with_source(stretches, atoms, plain.BESIDE if is_header else "\n")
    rich.rebuild(string, atoms, None)
    return True


def _is_shown(text: etree._Element) -> bool:
    parent = text.getparent()
    return parent is None or local(parent) != "rPh"


def _edit_header(element: etree._Element, place: str, texts: Texts) -> bool:
    """The text between the codes of a header. Translations come once where both pages say the same."""
    parts = _CODE.split((element.text or "").replace("&&", "\0"))
    changed = False
    for number, part in enumerate(parts):
        if number % 2:
            continue
        new = plain.translated(
            part.replace("\0", "&"), place, texts.again, plain.BESIDE if texts.is_bilingual else None
        )
        if new is None:
            continue
        changed = True
        after_size = number > 0 and parts[number - 1][1:].isdigit()
        parts[number] = (" " if after_size and new[:1].isdigit() else "") + new.replace("&", "\0")
    if changed:
        element.text = "".join(parts).replace("\0", "&&")
    return changed
