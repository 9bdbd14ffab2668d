"""Text without formatting (a comment, the cached name of a chart's series): one unit a line."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from lxml import etree

from documents.characters import has_letter, without_unwritable
from documents.model import Piece, Unit
from documents.ooxml.texts import Texts, joined, says

# Line ends and tabs; Office writes some of them as _xHHHH_ (ECMA-376 part 1, 22.4.2.4).
CUT = re.compile("(\r\n|[\t\n\r\v\f]|_x000[9aAbBcCdD]_)")
# Between a text and its translation where there is room for one line only.
BESIDE = " / "

Asking = Callable[[Unit], Sequence[Piece] | None]


def translated(text: str, place: str, asking: Asking, between: str | None) -> str | None:
    """`text` with its lines translated, None if nothing changes. `between` None: only the translation is shown."""
    parts = CUT.split(text)
    changed = False
    for number, part in enumerate(parts):
        body = part.strip()
        if not has_letter(part) or CUT.fullmatch(part):
            continue
        unit = Unit(body, (), place)
        pieces = asking(unit)
        if pieces is None or says(unit, pieces):
            continue
        changed = True
        new = without_unwritable(joined(pieces))
        start = part.index(body)
        shown = new if between is None else body + between + new
        parts[number] = part[:start] + shown + part[start + len(body) :]
    return "".join(parts) if changed else None


def edit(element: etree._Element, place: str, texts: Texts, between: str) -> bool:
    """Translates the text of `element`; what was asked before gets the same answer. Returns whether it changed."""
    if not element.text:
        return False
    new = translated(element.text, place, texts.again, between if texts.is_bilingual else None)
    if new is None:
        return False
    element.text = new
    return True
