"""A text in cells with its translation, to be shown in one cell or in two."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from documents.drawing import plain, rich
from documents.drawing.names import below, local
from documents.model import Piece


@dataclass(frozen=True)
class Twin:
    """`source`: an `si` or `is` of its own. `pieces`: of each of its stretches. `is_header`: the name of a table's column."""

    source: etree._Element
    pieces: Sequence[Sequence[Piece] | None]
    is_header: bool

    @property
    def text(self) -> str:
        """The text of the source."""
        return shown(self.source)

    def translation(self, tag: str) -> etree._Element:
        """The translation alone, as an element called `tag`."""
        return self._written(tag, None)

    def both(self, tag: str) -> etree._Element:
        """The source, and the translation in a line below; the name of a column has no lines."""
        return self._written(tag, plain.BESIDE if self.is_header else "\n")

    def _written(self, tag: str, between: str | None) -> etree._Element:
        string = copy.deepcopy(self.source)
        string.tag, string.tail = tag, None
        stretches = rich.stretches_of(string, "")
        atoms = rich.translated(stretches, self.pieces)
        rich.rebuild(string, atoms if between is None else rich.with_source(stretches, atoms, between), None)
        return string


def shown(string: etree._Element) -> str:
    """What an `si` or `is` shows, without the readings of its words."""
    return "".join(one.text or "" for one in below(string, "t") if not _is_reading(one))


def _is_reading(text: etree._Element) -> bool:
    parent = text.getparent()
    return parent is not None and local(parent) == "rPh"
