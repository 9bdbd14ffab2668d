"""Parts with paragraphs: the body of a document, master pages, headers and footers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lxml import etree

from documents.drawing import plain
from documents.drawing.part import name_of as part_name
from documents.model import Piece
from documents.odf import labels, languages
from documents.odf.atoms import collect, plain_text
from documents.odf.names import below, drop, get, name_of
from documents.odf.rebuild import put_below, rebuild, text_only
from documents.odf.styles import Styles
from documents.ooxml.texts import Texts, says
from documents.sheet.literals import Kept
from documents.word.atoms import Text
from documents.word.rebuild import translated_atoms
from documents.word.stretches import Stretch, stretches

CELLS = ("table:table-cell", "table:covered-table-cell")
_PARAGRAPHS = ("text:p", "text:h")
# What was deleted stays as it was written.
_HISTORIES = ("text:tracked-changes", "table:tracked-changes")
# Texts without formatting: footers and fixed dates of slides, and the title that an index gets when it is made anew.
_PLAIN = (
    "presentation:header-decl", "presentation:footer-decl", "presentation:date-time-decl", "text:index-title-template",
)  # fmt: skip
# What a master page writes in these says where to click; no slide shows it.
_PROMPTS = frozenset({"title", "subtitle", "outline", "notes"})
NO_CELLS = Kept()
_NO_PLACES: Mapping[etree._Element, str] = {}


def edit(
    root: etree._Element,
    part: str,
    texts: Texts,
    common: etree._Element | None = None,
    kept: Kept = NO_CELLS,
    places: Mapping[etree._Element, str] = _NO_PLACES,
    is_chart: bool = False,
) -> bool:
    """Translates every paragraph but those of deleted text, prompts, numbers and formulas. Returns whether any changed.

    common: the root of styles.xml. kept: what cells must not lose. places: how cells are called.
    is_chart: titles and labels are one paragraph each, and say what the document may have said before.
    """
    styles = Styles(root, common)
    asking = texts.again if is_chart else texts.ask
    changed = False
    wanted = _Wanted(root, kept)
    # A list, because paragraphs are added while this goes on.
    for number, paragraph in enumerate(list(below(root, *_PARAGRAPHS)), start=1):
        holder = paragraph.getparent()
        if holder is None or not wanted.is_wanted(paragraph, holder):
            continue
        cell = next((one for one in paragraph.iterancestors() if one in places), None)
        place = f"{_place(part)}:{number}" if cell is None else places[cell]
        found = stretches(collect(paragraph), place, styles.looks)
        pieces = [None if one.unit is None else asking(one.unit) for one in found]
        if _same(found, pieces):
            continue  # an untouched paragraph keeps its spans as they are
        changed = True
        drop(holder, "office:string-value")
        atoms = [
            atom
            for one, given in zip(found, pieces, strict=True)
            for atom in (one.atoms if given is None else translated_atoms(one, given))
        ]
        if not texts.is_bilingual:
            rebuild(paragraph, atoms, styles)
        elif is_chart:
            source = [atom for one in found for atom in one.atoms]
            rebuild(paragraph, [*source, Text(plain.BESIDE, (), paragraph), *text_only(atoms)], styles)
        else:
            put_below(paragraph, atoms, styles)
    for element in below(root, *_PLAIN):
        changed = plain.edit(element, f"{_place(part)}:title", texts, plain.BESIDE) or changed
    for element in below(root, "text:placeholder"):
        changed = _edit_prompt(element, f"{_place(part)}:placeholder", texts) or changed
    changed = labels.edit(root, _place(part), texts) or changed
    if texts.has_changes:
        changed = languages.fit(root, texts) or changed
    return changed


def _edit_prompt(element: etree._Element, place: str, texts: Texts) -> bool:
    """The prompt of a placeholder: `<Name>`. The signs around it are the program's."""
    old = element.text or ""
    start, end = ("<", ">") if old.startswith("<") and old.endswith(">") else ("", "")
    between = plain.BESIDE if texts.is_bilingual else None
    new = plain.translated(old[len(start) : len(old) - len(end)], place, texts.again, between)
    if new is None:
        return False
    element.text = f"{start}{new}{end}"
    return True


class _Wanted:
    def __init__(self, root: etree._Element, kept: Kept) -> None:
        self._kept = kept
        self._cells: dict[etree._Element, bool] = {}
        out = [*below(root, *_HISTORIES)]
        out += [one for one in below(root, "draw:frame") if get(one, "presentation:placeholder") == "true"]
        for master in below(root, "style:master-page"):
            out += [one for one in below(master, "draw:frame") if get(one, "presentation:class") in _PROMPTS]
        self._out = {paragraph for one in out for paragraph in below(one, *_PARAGRAPHS)}

    def is_wanted(self, paragraph: etree._Element, holder: etree._Element) -> bool:
        if paragraph in self._out:
            return False
        if name_of(holder) not in CELLS:
            return True
        if holder not in self._cells:
            self._cells[holder] = is_text(holder) and not self._kept.holds(plain_text(holder))
        return self._cells[holder]


def is_text(cell: etree._Element) -> bool:
    """Whether the author wrote what the cell shows: it is no number, no date and no result."""
    return not get(cell, "table:formula") and get(cell, "office:value-type") in ("", "string")


def _same(found: Sequence[Stretch], pieces: Sequence[Sequence[Piece] | None]) -> bool:
    return all(one.unit is None or says(one.unit, given) for one, given in zip(found, pieces, strict=True))


def _place(part: str) -> str:
    """`content.xml` -> `content`, `Object 1/content.xml` -> `Object 1`."""
    return part.rsplit("/", 1)[0] if "/" in part else part_name(part)
