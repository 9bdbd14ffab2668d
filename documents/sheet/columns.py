"""Columns of a sheet by number, and where they go when columns with translations are put behind some of them. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable

MOST_COLUMNS = 16_384
MOST_ROWS = 1_048_576

Place = tuple[int, int]
"""Column and row of a cell, from 1."""
Area = tuple[int, int, int, int]
"""First column and row, last column and row."""

_CELL = re.compile(r"(\$?)([A-Za-z]{1,3})(\$?)(\d{1,7})")
_COLUMN = re.compile(r"(\$?)([A-Za-z]{1,3})")


def number_of(letters: str) -> int:
    """`A` -> 1, `AA` -> 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def letters_of(number: int) -> str:
    """1 -> `A`."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def place_of(cell: str) -> Place | None:
    """`B3` -> (column 2, row 3); None for what is no cell."""
    match = _CELL.fullmatch(cell)
    return (number_of(match[2]), int(match[4])) if match else None


def area_of(area: str) -> Area | None:
    """`B3:D9` -> (2, 3, 4, 9): first column and row, last column and row. Of one cell both are the same."""
    first, _, last = area.partition(":")
    begin, end = place_of(first), place_of(last or first)
    return (*begin, *end) if begin and end else None


class Columns:
    """The columns of one sheet, some of them doubled: behind each of those stands one with translations."""

    def __init__(self, doubled: Iterable[int] = ()) -> None:
        self.doubled = sorted(doubled)

    def __bool__(self) -> bool:
        return bool(self.doubled)

    def moved(self, number: int) -> int:
        """Where the column `number` is."""
        return min(number + bisect_left(self.doubled, number), MOST_COLUMNS)

    def is_doubled(self, number: int) -> bool:
        at = bisect_left(self.doubled, number)
        return at < len(self.doubled) and self.doubled[at] == number

    def cell(self, cell: str, more: int = 0) -> str:
        """`$B$3` where it is now, `more` columns further on; a column alone (`B`) too, while a row (`3`) stays."""
        match = _CELL.fullmatch(cell)
        if match:
            return f"{match[1]}{self._letters(match[2], more)}{match[3]}{match[4]}"
        match = _COLUMN.fullmatch(cell)
        return f"{match[1]}{self._letters(match[2], more)}" if match else cell

    def areas(self, areas: str, through: bool = False) -> str:
        """A list of areas apart by spaces, as `sqref` has them. through: with the translation of their last column."""
        return " ".join(self._area(area, through) for area in areas.split())

    def _area(self, area: str, through: bool) -> str:
        first, _, last = area.partition(":")
        if not through:
            return ":".join(map(self.cell, area.split(":")))
        match = _CELL.fullmatch(last or first) or _COLUMN.fullmatch(last or first)
        behind = match is not None and self.is_doubled(number_of(match[2]))
        return f"{self.cell(first)}:{self.cell(last or first, 1)}" if behind else self._area(area, False)

    def _letters(self, letters: str, more: int) -> str:
        return letters_of(self.moved(number_of(letters)) + more)
