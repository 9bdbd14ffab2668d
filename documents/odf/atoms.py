"""A paragraph as a flat list: text, and marks (everything else) at their places between it."""

from __future__ import annotations

import re

from lxml import etree

from documents.odf.names import below, child, get, name_of
from documents.word.atoms import NUMBER, Atom, Computed, Mark, Path, Strength, Text, Wrapper

# Elements around text; the value says whether a second copy may stand around another part of the text.
_WRAPPERS = {
    "text:a": True, "text:meta": False, "text:meta-field": False, "loext:content-control": False, "text:text-input": False,
}  # fmt: skip
# References whose result quotes text of the document, unless they ask for a page or a number.
_REFERENCES = frozenset({"text:bookmark-ref", "text:reference-ref", "text:sequence-ref"})
_QUOTING = frozenset({"", "text", "category-and-value", "caption"})
_BOUNDARIES = frozenset({"text:tab", "text:line-break"})
# Fields that may show a number.
_COMPUTED = _REFERENCES | {
    "text:page-number",
    "text:page-count",
    "text:sequence",
    "text:date",
    "text:time",
    "text:note-ref",
}
# Marks that do not cut the text: where exactly they stand inside a word group is of no consequence.
_SOFT = frozenset({"text:bookmark", "text:bookmark-start", "text:bookmark-end", ""})
# Not worth a place: they say where a page ended when the document was last shown.
_GONE = frozenset({"text:soft-page-break"})
_WHITE = re.compile("[ \t\r\n]+")
# The attributes that the two ends of a range share.
_IDENTITIES = ("text:name", "text:id", "text:change-id", "office:name")
# No author repeats a space so often; a number of billions must not become as many characters.
_MOST_SPACES = 1_000


def collect(paragraph: etree._Element) -> list[Atom]:
    """The atoms of `paragraph` in order. White space is collapsed as OpenDocument 1.3 part 3, 6.1.2 says."""
    collector = _Collector(paragraph)
    collector.inside(paragraph, (), paragraph)
    return collector.finish()


class _Collector:
    """`run`: the innermost span around the text, or the paragraph, which stands for no formatting of its own."""

    def __init__(self, paragraph: etree._Element) -> None:
        self._paragraph = paragraph
        self._atoms: list[Atom] = []
        self._spans: dict[etree._Element, Wrapper] = {}
        # White space is dropped after white space and at the start.
        self._is_after_space = True
        # The number of the last atom where it ends in white space of the file, which is dropped at the end.
        self._loose: int | None = None

    def inside(self, element: etree._Element, path: Path, run: etree._Element) -> None:
        self._characters(element.text, path, run)
        for inner in element:
            self._element(inner, path, run)
            self._characters(inner.tail, path, run)

    def _element(self, element: etree._Element, path: Path, run: etree._Element) -> None:
        name = name_of(element)
        if name == "text:s":
            count = get(element, "text:c")
            spaces = min(int(count), _MOST_SPACES) if count.isdecimal() else 1
            self._atoms.append(Text(" " * spaces, path, run))
            self._is_after_space, self._loose = True, None
        elif name == "text:span":
            self.inside(element, self._around(path, run), element)
        elif name == "text:ruby":
            # The reading above a word does not belong to its translation; the word itself is text.
            base = child(element, "text:ruby-base")
            if base is not None:
                self.inside(base, path, run)
        elif (name in _WRAPPERS and get(element, "loext:checkbox") != "true") or (
            name in _REFERENCES and get(element, "text:reference-format") in _QUOTING
        ):
            before = len(self._atoms)
            wrapper = Wrapper(element, _WRAPPERS.get(name, False))
            self.inside(element, (*self._around(path, run), wrapper), self._paragraph)
            if not any(isinstance(atom, Text) for atom in self._atoms[before:]):
                del self._atoms[before:]
                self._mark(element, name, path, run)
        elif name not in _GONE:
            self._mark(element, name, path, run)

    def _around(self, path: Path, run: etree._Element) -> Path:
        if run is self._paragraph:
            return path
        if run not in self._spans:
            self._spans[run] = Wrapper(run, may_repeat=True)
        return (*path, self._spans[run])

    def _characters(self, text: str | None, path: Path, run: etree._Element) -> None:
        if not text:
            return
        shown = _WHITE.sub(" ", text)
        if self._is_after_space and shown.startswith(" "):
            shown = shown[1:]
        if shown:
            self._atoms.append(Text(shown, path, run))
            self._is_after_space = shown.endswith(" ")
            self._loose = len(self._atoms) - 1 if self._is_after_space else None

    def _mark(self, element: etree._Element, name: str, path: Path, run: etree._Element) -> None:
        strength = Strength.BOUNDARY if name in _BOUNDARIES else Strength.SOFT if name in _SOFT else Strength.HARD
        identity = next((value for one in _IDENTITIES if (value := get(element, one))), "")
        opens = name.endswith("-start") or (name == "office:annotation" and bool(identity))
        kind = re.sub("-(start|end)$", "", name)
        within = None if run is self._paragraph else run
        mark = Mark(element, path, within, strength, (kind, identity), opens)
        number = element.text or ""
        if name in _COMPUTED and not len(element) and NUMBER.fullmatch(number):
            self._atoms.append(Computed(number, path, run, (mark,), name == "text:sequence"))
        else:
            self._atoms.append(mark)
        if strength is not Strength.SOFT:
            self._is_after_space, self._loose = False, None

    def finish(self) -> list[Atom]:
        if self._loose is not None:
            last = self._atoms[self._loose]
            assert isinstance(last, Text)
            last.text = last.text[:-1]
            if not last.text:
                del self._atoms[self._loose]
        return self._atoms


def plain_text(element: etree._Element) -> str:
    """The text of the paragraphs directly inside `element`, a line each, as a cell's text is compared."""
    lines = []
    for paragraph in element:
        if name_of(paragraph) in ("text:p", "text:h"):
            atoms = collect(paragraph)
            lines.append("".join(atom.text if isinstance(atom, Text) else _sign(atom) for atom in atoms))
    return "\n".join(lines)


def _sign(mark: Mark) -> str:
    name = name_of(mark.element)
    if name in _BOUNDARIES:
        return "\t" if name == "text:tab" else "\n"
    return "" if any(True for _ in below(mark.element, "text:p")) else "".join(map(str, mark.element.itertext()))
