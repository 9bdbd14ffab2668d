"""Links over text: which glyphs they cover, and their new places when the words below them have moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pikepdf

from documents.pdf_pages.geometry import Box, apply
from documents.pdf_pages.marks import Glyph
from documents.pdf_pages.surfaces import Surface

MAX_LINKS = 2_000
"""On one page."""

_SLACK_POINTS = 1.0


class Links:
    """The links of one page. A form has none: its links stand on the page, in other coordinates."""

    def __init__(self, surface: Surface) -> None:
        self._annotations: list[Any] = []
        self._boxes: list[Box] = []
        self._covered: Counter[int] = Counter()
        self._gone: Counter[int] = Counter()
        self._new: dict[int, list[Box]] = {}
        annotations = None if surface.is_form else surface.page.get("/Annots")
        if not isinstance(annotations, pikepdf.Array):
            return
        for annotation in list(annotations)[:MAX_LINKS]:
            box = _rectangle(annotation)
            if box is not None:
                self._annotations.append(annotation)
                self._boxes.append(box)
        self._mark(surface)

    def _mark(self, surface: Surface) -> None:
        for frame, glyphs in surface.drawn.glyphs.items():
            for glyph in glyphs:
                x, y = apply(frame.matrix, (glyph.u0 + glyph.u1) / 2, glyph.v + 0.3 * glyph.size)
                for number, box in enumerate(self._boxes):
                    if box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1:
                        glyph.link = number
                        self._covered[number] += not glyph.text.isspace()
                        break

    def take(self, glyphs: Iterable[Glyph]) -> None:
        """These were replaced."""
        for glyph in glyphs:
            self._gone[glyph.link] += not glyph.text.isspace()
            self.take(glyph.shadows or ())

    def placed(self, link: int, box: Box) -> None:
        """A text of `link` now stands in `box`."""
        self._new.setdefault(link, []).append(box)

    def move(self) -> None:
        """Puts each link over its new words, unless it covers other things too (the page number of a table of contents)."""
        for number, boxes in self._new.items():
            if self._gone[number] < self._covered[number]:
                continue
            annotation = self._annotations[number]
            around = Box(
                min(box.x0 for box in boxes), min(box.y0 for box in boxes),
                max(box.x1 for box in boxes), max(box.y1 for box in boxes),
            )  # fmt: skip
            annotation.Rect = pikepdf.Array([round(value, 3) for value in around])
            if len(boxes) > 1:
                corners = [
                    round(value, 3)
                    for box in boxes
                    for value in (box.x0, box.y1, box.x1, box.y1, box.x0, box.y0, box.x1, box.y0)
                ]
                annotation.QuadPoints = pikepdf.Array(corners)
            elif "/QuadPoints" in annotation:
                del annotation["/QuadPoints"]


def _rectangle(annotation: Any) -> Box | None:
    if not isinstance(annotation, pikepdf.Dictionary) or annotation.get("/Subtype") != pikepdf.Name.Link:
        return None
    rectangle = annotation.get("/Rect")
    if not isinstance(rectangle, pikepdf.Array) or len(rectangle) != 4:
        return None
    try:
        x0, y0, x1, y1 = (float(value) for value in rectangle)
    except (TypeError, ValueError):
        return None
    return Box(
        min(x0, x1) - _SLACK_POINTS,
        min(y0, y1) - _SLACK_POINTS,
        max(x0, x1) + _SLACK_POINTS,
        max(y0, y1) + _SLACK_POINTS,
    )
