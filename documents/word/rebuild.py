"""A translated paragraph put together again: pieces in their formatting, marks at their places, wrappers around."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from documents import numbers
from documents.model import Piece
from documents.nesting import Nesting
from documents.word.atoms import Atom, Computed, Mark, Text, expanded
from documents.word.names import child, hollow, local
from documents.word.places import mark_places
from documents.word.runs import Language, empty_run, format_key, text_run
from documents.word.stretches import Stretch


@dataclass(eq=False)
class Translated(Text):
    """Text that is a translation, so its run is told the target language."""


def translated_atoms(stretch: Stretch, pieces: Sequence[Piece]) -> list[Atom]:
    """The atoms of `stretch` with its unit's text replaced by `pieces`."""
    before: list[Atom] = []
    after: list[Atom] = []
    offset = 0
    for atom in stretch.atoms:
        if isinstance(atom, Text):
            end = offset + len(atom.text)
            if offset < stretch.lead:
                before.append(Text(atom.text[: stretch.lead - offset], atom.path, atom.run))
            if end > stretch.trail:
                after.append(Text(atom.text[max(0, stretch.trail - offset) :], atom.path, atom.run))
            offset = end
        elif offset <= stretch.lead:
            before.append(atom)
        elif offset >= stretch.trail:
            after.append(atom)
    middle: list[Atom] = []
    waiting = mark_places(stretch, pieces)
    position = 0
    fields = {number: run.computed for number, run in enumerate(stretch.runs) if run.computed is not None}
    for piece, field in _apart(pieces, fields):
        run = stretch.runs[piece.run]
        start = 0
        while waiting and waiting[0][0] < position + len(piece.text):
            place, mark = waiting.pop(0)
            if field is None and place - position > start:
                middle.append(Translated(piece.text[start : place - position], run.path, run.model))
                start = place - position
            middle.append(mark)
        if field is not None:
            middle.append(fields.pop(piece.run))
        elif piece.text[start:]:
            middle.append(Translated(piece.text[start:], run.path, run.model))
        position += len(piece.text)
    middle += [mark for _, mark in waiting]
    # A number that the translation does not have: the field must not be lost with it.
    middle += fields.values()
    return before + middle + after


def _apart(pieces: Sequence[Piece], fields: Mapping[int, Computed]) -> Iterator[tuple[Piece, Computed | None]]:
    """`pieces`, in which what a field shows is a piece of its own, with the field."""
    target = "".join(piece.text for piece in pieces)
    places = _shown(pieces, target, fields)
    begin = 0
    for piece in pieces:
        end = begin + len(piece.text)
        at = begin
        for start, stop, run in places:
            if stop <= at or start >= end:
                continue
            if start > at:
                yield Piece(target[at:start], piece.run), None
            if start >= begin:
                yield Piece(target[start:stop], run), fields[run]
            at = min(stop, end)
        if at < end:
            yield Piece(target[at:end], piece.run), None
        begin = end


def _shown(pieces: Sequence[Piece], target: str, fields: Mapping[int, Computed]) -> list[tuple[int, int, int]]:
    """(start, end, run) of what the fields show in `target`: where their run went, else where their number stands, for a number
    that stands beside its field is read twice."""
    own: set[tuple[int, int]] = set()
    begin = 0
    for piece in pieces:
        own |= (
            {(offset, piece.run) for offset in range(begin, begin + len(piece.text))} if piece.run in fields else set()
        )
        begin += len(piece.text)
    places: list[tuple[int, int, int]] = []
    for only_own in (True, False):
        for run, field in fields.items():
            if any(run == other for _, _, other in places):
                continue
            for start, end in numbers.found(target, field.text):
                is_free = all(end <= first or start >= last for first, last, _ in places)
                if is_free and ((start, run) in own or not only_own):
                    places.append((start, end, run))
                    break
    return sorted(places)


def rebuild(paragraph: etree._Element, atoms: Iterable[Atom], language: Language | None) -> None:
    """Replaces the content of `paragraph` (its properties stay) by `atoms`."""
    builder = _Builder(expanded(atoms), language)
    for element in list(paragraph):
        if local(element) != "pPr":
            paragraph.remove(element)
    for element in builder.nodes():
        element.tail = None
        paragraph.append(element)


class _Builder(Nesting[etree._Element]):
    def __init__(self, atoms: list[Atom], language: Language | None) -> None:
        super().__init__(atoms)
        self._language = language

    def runs(self, atoms: Sequence[Atom]) -> list[etree._Element]:
        """Runs for neighbours that share one: texts that look the same, marks that were in one run."""
        result: list[etree._Element] = []
        for key, group in itertools.groupby(atoms, _run_key):
            members = list(group)
            if key is None:
                result += [atom.element for atom in members if isinstance(atom, Mark)]
                continue
            texts = [atom for atom in members if isinstance(atom, Text)]
            if texts:
                text = "".join(atom.text for atom in texts)
                language = self._language if isinstance(texts[0], Translated) else None
                result.append(text_run(texts[0].run, text, language))
                continue
            marks = [atom for atom in members if isinstance(atom, Mark)]
            assert marks[0].run is not None
            run = empty_run(marks[0].run)
            for mark in marks:
                mark.element.tail = None
                run.append(mark.element)
            result.append(run)
        return result

    def shell(self, element: etree._Element, content: list[etree._Element]) -> etree._Element:
        """A copy of the wrapper with its properties and `content` in place of its old content."""
        shell = hollow(element)
        holder = shell
        old_holder = element
        if local(element) == "sdt":
            old = child(element, "sdtContent")
            assert old is not None
            old_holder = old
            for one in element:
                if one is not old:
                    shell.append(copy.deepcopy(one))
                else:
                    holder = hollow(old)
                    shell.append(holder)
        for one in old_holder:
            if local(one) in ("smartTagPr", "customXmlPr", "fldData"):
                holder.append(copy.deepcopy(one))
        for one in content:
            one.tail = None
            holder.append(one)
        return shell


def _run_key(atom: Atom) -> tuple[str, object] | None:
    if isinstance(atom, Text):
        return type(atom).__name__, format_key(atom.run)
    return None if atom.run is None else ("mark", id(atom.run))
