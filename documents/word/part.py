"""One XML part of a Word package (body, header, notes...): its paragraphs, and which of them say the same twice."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from documents.drawing import part as drawing
from documents.formatting import place_runs
from documents.model import Piece, Unit
from documents.ooxml.texts import Texts, joined, says
from documents.word import labels
from documents.word.atoms import collect
from documents.word.below import put_below
from documents.word.fields import FieldStack, unended
from documents.word.names import ALTERNATE_CONTENT, child, local, paragraphs
from documents.word.rebuild import rebuild, translated_atoms
from documents.word.runs import word_language
from documents.word.stretches import Stretch, stretches

_STORIES = frozenset({"txbxContent", "body", "hdr", "ftr", "footnote", "endnote", "comment"})


@dataclass(frozen=True)
class Paragraph:
    """A paragraph with its stretches. `box` is the outermost AlternateContent around it, if any.

    A text box is written twice, for newer and for older readers; `is_copy` is True for the second writing.
    """

    element: etree._Element
    stretches: tuple[Stretch, ...]
    box: etree._Element | None
    is_copy: bool


def edit(root: etree._Element, part: str, texts: Texts) -> bool:
    """Puts the translation in the place of every unit, or below its paragraph. Returns whether anything changed."""
    changed = _edit_paragraphs(root, part, texts)
    # Shapes that Word 2007 took over from slides hold slides' text.
    changed = drawing.edit(root, part, texts) or changed
    return labels.edit(root, part, texts) or changed


def _edit_paragraphs(root: etree._Element, part: str, texts: Texts) -> bool:
    language = word_language(texts.language)
    copies = _Copies()
    changed = False
    for paragraph in _paragraphs(root, part):
        pieces_of: list[Sequence[Piece] | None] = []
        for stretch in paragraph.stretches:
            if stretch.unit is None:
                pieces_of.append(None)
                continue
            is_known, pieces = copies.of(paragraph, stretch.unit)
            if not is_known:
                pieces = texts.ask(stretch.unit)
                copies.keep(paragraph, stretch.unit, pieces)
            pieces_of.append(pieces)
        if all(_same(stretch, pieces) for stretch, pieces in zip(paragraph.stretches, pieces_of, strict=True)):
            continue  # an untouched paragraph keeps its runs as they are
        changed = True
        _unbind(paragraph.element)
        atoms = [
            atom
            for stretch, pieces in zip(paragraph.stretches, pieces_of, strict=True)
            for atom in (stretch.atoms if pieces is None else translated_atoms(stretch, pieces))
        ]
        if texts.is_bilingual:
            put_below(paragraph.element, atoms, language)
        else:
            rebuild(paragraph.element, atoms, language)
    return changed


def _unbind(paragraph: etree._Element) -> None:
    """Content controls around and inside `paragraph` keep their text: one that is bound to a property of the document (the
    title on a cover page) or to a part with data shows what stands there as soon as Word opens the file."""
    for control in (*paragraph.iterancestors(), *paragraph.iter()):
        about = child(control, "sdtPr") if local(control) == "sdt" else None
        if about is not None:
            for one in [one for one in about.iterchildren("*") if etree.QName(one).localname == "dataBinding"]:
                about.remove(one)


class _Copies:
    """The translations of the text box that is being read, by its source text."""

    def __init__(self) -> None:
        self._box: etree._Element | None = None
        self._pieces: dict[str, tuple[Unit, Sequence[Piece] | None]] = {}

    def keep(self, paragraph: Paragraph, unit: Unit, pieces: Sequence[Piece] | None) -> None:
        if paragraph.box is None:
            return
        if paragraph.box is not self._box:
            self._box, self._pieces = paragraph.box, {}
        self._pieces.setdefault(unit.text, (unit, pieces))

    def of(self, paragraph: Paragraph, unit: Unit) -> tuple[bool, Sequence[Piece] | None]:
        """Whether this is the second writing of `unit`, and the pieces of the first."""
        if not paragraph.is_copy or paragraph.box is not self._box or unit.text not in self._pieces:
            return False, None
        first, pieces = self._pieces[unit.text]
        if pieces is None or first.runs == unit.runs:
            return True, pieces
        return True, place_runs(unit, joined(pieces), None)


def _same(stretch: Stretch, pieces: Sequence[Piece] | None) -> bool:
    return stretch.unit is None or says(stretch.unit, pieces)


def _paragraphs(root: etree._Element, part: str) -> Iterator[Paragraph]:
    name = posixpath.splitext(posixpath.basename(part))[0]
    stacks: dict[etree._Element, FieldStack] = {}
    first_branches: dict[etree._Element, etree._Element | None] = {}
    without_end = unended(root, _STORIES)
    # A list, because paragraphs are rebuilt while this goes on.
    for number, element in enumerate(list(paragraphs(root)), start=1):
        story = next((one for one in element.iterancestors() if local(one) in _STORIES), root)
        atoms = collect(element, stacks.setdefault(story, FieldStack(without_end)))
        box, is_copy = _box_of(element, first_branches)
        yield Paragraph(element, tuple(stretches(atoms, f"{name}:{number}")), box, is_copy)


def _box_of(
    paragraph: etree._Element, first_branches: dict[etree._Element, etree._Element | None]
) -> tuple[etree._Element | None, bool]:
    """The outermost AlternateContent around `paragraph`, and whether an earlier branch writes the same."""
    box: etree._Element | None = None
    is_copy = False
    branch = paragraph
    for ancestor in paragraph.iterancestors():
        if ancestor.tag == ALTERNATE_CONTENT:
            box = ancestor
            if ancestor not in first_branches:
                first_branches[ancestor] = next((one for one in ancestor if any(True for _ in paragraphs(one))), None)
            is_copy = is_copy or first_branches[ancestor] is not branch
        branch = ancestor
    return box, is_copy
