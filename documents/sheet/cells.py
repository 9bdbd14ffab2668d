"""Text in cells: shared and inline strings, cached texts of formulas; and headers and footers of printed sheets."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator

from lxml import etree

from documents.drawing import plain, rich
from documents.drawing.names import below, child, like, local
from documents.ooxml.texts import Texts, joined
from documents.sheet import beside, messages
from documents.sheet.cellwalk import has_own_string, own_string, placed_cells, put_string
from documents.sheet.layout import Layout
from documents.sheet.survey import Survey
from documents.sheet.twins import Twin, shown

# What a header says besides text: fonts, sizes, colours, fields; `&&` is a letter (ECMA-376 part 1, 18.3.1.39).
_CODE = re.compile('(&"[^"]*"|&K[0-9A-Fa-f]{6}|&K\\d\\d[+-]\\d{3}|&\\d+|&[^&])')
# Excel calls a workbook damaged that has a longer header.
_LONGEST_HEADER = 255
_HEADERS = ("oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter")


def edit_strings(root: etree._Element, found: Survey, texts: Texts) -> bool:
    """The shared strings."""
    changed = False
    names = {header.casefold(): header for header in found.headers}
    for number, string in enumerate(below(root, "si")):
        twin = _twin(string, found.cell_of.get(number, f"text {number + 1}"), found, texts, names)
        if twin is None:
            continue
        if texts.is_bilingual:
            found.twins[number] = twin  # shown in the cells
        else:
            _replace(string, twin)
            changed = True
    return changed


def ask_inline(root: etree._Element, part: str, found: Survey, texts: Texts) -> bool:
    """Asks for the strings that stand in the cells of a sheet: where columns go is known when all have answered."""
    title = found.sheet_of.get(part, part)
    names = {header.casefold(): header for header in found.headers}
    found.inline[part] = [
        _twin(own_string(cell), f"{title}!{cell.get('r') or ''}", found, texts, names)
        for cell in _with_own_strings(root, part, found)
    ]
    return False


def edit_sheet(root: etree._Element, part: str, found: Survey, texts: Texts, layout: Layout) -> bool:
    """Cells, cached results of formulas that quote a translated one, names of links, messages, headers and footers."""
    title = found.sheet_of.get(part, part)
    changed = False
    if not texts.is_bilingual:
        for cell, twin in zip(_with_own_strings(root, part, found), found.inline.get(part, ()), strict=False):
            if twin is not None:
                put_string(cell, twin.translation(like(cell, "is")))
                changed = True
    for element in below(root, *_HEADERS):
        changed = _edit_header(element, f"{title}:{local(element)}", texts) or changed
    if found.has_formulas:
        filled = found.filled.get(part, ())
        for cell, place in placed_cells(root):
            value = child(cell, "v") if cell.get("t") == "str" else None
            if value is not None and not has_own_string(cell, place, filled):
                changed = edit_cached(value, found, texts, layout) or changed
    changed = messages.edit(root, title, texts) or changed
    links = child(root, "hyperlinks")
    if links is not None:
        for link in below(links, "hyperlink"):
            changed = _edit_link(link, texts, layout) or changed
    return (texts.is_bilingual and beside.edit_cells(root, part, found, layout)) or changed


def edit_cached(element: etree._Element, found: Survey, texts: Texts, layout: Layout) -> bool:
    """The copy of a cell's text that a formula or a chart keeps: it says what the cell now says."""
    if not element.text or found.kept.holds(element.text):
        return False
    if texts.is_bilingual and element.text not in layout.in_two_lines:
        return False
    new = plain.translated(element.text, "", texts.recall, "\n" if texts.is_bilingual else None)
    if new is None:
        return False
    element.text = new
    return True


def _edit_link(link: etree._Element, texts: Texts, layout: Layout) -> bool:
    """The copy of its cell's text that a link keeps (LibreOffice and old Excel write it)."""
    if texts.is_bilingual and link.get("display") not in layout.in_two_lines:
        return False
    new = plain.translated(link.get("display") or "", "", texts.recall, plain.BESIDE if texts.is_bilingual else None)
    if new is None:
        return False
    link.set("display", new)
    return True


def wrap_text_cells(root: etree._Element, layout: Layout) -> bool:
    """Two languages in a cell stand in two lines, which Excel shows only where text is wrapped."""
    formats = child(root, "cellXfs")
    if formats is None or not layout.wrapped_styles:
        return False
    for number, one in enumerate(formats):
        if number not in layout.wrapped_styles:
            continue
        alignment = child(one, "alignment")
        if alignment is None:
            alignment = etree.Element(like(one, "alignment"))
            one.insert(0, alignment)
        alignment.set("wrapText", "1")
        one.set("applyAlignment", "1")
    return True


def _twin(string: etree._Element, place: str, found: Survey, texts: Texts, names: dict[str, str]) -> Twin | None:
    """Asks for the translation of a string; None where it stays. `names`: in small letters what columns of tables are called, and
    were before: several strings may say the same."""
    stretches = rich.stretches_of(string, place)
    if all(stretch.unit is None for stretch in stretches):
        return None
    whole = shown(string)
    if found.kept.holds(whole):
        return None
    is_header = whole in found.headers
    if is_header and len(stretches) > 1:
        return None  # a column's name writes line ends in another way
    pieces = rich.pieces_of(stretches, texts.ask)
    if pieces is None:
        return None
    if is_header:
        target = joined(pieces[0] or ()).casefold()
        if names.setdefault(target, whole) != whole:
            texts.forget(whole.strip())  # two columns of a table cannot have one name
            return None
    return Twin(copy.deepcopy(string), pieces, is_header)


def _replace(string: etree._Element, twin: Twin) -> None:
    """The translation in the place of the string."""
    new = twin.translation(str(string.tag))
    string[:] = list(new)


def _with_own_strings(root: etree._Element, part: str, found: Survey) -> Iterator[etree._Element]:
    """Each cell with a string of its own."""
    filled = found.filled.get(part, ())
    return (cell for cell, place in placed_cells(root) if has_own_string(cell, place, filled))


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
        _shorten(parts)
        element.text = "".join(parts).replace("\0", "&&")
    return changed


def _shorten(parts: list[str]) -> None:
    """Cuts the longest text among `parts`, which alternate with codes, where the whole is longer than Excel takes."""
    # An ampersand, still one sign here, is written as two.
    over = sum(len(part) + part.count("\0") for part in parts) - _LONGEST_HEADER
    longest = max(range(0, len(parts), 2), key=lambda number: len(parts[number]))
    if over > 0:
        parts[longest] = parts[longest][: -over - 1].rstrip("\0") + "…"
