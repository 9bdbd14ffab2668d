"""Lines gathered into paragraphs: by distance, size, edges, columns, rules and what the last line leaves free."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from enum import Enum

from documents.characters import has_han
from documents.pdf_pages.geometry import Box
from documents.pdf_pages.lines import Line

MAX_LEADING = 1.9
"""Lines of a paragraph stand up to this many times their size apart (1.5 spacing of a font with tall lines is 1.8)."""

MIN_LEADING = 0.75
SAME_SIZE = 0.12
SAME_LEADING = 0.15
_INDENT_EM = 0.8
_CELL_EM = 14.0  # columns narrower than this are columns of a table, where nothing says otherwise
_CANDIDATES = 60
HYPHENS = frozenset("-\u2010\u00ad")
_SENTENCE_END = frozenset(".!?。！？:：;；…")


class Alignment(Enum):
    """Which edges of the lines of a paragraph agree."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"
    JUSTIFIED = "justified"


@dataclass(slots=True)
class Paragraph:
    """Lines that are read as one text, from the top."""

    lines: list[Line]
    left: float
    right: float
    alignment: Alignment
    leading: float

    @property
    def size(self) -> float:
        return max(line.size for line in self.lines)

    def box(self) -> Box:
        boxes = [line.box() for line in self.lines]
        return Box(self.left, boxes[-1].y0, self.right, boxes[0].y1)


def paragraphs_of(lines: list[Line], walls: list[Box]) -> list[Paragraph]:
    """The paragraphs of one direction of writing, in the order of their first lines. `lines` come from the top."""
    level = [wall for wall in walls if wall.x1 - wall.x0 > 4 * (wall.y1 - wall.y0)]
    result: list[Paragraph] = []
    for region in _regions([line for line in lines if line.has_words], lines, level):
        result += _split(region, level)
    return result


def _regions(lines: list[Line], everything: list[Line], level: list[Box]) -> list[list[Line]]:
    """Lines below each other without anything between: a column, a cell, the text beside a picture."""
    regions: list[list[Line]] = []
    for line in lines:
        best: list[Line] | None = None
        for region in regions[-_CANDIDATES:]:
            if _follows(region, line, level) and (best is None or _nearer(region[-1], best[-1], line)):
                best = region
        if best is None:
            regions.append([line])
        elif len(best) > 1 and best[-2].v - best[-1].v - (best[-1].v - line.v) > SAME_LEADING * line.size:
            # The last line stands closer to this one than to those above it: a paragraph begins with it.
            regions.append([best.pop(), line])
        else:
            best.append(line)
    return regions


def _nearer(candidate: Line, best: Line, line: Line) -> bool:
    ours, theirs = candidate.v - line.v, best.v - line.v
    if abs(ours - theirs) > 0.3 * line.size:
        return ours < theirs
    return abs(candidate.u0 - line.u0) < abs(best.u0 - line.u0)


def _follows(region: list[Line], line: Line, level: list[Box]) -> bool:
    last = region[-1]
    gap = last.v - line.v
    size = max(last.size, line.size)
    if not MIN_LEADING * size < gap <= MAX_LEADING * size:
        return False
    if abs(last.size - line.size) > SAME_SIZE * size:
        return False
    if line.label or (last.all_bold and not line.any_bold) or (line.all_bold and not last.any_bold):
        return False
    left, right = min(item.u0 for item in region), max(item.u1 for item in region)
    shared = min(right, line.u1) - max(left, line.u0)
    if shared < 0.3 * min(right - left, line.u1 - line.u0):
        return False
    if len(region) > 1 and gap - (region[-2].v - last.v) > SAME_LEADING * size:
        return False
    return not _ruled(last, line, level)


def _ruled(above: Line, below: Line, level: list[Box]) -> bool:
    """Whether a rule runs between the baselines. An underline, close under its words and no wider, is none."""
    left, right = max(above.u0, below.u0), min(above.u1, below.u1)
    for rule in level:
        middle = (rule.y0 + rule.y1) / 2
        if not below.v + 0.5 * below.size < middle < above.v:
            continue
        if rule.x0 >= right or rule.x1 <= left:
            continue
        underline = (
            above.v - middle < 0.25 * above.size and rule.x0 > above.u0 - above.size and rule.x1 < above.u1 + above.size
        )
        if not underline:
            return True
    return False


def _split(region: list[Line], level: list[Box]) -> list[Paragraph]:
    left, right = min(line.u0 for line in region), max(line.u1 for line in region)
    centred = _is_centred(region)
    narrow = right - left < _CELL_EM * region[0].size
    ruled = narrow and _has_rules(region, level)
    hanging = not centred and _hangs(region, left, right)
    parts: list[list[Line]] = []
    for line in region:
        if parts and not _breaks(parts[-1], line, left, right, centred, narrow and not ruled, hanging):
            parts[-1].append(line)
        else:
            parts.append([line])
    return [_paragraph(part, left, right, len(region) > 1) for part in parts]


def _hangs(region: list[Line], left: float, right: float) -> bool:
    """Whether paragraphs begin further left than they go on, by what follows the lines that end early."""
    after = [
        line.u0 - left > _INDENT_EM * line.size
        for last, line in itertools.pairwise(region)
        if last.u1 + _first_word_width(line) + 0.3 * line.size < right
    ]
    others = [line.u0 - left > _INDENT_EM * line.size for line in region]
    return any(others) and sum(after) * 2 < max(len(after), sum(others))


def _has_rules(region: list[Line], level: list[Box]) -> bool:
    """Whether rules stand just over or under the column: the rows of its table are parted by them."""
    left, right = min(line.u0 for line in region), max(line.u1 for line in region)
    top, bottom = region[0].v + 2.5 * region[0].size, region[-1].v - 2 * region[-1].size
    return any(bottom < rule.y0 < top and rule.x0 < right and rule.x1 > left for rule in level)


def _is_centred(region: list[Line]) -> bool:
    if len(region) < 2:
        return False
    size = region[0].size
    centres = [(line.u0 + line.u1) / 2 for line in region]
    lefts = [line.u0 for line in region]
    return max(centres) - min(centres) < 0.6 * size and max(lefts) - min(lefts) > 0.8 * size


def _breaks(
    part: list[Line], line: Line, left: float, right: float, centred: bool, tabular: bool, hanging: bool
) -> bool:
    """Whether `line` begins a paragraph after `part`."""
    last = part[-1]
    size = line.size
    if tabular and last.in_row and line.in_row:
        return True
    parted = last.text[-1:] in HYPHENS and last.text[-2:-1].isalpha()
    continues = parted or (line.text[:1].islower() and last.text[-1:] not in _SENTENCE_END)
    taken = last.u1 - last.u0 if centred else last.u1 - left
    if taken + _first_word_width(line) + 0.3 * size < right - left:
        return not parted and not (continues and taken > 0.6 * (right - left))
    if centred:
        return False
    indented = line.u0 - left > _INDENT_EM * size
    if hanging:
        return not indented and last.u0 - left > _INDENT_EM * size and not continues
    return indented and last.u0 - left < 0.5 * size and not continues


def _first_word_width(line: Line) -> float:
    """Of the least that could have stood on the line before: a word, or one Han character."""
    end = 0
    while end < len(line.text) and not line.text[end].isspace():
        end += 1
        if has_han(line.text[0]):
            break
    inside = [place for place in line.places[:end] if place >= 0]
    return line.glyphs[inside[-1]].u1 - line.u0 if inside else 0.0


def _paragraph(lines: list[Line], left: float, right: float, has_company: bool) -> Paragraph:
    size = lines[0].size
    own_left, own_right = min(line.u0 for line in lines), max(line.u1 for line in lines)
    leadings = [above.v - below.v for above, below in itertools.pairwise(lines)]
    leading = sorted(leadings)[len(leadings) // 2] if leadings else 0.0
    lefts = [line.u0 for line in lines]
    rights = [line.u1 for line in lines]
    if len(lines) == 1:
        return Paragraph(lines, own_left, right if has_company else own_right, Alignment.LEFT, leading)
    flush_left = max(lefts[1:]) - min(lefts[1:]) < 0.5 * size and abs(lefts[0] - lefts[1]) < 4 * size
    if _is_centred(lines):
        alignment = Alignment.CENTRE
    elif not flush_left and max(rights) - min(rights) < 0.5 * size:
        alignment = Alignment.RIGHT
    elif len(lines) > 2 and right - min(rights[:-1]) < 0.35 * size:
        alignment = Alignment.JUSTIFIED
    else:
        alignment = Alignment.LEFT
    return Paragraph(lines, own_left, max(own_right, right), alignment, leading)
