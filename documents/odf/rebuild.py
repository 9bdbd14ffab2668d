"""A translated paragraph put together again, and the copy of it that stands below the source."""

from __future__ import annotations

import copy
import itertools
import re
from collections.abc import Sequence
from typing import cast

from lxml import etree

from documents.characters import without_unwritable
from documents.nesting import Nesting
from documents.odf.names import drop, full, get, name_of
from documents.odf.styles import Styles
from documents.word.atoms import Atom, Computed, Mark, Strength, Text, expanded
from documents.word.names import hollow

Node = etree._Element | str
_PARTS = re.compile("( +|[\t\n])")
_ELEMENT_OF = {"\t": "text:tab", "\n": "text:line-break"}


def rebuild(paragraph: etree._Element, atoms: Sequence[Atom], styles: Styles) -> None:
    """Replaces the content of `paragraph` by `atoms`."""
    nodes = _Builder(paragraph, atoms, styles).nodes()
    for element in list(paragraph):
        paragraph.remove(element)
    _fill(paragraph, nodes)


def put_below(paragraph: etree._Element, atoms: Sequence[Atom], styles: Styles) -> None:
    """A copy of `paragraph` with `atoms` follows it: the text and its links, without anything that has a number or an
    identity (notes, bookmarks, comments, pictures, counters, tracked changes), for these stand above."""
    below = hollow(paragraph)
    drop(below, "xml:id", "text:id")
    if name_of(below) == "text:h":
        below.set(full("text:is-list-header"), "true")
        drop(below, "text:restart-numbering", "text:start-value")
    style = get(paragraph, "text:style-name")
    if style:
        below.set(full("text:style-name"), styles.unbroken(style))
    _fill(below, _Builder(paragraph, text_only(atoms), styles).nodes())
    below.tail, paragraph.tail = paragraph.tail, None
    paragraph.addnext(below)


def text_only(atoms: Sequence[Atom]) -> list[Atom]:
    """Copies of the texts, links, tabs and line breaks among `atoms`."""
    kept: list[Atom] = []
    for atom in atoms:
        path = tuple(
            one for one in atom.path if one.element is not None and name_of(one.element) in ("text:a", "text:span")
        )
        if isinstance(atom, Computed):
            kept += atom.again(path)
        elif isinstance(atom, Text):
            kept.append(Text(atom.text, path, atom.run))
        elif atom.strength is Strength.BOUNDARY:
            kept.append(Mark(copy.deepcopy(atom.element), path, atom.run, atom.strength))
    return kept


class _Builder(Nesting[Node]):
    def __init__(self, paragraph: etree._Element, atoms: Sequence[Atom], styles: Styles) -> None:
        atoms = expanded(atoms)
        super().__init__(atoms)
        self._paragraph = paragraph
        self._look = styles.looks.key
        self._is_after_space = True
        shown = [atom for atom in atoms if isinstance(atom, Text) or atom.strength is not Strength.SOFT]
        self._last = shown[-1] if shown else None

    def runs(self, atoms: Sequence[Atom]) -> list[Node]:
        """Texts that look the same share a span, marks that were in one span too."""
        result: list[Node] = []
        for key, group in itertools.groupby(atoms, self._key):
            members = list(group)
            content: list[Node] = []
            model: etree._Element | None = None
            texts = [atom for atom in members if isinstance(atom, Text)]
            if texts:
                content = self._encoded("".join(atom.text for atom in texts), is_last=texts[-1] is self._last)
                model = texts[0].run if key[1] else None
            else:
                content += [atom.element for atom in members if isinstance(atom, Mark)]
                model = members[0].run
            result += content if model is None else [self.shell(model, content)]
        return result

    def shell(self, element: etree._Element, content: list[Node]) -> Node:
        """See `Nesting.shell`."""
        shell = hollow(element)
        _fill(shell, content)
        return shell

    def _key(self, atom: Atom) -> tuple[str, object]:
        return ("text", self._look(atom.run)) if isinstance(atom, Text) else ("mark", atom.run)

    def _encoded(self, text: str, is_last: bool) -> list[Node]:
        """A space that a reader would drop (behind another, at either end) is an element."""
        nodes: list[Node] = []
        parts = [part for part in _PARTS.split(without_unwritable(text)) if part]
        for number, part in enumerate(parts):
            if part in _ELEMENT_OF:
                nodes.append(self._made(_ELEMENT_OF[part]))
                self._is_after_space = False
            elif part.startswith(" "):
                at_end = is_last and number == len(parts) - 1
                count = len(part)
                if not (self._is_after_space or at_end):
                    nodes.append(" ")
                    count -= 1
                if count:
                    space = self._made("text:s")
                    if count > 1:
                        space.set(full("text:c"), str(count))
                    nodes.append(space)
                self._is_after_space = True
            else:
                nodes.append(part)
                self._is_after_space = False
        return nodes

    def _made(self, name: str) -> etree._Element:
        return etree.Element(full(name), nsmap=cast("dict[str, str]", self._paragraph.nsmap))


def _fill(parent: etree._Element, nodes: Sequence[Node]) -> None:
    parent.text = None
    last: etree._Element | None = None
    for node in nodes:
        if isinstance(node, str):
            if last is None:
                parent.text = (parent.text or "") + node
            else:
                last.tail = (last.tail or "") + node
        else:
            node.tail = None
            parent.append(node)
            last = node
