"""A paragraph as a flat list: stretches of text, and marks (everything else) at their places between them."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from lxml import etree

from documents.word.fields import FieldStack, OpenField, shows_text
from documents.word.names import attribute, child, local

NO_BREAK_HYPHEN = "\u2011"

# Elements around runs; the value says whether a second copy may stand around another part of the text.
_WRAPPERS = {
    "hyperlink": True, "ins": True, "moveTo": True, "smartTag": True, "customXml": True, "dir": True, "bdo": True,
    "fldSimple": False, "sdt": False,
}  # fmt: skip
_PROPERTIES = frozenset({"pPr", "rPr", "smartTagPr", "customXmlPr", "sdtPr", "sdtEndPr", "fldData"})
# Marks that do not cut the text: where exactly they stand inside a word group is of no consequence.
_SOFT = frozenset({"bookmarkStart", "bookmarkEnd", "proofErr", "permStart", "permEnd", "lastRenderedPageBreak"})
# 7, 12.5, 2024-05-01.
NUMBER = re.compile(r"\d{1,8}(?:[.,:/-]\d{1,4}){0,3}")
_BOUNDARIES = frozenset({"tab", "br", "cr", "ptab"})
_WHITE = re.compile("[\t\n\r]+")


class Strength(Enum):
    """What a mark does to the text around it."""

    SOFT = auto()  # nothing
    HARD = auto()  # begins a new run, so that its place is found exactly (note references, pictures, comments)
    BOUNDARY = auto()  # ends the unit (tabs, breaks)


@dataclass(eq=False)
class Wrapper:
    """An element around atoms, or a field whose begin and end marks (`head`, `tail`) stand around its result."""

    element: etree._Element | None
    may_repeat: bool
    head: list[Mark] = field(default_factory=list)
    tail: list[Mark] = field(default_factory=list)


Path = tuple[Wrapper, ...]


@dataclass(eq=False)
class Text:
    """Text of the run `run`; `path` holds the wrappers around it, outermost first."""

    text: str
    path: Path
    run: etree._Element


@dataclass(eq=False)
class Mark:
    """An element that is not text. `run` is the run it is in; None for one that stands between runs.

    `pair` is the same for the two ends of a range (a bookmark, a comment), of which the first `opens` it.
    """

    element: etree._Element
    path: Path
    run: etree._Element | None
    strength: Strength
    pair: tuple[str, str] = ("", "")
    opens: bool = False


@dataclass(eq=False)
class Computed(Text):
    """A number that a field shows (a page, a figure): part of its sentence, where the translation has the field in its place.

    `marks`: the whole field, or the element that is one. `counts`: a second one would show another number.
    """

    marks: tuple[Mark, ...]
    counts: bool

    def again(self, path: Path) -> list[Atom]:
        """The field once more, within `path`; of a counter its number as text."""
        if self.counts:
            return [Text(self.text, path, self.run)]
        return [Mark(copy.deepcopy(one.element), path, one.run, one.strength) for one in self.marks]


Atom = Text | Mark


def expanded(atoms: Iterable[Atom]) -> list[Atom]:
    """`atoms` with the marks of fields instead of the numbers that they show."""
    return [one for atom in atoms for one in (atom.marks if isinstance(atom, Computed) else (atom,))]


def collect(paragraph: etree._Element, stack: FieldStack) -> list[Atom]:
    """The atoms of `paragraph` in order. `stack` holds the fields of its story that are open, and is kept up."""
    collector = _Collector(stack, id(paragraph))
    for element in paragraph:
        if local(element) != "pPr":
            collector.inline(element, ())
    return collector.finish()


class _Collector:
    def __init__(self, stack: FieldStack, paragraph: int) -> None:
        self._stack = stack
        self._paragraph = paragraph
        self._atoms: list[Atom] = []
        # (begin, separate, end) of the fields that lie wholly in this paragraph, outer ones after inner ones.
        self._ranges: list[tuple[int, int, int]] = []
        # (begin, end, code) of those that are computed.
        self._computed: list[tuple[int, int, str]] = []

    def inline(self, element: etree._Element, path: Path) -> None:
        name = local(element)
        if name == "r":
            for part in element:
                if local(part) != "rPr":
                    self._run_part(part, element, path)
        elif name in _WRAPPERS and not _is_one_sign(element):
            before = len(self._atoms)
            wrapper = Wrapper(element, _WRAPPERS[name])
            content = child(element, "sdtContent") if name == "sdt" else element
            for inner in content if content is not None else ():
                if local(inner) not in _PROPERTIES:
                    self.inline(inner, (*path, wrapper))
            if len(self._atoms) == before:
                self._mark(element, path, None)
        else:
            self._mark(element, path, None)
            if name == "fldSimple":
                self._computed.append((len(self._atoms) - 1, len(self._atoms) - 1, attribute(element, "instr")))

    def _run_part(self, part: etree._Element, run: etree._Element, path: Path) -> None:
        name = local(part)
        if name == "fldChar":
            kind = "" if part in self._stack.unended else attribute(part, "fldCharType")
            self._field(kind)
            self._mark(part, path, run)
            self._field_marked(kind)
        elif name == "instrText":
            if self._stack.fields:
                self._stack.fields[-1].instruction += part.text or ""
            self._mark(part, path, run)
        elif self._stack.is_opaque:
            self._mark(part, path, run, Strength.HARD)
        elif name == "t":
            # Programs that fill in templates write line ends here, which Word shows as spaces.
            self._atoms.append(Text(_WHITE.sub(" ", part.text or ""), path, run))
        elif name == "noBreakHyphen":
            self._atoms.append(Text(NO_BREAK_HYPHEN, path, run))
        elif name == "softHyphen":
            pass  # says where a word of the source language may be cut; it has no place in another language
        elif name == "ruby":
            # The reading above a word does not belong to its translation; the word itself is text.
            base = child(part, "rubyBase")
            texts = [one.text or "" for one in base.iter() if local(one) == "t"] if base is not None else []
            self._atoms.append(Text("".join(texts), path, run))
        else:
            self._mark(part, path, run)

    def _mark(
        self, element: etree._Element, path: Path, run: etree._Element | None, strength: Strength | None = None
    ) -> None:
        name = local(element)
        if strength is None:
            is_remark = not isinstance(element.tag, str)  # an XML comment
            strength = Strength.SOFT if name in _SOFT or is_remark else Strength.HARD
            if name in _BOUNDARIES and run is not None:
                strength = Strength.BOUNDARY
        self._atoms.append(Mark(element, path, run, strength, _pair(element), name.endswith("Start")))

    def _field(self, kind: str) -> None:
        """Before the mark of a begin is noted."""
        if kind == "begin":
            self._stack.fields.append(OpenField(self._paragraph, len(self._atoms)))

    def _field_marked(self, kind: str) -> None:
        """After the mark of a separator or an end was noted."""
        if not self._stack.fields:
            return  # an end without a begin: Word ignores it too
        top = self._stack.fields[-1]
        if kind == "separate":
            top.separate, top.result = len(self._atoms) - 1, True
        elif kind == "end":
            self._stack.fields.pop()
            if top.paragraph == self._paragraph and top.separate is not None:
                if not top.is_opaque:
                    self._ranges.append((top.begin, top.separate, len(self._atoms) - 1))
                elif not self._stack.is_opaque:
                    self._computed.append((top.begin, len(self._atoms) - 1, top.instruction))

    def finish(self) -> list[Atom]:
        gone: set[int] = set()
        for begin, separate, end in reversed(self._ranges):
            path = self._atoms[begin].path
            head = [atom for atom in self._atoms[begin : separate + 1] if isinstance(atom, Mark)]
            last = self._atoms[end]
            inside = range(separate + 1, end)
            whole = len(head) == separate + 1 - begin and all(atom.path == path for atom in (*head, last))
            if not whole or not isinstance(last, Mark) or not any(isinstance(self._atoms[n], Text) for n in inside):
                continue
            if any(self._atoms[number].path[: len(path)] != path for number in inside):
                continue
            wrapper = Wrapper(None, may_repeat=False, head=head, tail=[last])
            for number in inside:
                atom = self._atoms[number]
                atom.path = (*path, wrapper, *atom.path[len(path) :])
            gone |= {*range(begin, separate + 1), end}
        for begin, end, code in self._computed:
            field = _computed(self._atoms[begin : end + 1], code)
            if field is not None:
                self._atoms[begin] = field
                gone |= set(range(begin + 1, end + 1))
        return [atom for number, atom in enumerate(self._atoms) if number not in gone]


def _computed(atoms: Sequence[Atom], code: str) -> Computed | None:
    """The atoms of a field as one, where all that it shows is a number."""
    marks = tuple(atom for atom in atoms if isinstance(atom, Mark) and atom.path == atoms[0].path)
    shown = [one for mark in marks for one in mark.element.iter() if local(one) == "t"]
    text = "".join(one.text or "" for one in shown)
    run = shown[0].getparent() if shown else None
    if len(marks) < len(atoms) or run is None or not NUMBER.fullmatch(text):
        return None
    return Computed(text, marks[0].path, run, marks, code.split()[:1] == ["SEQ"])


def _is_one_sign(element: etree._Element) -> bool:
    """Whether what `element` shows is computed, or the box that one ticks: it stays whole."""
    if local(element) == "fldSimple":
        return not shows_text(attribute(element, "instr"))
    about = child(element, "sdtPr")
    return about is not None and any(etree.QName(one).localname == "checkbox" for one in about.iter("*"))


def _pair(element: etree._Element) -> tuple[str, str]:
    name = local(element)
    if not name:
        return "", ""  # an XML comment, or an element of another language: nothing that has two ends
    kind = "comment" if name.startswith("comment") else re.sub(r"(Range)?(Start|End)$", "", name)
    return kind, attribute(element, "id")
