"""A translation set in the room of its paragraph: the size that fits, rows, and where each stretch of letters goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from documents.characters import has_han
from documents.model import Piece as Translated
from documents.pdf_pages.breaking import Piece, Row, broken
from documents.pdf_pages.paragraphs import Alignment
from documents.pdf_pages.room import Room
from documents.pdf_pages.stretches import Stretch
from documents.pdf_pages.typefaces import Sign, Typefaces

SMALLEST = 0.6
"""Text shrinks down to this share of its size before it may run over what stands below."""

_LAST_RESORT = 0.4  # smaller than this nobody reads; the text then runs over what is below it
_STEP = 0.05
_SINGLE_LEADING, _TIGHT_LEADING, _HAN_LEADING = 1.25, 1.12, 1.2  # in em
_MOST_SPACE_EM, _MOST_HAN_EM = 0.6, 0.12  # that justification adds between words, and between Han characters
_DESCENT_EM = 0.22


@dataclass(frozen=True, slots=True)
class Fragment:
    """Letters of one run side by side from (u, v) on, at `size`. `signs`: what is drawn, and the space added after it in em."""

    run: int
    u: float
    v: float
    size: float
    width: float
    signs: tuple[tuple[Sign, str, float], ...]


def set_text(stretch: Stretch, translated: Sequence[Translated], room: Room, typefaces: Typefaces) -> list[Fragment]:
    pieces, signs = _pieces(stretch, translated, typefaces)
    paragraph = stretch.paragraph
    first = paragraph.lines[0]
    indent = hanging = 0.0
    if len(paragraph.lines) > 1 and room.alignment in (Alignment.LEFT, Alignment.JUSTIFIED):
        indent = first.u0 - paragraph.left
        hanging = min(line.u0 for line in paragraph.lines[1:]) - paragraph.left
    han = any(has_han(piece.character) for piece in pieces)
    scale, rows, leading = _fitting(stretch, pieces, room, indent, hanging, han)
    size = paragraph.size * scale
    result: list[Fragment] = []
    at = 0
    for number, row in enumerate(rows):
        begin = room.left + (indent if number == 0 else hanging)
        free = room.right - begin - sum(piece.width for piece in row) * size
        last = number == len(rows) - 1
        extra = _stretched(row, free / size) if room.alignment is Alignment.JUSTIFIED and not last else (0.0, 0.0)
        if room.alignment is Alignment.CENTRE:
            begin += free / 2
        elif room.alignment is Alignment.RIGHT:
            begin += free
        while at < len(pieces) and row and pieces[at] is not row[0]:
            at += 1
        row_signs = signs[at : at + len(row)]
        at += len(row)
        result += _fragments(stretch, row, row_signs, begin, first.v - number * leading, size, extra)
    return result


def _pieces(
    stretch: Stretch, translated: Sequence[Translated], typefaces: Typefaces
) -> tuple[list[Piece], list[tuple[Sign, str]]]:
    pieces: list[Piece] = []
    signs: list[tuple[Sign, str]] = []
    for part in translated:
        style = stretch.runs[part.run].style
        for character in part.text:
            character = " " if character.isspace() else character
            if not character.isprintable():
                continue
            sign = typefaces.sign(character, style.bold, style.italic)
            pieces.append(Piece(character, part.run, sign.width * style.ratio))
            signs.append((sign, character))
    return pieces, signs


def _fitting(
    stretch: Stretch, pieces: list[Piece], room: Room, indent: float, hanging: float, han: bool
) -> tuple[float, list[Row], float]:
    """-> share of the size, rows, and the distance of their baselines in points."""
    paragraph = stretch.paragraph
    width = room.right - room.left
    top = paragraph.lines[0].v
    own_bottom = paragraph.lines[-1].v
    wide = paragraph.leading or _SINGLE_LEADING * paragraph.size
    if han:
        wide = max(wide, _HAN_LEADING * paragraph.size)
    tight = min(wide, (_HAN_LEADING if han else _TIGHT_LEADING) * paragraph.size)
    scale = 1.0
    while True:
        size = paragraph.size * scale
        rows = broken(pieces, (width - indent) / size, (width - hanging) / size)
        steps = len(rows) - 1
        for leading in (wide * scale, tight * scale):
            if top - steps * leading >= own_bottom - 0.05 * size:
                return scale, rows, leading
        for leading in (wide * scale, tight * scale):
            if top - steps * leading - _DESCENT_EM * size >= room.bottom:
                return scale, rows, leading
        if scale <= _LAST_RESORT + 1e-9:
            return scale, rows, tight * scale
        scale = round(scale - _STEP, 4)


def _stretched(row: Row, free: float) -> tuple[float, float]:
    """-> em to add after each space, and after each other sign, so that the row ends at the edge."""
    if free <= 0 or len(row) < 2:
        return 0.0, 0.0
    spaces = sum(piece.character == " " for piece in row)
    if spaces and free / spaces <= _MOST_SPACE_EM:
        return free / spaces, 0.0
    if sum(has_han(piece.character) for piece in row) * 2 > len(row) and free / (len(row) - 1) <= _MOST_HAN_EM:
        return free / (len(row) - 1), free / (len(row) - 1)
    return 0.0, 0.0


def _fragments(
    stretch: Stretch,
    row: Row,
    signs: list[tuple[Sign, str]],
    begin: float,
    v: float,
    size: float,
    extra: tuple[float, float],
) -> list[Fragment]:
    result: list[Fragment] = []
    u = begin
    start = 0
    for end in range(1, len(row) + 1):
        if end < len(row) and row[end].run == row[start].run:
            continue
        style = stretch.runs[row[start].run].style
        own = size * style.ratio
        drawn: list[tuple[Sign, str, float]] = []
        width = 0.0
        for piece, (sign, character) in zip(row[start:end], signs[start:end], strict=True):
            added = extra[0] if character == " " else extra[1]
            drawn.append((sign, character, added / style.ratio))
            width += (piece.width + added) * size
        result.append(Fragment(row[start].run, u, v + style.raised * size, own, width, tuple(drawn)))
        u += width
        start = end
    return result
