"""References in formulas: which columns they take in, and what they say once columns have moved. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from documents.sheet.columns import MOST_COLUMNS, MOST_ROWS, Columns, letters_of, number_of

_END = r"\$?[A-Za-z]{1,3}\$?\d{1,7}"
_TOKENS = re.compile(
    r'"(?:[^"]|"")*"'  # a text
    r"|\[\d+\][^\s!'\"(),;:+*/^&=<>-]*!(?:\$?[A-Za-z]{0,3}\$?\d{0,7}(?::\$?[A-Za-z]{0,3}\$?\d{0,7})?)"  # another workbook
    r"|'[^']*\[(?:[^']|'')*'!(?:\$?[A-Za-z]{0,3}\$?\d{0,7}(?::\$?[A-Za-z]{0,3}\$?\d{0,7})?)"
    r"|\[(?:[^\[\]]|\[[^\[\]]*\])*\]"  # columns of a table
    r"|(?:(?P<sheet>'(?:[^']|'')+'|(?<![\w.\\#])[^\W\d][\w.\\?]*(?::[^\W\d][\w.\\?]*)?)!|(?<![\w.\\#!$?'\]]))"
    rf"(?P<area>{_END}:{_END}|\$?[A-Za-z]{{1,3}}:\$?[A-Za-z]{{1,3}}|\$?\d{{1,7}}:\$?\d{{1,7}}|{_END})(?![\w.\\(!?\[])"
)
_PARTS = re.compile(r"(\$?)([A-Za-z]{0,3})(\$?)(\d{0,7})")
# A range whose other end is computed (A1:INDEX(…)) or named with its sheet anew.
_OPEN = re.compile(r"\s*:")
# They tell a column by its number, or make an address of numbers or texts.
_BY_NUMBER = re.compile(
    r"(?i)\b(?:COLUMNS?|ADDRESS|OFFSET|INDIRECT|CELL|CHOOSECOLS|TAKE|DROP|HSTACK|TOROW|TRANSPOSE)\s*\("
)


@dataclass(frozen=True)
class Taken:
    """Columns `first` to `last` of a sheet that a reference takes in. `sheet`: None for several at once.

    `is_relative`: whether a column moves with the cell that the formula stands in.
    """

    sheet: str | None
    first: int
    last: int
    is_relative: bool


def counts_columns(formula: str) -> bool:
    """Whether the formula depends on which number a column has."""
    return bool(_BY_NUMBER.search(formula)) or any('"' in part and "!" in part for part in _texts(formula))


def taken(formula: str, own: str) -> Iterator[Taken]:
    """What the references of `formula`, which stands on the sheet `own`, take in; unreadable ones take in everything."""
    for match in _TOKENS.finditer(formula):
        area = match["area"]
        if area is None:
            continue
        sheet = _name(match["sheet"], own)
        first, last, is_relative = _columns(area)
        if _OPEN.match(formula, match.end()) or formula[: match.start()].rstrip().endswith(":"):
            first, last = 1, MOST_COLUMNS
        yield Taken(sheet, first, last, is_relative)


def moved(formula: str, own: str, columns_of: Callable[[str], Columns | None], through: bool = False) -> str:
    """`formula` with its references where the columns are now. through: each with the translation of its last column."""

    def one(match: re.Match[str]) -> str:
        area, sheet = match["area"], _name(match["sheet"], own)
        columns = columns_of(sheet) if area and sheet is not None else None
        if not area or not columns:
            return match.group()
        return match.group()[: -len(area)] + columns.areas(area, through)

    return _TOKENS.sub(one, formula)


def copied(formula: str, columns: int, rows: int) -> str:
    """`formula` as it reads so many columns to the right and rows below, as a shared formula means it."""

    def end(match: re.Match[str]) -> str:
        fixed_column, letters, fixed_row, row = match.groups()
        if letters and not fixed_column:
            letters = letters_of((number_of(letters) + columns - 1) % MOST_COLUMNS + 1)
        if row and not fixed_row:
            row = str((int(row) + rows - 1) % MOST_ROWS + 1)
        return f"{fixed_column}{letters}{fixed_row}{row}"

    def one(match: re.Match[str]) -> str:
        area = match["area"]
        if not area:
            return match.group()
        return match.group()[: -len(area)] + ":".join(_PARTS.sub(end, part, count=1) for part in area.split(":"))

    return _TOKENS.sub(one, formula)


def _texts(formula: str) -> Iterator[str]:
    return (match.group() for match in _TOKENS.finditer(formula) if match["area"] is None)


def _name(sheet: str | None, own: str) -> str | None:
    if sheet is None:
        return own
    plain = sheet[1:-1].replace("''", "'") if sheet.startswith("'") else sheet
    return None if ":" in plain else plain


def _columns(area: str) -> tuple[int, int, bool]:
    ends = [_PARTS.fullmatch(part) for part in area.split(":")]
    letters = [(match[1], match[2]) for match in ends if match and match[2]]
    if not letters:
        return 1, MOST_COLUMNS, False
    numbers = [number_of(name) for _, name in letters]
    return min(numbers), max(numbers), any(not fixed for fixed, _ in letters)
