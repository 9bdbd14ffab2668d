"""Glyphs gathered into pieces of lines: what stands side by side without a gap, a ruling or a row of dots between."""

from __future__ import annotations

import itertools
import re
import statistics
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

from documents.characters import has_han, has_letter
from documents.pdf_pages.fonts import Kind
from documents.pdf_pages.geometry import Box
from documents.pdf_pages.marks import Glyph, tracking

SPACE_EM = 0.18
"""A gap wider than this between two signs is a space that nobody wrote down (pdfminer, poppler: 0.1 to 0.3)."""

COLUMN_EM = 1.0
"""A wider gap parts columns; a space that was written may be stretched to `STRETCHED_EM` by justification."""

STRETCHED_EM = 1.7
BASELINE_EM = 0.25
RAISED_EM = 0.6
RAISED_GAP_EM = 0.3
_RAISED_SIZE, _RAISED_GLYPHS = 0.88, 24
_LEADER = re.compile(r"(?:[.…·_‥﹒．]\s*){4,}")
_BULLET = re.compile(r"[•◦▪▫‣⁃∙·●○■□◆◇►▸▶✓✔➢➤–—*-]")
_NUMBERED = re.compile(r"\(?(?:\d{1,3}|[A-Za-zА-Яа-яӨөҮү])[.)、）]|（\d{1,3}）|\d{1,3}(?:\.\d{1,3}){1,4}\.?|§")
_PLAIN = re.compile(r"\d[\d.]*\.\d+|[A-ZА-ЯӨҮ]\.")  # "1.2 million" and "B. Enkhbayar" begin lines too
_LABEL_GAP_EM = 0.15
_PLAIN_GAP_EM = 0.55
_LABEL_REACH_EM = 4.0


@dataclass(slots=True)
class Line:
    """Glyphs side by side. `text` with a space wherever one is seen; `places`: the glyph of each character, -1 for such a
    space. The box of the visible ones is u0, u1; the baseline v."""

    glyphs: list[Glyph]
    text: str = ""
    places: list[int] = field(default_factory=list)
    u0: float = 0.0
    u1: float = 0.0
    v: float = 0.0
    size: float = 0.0
    label: bool = False  # a bullet or a number of a list stands just before
    is_label: bool = False  # this is one
    in_row: bool = False  # other lines stand on the same height

    @property
    def readable(self) -> bool:
        return all(glyph.kind is not Kind.UNREADABLE for glyph in self.glyphs)

    @property
    def all_bold(self) -> bool:
        return all(glyph.bold for glyph in self.glyphs if not glyph.text.isspace())

    @property
    def any_bold(self) -> bool:
        return any(glyph.bold for glyph in self.glyphs if not glyph.text.isspace())

    @property
    def has_words(self) -> bool:
        return not self.is_label and self.readable and has_letter(self.text)

    def box(self) -> Box:
        return Box(self.u0, self.v - 0.22 * self.size, self.u1, self.v + 0.78 * self.size)

    def measure(self) -> Line:
        """Fills what follows from the glyphs."""
        glyphs = self.glyphs
        weights: dict[float, int] = {}
        for glyph in glyphs:
            weights[round(glyph.size, 1)] = weights.get(round(glyph.size, 1), 0) + 1
        common = max(weights, key=lambda size: (weights[size], size))
        main = [glyph for glyph in glyphs if round(glyph.size, 1) == common]
        self.size = statistics.median(glyph.size for glyph in main)
        self.v = statistics.median(glyph.v for glyph in main)
        self.u0, self.u1 = glyphs[0].u0, max(glyph.u1 for glyph in glyphs)
        characters: list[str] = []
        self.places = []
        before: Glyph | None = None
        space = SPACE_EM + tracking(glyphs, SPACE_EM)
        for number, glyph in enumerate(glyphs):
            if before is not None and glyph.u0 - before.u1 > space * max(glyph.size, before.size):
                wide_han = has_han(before.text + glyph.text) and glyph.u0 - before.u1 < 0.5 * glyph.size
                if not wide_han and characters and not characters[-1].isspace() and not glyph.text.isspace():
                    characters.append(" ")
                    self.places.append(-1)
            for character in glyph.text:
                characters.append(character)
                self.places.append(number)
            before = glyph
        self.text = "".join(characters)
        return self


def lines_of(glyphs: list[Glyph], walls: list[Box]) -> list[Line]:
    """The lines of one direction of writing, from the top down. `walls`: rules in the same directions."""
    stretches = _stretches([glyph for glyph in glyphs if glyph.size > 0])
    rows = _rows(_without_shadows(stretches))
    tall = [wall for wall in walls if wall.y1 - wall.y0 > 4 * (wall.x1 - wall.x0)]
    tall.sort(key=lambda wall: (wall.x0 + wall.x1) / 2)
    upright = [(wall.x0 + wall.x1) / 2 for wall in tall]
    result: list[Line] = []
    for row in rows:
        parts = [part for cut in _cut(row, upright, tall) for part in _without_leaders(cut)]
        lines = [line for part in parts for line in _without_label(part)]
        _mark_labels(lines)
        words = sum(line.has_words for line in lines)
        for line in lines:
            line.in_row = words > 1 or (len(lines) > 1 and not line.label)
        result += lines
    return sorted(result, key=lambda line: (-line.v, line.u0))


def _stretches(glyphs: Iterable[Glyph]) -> list[list[Glyph]]:
    """As drawn: most writers draw a word, or a line, at a time."""
    result: list[list[Glyph]] = []
    before: Glyph | None = None
    for glyph in glyphs:
        if before is not None:
            size = max(before.size, glyph.size)
            gap = glyph.u0 - before.u1
            if abs(glyph.v - before.v) < 0.02 * size and -0.5 * size < gap < COLUMN_EM * size:
                result[-1].append(glyph)
                before = glyph
                continue
        result.append([glyph])
        before = glyph
    return result


def _without_shadows(stretches: list[list[Glyph]]) -> list[list[Glyph]]:
    """Text that is drawn twice, a hair apart, to look bold or to cast a shadow, counts once."""
    seen: dict[tuple[str, int, int], list[Glyph]] = {}
    result: list[list[Glyph]] = []
    for stretch in stretches:
        first = stretch[0]
        text = "".join(glyph.text for glyph in stretch)
        cell = max(0.12 * first.size, 0.1)
        at = (round(first.u0 / cell), round(first.v / cell))
        twin = next(
            (
                twin
                for du in (-1, 0, 1)
                for dv in (-1, 0, 1)
                if (twin := seen.get((text, at[0] + du, at[1] + dv))) is not None and len(twin) == len(stretch)
            ),
            None,
        )
        if twin is None or not text.strip():
            seen[(text, *at)] = stretch
            result.append(stretch)
            continue
        for glyph, shadow in zip(twin, stretch, strict=True):
            if glyph.shadows is None:
                glyph.shadows = []
            glyph.shadows.append(shadow)
            glyph.bold = True
    return result


def _rows(stretches: list[list[Glyph]]) -> list[list[Glyph]]:
    """Stretches of one baseline, from the left; raised and lowered small ones with the line that they stand in."""
    rows: list[_Row] = []
    for stretch in sorted(stretches, key=lambda stretch: (-stretch[0].v, stretch[0].u0)):
        size = max(glyph.size for glyph in stretch)
        last = rows[-1] if rows else None
        if last is not None and abs(last.v - stretch[0].v) < BASELINE_EM * min(size, last.size):
            last.glyphs += stretch
            last.size = max(last.size, size)
        else:
            rows.append(_Row(stretch[0].v, size, list(stretch)))
    for number, row in enumerate(rows):
        if len(row.glyphs) > _RAISED_GLYPHS:
            continue
        near = [rows[other] for other in (number - 2, number - 1, number + 1, number + 2) if 0 <= other < len(rows)]
        for main in sorted(near, key=lambda main: abs(main.v - row.v)):
            if row.size <= _RAISED_SIZE * main.size and abs(row.v - main.v) < RAISED_EM * main.size:
                _move_raised(row, main)
    return [sorted(row.glyphs, key=lambda glyph: glyph.u0) for row in rows if row.glyphs]


@dataclass(slots=True)
class _Row:
    v: float
    size: float
    glyphs: list[Glyph]


def _move_raised(row: _Row, main: _Row) -> None:
    """Signs of `row` that touch signs of `main` go there: exponents, the numbers of notes, indices."""
    edges = sorted(glyph.u1 for glyph in main.glyphs if not glyph.text.isspace())
    slack = RAISED_GAP_EM * main.size
    chain = -1.0  # the end of a raised stretch that has just moved
    kept: list[Glyph] = []
    for glyph in sorted(row.glyphs, key=lambda glyph: glyph.u0):
        at = bisect_left(edges, glyph.u0 - slack)
        if (at < len(edges) and edges[at] <= glyph.u0 + slack) or abs(glyph.u0 - chain) < slack:
            main.glyphs.append(glyph)
            chain = glyph.u1
        else:
            kept.append(glyph)
    row.glyphs = kept


def _cut(row: list[Glyph], upright: list[float], tall: list[Box]) -> Iterable[list[Glyph]]:
    """At gaps that part columns, at signs that are no text, and at rules that cross the row."""
    part: list[Glyph] = []
    seen: Glyph | None = None  # the last visible one
    spaced = False
    for glyph in row:
        if glyph.text.isspace() and glyph.kind is Kind.TEXT:
            spaced = True
            part.append(glyph)
            continue
        if seen is not None:
            gap = glyph.u0 - seen.u1
            size = max(glyph.size, seen.size)
            limit = STRETCHED_EM if spaced else COLUMN_EM
            # A sign of which no letter is known stays where it is, so it is no part of a text that is taken out.
            sign = (glyph.kind is Kind.SYMBOL) is not (seen.kind is Kind.SYMBOL)
            if sign or gap > limit * size or (gap > 0.05 * size and _wall_between(seen, glyph, upright, tall)):
                yield part
                part = []
        part.append(glyph)
        seen, spaced = glyph, False
    if part:
        yield part


def _wall_between(left: Glyph, right: Glyph, upright: list[float], tall: list[Box]) -> bool:
    slack = 0.1 * right.size
    middle = right.v + 0.3 * right.size
    at = bisect_left(upright, left.u1 - slack)
    while at < len(upright) and upright[at] <= right.u0 + slack:
        if tall[at].y0 <= middle <= tall[at].y1:
            return True
        at += 1
    return False


def _trimmed(glyphs: list[Glyph]) -> list[Glyph]:
    begin, end = 0, len(glyphs)
    while begin < end and glyphs[begin].kind is Kind.TEXT and glyphs[begin].text.isspace():
        begin += 1
    while end > begin and glyphs[end - 1].kind is Kind.TEXT and glyphs[end - 1].text.isspace():
        end -= 1
    return glyphs[begin:end]


def _without_leaders(glyphs: list[Glyph]) -> list[Line]:
    """The parts of a line of a table of contents, or of a form to fill in: title, dots, number."""
    trimmed = _trimmed(glyphs)
    if not trimmed:
        return []
    line = Line(trimmed).measure()
    cuts = [0]
    for match in _LEADER.finditer(line.text):
        inside = [place for place in line.places[match.start() : match.end()] if place >= 0]
        cuts += [min(inside), max(inside) + 1]
    if len(cuts) == 1:
        return [line]
    parts = (_trimmed(trimmed[first:last]) for first, last in itertools.pairwise([*cuts, len(trimmed)]))
    return [Line(part).measure() for part in parts if part]


def _mark_labels(lines: list[Line]) -> None:
    """Bullets and numbers that stand alone, further from their text."""
    for label, line in itertools.pairwise(lines):
        sign = all(glyph.kind is Kind.SYMBOL for glyph in label.glyphs)
        if sign or _BULLET.fullmatch(label.text) or _NUMBERED.fullmatch(label.text):
            near = line.u0 - label.u1 < _LABEL_REACH_EM * line.size
            label.is_label, line.label = label.is_label or near, line.label or near


def _without_label(line: Line) -> list[Line]:
    """A bullet or number of a list, and the text behind it. The label stays where it is."""
    if len(line.glyphs) < 2:
        return [line]
    match = _BULLET.match(line.text) or _NUMBERED.match(line.text) if line.glyphs[0].kind is Kind.TEXT else None
    if match is None or match.end() == len(line.text) or not line.text[match.end()].isspace():
        return [line]
    end = max(line.places[: match.end()]) + 1
    rest = _trimmed(line.glyphs[end:])
    if not rest:
        return [line]
    label = Line(line.glyphs[:end]).measure()
    gap = rest[0].u0 - label.u1
    plain = _PLAIN.fullmatch(match.group()) is not None
    if gap < (_PLAIN_GAP_EM if plain else _LABEL_GAP_EM) * line.size:
        return [line]
    text = Line(rest).measure()
    text.label = label.is_label = True
    return [label, text]
