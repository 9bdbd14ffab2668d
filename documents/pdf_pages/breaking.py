"""Where a text may be broken into lines, and how it is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from documents.characters import has_han

# Characters that do not begin, and do not end, a line of Chinese (GB/T 15834, W3C clreq 3.1.2).
_NOT_FIRST = frozenset("，。、；：？！）》〉」』】〕”’…—～·,.;:?!)]}%％‰℃")
_NOT_LAST = frozenset("（《〈「『【〔“‘([{$￥¥№")


@dataclass(frozen=True, slots=True)
class Piece:
    """One character of the text to set. `run`: the index of its run; `width` in em of the paragraph."""

    character: str
    run: int
    width: float


Row = Sequence[Piece]


def broken(pieces: Sequence[Piece], first: float, others: float) -> list[Row]:
    """`pieces` in rows no wider than `first` (the first one) and `others`, in em. Spaces where a row is broken are left out.

    A word that is wider than a row is cut where the row ends.
    """
    rows: list[Row] = []
    row: list[Piece] = []
    width = 0.0
    for atom in _atoms(pieces):
        ink = [piece for piece in atom if piece.character != " "]
        ink_width = sum(piece.width for piece in ink)
        limit = others if rows else first
        if row and width + ink_width > limit + 1e-6:
            rows.append(_stripped(row))
            row, width = [], 0.0
            limit = others
        if ink_width > limit:
            for piece in ink:
                if row and width + piece.width > limit + 1e-6:
                    rows.append(_stripped(row))
                    row, width, limit = [], 0.0, others
                row.append(piece)
                width += piece.width
            spaces = [piece for piece in atom if piece.character == " "]
            row += spaces
            width += sum(piece.width for piece in spaces)
        else:
            row += atom
            width += sum(piece.width for piece in atom)
    if row:
        rows.append(_stripped(row))
    return rows


def _stripped(row: list[Piece]) -> Row:
    end = len(row)
    while end and row[end - 1].character == " ":
        end -= 1
    return row[:end]


def _atoms(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Pieces that stay together, with the spaces behind them."""
    atoms: list[list[Piece]] = []
    before = ""
    for number, piece in enumerate(pieces):
        if atoms and not _may_break(before, piece.character, pieces[number - 2].character if number > 1 else ""):
            atoms[-1].append(piece)
        else:
            atoms.append([piece])
        before = piece.character
    return atoms


def _may_break(before: str, after: str, earlier: str) -> bool:
    if after == " ":
        return False
    if before == " ":
        return True
    if after in _NOT_FIRST or before in _NOT_LAST:
        return False
    if has_han(before) or has_han(after):
        return True
    return before in "-–—/" and earlier.isalpha() and after.isalpha()
