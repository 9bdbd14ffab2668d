"""What a content stream draws, as far as the setting of text needs it."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from documents.pdf_pages.fonts import Kind
from documents.pdf_pages.geometry import Box, Frame, Matrix


@dataclass(frozen=True, slots=True)
class TextState:
    """The parameters of text at a show operator, in the units of the PDF reference. `scale`: 1 for 100 %."""

    font: str
    size: float
    spacing: float
    word_spacing: float
    scale: float
    rise: float


@dataclass(slots=True)
class Show:
    """One operator that shows text: the bytes `start` to `end`.

    `prefix`: operators that do what `'` and `"` do before they show. `parts`: codes and, between them, shifts in
    thousandths of an em. `line`: the text line matrix; `offset`: how far along it the operator begins, in text space.
    `marks`: the marked content that the operator stands in and that says what the text is.
    """

    start: int
    end: int
    prefix: bytes
    parts: list[bytes | float]
    advances: list[float]  # of each part, in thousandths of an em; 0 for a shift
    state: TextState
    line: Matrix
    offset: float
    ctm: Matrix
    clip: Box
    colour: tuple[bytes, ...]
    marks: tuple[int, ...]


@dataclass(slots=True)
class Glyph:
    """A sign on the page. (u0, v) is its origin and u1 its end in the direction of writing, `size` the height of an em there."""

    text: str
    kind: Kind
    u0: float
    u1: float
    v: float
    size: float
    show: int
    part: int
    bold: bool
    italic: bool
    colour: tuple[bytes, ...]
    link: int = -1
    shadows: list[Glyph] | None = None  # the same sign drawn again, a hair apart


def tracking(glyphs: Sequence[Glyph], space: float) -> float:
    """The gap between the letters of a line, in em, where it is set so wide that most gaps would pass for a `space`; else 0."""
    gaps = [
        (after.u0 - before.u1) / max(before.size, after.size)
        for before, after in itertools.pairwise(glyphs)
        if before.text.isalpha() and after.text.isalpha()
    ]
    usual = statistics.median(gaps) if len(gaps) > 2 else 0.0
    return usual if usual > space else 0.0


@dataclass(slots=True)
class Mark:
    """A marked content whose properties hold a text in place of what is shown: `BDC` in the bytes `start` to `end`."""

    start: int
    end: int
    tag: str
    properties: bytes | str  # a dictionary as it stands, or the name of a resource


@dataclass(slots=True)
class Drawn:
    """All that one content stream draws."""

    shows: list[Show] = field(default_factory=list)
    glyphs: dict[Frame, list[Glyph]] = field(default_factory=dict)
    rules: list[Box] = field(default_factory=list)  # thin lines, sides of rectangles
    pictures: list[Box] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    forms: list[str] = field(default_factory=list)  # names of form XObjects, in order
    open_states: int = 0  # q without Q at the end
    unreadable: int = 0  # codes of which no letter is known
    hidden: int = 0  # glyphs drawn invisible, as the text behind a scan
