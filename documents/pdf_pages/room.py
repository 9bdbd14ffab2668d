"""How much room a paragraph has on its page: to what it may grow without touching what stands around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from documents.pdf_pages.geometry import Box
from documents.pdf_pages.paragraphs import Alignment, Paragraph

_GAP_EM = 0.5  # kept between a text that has grown and its neighbour
_RULE_GAP_EM = 0.2
_BELOW_GAP_EM = 0.3
_MARGIN_POINTS = 28.0  # a centimetre at the foot of a page stays white
_CENTRED_EM = 0.6
_FULL_SHARE = 0.6  # of the width of a page: a longer line is in its middle by itself


@dataclass(frozen=True, slots=True)
class Room:
    """left, right: as far as rows may reach; `bottom`: the lowest that letters may reach; `alignment` of the rows."""

    left: float
    right: float
    bottom: float
    alignment: Alignment


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands on a surface, in the directions of one frame. `page`: what can be seen of it."""

    texts: Sequence[Box]
    pictures: Sequence[Box]
    rules: Sequence[Box]
    page: Box


def room_of(paragraph: Paragraph, around: Surroundings) -> Room:
    own = paragraph.box()
    size = paragraph.size
    left, right, walled = _sides(paragraph, own, around)
    alignment = paragraph.alignment
    if len(paragraph.lines) == 1:
        alignment = _of_single(paragraph, left, right, walled, around.page)
        if alignment is Alignment.CENTRE:
            middle = (own.x0 + own.x1) / 2
            reach = max(min(middle - left, right - middle), (own.x1 - own.x0) / 2)
            left, right = middle - reach, middle + reach
        elif alignment is Alignment.RIGHT:
            right = own.x1
        else:
            left = own.x0
    else:
        left, right = paragraph.left, paragraph.right
    foot = min([around.page.y0 + _MARGIN_POINTS, own.y0, *(box.y0 for box in around.texts)])
    below = [
        box.y1 + gap * size
        for boxes, gap in (
            (around.texts, _BELOW_GAP_EM),
            (around.pictures, _BELOW_GAP_EM),
            (around.rules, _RULE_GAP_EM),
        )
        for box in boxes
        if box.y1 <= own.y0 + 0.3 * size and box.x0 < right and box.x1 > left and not _same(box, own)
    ]
    return Room(left, right, min(own.y0, max([foot, *below])), alignment)


def _same(first: Box, second: Box) -> bool:
    return second.contains(first, 0.01)


def _sides(paragraph: Paragraph, own: Box, around: Surroundings) -> tuple[float, float, bool]:
    """-> how far to the left and to the right nothing stands, and whether rules bound both sides."""
    size = paragraph.size
    low, high = own.y0 + 0.15 * size, own.y1 - 0.1 * size
    texts = [*around.texts, own]
    left = max(around.page.x0, min(box.x0 for box in texts))
    # The margin on the right is no wider than that on the left.
    right = min(around.page.x1, max(around.page.x1 - (left - around.page.x0), *(box.x1 for box in texts)))
    left, right = min(left, own.x0), max(right, own.x1)
    walls = [False, False]
    for boxes, gap, is_rule in (
        (around.texts, _GAP_EM, False),
        (around.pictures, _GAP_EM, False),
        (around.rules, _RULE_GAP_EM, True),
    ):
        for box in boxes:
            if box.y0 >= high or box.y1 <= low or (is_rule and box.y1 - box.y0 < size * 0.5):
                continue
            if box.x0 >= own.x1 - 0.1 * size and box.x0 - gap * size < right:
                right = max(own.x1, box.x0 - gap * size)
                walls[1] = is_rule
            elif box.x1 <= own.x0 + 0.1 * size and box.x1 + gap * size > left:
                left = min(own.x0, box.x1 + gap * size)
                walls[0] = is_rule
    return left, right, all(walls)


def _of_single(paragraph: Paragraph, left: float, right: float, walled: bool, page: Box) -> Alignment:
    """One line does not say how it is set; its cell, or the middle of the page, may."""
    size = paragraph.size
    line = paragraph.lines[0]
    before, after = line.u0 - left, right - line.u1
    if walled:
        if abs(before - after) < _CENTRED_EM * size and before > 0.4 * size:
            return Alignment.CENTRE
        return Alignment.RIGHT if before > 2 * size and after < 0.6 * size else Alignment.LEFT
    middle = (line.u0 + line.u1) / 2
    inside = before > 1.5 * size or line.u1 - line.u0 < _FULL_SHARE * (page.x1 - page.x0)
    if inside and abs(middle - (page.x0 + page.x1) / 2) < _CENTRED_EM * size:
        return Alignment.CENTRE
    return Alignment.LEFT
